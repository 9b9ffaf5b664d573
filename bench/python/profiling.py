"""Where the time of a step goes, by kinds of operations."""

from __future__ import annotations

import time
from collections.abc import Iterator
from contextlib import contextmanager

import torch
from torch.profiler import ProfilerActivity, profile

# The first kind that has a word in the operation's name takes it.
_KINDS: dict[str, tuple[str, ...]] = {
    "optimizer": ("adamw", "linalg_vector_norm", "addcdiv", "addcmul"),
    "attention products": ("bmm",),
    "matrix products": ("aten::mm", "addmm", "mkldnn", "linear"),
    "softmax, loss": ("softmax", "nll_loss", "exp", "amax", "logsumexp"),
    "random numbers": ("bernoulli", "dropout", "random", "aten::ge"),
    "copies": ("copy_", "clone", "aten::cat", "index", "gather", "scatter", "embedding", "fill_", "zero_"),
}
_ELEMENTWISE = "elementwise, sums"
_OUTSIDE = "outside of operations"


class Shares:
    """Filled when the block of `measure` ends: share of its wall time by kind."""

    def __init__(self) -> None:
        self.by_kind: dict[str, float] = {}

    @contextmanager
    def measure(self, device: str) -> Iterator[None]:
        """What no operation accounts for (Python, numpy's random bytes) counts as outside."""
        activities = [ProfilerActivity.CPU, *([ProfilerActivity.CUDA] if device == "cuda" else [])]
        with profile(activities=activities, acc_events=True) as recorded:
            begin = time.perf_counter()
            yield
            if device == "cuda":
                torch.cuda.synchronize()
            seconds = time.perf_counter() - begin
        spent = dict.fromkeys([*_KINDS, _ELEMENTWISE, _OUTSIDE], 0.0)
        for event in recorded.key_averages():
            if device == "cuda":
                spent[_kind_of(event.key)] += event.self_device_time_total / 1e6
            elif event.key.startswith(("aten::", "mkldnn")):
                spent[_kind_of(event.key)] += event.self_cpu_time_total / 1e6
        spent[_OUTSIDE] = max(0.0, seconds - sum(spent.values()))
        self.by_kind = {kind: share / seconds for kind, share in spent.items()}


def _kind_of(operation: str) -> str:
    for kind, words in _KINDS.items():
        if any(word in operation.lower() for word in words):
            return kind
    return _ELEMENTWISE
