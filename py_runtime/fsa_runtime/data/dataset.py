"""Tokenised pairs of several files as one sequence of training examples."""

from __future__ import annotations

from bisect import bisect_right
from itertools import accumulate

from fsa_runtime.data.pairs import PairsFile, row_ids
from fsa_runtime.data.token_rows import TokenRows
from fsa_runtime.errors import JobError

Example = tuple[list[int], list[int]]
"""Token ids of an input and of a target, both with the end token."""


class TokenisedPairs:
    """Rows of all files in order; only what is asked for is read into memory."""

    def __init__(self, files: list[PairsFile], columns: list[tuple[TokenRows, TokenRows]]) -> None:
        """`columns`: inputs and targets of each file."""
        self._files = files
        self._columns = columns
        self._starts = list(accumulate((len(inputs) for inputs, _ in columns), initial=0))

    def __len__(self) -> int:
        return self._starts[-1]

    def examples(self, rows: list[int]) -> list[Example]:
        """The examples of some rows, counted from 0 over all files."""
        return [self._example(row) for row in rows]

    def ids(self, rows: list[int]) -> list[str]:
        """The ids of some rows as the data files name them; their place where a file cannot be read."""
        return [self._id(row) for row in rows]

    def _example(self, row: int) -> Example:
        file, row_in_file = self._place_of(row)
        inputs, targets = self._columns[file]
        return inputs[row_in_file], targets[row_in_file]

    def _id(self, row: int) -> str:
        file, row_in_file = self._place_of(row)
        try:
            return row_ids(self._files[file], [row_in_file])[0]
        except JobError:
            return f"row {row_in_file} of {self._files[file].path.name}"

    def _place_of(self, row: int) -> tuple[int, int]:
        file = bisect_right(self._starts, row) - 1
        return file, row - self._starts[file]
