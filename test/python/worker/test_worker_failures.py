"""What a job raised, in the words of the protocol."""

from __future__ import annotations

import errno

import pytest

from fsa_runtime.errors import JobError
from fsa_runtime.protocol import Protocol
from fsa_runtime.worker.claim import Claim
from fsa_runtime.worker.failures import failed_message

CLAIM = Claim(job_id="job", term=1, attempt=1)


class OutOfMemoryError(RuntimeError):
    """Has the name of torch's."""


@pytest.mark.parametrize(
    ("error", "code", "retryable", "step"),
    [
        (JobError("not-finite", "The loss is NaN.", step=3), "not-finite", False, 3),
        (JobError("bad-data", "x", retryable=True), "bad-data", True, 9),
        (MemoryError(), "out-of-memory", True, 9),
        (OutOfMemoryError("CUDA"), "out-of-memory", True, 9),
        (RuntimeError("DefaultCPUAllocator: can't allocate memory: 1 TB"), "out-of-memory", True, 9),
        (OSError(errno.ENOMEM, "Cannot allocate memory"), "out-of-memory", True, 9),
        (ImportError("libtorch_cpu.so: failed to map segment from shared object"), "out-of-memory", True, 9),
        (OSError("libgomp.so: failed to map segment from shared object"), "out-of-memory", True, 9),
        (ImportError("No module named 'numpy'"), "exception", False, 9),
        (OSError(errno.ENOSPC, "No space left"), "disk-full", False, 9),
        (OSError(errno.EDQUOT, "Quota exceeded"), "disk-full", False, 9),
        (OSError(errno.ENOENT, "No such file", "/x"), "exception", False, 9),
        (RuntimeError("something else"), "exception", False, 9),
        (RecursionError("x" * 100_000), "exception", False, 9),
    ],
)
def test_every_error_has_its_code(error: BaseException, code: str, retryable: bool, step: int) -> None:
    try:
        raise error
    except BaseException as caught:
        message = failed_message(CLAIM, caught, last_step=9)
    Protocol().encode(message)
    assert (message["code"], message["retryable"], message["step"]) == (code, retryable, step)
    assert "test_worker_failures.py" in message["traceback"] or len(str(error)) > 20_000
    assert len(message["traceback"]) <= 20_000


def test_torch_names_its_error_as_expected() -> None:
    torch = pytest.importorskip("torch")
    assert torch.OutOfMemoryError.__name__ == "OutOfMemoryError"
    with pytest.raises(RuntimeError) as caught:
        torch.empty(2**50, dtype=torch.uint8)
    assert failed_message(CLAIM, caught.value, None)["code"] == "out-of-memory"
