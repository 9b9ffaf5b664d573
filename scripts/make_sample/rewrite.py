"""The teacher's rewrite: the same opinions, each in other words and in a plainer frame."""

from __future__ import annotations

from collections.abc import Sequence
from random import Random

from make_sample.lexicon.entries import Domain, Polarity, Term
from make_sample.phrases import AVERAGE, LIKING
from make_sample.statements import Average, Filler, Happened, Judged, Liked, Mentioned, Paired, Statement
from make_sample.text import place, upper_first
from make_sample.wording import happening, mentioning, name_of

VERDICTS = {
    "positive": (
        "I was more than pleased with {the}",
        "{the} deserves praise",
        "{the} left a positive impression on me",
        "I came away happy with {the}",
    ),
    "negative": (
        "I was far from pleased with {the}",
        "{the} deserves no praise",
        "{the} left a negative impression on me",
        "I came away unhappy with {the}",
    ),
}
FRAMES = (
    "I would call {the} {o}",
    "what struck me about {the} is this: {o}",
    "to my mind {the} can be called {o}",
    "in a word, {the} {was} {o}",
    "I would describe {the} as {o}",
)
LINKS = {
    True: ("At the same time, ", "Moreover, ", "Likewise, ", "In addition, "),
    False: ("On the other hand, ", "By contrast, ", "Then again, ", "Still, "),
}
CLOSINGS = {
    "positive": (
        "All in all, I left content.",
        "On the whole, a good experience.",
        "In short, I am satisfied.",
    ),
    "negative": (
        "All in all, I left annoyed.",
        "On the whole, a bad experience.",
        "In short, I am dissatisfied.",
    ),
    "conflict": ("All in all, it was a mixed bag.", "In short, there is light and shade."),
    "neutral": ("All in all, it was neither here nor there.",),
}


def rewrite(statements: Sequence[Statement], tone: Polarity, domain: Domain, rng: Random) -> str:
    """The teacher's text; two paragraphs where there is more to say."""
    sentences = []
    before: Polarity | None = None
    for statement in statements:
        if isinstance(statement, Filler) and rng.random() < 0.6:
            continue
        text = _retell(statement, domain, rng)
        if before is not None and not isinstance(statement, Filler | Mentioned) and rng.random() < 0.6:
            link = rng.choice(LINKS[not _opposed(before, statement.polarity)])
            text = link + (text if text.startswith("I ") else text[0].lower() + text[1:])
        before = statement.polarity
        sentences.append(upper_first(text) + ".")
    closing = rng.choice(CLOSINGS[tone]) if rng.random() < 0.35 or not sentences else ""
    if len(sentences) > 2 and rng.random() < 0.5:
        sentences[1] += "\n" + sentences.pop(2)
    return " ".join([*sentences, closing]).strip()


def _opposed(one: Polarity, other: Polarity) -> bool:
    return {one, other} == {"positive", "negative"}


def _retell(statement: Statement, domain: Domain, rng: Random) -> str:
    match statement:
        case Judged():
            text = _frame(rng.choice(FRAMES), statement.term, _word(statement, rng))
        case Paired():
            link = " and " if statement.polarity != "conflict" else " but "
            words = _word(statement.first, rng) + link + _word(statement.second, rng)
            text = _frame(rng.choice(FRAMES), statement.first.term, words)
        case Liked():
            wordings = (*VERDICTS[statement.polarity], *LIKING[statement.polarity])
            verdict = rng.choice(wordings).replace("{e}", rng.choice(domain.elsewhere))
            text = _frame(verdict, statement.term, "")
        case Average():
            text = _frame(rng.choice(FRAMES), statement.term, rng.choice(AVERAGE))
        case Happened():
            sentence, _ = place(happening(statement, rng.choice(statement.event.wordings)), "")
            text = f"{sentence}: {statement.event.reason}" if rng.random() < 0.5 else sentence
        case Mentioned():
            names = " and ".join(name_of(term) for term in statement.terms)
            told = place(mentioning(statement, statement.fact), "")[0]
            text = f"{names} came up without a verdict" if rng.random() < 0.5 else told
        case Filler():
            text = statement.text
    return text


def _word(judged: Judged, rng: Random) -> str:
    return rng.choice(judged.scale.words(judged.polarity))


def _frame(frame: str, term: Term, opinion: str) -> str:
    was = "were" if term.plural else "was"
    return (
        frame.replace(" was a ", f" {was} a ")
        .replace("{the}", name_of(term))
        .replace("{was}", was)
        .replace("{o}", opinion)
    )
