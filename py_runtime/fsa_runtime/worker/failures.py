"""What a job raised, as the protocol's `failed` message."""

from __future__ import annotations

import errno
import traceback

from fsa_runtime.environment.memory import is_out_of_memory
from fsa_runtime.errors import JobError
from fsa_runtime.messages import FailedMessage, FailureCode
from fsa_runtime.protocol import MessageError
from fsa_runtime.worker.claim import Claim

FULL_DISK = {errno.ENOSPC, errno.EDQUOT, errno.EFBIG}
TRACEBACK_CHARACTERS = 20_000


def failed_message(claim: Claim, error: BaseException, last_step: int | None) -> FailedMessage:
    """`last_step` is used where the error itself names no step."""
    code, message, retryable, step = _explain(error)
    trace = "".join(traceback.format_exception(type(error), error, error.__traceback__))
    return {
        "type": "failed",
        **claim.fields,
        "code": code,
        "message": message,
        "traceback": trace[-TRACEBACK_CHARACTERS:],
        "retryable": retryable,
        "step": last_step if step is None else step,
    }


def _explain(error: BaseException) -> tuple[FailureCode, str, bool, int | None]:
    if isinstance(error, JobError):
        return error.code, error.message, error.retryable, error.step
    if is_out_of_memory(error):
        # Another program may have held the memory: worth another try.
        return (
            "out-of-memory",
            "Memory ran out. Use a smaller batch size or fewer workers at once.",
            True,
            None,
        )
    if isinstance(error, OSError) and error.errno in FULL_DISK:
        place = f" while writing {error.filename}" if error.filename else ""
        if error.errno == errno.EFBIG:
            why = f"The file grew over the size allowed here{place}."
            return "disk-full", f"{why} Raise the limit (ulimit -f) and run again.", False, None
        return "disk-full", f"The disk is full{place}. Free some space and run again.", False, None
    if isinstance(error, MessageError):
        return (
            "exception",
            f"The job sent something that the protocol does not allow: {error.reason}",
            False,
            None,
        )
    return "exception", f"{type(error).__name__}: {error}"[:2000], False, None
