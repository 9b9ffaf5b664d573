"""What the optimizer keeps of each weight: its two moments, in pieces that fit the processor's cache."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass

import torch
from torch import Tensor

from fsa_runtime.t5.row_table import RowTable, untouched_zeros

_PIECE_ELEMENTS = 1 << 18


@dataclass(frozen=True)
class Parameter:
    """One weight tensor: fp32 `value`, its fp32 `gradient`, and a `compute` copy to keep in step (or None).

    `table` is there where only some rows of `value` [rows, columns] ever have a gradient.
    """

    name: str
    value: Tensor
    gradient: Tensor
    compute: Tensor | None = None
    table: RowTable | None = None


@dataclass(frozen=True)
class Piece:
    """Equal stretches [n] of a weight and of what belongs to it."""

    value: Tensor
    gradient: Tensor
    first: Tensor
    second: Tensor
    compute: Tensor | None


class Moments:
    """One weight with its `first` and `second` moment, all of one shape."""

    def __init__(
        self,
        name: str,
        value: Tensor,
        gradient: Tensor,
        moments: tuple[Tensor, Tensor],
        compute: Tensor | None,
    ) -> None:
        self.name = name
        self.value, self.gradient, self.compute = value, gradient, compute
        self.first, self.second = moments
        self.count = value.numel()
        self.square_sum = torch.zeros((), device=value.device)
        self.own_square_sum = torch.zeros((), dtype=torch.float64)
        # A GPU has no use for small pieces: each is a kernel to launch.
        size = _PIECE_ELEMENTS if value.device.type == "cpu" else max(1, self.count)
        columns = [torch.split(flat.view(-1), size) for flat in (value, gradient, self.first, self.second)]
        copies: Sequence[Tensor | None] = [None] * len(columns[0])
        if compute is not None:
            copies = torch.split(compute.view(-1), size)
        self.pieces = [Piece(*parts) for parts in zip(*columns, copies, strict=True)]

    @classmethod
    def of(cls, parameter: Parameter) -> Moments:
        moments = (torch.zeros_like(parameter.value), torch.zeros_like(parameter.value))
        return cls(parameter.name, parameter.value, parameter.gradient, moments, parameter.compute)

    def load(self, first: Tensor, second: Tensor) -> None:
        """Takes over saved moments of the same shape."""
        self.first.copy_(first)
        self.second.copy_(second)


class RowMoments(Moments):
    """A table's: rows that never had a gradient have moments of zero, which nobody writes down.

    Such a row's update is its decay alone. All numbers are those that an update of every row gives.
    """

    def __init__(self, parameter: Parameter, table: RowTable, *, copied: bool) -> None:
        """`copied`: updates want a `compute` tensor to write to, though a table has none."""
        value = parameter.value
        moments = (_untouched_like(value), _untouched_like(value))
        super().__init__(parameter.name, value, parameter.gradient, moments, None)
        self._table = table
        self._copied = copied
        self._seen = torch.zeros(len(value), dtype=torch.bool)
        self._idle = list(self._without_gradient())

    def update(self, update: Callable[[Moments], None], *, all_move: bool) -> None:
        """Calls `update` for the rows that ever had a gradient and, with `all_move`, for all others."""
        self._seen[self._table.rows()] = True
        rows = self._seen.nonzero().squeeze(1)
        value, gradient, first, second = (
            whole.index_select(0, rows) for whole in (self.value, self.gradient, self.first, self.second)
        )
        seen = Moments(self.name, value, gradient, (first, second), self._copy_of(value))
        update(seen)
        for piece in self._idle if all_move else []:
            update(piece)
        # Over what the last loop made of these rows.
        for whole, part in ((self.value, value), (self.first, first), (self.second, second)):
            whole.index_copy_(0, rows, part)

    def load(self, first: Tensor, second: Tensor) -> None:
        before = self._seen.nonzero().squeeze(1)
        self._seen = (first != 0).any(1) | (second != 0).any(1)
        rows = self._seen.nonzero().squeeze(1)
        for mine, saved in ((self.first, first), (self.second, second)):
            mine.index_fill_(0, before, 0.0)
            mine.index_copy_(0, rows, saved.index_select(0, rows))

    def _without_gradient(self) -> Iterator[Moments]:
        """The table in stretches, as if nobody had used it: an update leaves their zeros zero."""
        longest = self.pieces[0].value
        zeros, copy = torch.zeros(3, len(longest)), self._copy_of(longest)
        for piece in self.pieces:
            gradient, first, second = zeros[:, : len(piece.value)]
            own = None if copy is None else copy[: len(piece.value)]
            yield Moments(self.name, piece.value, gradient, (first, second), own)

    def _copy_of(self, value: Tensor) -> Tensor | None:
        return torch.empty(value.shape, dtype=torch.bfloat16) if self._copied else None


def _untouched_like(value: Tensor) -> Tensor:
    return untouched_zeros(value.numel()).view(value.shape)
