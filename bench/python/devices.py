"""What the two sides need to know of the device: when its work is done, how much memory it took."""

from __future__ import annotations

import torch

import scenarios


def settle(device: str) -> None:
    """Waits for what was only queued; a clock read before that would show too little."""
    if device.startswith("cuda"):
        torch.cuda.synchronize()


def peak_bytes(device: str) -> int:
    """On a GPU the most that tensors took there, else the process's largest resident size."""
    if device.startswith("cuda"):
        return int(torch.cuda.max_memory_allocated())
    return scenarios.peak_bytes()
