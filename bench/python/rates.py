"""What this machine can do: the measured rate of a bf16 matrix product, and what it is. One line of JSON."""

from __future__ import annotations

import argparse
import importlib.util
import platform
import time
from collections.abc import Callable

import torch
import transformers
from devices import settle

import scenarios
from fsa_runtime.environment.devices import cpu_multiplies_bf16, cpu_name

_SIZES = {"cpu": 2048, "cuda": 8192}


def main() -> None:
    parser = argparse.ArgumentParser()
    parser.add_argument("--device", choices=("auto", "cpu", "cuda"), default="auto")
    parser.add_argument("--threads", type=int, required=True)
    parser.add_argument("--seconds", type=float, default=1.5)
    options = parser.parse_args()
    torch.set_num_threads(options.threads)
    device = options.device
    if device == "auto":
        device = "cuda" if torch.cuda.is_available() else "cpu"
    if device == "cuda" and not torch.cuda.is_available():
        raise SystemExit("torch sees no CUDA device here.")
    scenarios.say(
        {
            "device": device,
            "deviceName": torch.cuda.get_device_name() if device == "cuda" else cpu_name(),
            "threads": options.threads,
            "bf16FlopsPerSecond": best_rate(device, torch.bfloat16, options),
            "fp32FlopsPerSecond": best_rate(device, torch.float32, options),
            "multipliesBf16": device == "cuda" or cpu_multiplies_bf16(),
            "accelerate": importlib.util.find_spec("accelerate") is not None,
            "versions": {
                "python": platform.python_version(),
                "torch": str(torch.__version__),
                "transformers": transformers.__version__,
            },
        }
    )


def best_rate(device: str, dtype: torch.dtype, options: argparse.Namespace) -> float:
    """By the wall clock or, where others take the processors meanwhile, by processor time over threads.

    What a step is held against must not be what the neighbours left of the machine.
    """
    wall = matmul_rate(device, dtype, options.seconds)
    if device == "cuda":
        return wall
    processor = matmul_rate(device, dtype, options.seconds, lambda: time.process_time() / options.threads)
    return max(wall, processor)


def matmul_rate(
    device: str, dtype: torch.dtype, seconds: float, clock: Callable[[], float] = time.perf_counter
) -> float:
    """The best of many square products, in floating-point operations per second of `clock`."""
    size = _SIZES[device] // 8
    # Without instructions for bf16 one product of the full size takes minutes.
    while size < _SIZES[device] and 8 * _best_seconds(device, dtype, size, 0, clock) < seconds:
        size *= 2
    return float(2 * size**3 / _best_seconds(device, dtype, size, seconds, clock))


def _best_seconds(
    device: str, dtype: torch.dtype, size: int, seconds: float, clock: Callable[[], float]
) -> float:
    """The fastest product of those that begin within `seconds`; at least two."""
    left = torch.randn(size, size, device=device).to(dtype)
    right = torch.randn(size, size, device=device).to(dtype)
    took, began = [], time.perf_counter()
    while len(took) < 2 or time.perf_counter() - began < seconds:
        start = clock()
        _ = left @ right
        settle(device)
        took.append(clock() - start)
    return min(took)


if __name__ == "__main__":
    main()
