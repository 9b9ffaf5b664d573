"""The benchmark as a short script reads it: sentence in, `term | polarity ; ...` out, five subsets."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any, NamedTuple


class Row(NamedTuple):
    sentence: str
    target: str
    aspects: list[dict[str, Any]]


def read_rows(folder: Path, name: str) -> list[Row]:
    """`folder` ends in task/dataset. The rows of `name`.json in the file's order."""
    task = folder.parent.name
    items = json.loads((folder / f"{name}.json").read_text(encoding="utf-8-sig"))
    return [Row(item["sentence"], target_of(item, task), item["aspects"]) for item in items]


def target_of(item: dict[str, Any], task: str) -> str:
    pairs: list[str] = []
    aspects = item["aspects"]
    if task == "atsa":
        aspects = [each for each in aspects if each["target"] not in (None, "NULL")]
        places = {(e["target"], e["polarity"], int(e["from"] or 0), int(e["to"] or 0)) for e in aspects}
        ordered = sorted(places, key=lambda place: (place[2], place[3]))
        pairs = [f"{term} | {polarity}" for term, polarity, *_ in ordered]
    else:
        for each in aspects:
            pair = f"{each['category'].lower().replace('#', ' ')} | {each['polarity']}"
            if pair not in pairs:
                pairs.append(pair)
    return " ; ".join(pairs)


def read_subsets(folder: Path) -> dict[str, list[Row]]:
    """The five test sets, each as rows of its own."""
    test, hard = read_rows(folder, "test"), read_rows(folder, "hard_test")
    both = [*test, *hard]
    return {
        "all": both,
        "test": test,
        "hard": hard,
        "implicit": [row for row in both if any(not each.get("opinion_words") for each in row.aspects)],
        "multiple": [row for row in both if len({each["polarity"] for each in row.aspects}) > 1],
    }


def f1_of(predictions: list[str], rows: list[Row]) -> float:
    """Micro F1 over the pairs of all sentences."""
    right = predicted = gold = 0
    for prediction, row in zip(predictions, rows, strict=True):
        said = [pair.strip() for pair in prediction.split(";") if pair.count("|") == 1]
        true = [pair.strip() for pair in row.target.split(";") if pair.count("|") == 1]
        right += sum(pair in true for pair in said)
        predicted += len(said)
        gold += len(true)
    return 2 * right / max(1, predicted + gold)
