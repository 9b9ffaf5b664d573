"""Relative position bias: made once per length and stack, its gradient gathered once per micro-batch.

Only the distance between query and key counts, so a bias [heads, length, length] is a table
[heads, 2 * length - 1] read along diagonals.
"""

from __future__ import annotations

import math

import torch
from torch import Tensor
from torch.nn import functional

from fsa_runtime.t5.matrix import Matrix


class PositionBias:
    """The bias of one table, which serves a stack or a layer of it; `causal` hides later keys."""

    def __init__(
        self, weight: Matrix, *, causal: bool, max_distance: int, dtype: torch.dtype, device: torch.device
    ) -> None:
        self._weight = weight
        self._causal = causal
        self._buckets = weight.value.shape[0]
        self._max_distance = max_distance
        self._dtype = dtype
        self._device = device

    def square(self, length: int) -> Tensor:
        """[heads, queries, keys] in the compute precision; -inf where a key is hidden."""
        distances = torch.arange(1 - length, length, device=self._device)
        table = self._weight.value[self._bucket(distances)]
        if self._causal:
            table = table.masked_fill(distances[:, None] > 0, -math.inf)
        # Window i of the table holds the distances seen by query length-1-i.
        return table.t().to(self._dtype).unfold(1, length, 1).flip(1)

    def last_row(self, length: int) -> Tensor:
        """[heads, keys]: what the newest of `length` positions sees (decoding); its end is that of fewer."""
        distances = torch.arange(1 - length, 1, device=self._device)
        return self._weight.value[self._bucket(distances)].t().to(self._dtype)

    def last_row_table(self, length: int) -> Tensor:
        """`last_row` in fp32, where it lies in one piece."""
        return self.table(length)[:, :length].contiguous()

    def table(self, length: int) -> Tensor:
        """[heads, 2 * length - 1] fp32: the bias by distance, what `square` reads along diagonals."""
        distances = torch.arange(1 - length, length, device=self._device)
        return self._weight.value[self._bucket(distances)].t().contiguous()

    def add_table_gradient(self, per_distance: Tensor) -> None:
        """Takes the fp32 gradient [heads, 2 * length - 1] of one `table`."""
        length = (per_distance.shape[1] + 1) // 2
        distances = torch.arange(1 - length, length, device=self._device)
        chosen = functional.one_hot(self._bucket(distances), self._buckets).to(per_distance.dtype)
        self._weight.dense_gradient().add_(chosen.t() @ per_distance.t())

    def add_gradient(self, gradient: Tensor) -> None:
        """Takes the fp32 gradient [heads, queries, keys] of one `square`, summed over layers and examples."""
        heads, length, _ = gradient.shape
        # Skewing each row by one more place puts equal distances under each other.
        skewed = functional.pad(gradient.flip(1), (0, length)).view(heads, -1)[:, : length * (2 * length - 1)]
        self.add_table_gradient(skewed.view(heads, length, 2 * length - 1).sum(1))

    def _bucket(self, distances: Tensor) -> Tensor:
        """Bucket of each distance (key minus query): near ones singly, far ones logarithmically (arXiv
        1910.10683).
        """
        buckets = self._buckets
        if self._causal:
            base = torch.zeros_like(distances)
            distances = (-distances).clamp(min=0)
        else:
            buckets //= 2
            base = (distances > 0).long() * buckets
            distances = distances.abs()
        exact = buckets // 2
        # The same fp32 expression as transformers', or a distance on a border may fall to the other side.
        far = exact + (
            torch.log(distances.float() / exact) / math.log(self._max_distance / exact) * (buckets - exact)
        ).long().clamp(max=buckets - 1 - exact)
        return base + torch.where(distances < exact, distances, far)
