"""What greedy decoding keeps between steps: keys and values of the rows still alive."""

from __future__ import annotations

from collections.abc import Sequence

import torch
from torch import Tensor

from fsa_runtime.t5.dropout import Dropout

_FIRST_CAPACITY = 16


class DecoderCache:
    """`crossings[layer]` are keys and values over the inputs, each [rows, heads, inputs, width]."""

    def __init__(self, crossings: Sequence[tuple[Tensor, Tensor]], cross_mask: Tensor | None) -> None:
        self.crossings = list(crossings)
        self.cross_mask = cross_mask
        self.length = 0
        self.dropout = Dropout(0.0, device=crossings[0][0].device)
        self._own: list[tuple[Tensor, Tensor]] = []

    def append(self, layer: int, key: Tensor, value: Tensor) -> tuple[Tensor, Tensor]:
        """Adds one position [rows, heads, width] of a layer; gives all of them [rows, heads, length,
        width].
        """
        if layer == len(self._own):
            shape = (key.shape[0], key.shape[1], _FIRST_CAPACITY, key.shape[2])
            self._own.append((key.new_empty(shape), key.new_empty(shape)))
        keys, values = self._own[layer]
        if self.length > keys.shape[2]:
            keys, values = _double(keys), _double(values)
            self._own[layer] = (keys, values)
        keys[:, :, self.length - 1] = key
        values[:, :, self.length - 1] = value
        return keys[:, :, : self.length], values[:, :, : self.length]

    def keep_rows(self, rows: Tensor) -> None:
        """Drops all rows but these."""
        self.crossings = [(key[rows], value[rows]) for key, value in self.crossings]
        self._own = [(key[rows], value[rows]) for key, value in self._own]
        if self.cross_mask is not None:
            self.cross_mask = self.cross_mask[rows]


def _double(tensor: Tensor) -> Tensor:
    return torch.cat((tensor, torch.empty_like(tensor)), dim=2)
