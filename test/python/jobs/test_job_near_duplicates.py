"""Near duplicates: against brute force, in sentences, and in the face of bad input."""

from __future__ import annotations

import hashlib
import json
import random
import sys
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from jobs_kit import PLACEMENT, RecordingContext, Row, run_job, write_pairs

from fsa_runtime.context import JobCancelled
from fsa_runtime.errors import JobError
from fsa_runtime.near.index import NearSettings
from fsa_runtime.near.shingles import jaccard, sentences_of, shingles_of


def near_spec(folder: Path, rows: list[list[Row]], among: list[Row] | None = None, **changes: Any) -> Any:
    files = [write_pairs(folder / f"{index}.arrow", part) for index, part in enumerate(rows)]
    spec = {
        "kind": "near-duplicates",
        "placement": PLACEMENT,
        "pairs": files,
        "among": [] if among is None else [write_pairs(folder / "among.arrow", among)],
        "unit": "row",
        "shingleWords": 2,
        "threshold": 0.7,
        "permutations": 128,
        "resultPath": str(folder / "near.jsonl"),
    }
    return {**spec, **changes}


def find(spec: Any) -> list[dict[str, Any]]:
    output = run_job(RecordingContext(), spec)
    content = Path(spec["resultPath"]).read_bytes()
    assert output["sha256"] == hashlib.sha256(content).hexdigest()
    found = [json.loads(line) for line in content.splitlines()]
    assert output["matches"] == len(found)
    return found


def make_texts(count: int, seed: int) -> list[str]:
    """Texts of 30 words; every third one is an earlier one with a few words changed."""
    draw = random.Random(seed)
    texts: list[list[str]] = []
    for number in range(count):
        if number % 3 == 2:
            words = list(draw.choice(texts))
            for _ in range(draw.randint(0, 6)):
                words[draw.randrange(30)] = f"new{draw.randrange(1000)}"
        else:
            words = [f"w{draw.randrange(500)}" for _ in range(30)]
        texts.append(words)
    return [" ".join(words) for words in texts]


def as_rows(texts: list[str]) -> list[Row]:
    return [(f"id-{number}", text, "") for number, text in enumerate(texts)]


def test_agrees_with_comparing_every_pair(tmp_path: Path) -> None:
    texts = make_texts(900, seed=3)
    rows = as_rows(texts)
    found = {one["row"]: one for one in find(near_spec(tmp_path, [rows[:500], rows[500:]]))}
    sets = [set(shingles_of(text, 2)) for text in texts]
    kept: list[int] = []
    expected = set()
    for row, shingles in enumerate(sets):
        if any(jaccard(shingles, sets[other]) >= 0.7 for other in kept):
            expected.add(row)
        else:
            kept.append(row)
    assert len(expected) > 100
    # Nothing that is not near; of what is near at most the few that hashing may miss.
    assert not set(found) - expected
    assert len(expected - set(found)) <= 0.02 * len(expected)
    for row, one in found.items():
        assert one["similarity"] == pytest.approx(jaccard(sets[row], sets[one["like"]]))
        assert one["like"] < row
        assert one["like"] not in found


def test_finds_sentences_that_are_nearly_given_ones(tmp_path: Path) -> None:
    given_ones = [
        "The soup was cold. The waiter laughed about it",
        "Our terrace seats were wonderful that night",
    ]
    rows = [
        "We came late. The soup was cold! the waiter laughed about it. We left, all of us, and went home.",
        "Nothing here is like any of them, word by word or otherwise",
        "Our terrace seats were wonderful this night\nAnd the music was loud.",
    ]
    spec = near_spec(tmp_path, [as_rows(rows)], as_rows(given_ones), unit="sentence", threshold=0.5)
    assert find(spec) == [
        {"row": 0, "like": 0, "similarity": 1.0},
        {"row": 2, "like": 1, "similarity": pytest.approx(4 / 8)},
    ]
    assert find({**spec, "unit": "row"}) == []


def test_rows_without_words_are_like_nothing(tmp_path: Path) -> None:
    assert find(near_spec(tmp_path, [as_rows(["?!", "...", "", "one", "One!"])])) == [
        {"row": 4, "like": 3, "similarity": 1.0}
    ]


def test_the_same_rows_give_the_same_bytes(tmp_path: Path) -> None:
    spec = near_spec(tmp_path, [as_rows(make_texts(300, seed=5))])
    first = run_job(RecordingContext(), spec)["sha256"]
    assert run_job(RecordingContext(), spec)["sha256"] == first


def test_bad_files_and_a_missing_package_are_told(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    spec = near_spec(tmp_path, [as_rows(["a b c", "d e f"])])
    wrong = {**spec, "pairs": [{**spec["pairs"][0], "sha256": "0" * 64}]}
    with pytest.raises(JobError) as error:
        find(wrong)
    assert error.value.code == "bad-data"
    with pytest.raises(JobError, match=r"nowhere/near\.jsonl could not be read or written"):
        find({**spec, "resultPath": str(tmp_path / "nowhere" / "near.jsonl")})
    monkeypatch.setitem(sys.modules, "rensa", None)
    with pytest.raises(JobError, match="no build for this Python"):
        find(spec)


def test_stops_when_asked(tmp_path: Path) -> None:
    spec = near_spec(tmp_path, [as_rows(make_texts(50, seed=1))])
    with pytest.raises(JobCancelled):
        run_job(RecordingContext(ask=lambda _kind, _count: "stop"), spec)


@pytest.mark.parametrize("threshold", [0.3, 0.5, 0.7, 0.8, 0.9, 1.0])
def test_bands_find_pairs_at_the_threshold(threshold: float) -> None:
    settings = NearSettings(2, threshold, 128)
    assert 128 % settings.bands == 0
    assert settings.recall_with(settings.bands) >= 0.94


@given(st.text(), st.integers(1, 5))
def test_shingles_cover_every_word(text: str, words: int) -> None:
    found = shingles_of(text, words)
    assert all(1 <= len(one.split()) <= words for one in found)
    assert {word for one in found for word in one.split()} == {
        word for one in shingles_of(text, 1) for word in one.split()
    }
    assert shingles_of(text.upper().lower(), words) == shingles_of(text.upper().lower().casefold(), words)


@given(st.lists(st.sampled_from(["We ate.", "Was it good?", "No!", "“Never.”", "fine"]), min_size=1))
def test_sentences_lose_no_word(parts: list[str]) -> None:
    text = " ".join(parts)
    words = [word for one in sentences_of(text) for word in shingles_of(one, 1)]
    assert set(words) == set(shingles_of(text, 1))
