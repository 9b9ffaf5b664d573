"""Jobs by name: the worker knows none of them, and none is imported before it is asked for."""

from __future__ import annotations

from importlib import import_module

from fsa_runtime.context import JobFunction
from fsa_runtime.worker.checked_job import checked


def find_job(kind: str) -> JobFunction:
    """The function of a job kind of the protocol; its module, and torch with it, is imported on first use."""
    return checked(import_module(f"fsa_runtime.jobs.{kind.replace('-', '_')}").run)
