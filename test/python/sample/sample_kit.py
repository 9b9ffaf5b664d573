"""Readers for the sample's files."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

ROOT = Path(__file__).resolve().parents[3]
TASKS = ("atsa", "acsa")
SPLITS = ("train", "dev", "test", "hard_test")

Row = dict[str, Any]
Example = dict[str, Any]
RESPONSES = {"mixtral_response", "chatgpt_response", "llama2_response"}


def read_lines(path: Path) -> list[Row]:
    return [json.loads(line) for line in path.read_text(encoding="utf-8-sig").splitlines()]


def read_json(path: Path) -> list[Example]:
    content = json.loads(path.read_text(encoding="utf-8-sig"))
    assert isinstance(content, list)
    return content


def answer_of(row: Row) -> str:
    """The one teacher answer of a row."""
    (field,) = RESPONSES & row.keys()
    return str(row[field])


def is_implicit(example: Example) -> bool:
    return any(not aspect["opinion_words"] for aspect in example["aspects"])


def is_multiple(example: Example) -> bool:
    return len({aspect["polarity"] for aspect in example["aspects"]}) > 1
