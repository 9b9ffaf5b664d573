"""The ranks of a training, as the trainer sees them, and the usual case of one."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import Protocol

from torch import Tensor

Work = Callable[[int], Tensor]


class Ranks(Protocol):
    """The ranks of a training, as one of them sees them."""

    rank: int
    count: int

    def sum(self, tensor: Tensor) -> None:
        """Makes `tensor` the sum over all ranks, in place and with the same bits everywhere."""

    def smallest(self, number: int) -> int:
        """The smallest over all ranks."""

    def take_from_first(self, tensors: Iterable[Tensor]) -> None:
        """Overwrites `tensors` with those of the first rank."""

    def together(self, work: Work, size: int) -> Work:
        """`work`, whose result (float64 [size]) is summed over all ranks.

        Where memory runs out on one of them, it raises MemoryError on every one.
        """


class OneRank:
    """A training in one process."""

    rank = 0
    count = 1

    def sum(self, tensor: Tensor) -> None:
        """It is the sum."""

    def smallest(self, number: int) -> int:
        return number

    def take_from_first(self, tensors: Iterable[Tensor]) -> None:
        """They are."""

    def together(self, work: Work, size: int) -> Work:
        del size
        return work
