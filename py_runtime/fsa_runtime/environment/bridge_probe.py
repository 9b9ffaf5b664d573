"""What the orchestrator asks this interpreter in passing, without a worker.

`call` is the only thing the bridge touches: a string goes in and a string comes out, because nothing else
crosses it unharmed. Errors come back as data, and what is not JSON (NaN, bytes) is an error here, not there.
"""

from __future__ import annotations

import json
import time
import traceback
from importlib import import_module
from typing import Any

from fsa_runtime.environment import lock_check
from fsa_runtime.messages import Device

_TURNS = 3


def call(target: str, arguments_json: str) -> str:
    """Calls `module:function` with a JSON array of arguments; the outcome is JSON, never an exception."""
    try:
        module, _, function = target.partition(":")
        value = getattr(import_module(module), function)(*json.loads(arguments_json))
        return json.dumps({"ok": True, "value": value}, allow_nan=False)
    except BaseException as error:  # sys.exit in a call must not end the interpreter either
        where = traceback.format_exception(error)[-3:]
        reason = {"type": type(error).__name__, "message": str(error), "trace": "".join(where)}
        return json.dumps({"ok": False, **reason})


def describe_packages(lock_paths: list[str]) -> lock_check.Report:
    """Every pin of the locks against what is installed."""
    return lock_check.describe(lock_paths)


def check_torch() -> dict[str, Any]:
    """Whether matrix products come out exactly on each visible device, in each precision.

    The factors are small integers whose sums bf16 still holds exactly (up to 256), so any order of
    summation must give the very same numbers.
    """
    import torch  # noqa: PLC0415 - seconds to import, and not every question needs it

    devices = ["cpu", *(f"cuda:{index}" for index in range(torch.cuda.device_count()))]
    left = (torch.arange(48 * 32).reshape(48, 32) * 7 % 5 - 2).to(torch.int64)
    right = (torch.arange(32 * 40).reshape(32, 40) * 11 % 5 - 2).to(torch.int64)
    exact = left @ right

    def is_exact(device: str, dtype: torch.dtype) -> bool:
        product = left.to(device, dtype) @ right.to(device, dtype)
        return bool(torch.equal(product.cpu().to(torch.int64), exact))

    return {
        "version": str(torch.__version__),
        "cudaBuild": torch.version.cuda,
        "devices": [
            {"device": each, "fp32": is_exact(each, torch.float32), "bf16": is_exact(each, torch.bfloat16)}
            for each in devices
        ],
        "bf16Slowdown": _bf16_slowdown(),
    }


def _bf16_slowdown() -> float:
    """How many times as long the three products of a layer's training take on this CPU in bf16 as in fp32.

    In turns, the best of each: a processor without instructions for bf16 takes several times as long.
    """
    import torch  # noqa: PLC0415

    rows, weight, outer = torch.randn(256, 512), torch.randn(512, 512), torch.randn(256, 512)

    def seconds(dtype: torch.dtype) -> float:
        a, w, o = (tensor.to(dtype) for tensor in (rows, weight, outer))
        began = time.perf_counter()
        _ = a @ w.t(), o @ w, o.t() @ a
        return time.perf_counter() - began

    turns = [(seconds(torch.bfloat16), seconds(torch.float32)) for _ in range(_TURNS)]
    slow, fast = (min(turn[each] for turn in turns) for each in (0, 1))
    return slow / fast


def describe_devices() -> list[Device]:
    """The CPU and every GPU that this process sees, with memory in bytes."""
    from fsa_runtime.environment.devices import describe_devices as describe  # noqa: PLC0415 - imports torch

    return describe()


def check_zeromq() -> dict[str, Any]:
    """Whether this side can encrypt."""
    import zmq  # noqa: PLC0415

    return {"pyzmq": zmq.pyzmq_version(), "libzmq": zmq.zmq_version(), "curve": bool(zmq.has("curve"))}
