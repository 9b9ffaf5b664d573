"""Stopping a job where there is nothing that a checkpoint could hold."""

from __future__ import annotations

from fsa_runtime.context import JobContext
from fsa_runtime.errors import JobCancelled


def stop_if_asked(context: JobContext) -> None:
    """Raises JobCancelled if the job is to end, with or without saving."""
    if context.cancel_requested() != "no":
        raise JobCancelled
