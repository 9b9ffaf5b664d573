"""The teacher's analysis: which aspects a review speaks of, how it judges them and by what sign."""

from __future__ import annotations

from collections.abc import Sequence
from random import Random

from make_sample.lexicon.entries import Polarity
from make_sample.statements import Happened, Liked, Statement
from make_sample.text import Mention, upper_first

OPENINGS = ("{n}.", "{n}:", "On {n}.")
COUNTS = (
    "nothing in particular",
    "one thing",
    "two things",
    "three things",
    "four things",
    "five things",
    "six things",
)
SAID = (
    "the {t} {is} called {o}, which is {p} for the {c}",
    '"{o}" is {p} on the {t}, the {c}',
    "the {t} {is} {o}, so {p} on the {c}",
    '{p} about the {t} and the {c}: "{o}"',
)
QUOTED = (SAID[1], SAID[3])
IMPLIED = (
    "{r}, which implies {p} for the {t}, the {c}",
    "the {t} {is} judged by what happened, as {r}: {p} for the {c}",
    "{p} about the {t} and the {c}, though unsaid: {r}",
)
IMPLIED_WHOLE = ("{r}, which implies {p} for the {c}", "{p} about the {c}, though unsaid: {r}")
NAMED = ("the {t} {is} only named, {p} on the {c}", "{p} about the {t} and the {c}: no judgement")
BULLETS = ("{t} ({c}): {p}, {w}", "{t}: {p} on {c}, {w}")
TONES = {
    "positive": ("Overall positive.", "In sum, praise."),
    "negative": ("Overall negative.", "In sum, blame."),
    "conflict": ("Overall mixed.", "In sum, praise and blame."),
    "neutral": ("Overall neutral.", "In sum, neither praise nor blame."),
}
ATTRIBUTES = {
    "GENERAL": ("{e} in general", "{e}"),
    "QUALITY": ("{e} quality", "quality of the {e}"),
    "PRICES": ("{e} prices", "prices of the {e}"),
    "PRICE": ("{e} price", "price of the {e}"),
    "STYLE_OPTIONS": ("{e} style and options", "style of the {e}"),
    "MISCELLANEOUS": ("{e}, miscellaneous", "{e} in other respects"),
    "DESIGN_FEATURES": ("{e} design features", "design of the {e}"),
    "OPERATION_PERFORMANCE": ("{e} operation and performance", "performance of the {e}"),
    "USABILITY": ("{e} usability", "usability of the {e}"),
    "PORTABILITY": ("{e} portability", "portability of the {e}"),
    "CONNECTIVITY": ("{e} connectivity", "connectivity of the {e}"),
}


def analyse(told: Sequence[tuple[Statement, Sequence[Mention]]], tone: Polarity, rng: Random) -> str:
    """The teacher's text, as prose or as a list with one aspect a line."""
    findings = [(statement, mention) for statement, mentions in told for mention in mentions]
    counted = COUNTS[min(len(findings), len(COUNTS) - 1)]
    opening = upper_first(rng.choice(OPENINGS).replace("{n}", counted))
    tail = rng.choice(TONES[tone])
    if not findings:
        return f"{opening} {tail}"
    if rng.random() < 0.35:
        lines = [f"- {_bullet(statement, mention, rng)}" for statement, mention in findings]
        return "\n".join([opening, *lines, tail] if rng.random() < 0.3 else [opening, *lines])
    prose = [upper_first(_explain(statement, mention, rng)) + "." for statement, mention in findings]
    return " ".join([opening, *prose, tail] if rng.random() < 0.3 else [opening, *prose])


def topic(category: str, rng: Random) -> str:
    """A category in a reader's words: `FOOD#QUALITY` is the quality of the food."""
    entity, attribute = category.split("#")
    return rng.choice(ATTRIBUTES[attribute]).replace("{e}", entity.lower().replace("_", " "))


def _explain(statement: Statement, mention: Mention, rng: Random) -> str:
    if mention.words:
        template = rng.choice(QUOTED if isinstance(statement, Liked) else SAID)
    elif isinstance(statement, Happened):
        template = rng.choice(IMPLIED if mention.term is not None else IMPLIED_WHOLE)
    else:
        template = rng.choice(NAMED)
    many = mention.term is not None and mention.term.plural
    return (
        template.replace("{is}", "are" if many else "is")
        .replace("{s}", "" if many else "s")
        .replace("{o}", " and ".join(mention.words))
        .replace("{p}", mention.polarity)
        .replace("{c}", topic(mention.category, rng))
        .replace("{r}", statement.event.reason if isinstance(statement, Happened) else "")
        .replace("{t}", mention.term.text if mention.term is not None else "")
    )


def _bullet(statement: Statement, mention: Mention, rng: Random) -> str:
    if mention.words:
        why = f'"{" and ".join(mention.words)}"'
    elif isinstance(statement, Happened):
        why = f"implied: {statement.event.reason}"
    else:
        why = "no judgement"
    name = mention.term.text if mention.term is not None else "the whole"
    return (
        rng.choice(BULLETS)
        .replace("{t}", name)
        .replace("{c}", topic(mention.category, rng))
        .replace("{p}", mention.polarity)
        .replace("{w}", why)
    )
