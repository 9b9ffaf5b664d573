"""Texts as sets of shingles: runs of words, without case and punctuation."""

from __future__ import annotations

import re
from itertools import pairwise

_WORD = re.compile(r"\w+")
_SENTENCE_END = re.compile(r"(?<=[.!?\u2026])[\"'\u201d\u2019)\]]*\s+|\s*\n\s*")


def shingles_of(text: str, words: int) -> list[str]:
    """Every run of so many words, or all of them as one where there are fewer; empty without words."""
    found = _WORD.findall(text.casefold())
    if len(found) <= words:
        return [" ".join(found)] if found else []
    return [" ".join(found[start : start + words]) for start in range(len(found) - words + 1)]


def sentences_of(text: str) -> list[str]:
    """Sentences, and each with the one after it: what counts as one sentence elsewhere may be two here."""
    single = [one for one in _SENTENCE_END.split(text) if one]
    return single + [f"{first} {second}" for first, second in pairwise(single)]


def jaccard(left: set[str], right: set[str]) -> float:
    """Shared shingles by all shingles; 0 for empty sets."""
    union = len(left | right)
    return len(left & right) / union if union else 0.0
