"""One module per job kind; each has `run(context, spec) -> output`, both in the words of the protocol."""

from __future__ import annotations

from collections.abc import Callable
from importlib import import_module
from typing import Any

from fsa_runtime.context import JobContext

JobFunction = Callable[[JobContext, dict[str, Any]], dict[str, Any]]

JOB_KINDS = ("probe", "prepare", "distill", "finetune", "generate", "near")


def job_function(kind: str) -> JobFunction:
    """The function of a job kind; its module, and torch with it, is imported on first use."""
    if kind not in JOB_KINDS:
        raise KeyError(f"no job is called {kind!r}")
    function: JobFunction = import_module(f"fsa_runtime.jobs.{kind}").run
    return function
