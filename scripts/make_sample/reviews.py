"""Reviews of a few sentences, with both answers of the teacher and the stars."""

from __future__ import annotations

from dataclasses import dataclass
from random import Random

from make_sample.analysis import analyse
from make_sample.lexicon.entries import Domain, Polarity
from make_sample.rewrite import rewrite
from make_sample.sentences import speak
from make_sample.statements import Speaker, Statement
from make_sample.text import Mention, place


@dataclass(frozen=True)
class Review:
    """A review and what the teacher says of it."""

    text: str
    stars: float
    analysis: str
    rewrite: str


def write_review(domain: Domain, rng: Random) -> Review:
    """A review of one to three sentences."""
    speaker = Speaker(domain, rng, set())
    sentences: list[str] = []
    told: list[tuple[Statement, list[Mention]]] = []
    for _ in range(rng.choices((1, 2, 3), (8, 2, 0.2))[0]):
        statements = [speaker.say() for _ in range(rng.choices((1, 2, 3), (6, 3.5, 0.4))[0])]
        sentence, placed = place(speak(statements, domain, rng), rng.choice((".", ".", ".", "!")))
        sentences.append(sentence)
        told.extend(_share_out(statements, [each.mention for each in placed]))
    tone = tone_of([mention.polarity for _, mentions in told for mention in mentions])
    statements_told = [statement for statement, _ in told]
    return Review(
        text=" ".join(sentences),
        stars=_stars(tone, rng),
        analysis=analyse(told, tone, rng),
        rewrite=rewrite(statements_told, tone, domain, rng),
    )


def tone_of(polarities: list[Polarity]) -> Polarity:
    """What the opinions of a review come to."""
    positive, negative = polarities.count("positive"), polarities.count("negative")
    if positive and negative:
        return "conflict"
    if positive or negative:
        return "positive" if positive else "negative"
    return "neutral"


def _share_out(statements: list[Statement], mentions: list[Mention]) -> list[tuple[Statement, list[Mention]]]:
    """The mentions of each statement: they stand in the order of the statements."""
    shared = []
    rest = list(mentions)
    for statement in statements:
        count = statement.mention_count
        shared.append((statement, rest[:count]))
        rest = rest[count:]
    return shared


def _stars(tone: Polarity, rng: Random) -> float:
    low, high = {"positive": (4, 5), "negative": (1, 2), "conflict": (2, 4), "neutral": (3, 3)}[tone]
    return float(rng.randint(low, high))
