"""Which of many rows share a band of their MinHashes, found on disk, one band at a time.

An index in memory holds every band of every row, though nearly all bands belong to one row alone. Here each
band's keys (8 bytes a row) are a column of a temporary file; a column at a time is sorted, and what is left
of it are the numbers of groups: rows with the same key. Memory does not grow with the number of bands.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from pathlib import Path
from tempfile import TemporaryFile
from types import TracebackType
from typing import TypeVar

import numpy as np
from numpy.typing import NDArray

from fsa_runtime.files.durable import require_room
from fsa_runtime.near.index import NearSettings, sketch_digests

ALONE = -1
"""In place of a group: no other row has this key."""
_KEY_BYTES = 8
_Number = TypeVar("_Number", np.uint64, np.int32)


class BandColumns:
    """Keys of the bands of rows that are added in order; then, once `regroup` has run, groups of rows."""

    def __init__(self, folder: Path, rows: int, settings: NearSettings) -> None:
        """Raises JobError("disk-full") where `folder` has no room for the columns."""
        require_room(folder, rows * settings.bands * _KEY_BYTES, "The comparison of rows")
        self._rows = rows
        self._settings = settings
        self._has_words = np.zeros(rows, np.bool_)
        # Unbuffered: a batch is written in one piece per band. Without a name, nothing is left after a kill.
        self._file = TemporaryFile(dir=folder, buffering=0)  # noqa: SIM115 - closed by __exit__

    def __enter__(self) -> BandColumns:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._file.close()

    def add(self, first_row: int, shingles: Sequence[list[str]]) -> None:
        """Writes the keys of the rows from `first_row` on."""
        keys = band_keys(sketch_digests(shingles, self._settings), self._settings.bands)
        for band, column in enumerate(keys):
            self._write(band, first_row, column)
        self._has_words[first_row : first_row + len(shingles)] = [bool(one) for one in shingles]

    def regroup(self, on_band: Callable[[int], None]) -> tuple[NDArray[np.bool_], list[int]]:
        """Puts groups in place of keys; which rows are in any, and the number of groups of each band.

        Rows without words are in none: their empty sets have one MinHash, and are like nothing.
        """
        shared = np.zeros(self._rows, np.bool_)
        counts = []
        for band in range(self._settings.bands):
            on_band(band)
            groups, count = number_groups(self._read(band, 0, self._rows, np.uint64), self._has_words)
            shared |= groups != ALONE
            self._write(band, 0, groups)
            counts.append(count)
        return shared, counts

    def groups(self, first_row: int, rows: int) -> list[list[int]]:
        """Of each row its group in each band, or ALONE. Only after `regroup`."""
        bands = [self._read(band, first_row, rows, np.int32) for band in range(self._settings.bands)]
        lines: list[list[int]] = np.stack(bands, axis=1).tolist()
        return lines

    def _write(self, band: int, row: int, column: NDArray[np.uint64] | NDArray[np.int32]) -> None:
        self._file.seek(self._place_of(band, row, column.itemsize))
        left = column.view(np.uint8).data
        while left:
            left = left[self._file.write(left) :]

    def _read(self, band: int, row: int, rows: int, kind: type[_Number]) -> NDArray[_Number]:
        column = np.empty(rows, kind)
        self._file.seek(self._place_of(band, row, column.itemsize))
        left = column.view(np.uint8).data
        while left:
            read = self._file.readinto(left)
            if not read:
                raise OSError(f"band {band} ends before row {row + rows}")
            left = left[read:]
        return column

    def _place_of(self, band: int, row: int, bytes_per_row: int) -> int:
        return band * self._rows * _KEY_BYTES + row * bytes_per_row


def band_keys(digests: NDArray[np.uint32], bands: int) -> NDArray[np.uint64]:
    """One line per band: a hash of each row's values in it (multilinear, modulo 2^64).

    Two bands that differ have the same key by chance of about 2^-64, which makes one more pair to measure.
    """
    rows, permutations = digests.shape
    values = digests.astype(np.uint64).reshape(rows, bands, permutations // bands)
    odd = np.random.default_rng(0).integers(0, 2**64, values.shape[2], np.uint64) | np.uint64(1)
    return np.ascontiguousarray((values @ odd).T)


def number_groups(keys: NDArray[np.uint64], counted: NDArray[np.bool_]) -> tuple[NDArray[np.int32], int]:
    """Numbers the keys that several of the counted rows have, and gives every row its key's number."""
    groups = np.full(len(keys), ALONE, np.int32)
    order = np.argsort(keys, kind="stable")
    order = order[counted[order]]
    ordered = keys[order]
    after, before = np.zeros((2, len(ordered)), np.bool_)
    after[1:] = ordered[1:] == ordered[:-1]
    before[:-1] = after[1:]
    members = after | before
    numbers = np.cumsum(before & ~after, dtype=np.int32) - np.int32(1)
    groups[order[members]] = numbers[members]
    return groups, int(numbers[-1]) + 1 if len(numbers) > 0 else 0
