"""Generation as a job: the texts of Hugging Face, by the weights that the model has on disk."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
from jobs_kit import (
    RecordingContext,
    finetune_spec,
    flat,
    make_rows,
    optimizer_settings,
    run_job,
    write_pairs,
)
from transformers import AutoTokenizer, T5ForConditionalGeneration

from fsa_runtime.context import JobCancelled
from fsa_runtime.data.pair_encoder import PairEncoder
from fsa_runtime.data.pairs import PairsFile
from fsa_runtime.data.student_tokenizer import load_tokenizer
from fsa_runtime.errors import JobError
from fsa_runtime.files.model_folder import ModelFolder
from fsa_runtime.inference import generate as generating


@pytest.fixture
def spec(taught_folder: Path, tmp_path: Path) -> dict[str, Any]:
    return finetune_spec(taught_folder, tmp_path)


def generate_spec(spec: dict[str, Any]) -> dict[str, Any]:
    names = (
        "placement",
        "model",
        "modelFiles",
        "modelDigest",
        "precision",
        "maxInputTokens",
        "maxGeneratedTokens",
    )
    return {
        **{name: spec[name] for name in names},
        "kind": "generate",
        "generationBatchSize": 3,
        "pairs": spec["test"],
    }


def test_generation_gives_the_texts_of_hugging_face(spec: dict[str, Any]) -> None:
    output = run_job(RecordingContext(), generate_spec(spec))
    model = T5ForConditionalGeneration.from_pretrained(spec["model"])
    tokenizer = AutoTokenizer.from_pretrained(spec["model"])
    texts = [row[1] for row in flat(make_rows(7, seed=3))]
    inputs = tokenizer(texts, padding=True, return_tensors="pt")
    ids = model.generate(**inputs, max_length=12, num_beams=1, do_sample=False)
    assert output["texts"] == tokenizer.batch_decode(ids, skip_special_tokens=True)
    assert output["kind"] == "generate"


_GENERATE_AFRESH = """
import json, sys
from jobs_kit import RecordingContext, run_job
print(json.dumps(run_job(RecordingContext(), json.load(sys.stdin))["texts"]))
"""


def texts_of_a_fresh_process(spec: dict[str, Any]) -> list[str]:
    paths = {"PYTHONPATH": os.pathsep.join([str(Path(__file__).parent), *sys.path])}
    run = subprocess.run(
        [sys.executable, "-c", _GENERATE_AFRESH],
        input=json.dumps(spec),
        env={**os.environ, **paths},
        capture_output=True,
        text=True,
        check=True,
    )
    texts: list[str] = json.loads(run.stdout)
    return texts


def test_generation_between_cells_uses_the_starting_weights(spec: dict[str, Any]) -> None:
    """A cell whose large steps change every text comes in between."""
    spec["optimizer"] = optimizer_settings(accumulation=1, learningRate=0.5, clip=100.0)
    cell = run_job(RecordingContext(), spec)
    after = run_job(RecordingContext(), generate_spec(spec))
    again = run_job(RecordingContext(), spec)
    fresh = texts_of_a_fresh_process(generate_spec(spec))
    assert any(fresh)
    # The same rows by the trained weights: had they stayed in the model, `after` would have these texts.
    assert all(trained != starting for trained, starting in zip(cell["testTexts"], fresh, strict=True))
    assert after["texts"] == fresh
    assert again["testTexts"] == cell["testTexts"]


@pytest.mark.parametrize("asked", ["stop", "save-and-stop"])
def test_generation_stops_at_the_next_token(spec: dict[str, Any], asked: str) -> None:
    context = RecordingContext(ask=lambda k, n: asked if (k, n) == ("generate", 1) else None)
    with pytest.raises(JobCancelled):
        run_job(context, generate_spec(spec))
    assert context.count("generate") == 1


def test_an_empty_file_gives_no_texts(spec: dict[str, Any], tmp_path: Path) -> None:
    empty = write_pairs(tmp_path / "none.arrow", [])
    assert run_job(RecordingContext(), {**generate_spec(spec), "pairs": empty})["texts"] == []


def test_a_folder_without_model_is_refused(spec: dict[str, Any], tmp_path: Path) -> None:
    with pytest.raises(JobError) as caught:
        run_job(RecordingContext(), {**generate_spec(spec), "model": str(tmp_path / "none")})
    assert caught.value.code == "bad-model"


def test_inputs_are_read_as_they_are(model_folder: Path, tmp_path: Path) -> None:
    """No `[NL]` in benchmark texts, and no cutting below the maximum."""
    tokenizer = load_tokenizer(ModelFolder.as_found(model_folder), newline_token=False)
    encoder = PairEncoder(tokenizer, max_input_tokens=512, max_target_tokens=512, newline_token=False)
    rows = [("a", "the soup\nwas cold", "")]
    pairs = PairsFile.of_spec(write_pairs(tmp_path / "p.arrow", rows))
    assert list(generating.read_inputs(pairs, encoder)) == [
        tokenizer.library.encode("the soup\nwas cold").ids
    ]
