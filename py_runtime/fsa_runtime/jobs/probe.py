"""Says what this machine can do: devices, bf16, speed of a matrix product."""

from __future__ import annotations

import time

import torch

from fsa_runtime.context import JobContext
from fsa_runtime.environment.devices import describe_devices
from fsa_runtime.messages import ProbeOutput, ProbeSpec

SIZE = 1024
MEASURED_SECONDS = 0.5


def run(context: JobContext, spec: ProbeSpec) -> ProbeOutput:
    """Measures on the device of the job's placement."""
    device = torch.device(spec["placement"]["device"])
    context.progress("generate", done=0, total=2)
    fp32 = _measure_gflops(device, torch.float32, context)
    context.progress("generate", done=1, total=2)
    bf16_works = _bf16_works(device)
    bf16 = _measure_gflops(device, torch.bfloat16, context) if bf16_works else 0.0
    context.progress("generate", done=2, total=2)
    return {
        "kind": "probe",
        "devices": describe_devices(),
        "bf16Works": bf16_works,
        "fp32GflopsPerSecond": fp32,
        "bf16GflopsPerSecond": bf16,
    }


def _bf16_works(device: torch.device) -> bool:
    """Whether a product in bf16 computes at all, and to the accuracy of bf16."""
    try:
        generator = torch.Generator().manual_seed(0)
        left = torch.randn(64, 64, generator=generator)
        right = torch.randn(64, 64, generator=generator)
        product = (left.to(device, torch.bfloat16) @ right.to(device, torch.bfloat16)).float().cpu()
    except RuntimeError:
        return False
    return torch.allclose(product, left @ right, rtol=0.05, atol=0.5)


def _measure_gflops(device: torch.device, dtype: torch.dtype, context: JobContext) -> float:
    """Rate of a SIZE-cubed product in 1e9 floating point operations a second."""
    left = torch.randn(SIZE, SIZE, device=device).to(dtype)
    right = torch.randn(SIZE, SIZE, device=device).to(dtype)
    _ = left @ right
    _wait(device)
    products = 0
    start = time.perf_counter()
    elapsed = 0.0
    while elapsed < MEASURED_SECONDS:
        context.check_cancelled()
        _ = left @ right
        _wait(device)
        products += 1
        elapsed = time.perf_counter() - start
    return 2 * SIZE**3 * products / elapsed / 1e9


def _wait(device: torch.device) -> None:
    if device.type == "cuda":
        torch.cuda.synchronize(device)
