"""Files whose bytes are those that the orchestrator hashed when it planned the job.

A file is opened once and mapped; a thread hashes the very bytes that the job works on, while it does. At the
end both digests must agree, and nobody may have written to the file: what was read is what was hashed.
"""

from __future__ import annotations

import hashlib
import mmap
import os
import threading
from pathlib import Path
from types import TracebackType

from fsa_runtime.context import JobCancelled
from fsa_runtime.errors import JobError
from fsa_runtime.messages import FailureCode

_PIECE_BYTES = 4 * 1024 * 1024


class VerifiedFile:
    """A mapped file, checked when the block ends.

    What the block made of `data` may be used once the block has ended without an error. Raises
    JobError(`code`) naming both digests where they differ, even if the block itself failed: that other bytes
    came explains why.
    """

    def __init__(self, path: Path, sha256: str, *, code: FailureCode) -> None:
        self._path = path
        self._sha256 = sha256
        self._code: FailureCode = code
        self._digest = hashlib.sha256()
        self._stop = threading.Event()
        self._hashing = threading.Thread(target=self._hash, name="fsa-hash", daemon=True)

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
        if isinstance(error, JobCancelled) or not isinstance(error, Exception | None):
            self._stop.set()
        try:
            self._hashing.join()
            if not self._stop.is_set():
                self._compare()
        finally:
            os.close(self._descriptor)

    def _hash(self) -> None:
        for start in range(0, len(self.data), _PIECE_BYTES):
            if self._stop.is_set():
                return
            self._digest.update(self.data[start : start + _PIECE_BYTES])

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
