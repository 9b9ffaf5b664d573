"""Answers as a job: what generate gives for each question alone, whatever shares its batch."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
import torch
from causal_kit import make_causal_model
from jobs_kit import PLACEMENT, RecordingContext, model_digest, model_fields, run_job
from safetensors.torch import load_file, save_file
from transformers import AutoModelForCausalLM, AutoTokenizer

from fsa_runtime.errors import JobError
from fsa_runtime.files.digests import digest_of_file

TOKENS = 12


def question(text: str, prefill: str | None = None) -> dict[str, Any]:
    turns = [{"role": "system", "content": "You judge."}, {"role": "user", "content": text}]
    return {"turns": turns, "prefill": prefill}


QUESTIONS = [
    question("Review: the soup was cold, and so was the waiter, who came late"),
    question("Review: fine", "Opinion Target 1:"),
    question("Review: lovely soup"),
    question("Review: no", "Opinion Target 1:"),
]


@pytest.fixture(scope="session")
def causal_folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return make_causal_model(tmp_path_factory.mktemp("causal") / "tiny")


def spec_of(model: Path, **changes: Any) -> dict[str, Any]:
    return {
        "kind": "answer",
        "placement": PLACEMENT,
        **model_fields(model),
        "modelDigest": model_digest(model),
        "precision": "fp32",
        "questions": QUESTIONS,
        "maxAnswerTokens": TOKENS,
        "stop": [],
        "batchSize": 3,
        **changes,
    }


def alone(model: Path, one: dict[str, Any]) -> str:
    """By transformers itself, one prompt, no padding."""
    tokenizer = AutoTokenizer.from_pretrained(model)
    network = AutoModelForCausalLM.from_pretrained(model).eval()
    prompt = "".join(f"<{turn['role']}>{turn['content']}</s>" for turn in one["turns"])
    prompt += f"<assistant>{one['prefill'] or ''}"
    ids = tokenizer(prompt, return_tensors="pt", add_special_tokens=False).input_ids
    with torch.no_grad():
        written = network.generate(ids, max_new_tokens=TOKENS, do_sample=False)[0, ids.shape[1] :]
    return (one["prefill"] or "") + tokenizer.decode(written, skip_special_tokens=True)


def test_answers_are_those_of_each_question_alone(causal_folder: Path) -> None:
    rows = run_job(RecordingContext(), spec_of(causal_folder))["rows"]
    assert [row["text"] for row in rows] == [alone(causal_folder, one) for one in QUESTIONS]
    again = run_job(RecordingContext(), spec_of(causal_folder, questions=QUESTIONS[::-1], batchSize=1))
    assert again["rows"] == rows[::-1]
    assert all(row["outputTokens"] <= TOKENS for row in rows)
    assert all(row["cut"] == (row["outputTokens"] == TOKENS) for row in rows)


def test_an_answer_ends_before_a_stop(causal_folder: Path) -> None:
    [whole] = run_job(RecordingContext(), spec_of(causal_folder, questions=QUESTIONS[:1]))["rows"]
    stop = whole["text"][3:5]
    spec = spec_of(causal_folder, questions=QUESTIONS[:1], stop=[stop])
    [stopped] = run_job(RecordingContext(), spec)["rows"]
    assert stopped["text"] == whole["text"][: whole["text"].index(stop)]
    assert not stopped["cut"]


def test_a_model_without_a_chat_template_is_refused(tmp_path: Path) -> None:
    folder = make_causal_model(tmp_path / "bare", template=False)
    with pytest.raises(JobError, match="chat template") as caught:
        run_job(RecordingContext(), spec_of(folder))
    assert caught.value.code == "bad-model"


def change_weights(folder: Path, change: Any) -> None:
    """Keeps what it does not change in memory of its own: the file is written anew."""
    path = folder / "model.safetensors"
    tensors = {name: tensor.clone() for name, tensor in load_file(path).items()}
    change(tensors)
    save_file(tensors, path, metadata={"format": "pt"})


def double(tensors: dict[str, torch.Tensor]) -> None:
    tensors["lm_head.weight"] *= 2


def spoil(tensors: dict[str, torch.Tensor]) -> None:
    tensors["lm_head.weight"][0, 0] = float("nan")


def drop(tensors: dict[str, torch.Tensor]) -> None:
    del tensors["model.layers.1.mlp.up_proj.weight"]


@pytest.mark.parametrize("name", ["model.safetensors", "generation_config.json", "tokenizer.json"])
def test_a_model_that_changed_after_planning_is_refused_naming_both_digests(
    tmp_path: Path, name: str
) -> None:
    folder = make_causal_model(tmp_path / "own")
    spec = spec_of(folder)
    before = digest_of_file(folder / name)
    if name == "model.safetensors":
        change_weights(folder, double)
    else:
        (folder / name).write_text((folder / name).read_text() + " ")
    with pytest.raises(JobError) as caught:
        run_job(RecordingContext(), spec)
    assert caught.value.code == "bad-model"
    for word in (name, before[:12], digest_of_file(folder / name)[:12]):
        assert word in caught.value.message


@pytest.mark.parametrize(
    ("change", "said"), [(spoil, "NaN or infinity in lm_head"), (drop, "lacks model.layers.1.mlp.up_proj")]
)
def test_weights_that_are_no_numbers_or_missing_are_refused(tmp_path: Path, change: Any, said: str) -> None:
    folder = make_causal_model(tmp_path / "own")
    change_weights(folder, change)
    with pytest.raises(JobError, match=said) as caught:
        run_job(RecordingContext(), spec_of(folder))
    assert caught.value.code == "bad-model"


def test_a_loaded_model_needs_its_files_no_more(tmp_path: Path) -> None:
    folder = make_causal_model(tmp_path / "own")
    change_weights(folder, double)
    spec = spec_of(folder)
    first = run_job(RecordingContext(), spec)["rows"]
    (folder / "model.safetensors").write_bytes(b"")
    assert run_job(RecordingContext(), spec)["rows"] == first
