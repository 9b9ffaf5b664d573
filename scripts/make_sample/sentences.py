"""Sentences from clauses: connected by addition or contrast, opened by an aside now and then."""

from __future__ import annotations

from collections.abc import Sequence
from random import Random

from make_sample.lexicon.entries import Domain
from make_sample.statements import Filler, Mentioned, Statement
from make_sample.text import Clause, join_clauses
from make_sample.wording import word_statement

CONTRASTS = (
    "{a}, but {b}",
    "{a}, yet {b}",
    "although {a}, {b}",
    "while {a}, {b}",
    "even though {a}, {b}",
    "{a}; {b}, though",
    "{a}, however {b}",
)
ADDITIONS = ("{a} and {b}", "{a}, and {b}", "{a}; {b}", "{a}, plus {b}")
CHAINS = ("{a}, {b} and {c}", "{a}, {b}, and {c}", "{a} and {b}, but {c}", "{a}; {b}, and {c}")


def speak(statements: Sequence[Statement], domain: Domain, rng: Random) -> Clause:
    """One sentence that makes one to three statements, without its full stop."""
    clauses = [word_statement(statement, domain, rng) for statement in statements]
    if len(clauses) == 1:
        whole = clauses[0]
    elif len(clauses) == 2:
        whole = _connect(rng.choice(_connectors(statements)), clauses)
    else:
        chains = CHAINS if _opposed(statements[1], statements[2]) else CHAINS[:2]
        whole = _connect(rng.choice(chains), clauses)
    if rng.random() < 0.1 and not isinstance(statements[0], Filler):
        whole = join_clauses([rng.choice(domain.openers) + ", ", whole])
    return whole


def _connectors(statements: Sequence[Statement]) -> Sequence[str]:
    if any(isinstance(each, Filler | Mentioned) for each in statements):
        return ADDITIONS[:3]
    if _opposed(statements[0], statements[1]):
        return CONTRASTS
    return ADDITIONS


def _opposed(one: Statement, other: Statement) -> bool:
    return {one.polarity, other.polarity} == {"positive", "negative"}


def _connect(pattern: str, clauses: Sequence[Clause]) -> Clause:
    parts: list[Clause | str] = []
    rest = pattern
    for slot, clause in zip("abc", clauses, strict=False):
        before, _, rest = rest.partition("{" + slot + "}")
        if before:
            parts.append(before)
        parts.append(clause)
    if rest:
        parts.append(rest)
    return join_clauses(parts)
