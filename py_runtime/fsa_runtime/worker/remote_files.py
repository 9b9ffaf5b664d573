"""A job's files where this machine does not see the orchestrator's disk.

What a job reads is brought here before it, what it writes goes back after it; the job itself sees paths, and
knows nothing of that. `/a/b` of the orchestrator is `<work>/files/a/b` here.
"""

from __future__ import annotations

import errno
import os
import shutil
import threading
from collections.abc import Callable
from pathlib import Path
from typing import Any, TypeVar, cast

from fsa_runtime.context import JobCancelled, JobFunction, stop_if_asked
from fsa_runtime.environment.node import node_name
from fsa_runtime.errors import JobError
from fsa_runtime.files.blob_address import BlobAddress
from fsa_runtime.files.blob_client import OWN_DISK, BlobClient, BlobError, NamedBlob
from fsa_runtime.files.digests import digest_of_file
from fsa_runtime.files.node_cache import NodeCache
from fsa_runtime.messages import CACHE_PATHS, WRITTEN_PATHS, JobOutput, JobSpec
from fsa_runtime.worker.failures import FULL_DISK
from fsa_runtime.worker.running_job import RunningJob

CHECKPOINTS = "checkpointFolder"

T = TypeVar("T")


class RemoteFiles:
    """The files of one worker; all but `saved` is for the thread of its jobs."""

    def __init__(self, address: BlobAddress, cache: NodeCache, cache_folder: Path, work: Path) -> None:
        self._client = BlobClient(address)
        self._cache = cache
        self._cache_folder = cache_folder
        self._work = work
        self._files = work / "files"
        self._uploader = _Uploader(BlobClient(address), work / "outgoing")

    def run(self, job: RunningJob, spec: JobSpec, function: JobFunction) -> JobOutput:
        """Does a job with paths of this machine; its output has those of the other. Raises JobError."""
        try:
            return self._run(job, spec, function)
        except OSError as error:
            if error.errno not in OWN_DISK:
                raise
            raise self._full(error.errno) from error
        except JobError as error:
            # Its path is one of here, and may be gone with the worker.
            if error.code == "disk-full":
                raise self._full(errno.ENOSPC) from error
            raise

    def _run(self, job: RunningJob, spec: JobSpec, function: JobFunction) -> JobOutput:
        local = self._begin(job, spec)
        job.path_told = lambda path: self._saved(job, path)
        try:
            return self._publish(job, local, function(job, local))
        except JobCancelled:
            if job.cancel_requested() == "save-and-stop":
                self._uploader.wait()
            raise
        finally:
            self._uploader.forget()

    def _full(self, number: int) -> JobError:
        """Whose disk it is has to be said: it is not the one that fsa itself writes to."""
        state = "is full" if number in FULL_DISK else f"takes nothing ({os.strerror(number)})"
        return JobError(
            "disk-full",
            f"The disk of {node_name()} {state}, where workers keep files ({self._cache_folder})."
            " Free some space there, or set cluster.cacheFolder to a folder with more.",
        )

    def close(self) -> None:
        self._client.close()

    def _begin(self, job: RunningJob, spec: JobSpec) -> JobSpec:
        """The spec with paths of this machine, and all its inputs here. Raises JobError."""
        with _told():
            for field in WRITTEN_PATHS:
                self._prepare(job, field, spec)
            wanted = list(_inputs_of(spec))
            for done, (path, sha256) in enumerate(wanted):
                job.progress("load", done=done, total=len(wanted))
                self._bring(job, sha256, path)
        return cast(JobSpec, self._localised(spec))

    def _saved(self, job: RunningJob, path: str) -> str:
        """A checkpoint is whole: sends it, while the job goes on. Its path over there."""
        self._uploader.send_later(Path(path), self._theirs(path), job.notice)
        return self._theirs(path)

    def _publish(self, job: RunningJob, spec: JobSpec, output: JobOutput) -> JobOutput:
        """Sends what the job wrote, and gives its paths as they are over there. Raises JobError."""
        self._uploader.forget()
        with _told():
            for field in WRITTEN_PATHS:
                path = spec.get(field)
                if path is not None and field != CHECKPOINTS:
                    self._send(job, str(path))
        return self._mapped(output, self._theirs)

    def _prepare(self, job: RunningJob, field: str, spec: JobSpec) -> None:
        """Begins anew from what lies there, whatever an earlier job of this worker left here."""
        path = spec.get(field)
        if path is None:
            return
        local = self._local(str(path))
        shutil.rmtree(local, ignore_errors=True)
        local.parent.mkdir(parents=True, exist_ok=True)
        if field == CHECKPOINTS:
            there = self._client.list_folder(str(path))
            for name, sha256 in there:
                self._bring(job, sha256, f"{path}/{name}")
            folders = {f"{path}/{os.path.dirname(name)}" for name, _ in there if "/" in name}
            self._uploader.begin(folders)
        elif field == "folder":
            local.mkdir()

    def _bring(self, job: RunningJob, sha256: str, path: str) -> None:
        def heard(_count: int) -> None:
            # A unit of work: it lives, though it computes nothing yet.
            job.work_units += 1
            stop_if_asked(job)

        self._cache.link(self._client, sha256, self._local(path), heard)

    def _send(self, job: RunningJob, local: str) -> None:
        def heard(_count: int) -> None:
            job.work_units += 1
            job.check_cancelled()

        _send_tree(self._client, Path(local), self._theirs(local), [], heard)

    def _localised(self, spec: JobSpec) -> Any:
        data: dict[str, Any] = {**spec}
        for field in ("model", *WRITTEN_PATHS):
            if data.get(field) is not None:
                data[field] = str(self._local(data[field]))
        for field in CACHE_PATHS:
            if field in data:
                data[field] = str(self._cache_folder / Path(data[field]).name)
        return {field: self._with_local_files(value) for field, value in data.items()}

    def _with_local_files(self, value: Any) -> Any:
        if isinstance(value, list):
            return [self._with_local_files(one) for one in value]
        if isinstance(value, dict) and "path" in value and "sha256" in value:
            return {**value, "path": str(self._local(value["path"]))}
        return value

    def _mapped(self, value: T, to: Callable[[str], str]) -> T:
        """The same with every path of ours as one of theirs."""
        if isinstance(value, dict):
            return cast(T, {key: self._mapped(one, to) for key, one in value.items()})
        if isinstance(value, str) and value.startswith(f"{self._files}/"):
            return cast(T, to(value))
        return value

    def _local(self, path: str) -> Path:
        return Path(f"{self._files}{path}")

    def _theirs(self, local: str) -> str:
        return local.removeprefix(str(self._files))


