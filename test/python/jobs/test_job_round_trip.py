"""Texts through a tokenizer and back as a job: tokens, the text that is left, and what a limit leaves."""

from __future__ import annotations

import json
import shutil
from pathlib import Path
from typing import Any

import pytest
from jobs_kit import RecordingContext, make_rows, model_fields, run_job, write_pairs
from transformers import AutoTokenizer

from fsa_runtime.errors import JobError


def spec_of(folder: Path, model: Path, texts: list[str], max_tokens: int = 128) -> dict[str, Any]:
    rows = [(str(number), text, "") for number, text in enumerate(texts)]
    return {
        "kind": "round-trip",
        "placement": {"device": "cpu", "threads": 1},
        **model_fields(model),
        "pairs": write_pairs(folder / "texts.arrow", rows),
        "maxTokens": max_tokens,
        "resultPath": str(folder / "trips.jsonl"),
    }


def trips_of(spec: dict[str, Any]) -> list[dict[str, Any]]:
    output = run_job(RecordingContext(), spec)
    lines = Path(spec["resultPath"]).read_text(encoding="utf-8").split("\n")
    assert output["rows"] == spec["pairs"]["rows"] == len(lines) - 1
    return [json.loads(line) for line in lines[:-1]]


def test_texts_come_back_as_hugging_face_writes_them(taught_folder: Path, tmp_path: Path) -> None:
    texts = [row[1] for row in make_rows(9)] + ["", "soup | positive", "屏幕 | positive", "the  soup "]
    tokenizer = AutoTokenizer.from_pretrained(taught_folder)
    trips = trips_of(spec_of(tmp_path, taught_folder, texts))
    for text, trip in zip(texts, trips, strict=True):
        ids = tokenizer(text).input_ids
        decoded = tokenizer.decode(ids, skip_special_tokens=True, clean_up_tokenization_spaces=False)
        assert trip == {"tokens": len(ids), "text": decoded, "cut": None}
    assert "屏" not in trips[-2]["text"]


def test_a_long_text_is_cut_where_the_model_stops_reading(taught_folder: Path, tmp_path: Path) -> None:
    tokenizer = AutoTokenizer.from_pretrained(taught_folder)
    text = "the soup was cold and the waiter was rude " * 4
    [trip] = trips_of(spec_of(tmp_path, taught_folder, [text], max_tokens=10))
    ids = tokenizer(text, truncation=True, max_length=10).input_ids
    assert trip["tokens"] > 10
    assert trip["cut"] == tokenizer.decode(ids, skip_special_tokens=True)
    assert trip["text"].startswith(trip["cut"])


def test_a_folder_without_a_tokenizer_is_a_bad_model(tmp_path: Path) -> None:
    files = [{"name": "tokenizer.json", "sha256": "a" * 64}]
    spec = {**spec_of(tmp_path, tmp_path / "nowhere", ["soup"]), "modelFiles": files}
    with pytest.raises(JobError) as caught:
        run_job(RecordingContext(), spec)
    assert caught.value.code == "bad-model"


def test_a_tokenizer_that_changed_after_it_was_hashed_is_refused(taught_folder: Path, tmp_path: Path) -> None:
    folder = tmp_path / "swapped"
    shutil.copytree(taught_folder, folder)
    spec = spec_of(tmp_path, folder, ["soup"])
    (folder / "tokenizer.json").write_text("{}", encoding="utf-8")
    with pytest.raises(JobError, match=r"tokenizer\.json is not the file") as caught:
        run_job(RecordingContext(), spec)
    assert caught.value.code == "bad-model"
