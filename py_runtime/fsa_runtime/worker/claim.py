"""Which try at which job a message is of."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TypedDict

from fsa_runtime.messages import CancelMessage, EpochDecisionMessage, RecordedMessage, RunMessage


class ClaimFields(TypedDict):
    """As they stand in every message of a job."""

    jobId: str
    term: int
    attempt: int


@dataclass(frozen=True, kw_only=True)
class Claim:
    """`term` counts how often an orchestrator took up the run, `attempt` how often it handed out the job."""

    job_id: str
    term: int
    attempt: int

    @staticmethod
    def of(message: RunMessage | EpochDecisionMessage | RecordedMessage | CancelMessage) -> Claim:
        return Claim(job_id=message["jobId"], term=message["term"], attempt=message["attempt"])

    @property
    def fields(self) -> ClaimFields:
        return {"jobId": self.job_id, "term": self.term, "attempt": self.attempt}
