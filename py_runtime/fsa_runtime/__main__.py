"""`python -m fsa_runtime`: one worker, started by the orchestrator and by nobody else."""

from __future__ import annotations

from fsa_runtime.worker.parent_watch import start_guard

# First of all: the guard must be small, and fork must come before any thread.
start_guard()

import gc  # noqa: E402

# Imports make a hundred thousand objects and hardly any garbage: looking for it takes a sixth of their time.
gc.disable()

import os  # noqa: E402
import signal  # noqa: E402
import sys  # noqa: E402
from typing import TYPE_CHECKING  # noqa: E402

from fsa_runtime.worker.find_job import find_job  # noqa: E402
from fsa_runtime.worker.settings import Settings  # noqa: E402
from fsa_runtime.worker.worker import Worker  # noqa: E402

if TYPE_CHECKING:
    from fsa_runtime.environment.devices import HostDescription


def describe_host() -> HostDescription:
    """Imports torch, while the link connects. Garbage is looked for from then on, not among what is there."""
    from fsa_runtime.environment.torch_start import start_torch  # noqa: PLC0415

    start_torch()
    from fsa_runtime.environment import devices  # noqa: PLC0415

    host = devices.describe_host()
    gc.freeze()
    gc.enable()
    return host


def main() -> int:
    if "FSA_WORKER_ENDPOINT" not in os.environ:
        print("This is a worker of fsa; run `fsa` to start it.", file=sys.stderr)
        return 2
    # The orchestrator decides when to stop; Ctrl-C on its terminal is not for us.
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    settings = Settings.take_from(os.environ)
    return Worker(settings, find_job=find_job, describe_host=describe_host).serve()


if __name__ == "__main__":
    exit_code = main()
    sys.stdout.flush()
    sys.stderr.flush()
    # Not sys.exit: a thread that some library left behind must not keep a finished worker alive.
    os._exit(exit_code)
