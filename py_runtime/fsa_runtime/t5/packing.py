"""Weights laid out once for many small products, as oneDNN wants them, while a model only reads.

A decoding step multiplies a few rows with every weight. Plain products read a weight row by row; laid out in
the kernel's own blocks it is read twice as fast on the largest, the head. Only on CPUs, and only while
nothing writes to the weights.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

import torch

from fsa_runtime.environment.devices import cpu_multiplies_bf16
from fsa_runtime.t5.memory import free_bytes
from fsa_runtime.t5.model import T5

# The layout is chosen for products of about so many rows; it serves all others nearly as well.
_TYPICAL_ROWS = 64
_SPARE_SHARE = 0.5


@contextmanager
def packed_weights(model: T5) -> Iterator[None]:
    """Packs the model's matrices for the time of the block, if there is memory for a second copy.

    What a block around this one has packed stays as it is.
    """
    matrices = [matrix for matrix in model.parameters.products(tied=model.tied) if matrix.packed is None]
    if not (matrices and _pays(model)):
        matrices = []
    try:
        for matrix in matrices:
            matrix.packed = torch.ops.mkldnn._reorder_linear_weight(matrix.value, _TYPICAL_ROWS)
        yield
    finally:
        for matrix in matrices:
            matrix.packed = None


def _pays(model: T5) -> bool:
    weights = model.parameters
    if weights.device.type != "cpu" or not torch._C._has_mkldnn:
        return False
    if weights.dtype is torch.bfloat16 and not cpu_multiplies_bf16():
        return False  # oneDNN has no layout of bf16 for such a processor
    size = weights.compute.numel() * weights.compute.element_size()
    return size < _SPARE_SHARE * free_bytes(weights.device)
