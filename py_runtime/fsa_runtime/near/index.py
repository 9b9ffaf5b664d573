"""An index of texts that answers which of them are nearly a given one."""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from importlib import import_module
from typing import Any

import numpy as np
from numpy.typing import NDArray

from fsa_runtime.errors import JobError
from fsa_runtime.near.shingles import jaccard, shingles_of

_SEED = 1
_LEAST_RECALL = 0.94
"""Bands are as long as still finds so many pairs just at the threshold."""


@dataclass(frozen=True)
class NearSettings:
    shingle_words: int
    threshold: float
    permutations: int

    @property
    def bands(self) -> int:
        """The fewest bands with enough recall; fewer bands mean fewer candidates and less memory."""
        divisors = [n for n in range(1, self.permutations + 1) if self.permutations % n == 0]
        return next((n for n in divisors if self.recall_with(n) >= _LEAST_RECALL), self.permutations)

    def recall_with(self, bands: int) -> float:
        """Chance that a pair at the threshold shares a band: 1 - (1 - s^r)^b (Leskovec et al., ch. 3.4)."""
        rows: int = self.permutations // bands
        return float(1 - (1 - self.threshold**rows) ** bands)


class TextRows:
    """Texts by their number, over Arrow arrays that stay mapped rather than copied."""

    def __init__(self) -> None:
        self._arrays: list[Any] = []
        self._starts: list[int] = []
        self._rows = 0

    def extend(self, texts: Any) -> None:
        self._arrays.append(texts)
        self._starts.append(self._rows)
        self._rows += len(texts)

    def __len__(self) -> int:
        return self._rows

    def __getitem__(self, row: int) -> str:
        at = bisect_right(self._starts, row) - 1
        text: str = self._arrays[at][row - self._starts[at]].as_py()
        return text


class NearIndex:
    """Rows are added by number; their texts are looked up again where they are candidates."""

    def __init__(self, texts: TextRows, settings: NearSettings) -> None:
        rensa = _import_rensa()
        self._texts = texts
        self._settings = settings
        self._minhash = rensa.RMinHash
        self._index = rensa.RMinHashLSH(settings.threshold, settings.permutations, settings.bands)

    def sketch(self, texts: Sequence[str]) -> list[tuple[set[str], Any]]:
        """The set of shingles of each text and its MinHash."""
        shingles = [shingles_of(text, self._settings.shingle_words) for text in texts]
        hashes = self._minhash.from_token_sets(shingles, self._settings.permutations, _SEED)
        return [(set(one), minhash) for one, minhash in zip(shingles, hashes, strict=True)]

    def add(self, row: int, minhash: Any) -> None:
        self._index.insert(row, minhash)

    def matches(self, shingles: set[str], minhash: Any) -> list[tuple[int, float]]:
        """Rows added so far that are at least as similar as the threshold, in order, and how similar."""
        if not shingles:
            return []
        return measure(shingles, sorted(self._index.query(minhash)), self._texts, self._settings)


def measure(
    shingles: set[str], candidates: Iterable[int], texts: TextRows, settings: NearSettings
) -> list[tuple[int, float]]:
    """Those candidates that are at least as similar as the threshold, and how similar."""
    found = []
    for row in candidates:
        similarity = jaccard(shingles, set(shingles_of(texts[row], settings.shingle_words)))
        if similarity >= settings.threshold:
            found.append((row, similarity))
    return found


def sketch_digests(shingles: Sequence[list[str]], settings: NearSettings) -> NDArray[np.uint32]:
    """The MinHash of each set of shingles: one line per set, one number per permutation."""
    matrix = _import_rensa().RMinHash.digest_matrix_from_token_sets(shingles, settings.permutations, _SEED)
    return np.array(matrix.to_rows(), np.uint32).reshape(len(shingles), settings.permutations)


def _import_rensa() -> Any:
    try:
        return import_module("rensa")
    except ImportError as error:
        raise JobError(
            "exception",
            "Near duplicates need the package rensa, which has no build for this Python and system;"
            " use Python 3.11 or newer (fsa setup --python), or compare exactly (--exact).",
        ) from error
