"""What a job may say to the orchestrator while it works.

The jobs know this interface alone and nothing of sockets, so that tests can drive them directly.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Literal, NamedTuple, Protocol, TypedDict

from fsa_runtime.messages import JobOutput, MetricRecord, Phase

if TYPE_CHECKING:
    from typing_extensions import Unpack


@dataclass(frozen=True, kw_only=True)
class EpochDecision:
    """The orchestrator's answer to a dev generation."""

    best: bool
    stop: bool


class JobCancelled(Exception):  # noqa: N818 - not an error: the orchestrator asked for it
    """Ends a job; raised by `JobContext.check_cancelled` once the orchestrator has asked for that."""


class AttemptName(NamedTuple):
    """Which attempt at a job this is; a later one is greater."""

    term: int
    """How many times the run has been taken up."""
    attempt: int
    """How many times the job has been handed out since."""


class Check(Protocol):
    """What is found out about a file while the job goes on with what it read of it."""

    def settle(self) -> None:
        """Waits until it is known. Raises JobError where the file is not the one that it should be."""

    def drop(self) -> None:
        """Nobody wants to know any more."""


class Checks:
    """The files of a job that are not yet known to be those that it was planned with.

    A job may work on what it read of them. Nothing of it may be seen outside before they are settled: every
    message and result goes through `worker/checked_job.py`, every folder through `files/durable.py`.
    """

    def __init__(self) -> None:
        self._open: list[Check] = []
        self._undos: list[Callable[[], None]] = []

    def add(self, check: Check) -> None:
        """To be settled before the job's next word."""
        self._open.append(check)

    def undo_by(self, undo: Callable[[], None]) -> None:
        """`undo` forgets what outlives the job, unless all is settled well."""
        self._undos.append(undo)

    def settle(self) -> None:
        """Waits for all. Raises the JobError of the first that is another file."""
        try:
            while self._open:
                self._open.pop(0).settle()
        except BaseException:
            self.drop()
            raise
        self._undos.clear()

    def drop(self) -> None:
        """The job has come to its end otherwise."""
        for check in self._open:
            check.drop()
        self._open.clear()
        for undo in self._undos:
            undo()
        self._undos.clear()


class ProgressDetails(TypedDict, total=False):
    """What a job may tell of how far it is, besides the count; None where it is not known."""

    epoch: int | None
    loss: float | None
    tokens_per_second: float | None
    seconds_left: float | None


class Speaker(Protocol):
    """A running job's way to the orchestrator.

    Methods never block, except `generated` and `await_recorded`.
    """

    attempt: AttemptName

    def progress(self, phase: Phase, *, done: int, total: int, **details: Unpack[ProgressDetails]) -> None:
        """Says how far the job is. Cheap to call every step: sent a few times a second at most.

        Every call also counts as a unit of work for the heartbeat.
        """

    def metrics(self, record: MetricRecord) -> None:
        """Adds one line to metrics.jsonl. Never dropped; sent in batches,
        and always before the next `generated`, `saved` or the job's end."""

    def generated(self, *, epoch: int, texts: list[str]) -> EpochDecision:
        """Sends a dev set's texts and waits for the decision. Raises JobCancelled."""

    def saved(self, *, step: int, path: str, manifest_sha256: str, when_recorded: Callable[[], None]) -> None:
        """Says that a whole checkpoint lies on disk.

        `when_recorded` is called once the orchestrator has written down all that was said before: within a
        later `progress`, or in `await_recorded`.
        """

    def await_recorded(self) -> None:
        """Waits until all that was said before the last `saved` is written down. Raises JobCancelled."""

    def notice(self, message: str) -> None:
        """Tells the user something that is no failure, in one sentence."""

    def cancel_requested(self) -> Literal["no", "stop", "save-and-stop"]:
        """Whether the orchestrator wants the job to end, and whether a checkpoint should be written first."""

    def check_cancelled(self) -> None:
        """Raises JobCancelled if a plain stop was asked for. Call it at least once a step."""


class JobContext(Speaker, Protocol):
    """The worker's side of one running job."""

    checks: Checks
    """Settled before anything is said."""


JobFunction = Callable[[Speaker, Any], JobOutput]
"""From the spec of a job's kind to the output of its kind."""


def stop_if_asked(context: Speaker) -> None:
    """Raises JobCancelled if the job is to end, with or without saving."""
    if context.cancel_requested() != "no":
        raise JobCancelled


def save_and_stop_if_asked(context: Speaker, save: Callable[[], None]) -> None:
    """Raises JobCancelled if the job is to end; calls `save` first where the orchestrator wants that."""
    if context.cancel_requested() == "save-and-stop":
        save()
        # Whoever asked for it listens: then one checkpoint stays, not two.
        context.await_recorded()
        raise JobCancelled
    context.check_cancelled()
