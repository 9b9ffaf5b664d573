"""What this process can compute on. It sees only the GPU that the orchestrator made visible."""

from __future__ import annotations

import json
import os
import platform
import sys
from importlib.metadata import version
from pathlib import Path
from typing import TypedDict

import torch

from fsa_runtime.environment.memory import available_bytes, total_bytes
from fsa_runtime.messages import Device, Versions


class HostDescription(TypedDict):
    """What the protocol's `hello` says of the host."""

    versions: Versions
    devices: list[Device]


def describe_host() -> HostDescription:
    """`versions` and `devices` of the protocol's `hello`."""
    return {
        "versions": {
            "python": platform.python_version(),
            "torch": version("torch"),
            "transformers": version("transformers"),
            "pyzmq": version("pyzmq"),
            "lock": _lock_of_runtime(),
        },
        "devices": describe_devices(),
    }


def _lock_of_runtime() -> str | None:
    """What `fsa setup` wrote down beside this environment (src/runtime/create.ts)."""
    try:
        record = json.loads(Path(sys.prefix).with_name("runtime.json").read_text(encoding="utf-8"))
        return str(record["lockHash"])
    except (OSError, ValueError, KeyError, TypeError):
        return None


def describe_devices() -> list[Device]:
    """The CPU and every visible GPU, with memory in bytes."""
    return [_describe_cpu(), *(_describe_gpu(index) for index in range(_count_gpus()))]


def _count_gpus() -> int:
    # CUDA takes seconds to start even where it finds nothing: an empty list of visible GPUs spares that.
    return 0 if os.environ.get("CUDA_VISIBLE_DEVICES") == "" else torch.cuda.device_count()


def _describe_cpu() -> Device:
    return {
        "name": "cpu",
        "description": cpu_name(),
        "memoryBytes": total_bytes(),
        "freeBytes": available_bytes(),
    }


def _describe_gpu(index: int) -> Device:
    free, total = torch.cuda.mem_get_info(index)
    return {
        "name": f"cuda:{index}",
        "description": torch.cuda.get_device_name(index),
        "memoryBytes": total,
        "freeBytes": free,
    }


def cpu_name() -> str:
    """The model of the processor as the system names it."""
    try:
        for line in Path("/proc/cpuinfo").read_text(encoding="utf-8").splitlines():
            if line.startswith("model name"):
                return line.partition(":")[2].strip()
    except OSError:
        pass
    return platform.processor() or platform.machine()


def cpu_multiplies_bf16() -> bool:
    """Whether products of bf16 have a fast way on this processor; else torch makes them up, many times slower
    than fp32.
    """
    return bool(torch._C._has_mkldnn and torch.ops.mkldnn._is_mkldnn_bf16_supported())
