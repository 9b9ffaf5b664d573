"""One job while it runs: what it says goes to the link, what the orchestrator answers comes back here."""

from __future__ import annotations

import queue
import threading
from collections import deque
from collections.abc import Callable
from contextlib import suppress
from typing import TYPE_CHECKING, Literal

from fsa_runtime.context import AttemptName, EpochDecision, JobCancelled, ProgressDetails
from fsa_runtime.messages import EpochDecisionMessage, MetricRecord, Phase, ProgressMessage, WorkerMessage
from fsa_runtime.protocol import finite_or_none
from fsa_runtime.worker.claim import Claim

if TYPE_CHECKING:
    from typing_extensions import Unpack

METRICS_PER_MESSAGE = 256
Cancel = Literal["no", "stop", "save-and-stop"]


class RunningJob:
    """The `Speaker` of a worker. The job's thread calls the public half, the link's thread the rest."""

    def __init__(self, claim: Claim, post: Callable[[WorkerMessage], None]) -> None:
        """`post` sends a message for certain; it raises MessageError for one that breaks the protocol."""
        self.claim = claim
        self._claim_fields = claim.fields
        self.attempt = AttemptName(claim.term, claim.attempt)
        self.work_units = 0
        self.last_step: int | None = None
        self.path_told: Callable[[str], str] = lambda path: path
        """How the orchestrator calls a path."""
        self._post = post
        self._latest_progress: ProgressMessage | None = None
        self._records: list[MetricRecord] = []
        self._records_lock = threading.Lock()
        self._decisions: queue.SimpleQueue[EpochDecisionMessage] = queue.SimpleQueue()
        self._awaited_epoch: int | None = None
        self._unrecorded: deque[Callable[[], None]] = deque()
        """Of each `saved` that is not answered, in order: what to do then."""
        self._recorded: queue.SimpleQueue[Callable[[], None]] = queue.SimpleQueue()
        self._cancel: Cancel = "no"

    def progress(self, phase: Phase, *, done: int, total: int, **details: Unpack[ProgressDetails]) -> None:
        self.work_units += 1
        self._hear_what_is_recorded()
        if phase == "train":
            self.last_step = done
        self._latest_progress = {
            "type": "progress",
            **self._claim_fields,
            "phase": phase,
            "done": done,
            "total": total,
            "epoch": details.get("epoch"),
            "loss": finite_or_none(details.get("loss")),
            "tokensPerSecond": finite_or_none(details.get("tokens_per_second")),
            "secondsLeft": finite_or_none(details.get("seconds_left")),
        }

    def metrics(self, record: MetricRecord) -> None:
        self.work_units += 1
        clean = MetricRecord(
            step=record["step"],
            epoch=record["epoch"],
            loss=finite_or_none(record["loss"]),
            validationLoss=finite_or_none(record["validationLoss"]),
            learningRate=finite_or_none(record["learningRate"]),
            gradientNorm=finite_or_none(record["gradientNorm"]),
            tokens=record["tokens"],
            tokensPerSecond=finite_or_none(record["tokensPerSecond"]),
        )
        with self._records_lock:
            self._records.append(clean)
            if len(self._records) >= METRICS_PER_MESSAGE:
                self._send_records()

    def generated(self, *, epoch: int, texts: list[str]) -> EpochDecision:
        self.check_cancelled()
        self.flush_metrics()
        self._awaited_epoch = epoch
        self._post({"type": "generated", **self._claim_fields, "epoch": epoch, "texts": texts})
        while True:
            try:
                decision = self._decisions.get(timeout=0.2)
            except queue.Empty:
                # With `save-and-stop` the decision is worth waiting for: it belongs into the checkpoint.
                self.check_cancelled()
                continue
            self._awaited_epoch = None
            self.work_units += 1
            return EpochDecision(best=decision["best"], stop=decision["stop"])

    def saved(self, *, step: int, path: str, manifest_sha256: str, when_recorded: Callable[[], None]) -> None:
        self.work_units += 1
        self.flush_metrics()
        self._unrecorded.append(when_recorded)
        self._post(
            {
                "type": "saved",
                **self._claim_fields,
                "step": step,
                "path": self.path_told(path),
                "manifestSha256": manifest_sha256,
            }
        )

    def await_recorded(self) -> None:
        while self._unrecorded or not self._recorded.empty():
            self.check_cancelled()
            with suppress(queue.Empty):
                self._recorded.get(timeout=0.2)()

    def _hear_what_is_recorded(self) -> None:
        while not self._recorded.empty():
            self._recorded.get()()

    def notice(self, message: str) -> None:
        self._post({"type": "notice", **self._claim_fields, "message": message})

    def cancel_requested(self) -> Cancel:
        return self._cancel

    def check_cancelled(self) -> None:
        if self._cancel == "stop":
            raise JobCancelled

    # ------------------------------------------------------------ the link's half

    def cancel(self, *, save: bool) -> None:
        """A plain stop outranks a request to save first."""
        if self._cancel != "stop":
            self._cancel = "save-and-stop" if save else "stop"

    def answer(self, decision: EpochDecisionMessage) -> bool:
        """Hands a decision to the waiting job; False when nobody waits for this epoch's."""
        if decision["epoch"] != self._awaited_epoch:
            return False
        self._decisions.put(decision)
        return True

    def recorded(self) -> bool:
        """The oldest `saved` without an answer has it; False when there is none."""
        if not self._unrecorded:
            return False
        # In this order: whoever waits sees one or the other.
        self._recorded.put(self._unrecorded[0])
        self._unrecorded.popleft()
        return True

    def take_progress(self) -> ProgressMessage | None:
        """The newest progress that was not taken yet; older ones are gone."""
        latest, self._latest_progress = self._latest_progress, None
        return latest

    def flush_metrics(self) -> None:
        with self._records_lock:
            self._send_records()

    def _send_records(self) -> None:
        if self._records:
            records, self._records = self._records, []
            self._post({"type": "metrics", **self._claim_fields, "records": records})
