"""Rows that were kept, found again by the groups they are in."""

from __future__ import annotations

from array import array
from collections.abc import Sequence

from fsa_runtime.near.bands import ALONE

_NONE = -1


class KeptRows:
    """For each group of each band a chain of the kept rows in it, the last one first.

    Takes at most 2 bytes per row and band for the starts of chains (a group has two rows or more), and
    4 bytes per kept row and band for the links; rows that are in no group need not be told at all.
    """

    def __init__(self, group_counts: Sequence[int]) -> None:
        """`group_counts`: groups of each band."""
        self._rows = array("i")
        self._last = [array("i", [_NONE]) * count for count in group_counts]
        self._before = array("i")

    def keep(self, row: int, groups: Sequence[int]) -> None:
        """`groups`: the row's group in each band, or ALONE."""
        number = len(self._rows)
        self._rows.append(row)
        for last, group in zip(self._last, groups, strict=True):
            if group == ALONE:
                self._before.append(_NONE)
            else:
                self._before.append(last[group])
                last[group] = number

    def sharing(self, groups: Sequence[int]) -> list[int]:
        """Kept rows that are in one of the groups, in order."""
        bands = len(self._last)
        found = set()
        for band, group in enumerate(groups):
            number = _NONE if group == ALONE else self._last[band][group]
            while number != _NONE:
                found.add(self._rows[number])
                number = self._before[number * bands + band]
        return sorted(found)
