"""Stopping a job when asked to, with a checkpoint where there is something that it could hold."""

from __future__ import annotations

from collections.abc import Callable

from fsa_runtime.context import JobContext
from fsa_runtime.errors import JobCancelled


def stop_if_asked(context: JobContext) -> None:
    """Raises JobCancelled if the job is to end, with or without saving."""
    if context.cancel_requested() != "no":
        raise JobCancelled


def save_and_stop_if_asked(context: JobContext, save: Callable[[], None]) -> None:
    """Raises JobCancelled if the job is to end; calls `save` first where the orchestrator wants that."""
    if context.cancel_requested() == "save-and-stop":
        save()
        raise JobCancelled
    context.check_cancelled()
