"""A job that says nothing before every file it has read is known to be the one that it was planned with.

Files are hashed while the job goes on with what it read of them (files/verified.py). Here is the one place
where that is waited for: whatever kind of job it is, it speaks and ends through this.
"""

from __future__ import annotations

from collections.abc import Callable
from functools import wraps
from typing import TYPE_CHECKING, Any, Literal

from fsa_runtime.context import (
    Checks,
    EpochDecision,
    JobCancelled,
    JobContext,
    JobFunction,
    ProgressDetails,
    Speaker,
)
from fsa_runtime.messages import JobOutput, MetricRecord, Phase

if TYPE_CHECKING:
    from typing_extensions import Unpack


def checked(run: Callable[[JobContext, Any], JobOutput]) -> JobFunction:
    """`run` of a module in `fsa_runtime.jobs`, for a speaker that hears of no file's content too early.

    That a file was another one explains whatever came of it: its JobError comes instead of any other.
    """

    @wraps(run)
    def run_checked(speaker: Speaker, spec: Any) -> JobOutput:
        context = CheckedContext(speaker)
        try:
            output = run(context, spec)
        except JobCancelled:
            context.checks.drop()
            raise
        except Exception as error:
            _settle_after(error, context.checks)
            raise
        except BaseException:
            context.checks.drop()
            raise
        context.checks.settle()
        return output

    return run_checked


def _settle_after(error: Exception, checks: Checks) -> None:
    try:
        checks.settle()
    except Exception as other_file:
        raise other_file from error


class CheckedContext:
    """The `JobContext` of a job, over its way to the orchestrator."""

    def __init__(self, speaker: Speaker) -> None:
        self._speaker = speaker
        self.attempt = speaker.attempt
        self.checks = Checks()

    def progress(self, phase: Phase, *, done: int, total: int, **details: Unpack[ProgressDetails]) -> None:
        if details.get("loss") is not None:
            self.checks.settle()
        self._speaker.progress(phase, done=done, total=total, **details)

    def metrics(self, record: MetricRecord) -> None:
        self.checks.settle()
        self._speaker.metrics(record)

    def generated(self, *, epoch: int, texts: list[str]) -> EpochDecision:
        self.checks.settle()
        return self._speaker.generated(epoch=epoch, texts=texts)

    def saved(self, *, step: int, path: str, manifest_sha256: str, when_recorded: Callable[[], None]) -> None:
        self.checks.settle()
        self._speaker.saved(
            step=step, path=path, manifest_sha256=manifest_sha256, when_recorded=when_recorded
        )

    def await_recorded(self) -> None:
        self._speaker.await_recorded()

    def notice(self, message: str) -> None:
        self._speaker.notice(message)

    def cancel_requested(self) -> Literal["no", "stop", "save-and-stop"]:
        return self._speaker.cancel_requested()

    def check_cancelled(self) -> None:
        self._speaker.check_cancelled()
