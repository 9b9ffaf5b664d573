"""Prediction as a job: the rows of `generate` for texts in a message, with weights that stay packed."""

from __future__ import annotations

import shutil
from pathlib import Path
from typing import Any

import pytest
import torch
from jobs_kit import RecordingContext, finetune_spec, flat, make_rows, model_digest, model_fields, run_job

from fsa_runtime.context import Checks
from fsa_runtime.errors import JobError
from fsa_runtime.inference.model_cache import MODEL_CACHE

TEXTS = [row[1] for row in flat(make_rows(7, seed=3))]


@pytest.fixture
def spec(taught_folder: Path, tmp_path: Path) -> dict[str, Any]:
    return finetune_spec(taught_folder, tmp_path)


def predict_spec(spec: dict[str, Any], texts: list[str], **changes: Any) -> dict[str, Any]:
    names = ("placement", "model", "modelFiles", "modelDigest", "precision", "maxInputTokens")
    names += ("maxGeneratedTokens",)
    own = {"kind": "predict", "generationBatchSize": 3, "texts": texts}
    return {**{name: spec[name] for name in names}, **own, **changes}


def test_rows_are_those_of_generate_in_the_texts_order(spec: dict[str, Any]) -> None:
    generate = {**predict_spec(spec, []), "kind": "generate", "pairs": spec["test"]}
    del generate["texts"]
    expected = run_job(RecordingContext(), generate)["texts"]
    rows = run_job(RecordingContext(), predict_spec(spec, TEXTS))["rows"]
    assert [row["text"] for row in rows] == expected
    again = run_job(RecordingContext(), predict_spec(spec, TEXTS[::-1]))["rows"]
    assert again == rows[::-1]


def test_no_texts_and_an_empty_text_are_answered(spec: dict[str, Any]) -> None:
    assert run_job(RecordingContext(), predict_spec(spec, []))["rows"] == []
    (row,) = run_job(RecordingContext(), predict_spec(spec, [""]))["rows"]
    assert row["inputTokens"] == 1
    assert not row["cutInput"]


def test_what_was_cut_is_said(spec: dict[str, Any]) -> None:
    (whole,) = run_job(RecordingContext(), predict_spec(spec, [TEXTS[0]]))["rows"]
    length = whole["inputTokens"]
    just, short = (
        run_job(RecordingContext(), predict_spec(spec, [TEXTS[0]], maxInputTokens=most))["rows"][0]
        for most in (length, length - 1)
    )
    assert (just["cutInput"], short["cutInput"]) == (False, True)
    assert short["inputTokens"] == length - 1
    (brief,) = run_job(RecordingContext(), predict_spec(spec, [TEXTS[0]], maxGeneratedTokens=2))["rows"]
    assert brief["cutOutput"]
    assert len(brief["tokens"]) == 1


def test_weights_stay_packed_until_a_job_changes_them(spec: dict[str, Any]) -> None:
    run_job(RecordingContext(), predict_spec(spec, TEXTS))
    model = MODEL_CACHE.borrow(predict_spec(spec, TEXTS), Checks(), will_change=False)
    matrices = list(model.parameters.products(tied=model.tied))
    packed = [matrix.packed for matrix in matrices]
    if torch._C._has_mkldnn:
        assert all(one is not None for one in packed)
    run_job(RecordingContext(), predict_spec(spec, TEXTS))
    assert all(now.packed is before for now, before in zip(matrices, packed, strict=True))
    run_job(RecordingContext(), spec)
    assert all(matrix.packed is None for matrix in matrices)


def test_a_kept_model_predicts_what_was_tested(spec: dict[str, Any], tmp_path: Path) -> None:
    folder = tmp_path / "kept"
    tested = run_job(RecordingContext(), {**spec, "modelFolder": str(folder)})["testTexts"]
    kept = {**spec, **model_fields(folder), "modelDigest": model_digest(folder)}
    rows = run_job(RecordingContext(), predict_spec(kept, TEXTS))["rows"]
    assert [row["text"] for row in rows] == tested


@pytest.mark.parametrize("name", ["model.safetensors", "tokenizer.json"])
def test_a_file_that_changed_after_it_was_hashed_is_refused(
    spec: dict[str, Any], tmp_path: Path, name: str
) -> None:
    folder = tmp_path / "swapped"
    shutil.copytree(spec["model"], folder)
    kept = {**spec, **model_fields(folder), "modelDigest": name.encode().hex().ljust(64, "0")[:64]}
    (folder / name).write_bytes((folder / name).read_bytes() + b" ")
    with pytest.raises(JobError, match=f"{name} is not the file") as caught:
        run_job(RecordingContext(), predict_spec(kept, TEXTS))
    assert caught.value.code == "bad-model"
