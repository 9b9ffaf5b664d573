"""How a job's process computes: threads, determinism, versions."""

from __future__ import annotations

import os
from importlib.metadata import version
from typing import Any

import numpy as np
import tokenizers
import torch

from fsa_runtime.environment.cgroup import find_processors
from fsa_runtime.environment.memory import keep_freed_memory
from fsa_runtime.messages import Placement


def set_up_compute(placement: Placement) -> torch.device:
    """Bounds the threads, keeps freed memory and, on a CPU, allows deterministic algorithms alone.

    Returns the device.
    """
    keep_freed_memory()
    threads = placement["threads"]
    # The pool of the tokenizers library reads this once, when it first encodes a batch.
    os.environ.setdefault("RAYON_NUM_THREADS", str(threads_for_text(placement)))
    torch.set_num_threads(threads)
    device = torch.device(placement["device"])
    # The same switch as use_deterministic_algorithms, which would also import the compiler: over a second.
    torch.set_deterministic_debug_mode("error" if device.type == "cpu" else "default")
    torch.utils.deterministic.fill_uninitialized_memory = False  # type: ignore[attr-defined]  # costs time and changes no result
    return device


def threads_for_text(placement: Placement) -> int:
    """Threads that cut text into tokens: their number changes no result, so a quota may lower it.

    Those of torch stay as they are told, since the order of its sums depends on them.
    """
    return min(placement["threads"], find_processors(os.cpu_count() or 1))


def compute_identity(placement: Placement) -> dict[str, Any]:
    """What of the machine and the libraries changes the bits of a result."""
    on_cpu = placement["device"] == "cpu"
    return {
        "device": "cpu" if on_cpu else "cuda",
        "threads": placement["threads"] if on_cpu else None,
        "torch": str(torch.__version__),
        "transformers": version("transformers"),
        "tokenizers": tokenizers.__version__,
        "numpy": np.__version__,
    }
