"""What a reviewer means: statements, before any words are chosen."""

from __future__ import annotations

from dataclasses import dataclass
from random import Random

from make_sample.lexicon.entries import Domain, Event, Kind, Polarity, Scale, Term


@dataclass(frozen=True)
class Judged:
    """A term on one scale; `negated` says it with the other end's words."""

    kind: Kind
    term: Term
    scale: Scale
    polarity: Polarity
    negated: bool = False

    @property
    def mention_count(self) -> int:
        return 1


@dataclass(frozen=True)
class Paired:
    """A term on two scales; with opposite ends the opinion of the term is a conflict."""

    first: Judged
    second: Judged

    @property
    def polarity(self) -> Polarity:
        return self.first.polarity if self.first.polarity == self.second.polarity else "conflict"

    @property
    def mention_count(self) -> int:
        return 2


@dataclass(frozen=True)
class Liked:
    """A plain liking or disliking."""

    kind: Kind
    term: Term
    polarity: Polarity

    @property
    def mention_count(self) -> int:
        return 1


@dataclass(frozen=True)
class Average:
    """Neither good nor bad, and said so."""

    kind: Kind
    term: Term
    polarity: Polarity = "neutral"

    @property
    def mention_count(self) -> int:
        return 1


@dataclass(frozen=True)
class Happened:
    """An event: the opinion is implied. Without a term it is about the whole."""

    event: Event
    category: str
    term: Term | None

    @property
    def polarity(self) -> Polarity:
        return self.event.polarity

    @property
    def mention_count(self) -> int:
        return 1


@dataclass(frozen=True)
class Mentioned:
    """One or two terms are named without any opinion."""

    fact: str
    kinds: tuple[Kind, ...]
    terms: tuple[Term, ...]
    polarity: Polarity = "neutral"

    @property
    def mention_count(self) -> int:
        return len(self.terms)


@dataclass(frozen=True)
class Filler:
    """Nothing about any aspect."""

    text: str
    polarity: Polarity = "neutral"

    @property
    def mention_count(self) -> int:
        return 0


Statement = Judged | Paired | Liked | Average | Happened | Mentioned | Filler


@dataclass
class Speaker:
    """Draws statements about one domain, never about the same term twice."""

    domain: Domain
    rng: Random
    used: set[str]

    def say(self) -> Statement:
        """A statement of any sort."""
        sorts = (
            (42, self._judge),
            (12, self._like),
            (17, self._tell_event),
            (5, self._tell_unnamed),
            (8, self._pair),
            (6, self._call_average),
            (5, self._mention),
            (7, self._fill_in),
        )
        draw = self.rng.choices([say for _, say in sorts], [weight for weight, _ in sorts])[0]
        return draw()

    def _judge(self) -> Statement:
        kind, term = self._pick()
        negated = self.rng.random() < 0.12
        return Judged(kind, term, self.rng.choice(kind.scales), self._side(), negated)

    def _like(self) -> Statement:
        kind, term = self._pick()
        return Liked(kind, term, self._side())

    def _tell_event(self) -> Statement:
        kind, term = self._pick()
        event = self.rng.choice(kind.events)
        return Happened(event, kind.category(event.attribute), term)

    def _tell_unnamed(self) -> Statement:
        event = self.rng.choice(self.domain.unnamed)
        return Happened(event, event.attribute, None)

    def _call_average(self) -> Statement:
        kind, term = self._pick()
        return Average(kind, term)

    def _fill_in(self) -> Statement:
        return Filler(self.rng.choice(self.domain.fillers))

    def _side(self) -> Polarity:
        return "positive" if self.rng.random() < 0.53 else "negative"

    def _pair(self) -> Statement:
        kind, term = self._pick()
        first = Judged(kind, term, self.rng.choice(kind.scales), self._side())
        others = [scale for scale in kind.scales if scale is not first.scale]
        if not others:
            return first
        opposite: Polarity = "negative" if first.polarity == "positive" else "positive"
        side = opposite if self.rng.random() < 0.2 else first.polarity
        return Paired(first, Judged(kind, term, self.rng.choice(others), side))

    def _mention(self) -> Statement:
        fact = self.rng.choice(self.domain.facts)
        kind, term = self._pick()
        if "{u}" not in fact:
            return Mentioned(fact, (kind,), (term,))
        other_kind, other = self._pick(kind)
        return Mentioned(fact, (kind, other_kind), (term, other))

    def _pick(self, kind: Kind | None = None) -> tuple[Kind, Term]:
        while True:
            chosen = (
                kind or self.rng.choices(self.domain.kinds, [each.weight for each in self.domain.kinds])[0]
            )
            term = self.rng.choice(chosen.terms)
            if chosen.modifiers and not term.fixed and self.rng.random() < 0.35:
                modifier = self.rng.choice(chosen.modifiers)
                term = Term(f"{modifier} {term.text}", term.plural, term.mass)
            if not any(term.text in name or name in term.text for name in self.used):
                self.used.add(term.text)
                return chosen, term