class _Uploader:
    """Sends checkpoints one after the other on a thread; of those that wait, the newest alone."""

    def __init__(self, client: BlobClient, folder: Path) -> None:
        self._client = client
        self._folder = folder
        self._lock = threading.Condition()
        self._waiting: tuple[Path, str, Callable[[str], None]] | None = None
        self._busy = False
        self._stopped = False
        self._there: set[str] = set()
        self._count = 0
        self._thread: threading.Thread | None = None

    def begin(self, there: set[str]) -> None:
        """`there`: checkpoints of earlier attempts, which the first of this one takes the place of."""
        with self._lock:
            self._there = set(there)
            self._stopped = False

    def send_later(self, path: Path, remote: str, notice: Callable[[str], None]) -> None:
        with self._lock:
            self._count += 1
            # A second name for each file: the job may remove its own at any moment.
            copy = self._folder / str(self._count)
            shutil.copytree(path, copy, copy_function=os.link)
            if self._waiting is not None:
                shutil.rmtree(self._waiting[0], ignore_errors=True)
            self._waiting = (copy, remote, notice)
            if self._thread is None:
                self._thread = threading.Thread(target=self._run, name="fsa-uploads", daemon=True)
                self._thread.start()
            self._lock.notify_all()

    def wait(self) -> None:
        with self._lock:
            self._lock.wait_for(lambda: self._waiting is None and not self._busy)

    def forget(self) -> None:
        """What is not there yet is of no use any more."""
        with self._lock:
            self._waiting = None
            self._stopped = True
            self._lock.wait_for(lambda: not self._busy)
            shutil.rmtree(self._folder, ignore_errors=True)

    def _run(self) -> None:
        while True:
            with self._lock:
                self._lock.wait_for(lambda: self._waiting is not None)
                copy, remote, notice = self._waiting or (Path(), "", print)
                self._waiting = None
                self._busy = True
            try:
                self._send(copy, remote)
            except (BlobError, OSError) as error:
                notice(f"A checkpoint could not be sent to the machine fsa runs on: {error}")
            except _Stopped:
                pass
            finally:
                shutil.rmtree(copy, ignore_errors=True)
                with self._lock:
                    self._busy = False
                    self._lock.notify_all()

    def _send(self, copy: Path, remote: str) -> None:
        _send_tree(self._client, copy, remote, sorted(self._there), self._heard)
        self._there = {remote}

    def _heard(self, _count: int) -> None:
        if self._stopped:
            raise _Stopped


class _Stopped(Exception):  # noqa: N818 - not an error
    """An upload is of no use any more."""


def _send_tree(
    client: BlobClient, local: Path, remote: str, removes: list[str], on_bytes: Callable[[int], None]
) -> None:
    paths = [local] if local.is_file() else sorted(path for path in local.rglob("*") if path.is_file())
    files = []
    for path in paths:
        sha256 = digest_of_file(path)
        client.send(path, sha256, on_bytes)
        files.append(NamedBlob("" if path == local else path.relative_to(local).as_posix(), sha256))
    if files:
        client.place(remote, files, [path for path in removes if path != remote])


def _inputs_of(spec: JobSpec) -> list[tuple[str, str]]:
    """Path over there and SHA-256 of each file that the job reads."""
    data: dict[str, Any] = {**spec}
    model = [(f"{data['model']}/{file['name']}", file["sha256"]) for file in data.get("modelFiles", [])]
    return [*model, *(pair for value in data.values() for pair in _pairs_in(value))]


def _pairs_in(value: Any) -> list[tuple[str, str]]:
    if isinstance(value, list):
        return [pair for one in value for pair in _pairs_in(one)]
    if isinstance(value, dict) and "path" in value and "sha256" in value:
        return [(value["path"], value["sha256"])]
    return []


class _told:  # noqa: N801 - a block
    """Says trouble with transfers as a job's failure that another try may not meet."""

    def __enter__(self) -> None:
        return None

    def __exit__(self, _kind: object, error: BaseException | None, _trace: object) -> None:
        if isinstance(error, BlobError):
            raise JobError("exception", f"A file did not get through: {error}", retryable=True) from error
