"""Puts a statement into words, as a reviewer would."""

from __future__ import annotations

from collections.abc import Callable
from random import Random

from make_sample.lexicon.entries import Domain, Polarity, Term
from make_sample.phrases import (
    ATTRIBUTES,
    AVERAGE,
    BARE,
    INTENSIFIERS,
    LIKING,
    LIKING_WORDS,
    NEGATORS,
    PREDICATES,
)
from make_sample.statements import (
    Average,
    Filler,
    Happened,
    Judged,
    Liked,
    Mentioned,
    Paired,
    Statement,
)
from make_sample.text import Clause, Mention, Piece, fill, verb_forms


def word_statement(statement: Statement, domain: Domain, rng: Random) -> Clause:
    """The clause of a statement, its terms and opinion words marked."""
    for sort, write in _WRITERS:
        if isinstance(statement, sort):
            return write(statement, domain, rng)
    raise TypeError(f"no wording for {statement!r}")


def article(word: str) -> str:
    """`a ` or `an ` before a word."""
    return "an " if word[0] in "aeiou" else "a "


def opinion_text(judged: Judged, rng: Random, *, plain: bool = False) -> str:
    """Words for a judgement: intensified or negated now and then, unless `plain`."""
    if judged.negated and not plain:
        other: Polarity = "negative" if judged.polarity == "positive" else "positive"
        return rng.choice(NEGATORS) + rng.choice(judged.scale.words(other))
    return rng.choice(judged.scale.words(judged.polarity))


def _word_judged(statement: Judged, _domain: Domain, rng: Random) -> Clause:
    opinion = opinion_text(statement, rng)
    mention = Mention(
        statement.term, statement.kind.category(statement.scale.attribute), statement.polarity, (opinion,)
    )
    single = " " not in opinion
    form = rng.random()
    if single and form < 0.25 and not statement.negated:
        template = rng.choice(ATTRIBUTES)
    elif form > 0.92 and (statement.term.mass or statement.term.plural):
        template = rng.choice(BARE)
    else:
        template = rng.choice(PREDICATES)
    return _judge_with(template, mention, opinion, rng, intensify=single and not statement.negated)


def _judge_with(template: str, mention: Mention, opinion: str, rng: Random, *, intensify: bool) -> Clause:
    term = mention.term
    assert term is not None
    intensifier = (
        rng.choice(INTENSIFIERS) if intensify and template not in ATTRIBUTES and rng.random() < 0.3 else ""
    )
    pieces = fill(
        template.replace("{o}", "{i}{o}"),
        {
            **verb_forms(term),
            "t": Piece(term.text, ("term", 0)),
            "i": intensifier,
            "o": Piece(opinion, ("opinion", 0)),
            "a": "" if term.mass or term.plural else article(opinion),
        },
    )
    return Clause(pieces, (mention,))


def _word_paired(statement: Paired, _domain: Domain, rng: Random) -> Clause:
    first, second = statement.first, statement.second
    mentions = tuple(
        Mention(
            each.term,
            each.kind.category(each.scale.attribute),
            each.polarity,
            (opinion_text(each, rng, plain=True),),
        )
        for each in (first, second)
    )
    between = (
        rng.choice((" and ", " and also "))
        if first.polarity == second.polarity
        else rng.choice((" but ", " yet "))
    )
    template = rng.choice(PREDICATES[:5]) + between + "{p}"
    pieces = fill(
        template,
        {
            **verb_forms(first.term),
            "t": Piece(first.term.text, ("term", 0)),
            "o": Piece(mentions[0].words[0], ("opinion", 0)),
            "p": Piece(mentions[1].words[0], ("opinion", 1)),
        },
    )
    return Clause(pieces, mentions)


def _word_liked(statement: Liked, domain: Domain, rng: Random) -> Clause:
    index = rng.randrange(len(LIKING[statement.polarity]))
    word = LIKING_WORDS[statement.polarity][index]
    before, _, after = LIKING[statement.polarity][index].partition(word)
    template = f"{before}{{o}}{after}".replace("{the}", "the {t}").replace(" was a ", " {was} a ")
    mention = Mention(
        statement.term, statement.kind.category(statement.kind.default), statement.polarity, (word,)
    )
    pieces = fill(
        template,
        {
            **verb_forms(statement.term),
            "t": Piece(statement.term.text, ("term", 0)),
            "o": Piece(word, ("opinion", 0)),
            "e": rng.choice(domain.elsewhere),
        },
    )
    return Clause(pieces, (mention,))


def _word_average(statement: Average, _domain: Domain, rng: Random) -> Clause:
    opinion = rng.choice(AVERAGE)
    mention = Mention(statement.term, statement.kind.category(statement.kind.default), "neutral", (opinion,))
    return _judge_with(rng.choice(PREDICATES), mention, opinion, rng, intensify=False)


def _word_happened(statement: Happened, _domain: Domain, rng: Random) -> Clause:
    return happening(statement, rng.choice(statement.event.wordings))


def happening(statement: Happened, wording: str) -> Clause:
    """An event in one of its wordings."""
    term = statement.term
    mention = Mention(term, statement.category, statement.polarity)
    slots = verb_forms(term)
    if term is not None:
        slots["t"] = Piece(term.text, ("term", 0))
    return Clause(fill(wording, slots), (mention,))


def _word_mentioned(statement: Mentioned, _domain: Domain, _rng: Random) -> Clause:
    return mentioning(statement, statement.fact)


def mentioning(statement: Mentioned, fact: str) -> Clause:
    """A fact about the statement's terms."""
    slots = verb_forms(statement.terms[0])
    mentions = []
    for index, (slot, kind, term) in enumerate(zip("tu", statement.kinds, statement.terms, strict=False)):
        slots[slot] = Piece(term.text, ("term", index))
        mentions.append(Mention(term, kind.category(kind.default), "neutral"))
    return Clause(fill(fact, slots), tuple(mentions))


def _word_filler(statement: Filler, _domain: Domain, _rng: Random) -> Clause:
    text = statement.text
    keep = text.startswith(("I ", "I'"))
    return Clause((Piece(text if keep else text[0].lower() + text[1:]),), ())


def name_of(term: Term) -> str:
    """A term with its article."""
    return f"the {term.text}"


_WRITERS: tuple[tuple[type, Callable[..., Clause]], ...] = (
    (Judged, _word_judged),
    (Paired, _word_paired),
    (Liked, _word_liked),
    (Average, _word_average),
    (Happened, _word_happened),
    (Mentioned, _word_mentioned),
    (Filler, _word_filler),
)
