"""The corpus: reviews with teacher answers, as JSON lines in the layout of the published files."""

from __future__ import annotations

import re
from dataclasses import dataclass
from random import Random
from typing import Any

from make_sample.lexicon import DOMAINS
from make_sample.lexicon.entries import Domain
from make_sample.reviews import Review, write_review

Row = dict[str, Any]

REVIEWS_PER_PART = 1400
VALIDATION_REVIEWS = 60


@dataclass(frozen=True)
class Part:
    """One numbered file of each style for a domain, and how it differs from the others."""

    version: int
    response_fields: dict[str, str]
    marked: bool
    rewrite_prompt: str | None = None


#: The published files name the answering model in the field; some start with a byte-order mark and end lines
#: with CRLF (`marked`). The names are kept for the format's sake: here one grammar answers for all of them.
PARTS = {
    "restaurant": (
        Part(0, {"analysis": "mixtral_response", "rewrite": "mixtral_response"}, marked=True),
        Part(
            1,
            {"analysis": "mixtral_response", "rewrite": "mixtral_response"},
            marked=False,
            rewrite_prompt="Put this in other words:",
        ),
    ),
    "computer": (
        Part(0, {"analysis": "chatgpt_response", "rewrite": "mixtral_response"}, marked=True),
        Part(1, {"analysis": "llama2_response", "rewrite": "chatgpt_response"}, marked=False),
    ),
}


@dataclass(frozen=True)
class CorpusFile:
    """Rows of one file and how its bytes are written."""

    name: str
    rows: list[Row]
    marked: bool


def make_corpus(rng: Random, benchmark_sentences: set[str]) -> tuple[list[CorpusFile], list[Row]]:
    """The corpus files and the validation rows; no review twice, none with a benchmark sentence in it."""
    seen: set[str] = set()
    cores = {_core(sentence) for sentence in benchmark_sentences}
    files = []
    validation: list[Row] = []
    for domain in DOMAINS:
        for part in PARTS[domain.name]:
            reviews = _draw_reviews(domain, REVIEWS_PER_PART, rng, seen, cores)
            for style in ("analysis", "rewrite"):
                rows = [_row(identifier, review, style, part) for identifier, review in reviews]
                files.append(CorpusFile(f"{style}_{domain.name}_v{part.version}.json", rows, part.marked))
        held_out = _draw_reviews(domain, VALIDATION_REVIEWS // 2, rng, seen, cores)
        plain = PARTS[domain.name][0]
        validation += [_row(*pair, style, plain) for style in ("analysis", "rewrite") for pair in held_out]
    return files, validation


def _draw_reviews(
    domain: Domain, count: int, rng: Random, seen: set[str], cores: set[str]
) -> list[tuple[int, Review]]:
    reviews: list[tuple[int, Review]] = []
    while len(reviews) < count:
        review = write_review(domain, rng)
        words = _core(review.text)
        if review.text in seen or any(core in words for core in cores):
            continue
        seen.add(review.text)
        reviews.append((100_000 + 7 * len(seen), review))
    return reviews


def _core(text: str) -> str:
    """What `fsa data overlap` compares: small letters, single spaces, from the first word to the last."""
    return re.sub(r"\s+", " ", text.lower()).strip(" .,;:!?\"'()-")


def _row(identifier: int, review: Review, style: str, part: Part) -> Row:
    answer = review.analysis if style == "analysis" else review.rewrite
    row: Row = {"ID": identifier, "Text": review.text, "Overall": review.stars}
    if style == "rewrite" and part.rewrite_prompt is not None:
        row["prompt"] = part.rewrite_prompt
    row[part.response_fields[style]] = answer
    return row
