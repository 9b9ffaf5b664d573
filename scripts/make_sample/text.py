"""Text with marked spans: templates are filled piece by piece, and offsets come out at the end."""

from __future__ import annotations

import re
from dataclasses import dataclass, field

from make_sample.lexicon.entries import Polarity, Term


@dataclass(frozen=True)
class Piece:
    """Some text of a sentence; `mark` says what it is of which mention."""

    text: str
    mark: tuple[str, int] | None = None


@dataclass(frozen=True)
class Mention:
    """One opinion: on which term, in which category, with which words."""

    term: Term | None
    category: str
    polarity: Polarity
    #: Empty where the opinion is implied.
    words: tuple[str, ...] = ()


@dataclass(frozen=True)
class Clause:
    """A piece of a sentence with its mentions; marks in `pieces` point into `mentions`."""

    pieces: tuple[Piece, ...]
    mentions: tuple[Mention, ...]


@dataclass(frozen=True)
class Span:
    """Characters `start` to `end` (exclusive) of a sentence."""

    start: int
    end: int
    text: str


@dataclass
class Placed:
    """A mention in a finished sentence."""

    mention: Mention
    term: Span | None = None
    opinions: list[Span] = field(default_factory=list)


_SLOT = re.compile(r"\{(\w+)\}")


def fill(template: str, slots: dict[str, Piece | str]) -> tuple[Piece, ...]:
    """The pieces of a template whose `{slots}` are filled."""
    pieces = []
    for index, part in enumerate(_SLOT.split(template)):
        if index % 2 == 0:
            pieces.append(Piece(part))
        else:
            value = slots[part]
            pieces.append(Piece(value) if isinstance(value, str) else value)
    return tuple(piece for piece in pieces if piece.text)


def verb_forms(term: Term | None) -> dict[str, Piece | str]:
    """Slots that agree with a term in number."""
    many = term is not None and term.plural
    return {
        "was": "were" if many else "was",
        "is": "are" if many else "is",
        "has": "have" if many else "has",
        "s": "" if many else "s",
        "es": "" if many else "es",
        "they": "they" if many else "it",
    }


def join_clauses(parts: list[Clause | str]) -> Clause:
    """One clause from clauses and the words between them."""
    pieces: list[Piece] = []
    mentions: list[Mention] = []
    for part in parts:
        if isinstance(part, str):
            pieces.append(Piece(part))
            continue
        shift = len(mentions)
        for piece in part.pieces:
            mark = None if piece.mark is None else (piece.mark[0], piece.mark[1] + shift)
            pieces.append(Piece(piece.text, mark))
        mentions.extend(part.mentions)
    return Clause(tuple(pieces), tuple(mentions))


def upper_first(text: str) -> str:
    """The text with a capital letter first."""
    return text[:1].upper() + text[1:]


def place(clause: Clause, end: str = ".") -> tuple[str, list[Placed]]:
    """The sentence of a clause, capitalised and ended, and where each mention stands in it."""
    text = ""
    placed = [Placed(mention) for mention in clause.mentions]
    for piece in clause.pieces:
        written = upper_first(piece.text) if text == "" else piece.text
        start = len(text)
        text += written
        if piece.mark is None:
            continue
        role, index = piece.mark
        span = Span(start, len(text), written)
        if role == "term":
            # Several mentions may share one term: those after the first say so with the same mark index.
            for other in placed[index:]:
                if other.mention.term is placed[index].mention.term and other.term is None:
                    other.term = span
        else:
            placed[index].opinions.append(span)
    return text + end, placed
