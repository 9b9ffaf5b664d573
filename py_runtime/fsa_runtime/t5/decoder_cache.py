"""What greedy decoding keeps between steps: keys and values of the rows still alive.

Rows lie in the order of their inputs' lengths, longest first. Over the inputs, rows of similar length form a
group of one width, so that short inputs do not pay for long ones.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Protocol

import numpy as np
import torch
from torch import Tensor

from fsa_runtime.t5.dropout import Dropout

_CAPACITY_STEP = 16
# A row joins the group of a longer one if at least this share of the width is its own.
_SHARED_WIDTH = 0.75


@dataclass
class CrossGroup:
    """Keys and values over the inputs of `count` neighbouring rows, per layer [count, heads, inputs, width].

    `mask` [count, 1, 1, inputs] is 0 for real inputs and -inf for padding, or None without any.
    """

    count: int
    layers: list[tuple[Tensor, Tensor]]
    mask: Tensor | None

    def keep(self, rows: Tensor) -> None:
        self.count = len(rows)
        self.layers = [(key[rows], value[rows]) for key, value in self.layers]
        self.mask = None if self.mask is None else self.mask[rows]


class StepCache(Protocol):
    """What one step asks of keys and values kept."""

    groups: list[CrossGroup]
    dropout: Dropout

    def begin_position(self) -> None:
        """One more position; to be called before each step."""

    def biases(self) -> list[Tensor]:
        """Position biases that the newest position sees [heads, 1, keys], one for all layers or one each."""

    def append(self, layer: int, key: Tensor, value: Tensor) -> tuple[Tensor, Tensor]:
        """Adds one position [rows, heads, width] of a layer; gives all of them [rows, heads, keys, width]."""


class DecoderCache:
    """Grows by a position a step. `biases` [heads, positions] of one table or more are what the last possible
    position sees.
    """

    def __init__(self, groups: Sequence[CrossGroup], biases: Sequence[Tensor]) -> None:
        self.groups = list(groups)
        self._device = biases[0].device
        self.dropout = Dropout(0.0, device=self._device)
        self.length = 0
        self._biases = biases
        self._own: list[tuple[Tensor, Tensor]] = []

    def begin_position(self) -> None:
        self.length += 1
        if self._own and self.length > self._own[0][0].shape[2]:
            self._own = [(self._widen(key), self._widen(value)) for key, value in self._own]

    def biases(self) -> list[Tensor]:
        return [bias[:, None, -self.length :] for bias in self._biases]

    def append(self, layer: int, key: Tensor, value: Tensor) -> tuple[Tensor, Tensor]:
        if layer == len(self._own):
            shape = (key.shape[0], key.shape[1], _CAPACITY_STEP, key.shape[2])
            self._own.append((key.new_empty(shape), key.new_empty(shape)))
        keys, values = self._own[layer]
        keys[:, :, self.length - 1] = key
        values[:, :, self.length - 1] = value
        return keys[:, :, : self.length], values[:, :, : self.length]

    def keep_rows(self, kept: np.ndarray) -> None:
        """Drops all rows but those with True in `kept` [rows]."""
        rows = torch.from_numpy(np.flatnonzero(kept)).to(self._device)
        self._own = [(key[rows], value[rows]) for key, value in self._own]
        start = 0
        for group in self.groups:
            mine = kept[start : start + group.count]
            start += group.count
            if not mine.all():
                group.keep(torch.from_numpy(np.flatnonzero(mine)).to(self._device))
        self.groups = [group for group in self.groups if group.count > 0]

    def _widen(self, tensor: Tensor) -> Tensor:
        """Half as much room again, so that copying stays a small share of the work."""
        more = max(_CAPACITY_STEP, tensor.shape[2] // 2)
        room = tensor.new_empty(*tensor.shape[:2], more, tensor.shape[3])
        return torch.cat((tensor, room), dim=2)


def cut_by_width(lengths: Sequence[int]) -> list[int]:
    """How many of the rows, longest first, share each group."""
    counts: list[int] = []
    width = 0
    for length in lengths:
        if not counts or length < _SHARED_WIDTH * width:
            counts.append(0)
            width = length
        counts[-1] += 1
    return counts
