"""Token ids of many texts as flat arrays."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

TokenArray = NDArray[np.uint16] | NDArray[np.int32]


@dataclass(frozen=True)
class EncodedColumn:
    """Token ids of a few texts: one flat array, the length of each, and how many were cut."""

    ids: TokenArray
    lengths: NDArray[np.int64]
    cut: int


@dataclass(frozen=True)
class EncodedBatch:
    inputs: EncodedColumn
    targets: EncodedColumn


class TokenRows:
    """Token ids of many texts, in memory or mapped: a flat array and the offset of each text."""

    def __init__(self, ids: TokenArray, offsets: NDArray[np.int64]) -> None:
        self._ids = ids
        self._offsets = offsets

    @classmethod
    def collect(cls, columns: Iterable[EncodedColumn]) -> TokenRows:
        """Keeps encoded columns in memory."""
        parts = list(columns)
        lengths = np.concatenate([np.zeros(1, np.int64), *(part.lengths for part in parts)])
        ids = np.concatenate([part.ids for part in parts]) if parts else np.zeros(0, np.uint16)
        return cls(ids, np.cumsum(lengths))

    def __len__(self) -> int:
        return len(self._offsets) - 1

    def __getitem__(self, row: int) -> list[int]:
        ids: list[int] = self._ids[self._offsets[row] : self._offsets[row + 1]].tolist()
        return ids

    def __iter__(self) -> Iterator[list[int]]:
        return (self[row] for row in range(len(self)))
