"""The benchmark: sentences with gold aspects, in the shapes of the published files."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from random import Random
from typing import Any

from make_sample.lexicon import DOMAINS
from make_sample.lexicon.entries import Polarity
from make_sample.sentences import speak
from make_sample.statements import Speaker
from make_sample.text import Placed, place

Example = dict[str, Any]
Spoken = tuple[str, list[Placed]]

SIZES = {"train": 400, "dev": 100, "test": 240, "hard_test": 120}


def make_benchmark(task: str, rng: Random, seen: set[str]) -> dict[str, list[Example]]:
    """The four files of a task; no sentence twice, nor any in `seen`, which grows."""
    shape = _atsa_aspects if task == "atsa" else _acsa_aspects
    files = {}
    number = 1000
    for split, size in SIZES.items():
        examples: list[Example] = []
        while len(examples) < size:
            sentence, placed = _draw_sentence(rng)
            if sentence in seen or (split == "hard_test" and not _is_hard(placed, task)):
                continue
            seen.add(sentence)
            number += rng.randint(1, 9)
            aspects = shape(placed, split)
            if len(aspects) > 1 and rng.random() < 0.15:
                aspects.reverse()
            examples.append({"ID": _identify(number, split, rng), "sentence": sentence, "aspects": aspects})
        files[split] = examples
    return files


def _draw_sentence(rng: Random) -> Spoken:
    domain = rng.choice(DOMAINS)
    speaker = Speaker(domain, rng, set())
    count = rng.choices((1, 2, 3), (5, 4, 1))[0]
    return place(speak([speaker.say() for _ in range(count)], domain, rng), rng.choice((".", ".", ".", "!")))


def _identify(number: int, split: str, rng: Random) -> str:
    if split in ("train", "dev"):
        return str(number)
    return (
        f"{number}#{rng.randint(100, 999)}#{rng.randint(0, 4)}"
        if split == "test"
        else f"{number}:{rng.randint(0, 9)}"
    )


def _is_hard(placed: list[Placed], task: str) -> bool:
    """Implied opinions, or opinions of different signs; one that a task has gold for."""
    groups = _by_term(placed) if task == "atsa" else _by_category(placed)
    signs = {_sign(group) for group in groups}
    return bool(groups) and (len(signs) > 1 or any(not _opinions(group) for group in groups))


def _atsa_aspects(placed: list[Placed], split: str) -> list[Example]:
    aspects = []
    for group in _by_term(placed):
        term = group[0].term
        hard = split == "hard_test"
        if term is None and not hard:
            continue
        start, end, target = (term.start, term.end, term.text) if term is not None else (None, None, None)
        aspect: Example = {
            "from": start if hard else str(start),
            "to": end if hard else str(end),
            "target": target,
            "category": group[0].mention.category if hard else None,
            "polarity": _sign(group),
        }
        if hard:
            aspect["opinion_words"] = _opinions(group)
        elif split == "test":
            aspect["opinion_words"] = " ".join(opinion["opinion"] for opinion in _opinions(group)) or None
        aspects.append(aspect)
    return aspects


def _acsa_aspects(placed: list[Placed], split: str) -> list[Example]:
    aspects = []
    for group in _by_category(placed):
        term = group[0].term if split == "hard_test" else None
        aspect: Example = {
            "from": None if term is None else term.start,
            "to": None if term is None else term.end,
            "target": None if term is None else term.text,
            "category": group[0].mention.category,
            "polarity": _sign(group),
        }
        if split in ("test", "hard_test"):
            aspect["opinion_words"] = _opinions(group)
        aspects.append(aspect)
    return aspects


def _by_term(placed: list[Placed]) -> list[list[Placed]]:
    """Mentions of one term together; each mention without a term alone."""
    return _grouped(placed, lambda each: id(each) if each.term is None else each.term)


def _by_category(placed: list[Placed]) -> list[list[Placed]]:
    """Mentions of one term in one category together."""
    return _grouped(
        placed, lambda each: (id(each) if each.term is None else each.term, each.mention.category)
    )


def _grouped(placed: Iterable[Placed], key: Callable[[Placed], object]) -> list[list[Placed]]:
    groups: dict[object, list[Placed]] = {}
    for each in placed:
        groups.setdefault(key(each), []).append(each)
    return list(groups.values())


def _sign(group: list[Placed]) -> Polarity:
    signs = {each.mention.polarity for each in group}
    return signs.pop() if len(signs) == 1 else "conflict"


def _opinions(group: list[Placed]) -> list[Example]:
    return [
        {"from": span.start, "to": span.end, "opinion": span.text} for each in group for span in each.opinions
    ]
