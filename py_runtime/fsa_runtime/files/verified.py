"""Files whose bytes are those that the orchestrator hashed when it planned the job.

A file is opened once and mapped; a thread hashes the very bytes that the job works on, while it does. At the
end both digests must agree, and nobody may have written to the file: what was read is what was hashed. That
end is the block's, or, with the `Checks` of a job, comes before the first thing that the job gives away.
"""

from __future__ import annotations

import hashlib
import mmap
import os
import sys
import threading
from pathlib import Path
from types import TracebackType

from fsa_runtime.context import Checks, JobCancelled
from fsa_runtime.errors import JobError
from fsa_runtime.messages import FailureCode

# A millisecond's work: whoever stops the hashing waits for no more.
_PIECE_BYTES = 1024 * 1024
_LEAST_PRIORITY = 19


class VerifiedFile:
    """A mapped file, checked when the block ends, or with the job's `checks` where these are given.

    What the block made of `data` may be shown to others once it is checked. Raises JobError(`code`) naming
    both digests where they differ, even if the block itself failed: that other bytes came explains why.
    """

    def __init__(self, path: Path, sha256: str, *, code: FailureCode, checks: Checks | None = None) -> None:
        self._path = path
        self._sha256 = sha256
        self._code: FailureCode = code
        self._checks = checks
        self._digest = hashlib.sha256()
        self._hashed_bytes = 0
        self._stop = threading.Event()
        # Whoever works on the bytes goes first; where a processor is idle, they are hashed meanwhile.
        self._hashing = threading.Thread(target=self._hash_when_idle, name="fsa-hash", daemon=True)

    def __enter__(self) -> VerifiedFile:
        try:
            self._descriptor = os.open(self._path, os.O_RDONLY | getattr(os, "O_BINARY", 0))
        except OSError as error:
            raise JobError(
                self._code,
                f"{self._path} could not be read ({error.strerror}), though it was there when the job was"
                " planned; run the same command again.",
            ) from error
        self._before = _state_of(self._descriptor)
        empty = self._before[0] == 0  # an empty file cannot be mapped
        self._map = None if empty else mmap.mmap(self._descriptor, 0, access=mmap.ACCESS_COPY)
        self.data = memoryview(b"" if self._map is None else self._map)
        self._hashing.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._pause()
        if isinstance(error, JobCancelled) or not isinstance(error, Exception | None):
            os.close(self._descriptor)
        elif error is None and self._checks is not None:
            self._hashing = threading.Thread(target=self._hash, name="fsa-hash", daemon=True)
            self._hashing.start()
            self._checks.add(self)
        else:
            self._hash()
            self.settle()

    def settle(self) -> None:
        """Waits for the digest; see the class."""
        try:
            self._hashing.join()
            self._compare()
        finally:
            os.close(self._descriptor)

    def drop(self) -> None:
        """Ends the hashing."""
        self._pause()
        os.close(self._descriptor)

    def _pause(self) -> None:
        self._stop.set()
        self._hashing.join()
        self._stop.clear()

    def _hash_when_idle(self) -> None:
        if sys.platform == "linux":  # where a thread has a priority of its own
            os.setpriority(os.PRIO_PROCESS, threading.get_native_id(), _LEAST_PRIORITY)
        self._hash()

    def _hash(self) -> None:
        """From where it was left, until it is stopped."""
        while self._hashed_bytes < len(self.data) and not self._stop.is_set():
            piece = self.data[self._hashed_bytes : self._hashed_bytes + _PIECE_BYTES]
            self._digest.update(piece)
            self._hashed_bytes += len(piece)

    def _compare(self) -> None:
        found = self._digest.hexdigest()
        if found != self._sha256:
            raise JobError(
                self._code,
                f"{self._path} is not the file it was when the job was planned"
                f" (SHA-256 {found[:12]}… instead of {self._sha256[:12]}…); run the same command again.",
            )
        if _state_of(self._descriptor) != self._before:
            raise JobError(
                self._code, f"{self._path} was written to while it was read; run the same command again."
            )


def read_verified(path: Path, sha256: str, *, code: FailureCode) -> bytes:
    """All bytes of a small file that has the promised digest. Raises JobError(`code`)."""
    with VerifiedFile(path, sha256, code=code) as file:
        return bytes(file.data)


def _state_of(descriptor: int) -> tuple[int, int]:
    state = os.fstat(descriptor)
    return state.st_size, state.st_mtime_ns
