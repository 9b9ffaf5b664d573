"""Files that workers of this machine have had from the orchestrator, by their SHA-256, up to a limit of size.

blobs/<sha256>          whole files; the time of change is that of the last use
blobs/<sha256>.part     as much as came of one
locks/<two digits>      held while a file of these digits comes: what two workers want comes once
work/<name>/            the files of one worker, links to blobs; its `lock` is held while the worker lives
"""

from __future__ import annotations

import os
import shutil
import uuid
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

try:
    import fcntl
except ImportError:  # Windows: no cluster's node
    fcntl = None  # type: ignore[assignment]

from fsa_runtime.files.blob_client import BlobClient


class NodeCache:
    """`limit_bytes`: what has not been used for longest goes first; what a job uses stays."""

    def __init__(self, folder: Path, *, limit_bytes: int) -> None:
        self._limit_bytes = limit_bytes
        self._blobs = folder / "blobs"
        self._locks = folder / "locks"
        self._work = folder / "work"
        for part in (self._blobs, self._locks, self._work):
            part.mkdir(parents=True, exist_ok=True, mode=0o700)
        state = folder.stat()
        if state.st_uid != os.getuid():
            raise PermissionError(13, "another user owns it", str(folder))
        folder.chmod(0o700)

    def link(
        self, client: BlobClient, sha256: str, to: Path, on_bytes: Callable[[int], None] = lambda _: None
    ) -> None:
        """Lets `to` be that file, from here or from there. Raises BlobError."""
        blob = self._blobs / sha256
        with self._locked(sha256[:2]):
            if not blob.exists():
                part = self._blobs / f"{sha256}.part"
                client.fetch(sha256, part, on_bytes)
                self._make_room(part.stat().st_size)
                part.rename(blob)
            os.utime(blob)
            to.parent.mkdir(parents=True, exist_ok=True)
            to.unlink(missing_ok=True)
            os.link(blob, to)

    @contextmanager
    def work_folder(self) -> Iterator[Path]:
        """A folder for one worker, which goes with it."""
        self._sweep()
        folder = self._work / uuid.uuid4().hex
        folder.mkdir(mode=0o700)
        with _lock(folder / "lock"):
            try:
                yield folder
            finally:
                shutil.rmtree(folder, ignore_errors=True)

    def _sweep(self) -> None:
        """Removes what workers left that did not live to do it."""
        for folder in self._work.iterdir():
            with suppress(OSError), _lock(folder / "lock", wait=False):
                shutil.rmtree(folder, ignore_errors=True)

    def _make_room(self, needed_bytes: int) -> None:
        found = []
        for path in self._blobs.iterdir():
            with suppress(FileNotFoundError):
                found.append((path.stat(), path))
        total = sum(state.st_size for state, _ in found if state.st_nlink == 1) + needed_bytes
        for state, path in sorted(found, key=lambda one: one[0].st_mtime):
            if total <= self._limit_bytes:
                return
            # What has a second name is in use, and would free nothing.
            if state.st_nlink == 1 and path.suffix != ".part":
                path.unlink(missing_ok=True)
                total -= state.st_size

    @contextmanager
    def _locked(self, name: str) -> Iterator[None]:
        with _lock(self._locks / name):
            yield


@contextmanager
def _lock(path: Path, *, wait: bool = True) -> Iterator[None]:
    """Raises BlockingIOError where somebody else holds it and we do not wait."""
    descriptor = os.open(path, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
    try:
        fcntl.flock(descriptor, fcntl.LOCK_EX | (0 if wait else fcntl.LOCK_NB))
        yield
    finally:
        os.close(descriptor)
