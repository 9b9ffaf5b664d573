"""Whether a worker is where a job believes it to be, and what it says where no files can be kept."""

from __future__ import annotations

import os
from collections.abc import Container

from fsa_runtime.environment.node import node_name
from fsa_runtime.errors import JobError
from fsa_runtime.messages import Placement
from fsa_runtime.worker.settings import FileSettings


def check_placement(placement: Placement, device_names: Container[str]) -> None:
    """A job's numbers depend on where it computes: JobError("mismatch") where that is not here."""
    if placement["device"] not in device_names:
        raise JobError("mismatch", f"This worker does not see the device {placement['device']}.")
    threads = os.environ.get("OMP_NUM_THREADS")
    if threads != str(placement["threads"]):
        message = f"The job is for {placement['threads']} threads, but this worker has {threads}."
        raise JobError("mismatch", message)


def no_files_words(error: OSError, files: FileSettings | None) -> str:
    """Why this machine is no place for a worker, for whoever reads its log."""
    folder = None if files is None else files.cache_folder
    why = error.strerror or str(error)
    return (
        f"fsa worker on {node_name()}: no files can be kept in {folder} ({why}). Set"
        " cluster.cacheFolder to a folder of yours with room on that machine."
    )
