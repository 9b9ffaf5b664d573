"""The shapes of lexicon entries, and the short notation they are written in."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

Polarity = Literal["positive", "neutral", "negative", "conflict"]


@dataclass(frozen=True)
class Term:
    """Something an opinion can be about, as it is written in a sentence."""

    text: str
    plural: bool = False
    #: Takes no "a": soup, lighting.
    mass: bool = False
    #: Takes no modifier: menu, portions.
    fixed: bool = False


@dataclass(frozen=True)
class Scale:
    """One way to judge a kind of thing, with words for both ends; a negated word lands at the other end."""

    attribute: str
    positive: tuple[str, ...]
    negative: tuple[str, ...]

    def words(self, polarity: Polarity) -> tuple[str, ...]:
        """The words of one end."""
        return self.positive if polarity == "positive" else self.negative


@dataclass(frozen=True)
class Event:
    """Something that happened: it says no opinion and yet shows one. `{t}` stands for the term."""

    attribute: str
    polarity: Polarity
    wordings: tuple[str, ...]
    #: Why a reader takes it so, for the teacher's answers.
    reason: str


@dataclass(frozen=True)
class Kind:
    """Things that share a category prefix, scales and events."""

    entity: str
    weight: float
    terms: tuple[Term, ...]
    scales: tuple[Scale, ...]
    events: tuple[Event, ...]
    #: The attribute of a plain liking or disliking.
    default: str
    #: Put before a term now and then; part of the term ("smoked trout").
    modifiers: tuple[str, ...] = ()

    def category(self, attribute: str) -> str:
        """The benchmark's name of a category: `FOOD#QUALITY`; an attribute may bring its own entity."""
        return attribute if "#" in attribute else f"{self.entity}#{attribute}"


@dataclass(frozen=True)
class Domain:
    """All that can be said in reviews of one domain."""

    name: str
    kinds: tuple[Kind, ...]
    #: Events about the whole, without any term: (category, polarity) and wordings.
    unnamed: tuple[Event, ...]
    #: Sentences and clauses without any opinion.
    fillers: tuple[str, ...]
    #: Neutral statements about two terms of one kind: `{t}` and `{u}`.
    facts: tuple[str, ...]
    #: Nouns that are no aspects, for asides and comparisons.
    elsewhere: tuple[str, ...]
    #: Openers of a clause that say when or with whom; they carry distracting nouns.
    openers: tuple[str, ...]


def listed(text: str) -> tuple[str, ...]:
    """The entries of a comma-separated list."""
    return tuple(" ".join(entry.split()) for entry in text.split(",") if entry.strip())


def terms(text: str) -> tuple[Term, ...]:
    """Terms from a comma-separated list; `*` after one marks a plural, `~` a mass noun,"
    "`!` one without modifier."""
    found = []
    for entry in listed(text):
        name = entry.rstrip("*~!")
        marks = entry[len(name) :]
        found.append(Term(name, plural="*" in marks, mass="~" in marks, fixed="!" in marks))
    return tuple(found)


def scale(attribute: str, positive: str, negative: str) -> Scale:
    """A scale from two comma-separated lists."""
    return Scale(attribute, listed(positive), listed(negative))


def event(attribute: str, polarity: Polarity, reason: str, *wordings: str) -> Event:
    """An event with its wordings."""
    return Event(attribute, polarity, wordings, reason)
