"""What can go wrong inside a job, in the words of the protocol (`failureCodes` in src/rpc/messages.ts)."""

from __future__ import annotations

from typing import Literal

FailureCode = Literal[
    "exception", "out-of-memory", "not-finite", "bad-data", "bad-model", "disk-full", "mismatch"
]


class JobError(Exception):
    """A failure that a job can explain.

    `message` is one sentence for the user: what happened and what to do.
    `retryable` says whether the very same job may succeed when tried again.
    """

    def __init__(
        self, code: FailureCode, message: str, *, retryable: bool = False, step: int | None = None
    ) -> None:
        super().__init__(message)
        self.code: FailureCode = code
        self.message = message
        self.retryable = retryable
        self.step = step


class JobCancelled(Exception):  # noqa: N818 - not an error: the orchestrator asked for it
    """Raised by `JobContext.check_cancelled` once the orchestrator has asked the job to stop."""
