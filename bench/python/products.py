"""Every matrix product of our step by shape, dtype and layout: calls, time, rate, and the step's floor.

A dispatch mode times each product where it runs, so operands are as cold or warm as in a real step; the whole
step is timed without it. The floor adds what the products need at the square product's rate to what must pass
memory at the rate of a large copy.

On a busy machine wall time shows the others: there everything is processor time over threads, which is the
same where all threads work and too little where one does.
"""

from __future__ import annotations

import math
import os
import time
from collections import defaultdict
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from typing import Any

import torch
from rates import matmul_rate
from torch import Tensor
from torch.utils._python_dispatch import TorchDispatchMode

import scenarios
from fsa_runtime.kernels.library import kernels

_COPY_BYTES = 1 << 28
# Gradient written and added to, read for the norm, AdamW's three tensors read and written, bf16 written.
_BYTES_A_WEIGHT = {"fp32": 40, "bf16": 42}
# Rows of the residual sum are read and written by every norm, forward and backward, in fp32.
_PASSES_A_NORM = 4
# The steps that warm up alone make a load of about one a thread.
_BUSY = 1.5


class Products(TorchDispatchMode):
    """Seconds and calls of each kind of product while it is on."""

    def __init__(self, clock: Callable[[], float]) -> None:
        super().__init__()
        self._clock = clock
        self.seconds: defaultdict[tuple[str, str, str], float] = defaultdict(float)
        self.calls: defaultdict[tuple[str, str, str], int] = defaultdict(int)
        self.flops: defaultdict[tuple[str, str, str], float] = defaultdict(float)

    def __torch_dispatch__(
        self, function: Any, types: Any, args: Sequence[Any] = (), kwargs: dict[str, Any] | None = None
    ) -> Any:
        del types
        operands = _operands(str(function), args)
        began = self._clock()
        result = function(*args, **(kwargs or {}))
        spent = self._clock() - began
        if operands is not None:
            left, right, packed = operands
            *batch, rows, inner = left.shape
            columns = right.shape[0] if packed else right.shape[-1]
            layout = f"{_order(left)}{'p' if packed else _order(right)}"
            dtype = str(left.dtype).removeprefix("torch.")
            self._note((*batch, rows, inner, columns), dtype, layout, spent)
        return result

    @contextmanager
    def with_own(self) -> Iterator[None]:
        """Sees the weights' gradients that the C++ passes compute as well, while the block runs."""
        own = kernels()
        if own is None:
            yield
            return
        real = own.call

        def call(name: str, *arguments: float | None) -> None:
            began = self._clock()
            real(name, *arguments)
            if name == "weight_gradient":
                rows, columns, inputs = (int(size or 0) for size in arguments[5:8])
                self._note((columns, rows, inputs), "bfloat16", "tn, ours", self._clock() - began)

        own.call = call
        try:
            yield
        finally:
            own.call = real

    def _note(self, sizes: Sequence[int], dtype: str, layout: str, seconds: float) -> None:
        """One product more; `sizes`: how many, if many at once, then rows, the summed axis, columns."""
        key = (" x ".join(str(size) for size in sizes), dtype, layout)
        self.seconds[key] += seconds
        self.calls[key] += 1
        self.flops[key] += 2.0 * math.prod(sizes)


def table_of_products(trainer: Any, steps: Sequence[Any], options: Any) -> dict[str, Any]:
    """Steps in turns with and without the mode; the fastest of each is taken."""
    dtype = torch.bfloat16 if options.precision == "bf16" else torch.float32
    busy = os.getloadavg()[0] > _BUSY * options.threads
    clock = (lambda: time.process_time() / options.threads) if busy else time.perf_counter
    square = matmul_rate("cpu", dtype, 2.0, clock)
    whole, watched, best = float("inf"), float("inf"), Products(clock)
    for step in steps:
        began = clock()
        trainer.step(step, 1e-4)
        whole = min(whole, clock() - began)
        products = Products(clock)
        began = clock()
        with products, products.with_own():
            trainer.step(step, 1e-4)
        spent = clock() - began
        if spent < watched:
            watched, best = spent, products
    rows = [
        {
            "shape": shape,
            "dtype": kind,
            "layout": layout,
            "calls": best.calls[key],
            "seconds": seconds,
            "flopsPerSecond": best.flops[key] / seconds,
            "ofSquare": best.flops[key] / seconds / square,
            "share": seconds / whole,
        }
        for key, seconds in sorted(best.seconds.items(), key=lambda item: -item[1])
        for shape, kind, layout in [key]
    ]
    return {
        "busy": busy,
        "squareFlopsPerSecond": square,
        "stepSeconds": whole,
        "products": rows,
        "roofline": _roofline(trainer, steps[-1], options, square, copy_rate(clock)),
    }


def _roofline(trainer: Any, step: Any, options: Any, square: float, copied: float) -> dict[str, float]:
    """Useful operations, bytes that must move, and how long both take on this machine."""
    pairs = [pair for batch in step for pair in batch]
    flops = scenarios.train_flops(options.shape, pairs)
    model = scenarios.SHAPES[options.shape]
    width, layers = model["d_model"], model["num_layers"]
    element = 2 if options.precision == "bf16" else 4
    inputs, targets = (sum(len(pair[side]) for pair in pairs) for side in (0, 1))
    norms = layers * (2 * inputs + 3 * targets) * width * (_PASSES_A_NORM * 4 + 2 * element)
    logits = 3 * targets * scenarios.vocabulary_of(options.shape) * element
    weights = trainer.model.parameters.master.numel() * _BYTES_A_WEIGHT[options.precision]
    moved = float(norms + logits + weights)
    return {
        "flops": flops,
        "bytes": moved,
        "copyBytesPerSecond": copied,
        "floorSeconds": flops / square + moved / copied,
    }


def copy_rate(clock: Callable[[], float]) -> float:
    """Bytes read and written per second of `clock` by the best of some large copies."""
    source, target = torch.ones(_COPY_BYTES // 4), torch.empty(_COPY_BYTES // 4)
    best = float("inf")
    for _ in range(5):
        began = clock()
        target.copy_(source)
        best = min(best, clock() - began)
    return 2 * _COPY_BYTES / best


def _operands(name: str, args: Sequence[Any]) -> tuple[Tensor, Tensor, bool] | None:
    """The two factors of a product, and whether the second is packed; None for anything else."""
    if name.startswith(("aten.mm", "aten.bmm")):
        return args[0], args[1], False
    if name.startswith(("aten.addmm", "aten.baddbmm")):
        return args[1], args[2], False
    if name.startswith("mkldnn._linear_pointwise"):
        return args[0], args[1], True
    return None


def _order(tensor: Tensor) -> str:
    """n: rows lie behind each other; t: columns do."""
    return "n" if tensor.stride(-1) == 1 else "t"
