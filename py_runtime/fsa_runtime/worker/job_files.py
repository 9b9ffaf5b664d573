"""Runs jobs with their files where they are: on a disk that is the orchestrator's, too, or brought here."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager

from fsa_runtime.context import JobFunction
from fsa_runtime.messages import JobOutput, JobSpec
from fsa_runtime.worker.running_job import RunningJob
from fsa_runtime.worker.settings import FileSettings

RunFunction = Callable[[RunningJob, JobSpec, JobFunction], JobOutput]


@contextmanager
def job_files(settings: FileSettings | None) -> Iterator[RunFunction]:
    """How a job is run; `settings` as `Settings.files`, None where the disk is shared."""
    if settings is None:
        yield lambda job, spec, function: function(job, spec)
        return
    # What speaks TLS and HTTP takes a fifth of a worker's start, and few are sent their files.
    from fsa_runtime.files.node_cache import NodeCache  # noqa: PLC0415
    from fsa_runtime.worker.remote_files import RemoteFiles  # noqa: PLC0415

    cache = NodeCache(settings.cache_folder, limit_bytes=settings.cache_bytes)
    with cache.work_folder() as work:
        files = RemoteFiles(settings.address, cache, settings.cache_folder, work)
        try:
            yield files.run
        finally:
            files.close()
