"""One weight as products see it: its numbers, and where its gradient is gathered."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Protocol

import torch
from torch import Tensor

from fsa_runtime.kernels.library import kernels

# A product that is rounded and then added to the gradient is as large as the weight: of a head with 250,000
# tokens it is made in pieces of so many. The bits are those of one product, and no piece costs more time.
_ROWS_MULTIPLIED = 1 << 13


class Packed(Protocol):
    """The numbers of a matrix in a layout of its own (see `packing`)."""

    def product(self, rows: Tensor, *, relu: bool) -> Tensor:
        """What `Matrix.matmul` says."""


def plain_product(value: Tensor, rows: Tensor, *, relu: bool) -> Tensor:
    """What `Matrix.matmul` says, with the numbers of value [outputs, inputs] as they lie."""
    product = rows @ value.t()
    return product.relu_() if relu else product


@dataclass(eq=False)
class Matrix:
    """One or several adjacent weights as a single matrix [outputs, inputs]."""

    value: Tensor
    gradient: Tensor | None
    # The same numbers, while nothing changes them.
    packed: Packed | None = None
    _filled: bool = field(default=False)

    def matmul(self, rows: Tensor, *, relu: bool = False) -> Tensor:
        """rows [n, inputs] -> `rows @ value.T` [n, outputs]; with `relu` nothing of it below 0."""
        if self.packed is not None:
            return self.packed.product(rows, relu=relu)
        return plain_product(self.value, rows, relu=relu)

    def begin_step(self) -> None:
        """The next gradient overwrites what is there, which saves zeroing."""
        self._filled = False

    def add_gradient(self, outputs: Tensor, inputs: Tensor) -> None:
        """Adds `outputs.T @ inputs`: outputs [n, rows of the matrix], inputs [n, its columns]."""
        assert self.gradient is not None
        if self._add_by_tiles(outputs, inputs):
            pass
        elif self.gradient.dtype == outputs.dtype:
            beta = 1.0 if self._filled else 0.0
            torch.addmm(self.gradient, outputs.t(), inputs, beta=beta, out=self.gradient)
        else:
            pieces = torch.split(outputs, _ROWS_MULTIPLIED, dim=1)
            for part, piece in zip(torch.split(self.gradient, _ROWS_MULTIPLIED), pieces, strict=True):
                product = piece.t() @ inputs
                part.add_(product) if self._filled else part.copy_(product)
        self._filled = True

    def _add_by_tiles(self, outputs: Tensor, inputs: Tensor) -> bool:
        """The same summed in fp32 where it belongs, if this processor has matrix tiles; else False."""
        own = kernels() if outputs.dtype is torch.bfloat16 and outputs.device.type == "cpu" else None
        if own is None or not own.multiplies or outputs.stride(1) != 1 or inputs.stride(1) != 1:
            return False
        assert self.gradient is not None
        own.call(
            "weight_gradient",
            outputs.data_ptr(),
            outputs.stride(0),
            inputs.data_ptr(),
            inputs.stride(0),
            self.gradient.data_ptr(),
            len(outputs),
            *self.gradient.shape,
            int(self._filled),
        )
        return True

    def add_rows(self, rows: Tensor, values: Tensor) -> None:
        """Adds values [n, columns] to the gradient's rows [n]; a row may occur many times."""
        gradient = self.dense_gradient()
        gradient.index_add_(0, rows, values)

    def dense_gradient(self) -> Tensor:
        """The gradient, zeroed if nothing has been written to it in this step."""
        assert self.gradient is not None
        if not self._filled:
            self.gradient.zero_()
            self._filled = True
        return self.gradient
