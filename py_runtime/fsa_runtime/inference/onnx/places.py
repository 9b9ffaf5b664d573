"""How rows of `d` numbers lie for the products with weights, and how attention sees them: by head."""

from __future__ import annotations

from typing import Protocol

import torch
from torch import Tensor
from torch.nn.functional import embedding


class Places(Protocol):
    """Rows as one graph has them."""

    def by_head(self, projected: Tensor, heads: int) -> Tensor:
        """[rows…, heads * width] -> [batch, heads, positions, width]."""

    def joined(self, context: Tensor) -> Tensor:
        """The way back."""


class Padded:
    """[batch, positions, d]: every input is as wide as the widest."""

    def by_head(self, projected: Tensor, heads: int) -> Tensor:
        batch, positions, wide = projected.shape
        return projected.reshape(batch, positions, heads, wide // heads).transpose(1, 2)

    def joined(self, context: Tensor) -> Tensor:
        batch, heads, positions, width = context.shape
        return context.transpose(1, 2).reshape(batch, positions, heads * width)


class Single:
    """[batch, 1, d]: what is of one position is not turned round, but only seen in another shape."""

    def by_head(self, projected: Tensor, heads: int) -> Tensor:
        return projected.reshape(-1, heads, 1, projected.shape[2] // heads)

    def joined(self, context: Tensor) -> Tensor:
        return context.reshape(-1, 1, context.shape[1] * context.shape[3])


class Packed:
    """[1, tokens, d]: the inputs one behind the other, without padding, which exists in attention alone.

    `places` [batch, positions] says which token stands where (any for padding), `rows` and `at` [tokens]
    where in there each of them stands. Looking rows up head by head turns them round on the way.
    """

    def __init__(self, places: Tensor, rows: Tensor, at: Tensor, heads: int) -> None:
        each = torch.arange(heads)
        self._places = places[:, None, :] * heads + each[None, :, None]
        self._back = (rows[:, None] * heads + each[None, :]) * places.shape[1] + at[:, None]

    def by_head(self, projected: Tensor, heads: int) -> Tensor:
        return embedding(self._places, projected.reshape(-1, projected.shape[2] // heads))

    def joined(self, context: Tensor) -> Tensor:
        _, heads, _, width = context.shape
        return embedding(self._back, context.reshape(-1, width)).reshape(1, -1, heads * width)
