"""What can go wrong inside a job, in the protocol's words."""

from __future__ import annotations

from fsa_runtime.messages import FailureCode


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
