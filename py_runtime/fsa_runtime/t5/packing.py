"""Weights laid out once for many products, while a model only reads.

A decoding step multiplies a few rows with every weight. Plain products read a weight row by row; in blocks as
the product takes them the largest, the head, is read twice as fast. Only on CPUs, and only while nothing
writes to the weights.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass

import torch
from torch import Tensor

from fsa_runtime.environment.devices import cpu_multiplies_bf16
from fsa_runtime.kernels.library import Kernels, generation_kernels
from fsa_runtime.t5.matrix import Matrix, Packed, plain_product
from fsa_runtime.t5.memory import free_bytes
from fsa_runtime.t5.model import T5

# oneDNN's layout is chosen for products of about so many rows; it serves all others nearly as well.
_TYPICAL_ROWS = 64
_SPARE_SHARE = 0.5
# Of `kernels/source/panels.h`.
_TILE_SIDE = 32
_TILES_BYTES = 2048
_LINE_BYTES = 64
# A logit is at most the length of its row times that of its weight. Rounding both to bf16 changes two logits
# together by at most 2^-6 of that,
_ROUNDED_SHARE = 1.01 * 2.0**-6
# and three products of bf16 in the place of one of fp32 change the lead of a token by up to 1.3e-5 of it over
# all layers (measured: five models, 768 tokens each). Forty times as much counts as doubtful.
_DOUBTED_SHARE = 2.0**-11


@dataclass(frozen=True)
class OneDnnLayout:
    """A matrix as oneDNN wants it."""

    packed: Tensor

    @staticmethod
    def of(matrix: Matrix) -> OneDnnLayout:
        return OneDnnLayout(torch.ops.mkldnn._reorder_linear_weight(matrix.value, _TYPICAL_ROWS))

    def product(self, rows: Tensor, *, relu: bool) -> Tensor:
        last = "relu" if relu else "none"
        product: Tensor = torch.ops.mkldnn._linear_pointwise(rows, self.packed, None, last, [], "")
        return product


@dataclass(frozen=True)
class TileLayout:
    """A matrix [outputs, inputs] as our products on matrix tiles want it. Those of fp32 are not exactly that:
    each is made of three products of bf16 (see `generation.cpp`).
    """

    own: Kernels
    packed: Tensor
    outputs: int
    inputs: int

    @staticmethod
    def of(own: Kernels, matrix: Matrix) -> TileLayout:
        parts = 1 if matrix.value.dtype is torch.bfloat16 else 2
        return TileLayout(own, _panels_of(own, matrix.value, parts), *matrix.value.shape)

    def product(self, rows: Tensor, *, relu: bool) -> Tensor:
        rows = rows.contiguous()
        result = torch.empty(len(rows), self.outputs, dtype=rows.dtype)
        self.own.call(
            "product",
            *(rows.data_ptr(), len(rows), self.inputs, self.packed.data_ptr(), self.outputs),
            *(int(relu), result.data_ptr(), int(rows.dtype is torch.bfloat16)),
        )
        return result


@dataclass(frozen=True)
class HeadLayout:
    """The head as the choice of a token wants it: rounded to bf16, beside its own numbers, which decide where
    that is not enough.
    """

    own: Kernels
    packed: Tensor
    value: Tensor
    longest: float
    """Length of the longest row."""
    doubts: bool
    """Whether rows come from products that are not quite fp32: those of `TileLayout`."""

    @staticmethod
    def of(own: Kernels, matrix: Matrix) -> HeadLayout:
        packed = _panels_of(own, matrix.value, 1)
        longest = float(matrix.value.float().norm(dim=1).max())
        doubts = own.multiplies and matrix.value.dtype is not torch.bfloat16
        return HeadLayout(own, packed, matrix.value, longest, doubts)

    def product(self, rows: Tensor, *, relu: bool) -> Tensor:
        return plain_product(self.value, rows, relu=relu)

    def choose(self, rows: Tensor, columns: int) -> tuple[Tensor, Tensor | None]:
        """Of the first `columns` of each row of the product: where the first of the largest stands [n]; and
        whether exact `rows` could have given another [n], where these are not.
        """
        is_bf16 = rows.dtype is torch.bfloat16
        best, lead = torch.empty(len(rows), dtype=torch.int64), torch.empty(len(rows))
        largest_logit = self.longest * rows.float().norm(dim=1)
        margin = largest_logit * (0.0 if is_bf16 else _ROUNDED_SHARE)
        self.own.call(
            "choose",
            *(rows.data_ptr(), len(rows), self.value.shape[1], self.packed.data_ptr(), columns),
            *(margin.data_ptr(), self.value.data_ptr(), best.data_ptr(), lead.data_ptr(), int(is_bf16)),
        )
        return best, lead < _DOUBTED_SHARE * largest_logit if self.doubts else None


def _panels_of(own: Kernels, value: Tensor, parts: int) -> Tensor:
    """value [rows, columns] laid out by `pack`, in so many parts."""
    rows, columns = value.shape
    size = -(-rows // _TILE_SIDE) * -(-columns // _TILE_SIDE) * _TILES_BYTES * parts
    room = torch.empty(size + _LINE_BYTES, dtype=torch.uint8)
    packed = room[-room.data_ptr() % _LINE_BYTES :][:size]
    is_bf16 = value.dtype is torch.bfloat16
    own.call("pack", value.data_ptr(), rows, columns, packed.data_ptr(), parts, int(is_bf16))
    return packed


@contextmanager
def packed_weights(model: T5) -> Iterator[None]:
    """Packs the model's matrices for the time of the block, if there is memory for a second copy.

    What a block around this one has packed stays as it is.
    """
    matrices = [matrix for matrix in _matrices(model) if matrix.packed is None]
    if not (matrices and _has_room(model)):
        matrices = []
    try:
        for matrix in matrices:
            matrix.packed = _pack(model, matrix)
        yield
    finally:
        for matrix in matrices:
            matrix.packed = None


@contextmanager
def plain_products(model: T5) -> Iterator[None]:
    """Multiplies with the weights as they lie for the time of the block, in exactly their precision."""
    packed = [(matrix, matrix.packed) for matrix in _matrices(model)]
    try:
        for matrix, _ in packed:
            matrix.packed = None
        yield
    finally:
        for matrix, before in packed:
            matrix.packed = before


def _matrices(model: T5) -> list[Matrix]:
    return list(model.parameters.products(tied=model.tied))


def _pack(model: T5, matrix: Matrix) -> Packed | None:
    own = generation_kernels()
    if own is not None and matrix is model.head and _chooses(own, matrix):
        return HeadLayout.of(own, matrix)
    if own is not None and own.multiplies:
        return TileLayout.of(own, matrix)
    if not torch._C._has_mkldnn or (model.parameters.dtype is torch.bfloat16 and not cpu_multiplies_bf16()):
        return None  # oneDNN has no layout of bf16 for such a processor
    return OneDnnLayout.of(matrix)


def _chooses(own: Kernels, head: Matrix) -> bool:
    """Whether our choice is faster than a product and the largest of it: without tiles in fp32 alone."""
    return own.multiplies or (own.trains and head.value.dtype is not torch.bfloat16)


def _has_room(model: T5) -> bool:
    weights = model.parameters
    size = weights.compute.numel() * weights.compute.element_size()
    return weights.device.type == "cpu" and size < _SPARE_SHARE * free_bytes(weights.device)
