"""Distillation: the records, the model folder, and what is refused."""

from __future__ import annotations

import os
from pathlib import Path
from typing import Any

import pytest
import torch
from jobs_kit import (
    DISTILL_STEPS,
    PLACEMENT,
    TEACHING,
    RecordingContext,
    Row,
    distill_spec,
    make_model,
    make_rows,
    model_digest,
    model_fields,
    optimizer_settings,
    run_job,
    write_pairs,
)
from safetensors.torch import load_file, save_file
from transformers import AutoTokenizer, T5ForConditionalGeneration

from fsa_runtime.context import JobCancelled
from fsa_runtime.errors import JobError
from fsa_runtime.t5.weights import Weights
from fsa_runtime.train.schedule import cosine_with_warmup


@pytest.fixture
def spec(model_folder: Path, tmp_path: Path) -> dict[str, Any]:
    """Two training files, validation at steps 3, 6 and 7, checkpoints at 2, 4, 6 and 7."""
    return distill_spec(model_folder, tmp_path, steps=DISTILL_STEPS)


def test_a_distillation_gives_records_checkpoints_and_a_model(spec: dict[str, Any]) -> None:
    context = RecordingContext()
    output = run_job(context, spec)
    assert [record["step"] for record in context.records] == list(range(1, DISTILL_STEPS + 1))
    # 21 rows in batches of 4 are 6 micro-batches, so 3 steps an epoch
    assert [record["epoch"] for record in context.records] == [1, 1, 1, 2, 2, 2, 3]
    assert [record["validationLoss"] is not None for record in context.records] == [
        step in (3, 6, 7) for step in range(1, DISTILL_STEPS + 1)
    ]
    settings = spec["optimizer"]
    assert [record["learningRate"] for record in context.records] == [
        cosine_with_warmup(
            step, total_steps=DISTILL_STEPS, warmup_steps=0, peak=settings["learningRate"], final=1e-5
        )
        for step in range(DISTILL_STEPS)
    ]
    assert all(record["gradientNorm"] > 0 and record["tokens"] > 0 for record in context.records)
    assert [save["step"] for save in context.saves] == [2, 4, 6, 7]
    assert len(os.listdir(Path(spec["checkpointFolder"], "attempt-1-1"))) == 2
    assert output == {
        "kind": "distill",
        "modelFolder": spec["modelFolder"],
        "modelDigest": model_digest(Path(spec["modelFolder"])),
        "steps": DISTILL_STEPS,
        "finalLoss": context.records[-1]["loss"],
        "validationLoss": context.records[-1]["validationLoss"],
        "tokens": sum(record["tokens"] for record in context.records),
        "trainSeconds": output["trainSeconds"],
    }
    train = [one for one in context.progresses if one["phase"] == "train"]
    assert [one["done"] for one in train] == list(range(1, DISTILL_STEPS + 1))
    assert all(one["tokens_per_second"] > 0 and one["seconds_left"] >= 0 for one in train)


def test_it_learns(spec: dict[str, Any]) -> None:
    context = RecordingContext()
    run_job(context, {**spec, **TEACHING})
    validations = [one["validationLoss"] for one in context.records if one["validationLoss"] is not None]
    assert len(validations) == 1
    assert validations[0] < context.records[0]["loss"] - 1


def test_the_model_is_one_of_hugging_face(spec: dict[str, Any]) -> None:
    run_job(RecordingContext(), {**spec, "steps": 2})
    model = T5ForConditionalGeneration.from_pretrained(spec["modelFolder"])
    tokenizer = AutoTokenizer.from_pretrained(spec["modelFolder"])
    assert tokenizer.convert_tokens_to_ids("[NL]") == len(tokenizer) - 1
    assert model.get_input_embeddings().weight.shape[0] == len(tokenizer)
    assert model.config.vocab_size == len(tokenizer)
    texts = "".join(path.read_text() for path in Path(spec["modelFolder"]).glob("*.json"))
    assert spec["model"] not in texts, "no path of this machine goes into the result"
    newest = sorted(Path(spec["checkpointFolder"], "attempt-1-1").iterdir())[-1]
    saved = load_file(newest / "weights.safetensors")
    state = model.state_dict()
    assert all(torch.equal(state[name], tensor) for name, tensor in saved.items())


def hugging_face_loss(model: Any, tokenizer: Any, rows: list[Row]) -> tuple[float, int]:
    """The model's own loss on one padded batch without dropout, and the real tokens in it."""
    texts = [[text.replace("\n", "[NL]") for text in row[1:]] for row in rows]
    cut = {"truncation": True, "padding": True, "return_tensors": "pt"}
    inputs = tokenizer([one[0] for one in texts], max_length=24, **cut)
    labels = tokenizer([one[1] for one in texts], max_length=20, **cut)
    targets = labels.input_ids.masked_fill(labels.attention_mask == 0, -100)
    with torch.no_grad():
        loss = model.eval()(**inputs, labels=targets).loss.item()
    return loss, int(inputs.attention_mask.sum() + labels.attention_mask.sum())


def test_the_records_hold_the_loss_that_hugging_face_computes(spec: dict[str, Any], tmp_path: Path) -> None:
    plain = make_model(tmp_path / "plain", dropout=0.0)
    context = RecordingContext()
    changes = {**model_fields(plain), "modelDigest": model_digest(plain), "steps": 1, "validation": []}
    output = run_job(context, {**spec, **changes, "optimizer": optimizer_settings(batchSize=21)})
    model = T5ForConditionalGeneration.from_pretrained(plain)
    tokenizer = AutoTokenizer.from_pretrained(plain)
    tokenizer.add_tokens(["[NL]"])
    model.resize_token_embeddings(len(tokenizer))
    loss, tokens = hugging_face_loss(model, tokenizer, [*make_rows(15, seed=1), *make_rows(6, seed=2)])
    assert context.records[0]["loss"] == pytest.approx(loss, rel=1e-5)
    assert context.records[0]["tokens"] == tokens
    assert output["validationLoss"] is None


def test_the_validation_loss_weighs_micro_batches_by_their_rows(spec: dict[str, Any]) -> None:
    output = run_job(RecordingContext(), {**spec, "steps": 1})
    model = T5ForConditionalGeneration.from_pretrained(spec["modelFolder"])
    tokenizer = AutoTokenizer.from_pretrained(spec["modelFolder"])
    rows = make_rows(5, seed=3)
    losses = [hugging_face_loss(model, tokenizer, rows[start : start + 2])[0] for start in (0, 2, 4)]
    assert output["validationLoss"] == pytest.approx(
        (2 * losses[0] + 2 * losses[1] + losses[2]) / 5, rel=1e-5
    )


def test_a_plain_stop_ends_within_a_step_and_saves_nothing(spec: dict[str, Any]) -> None:
    context = RecordingContext(ask=lambda kind, n: "stop" if (kind, n) == ("train", 1) else None)
    with pytest.raises(JobCancelled):
        run_job(context, spec)
    assert context.count("train") == 1
    assert context.saves == []


def test_a_loss_that_is_no_number_names_the_step_and_the_rows(
    spec: dict[str, Any], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The embedding of `[NL]` becomes NaN: only the micro-batch with that token is named."""
    monkeypatch.setattr(Weights, "first_not_finite", lambda _: None)  # as if it had come later
    broken = make_model(tmp_path / "broken")
    weights = load_file(broken / "model.safetensors")
    weights["lm_head.weight"] = weights["shared.weight"].clone()  # untied, or every logit would be NaN
    weights["shared.weight"][len(AutoTokenizer.from_pretrained(broken))] = float("nan")
    save_file(weights, broken / "model.safetensors", metadata={"format": "pt"})
    rows = [(f"good-{i}", "the soup was cold", "soup | negative") for i in range(7)]
    train = [write_pairs(tmp_path / "nan.arrow", [*rows, ("bad", "the soup\nwas cold", "soup")])]
    context = RecordingContext()
    changes = {**model_fields(broken), "modelDigest": model_digest(broken), "train": train}
    with pytest.raises(JobError) as caught:
        run_job(context, {**spec, **changes})
    assert caught.value.code == "not-finite"
    assert caught.value.step == 1
    assert "bad" in caught.value.message
    assert caught.value.message.count("good-") == 3
    assert context.records == context.saves == []


def test_a_changed_data_file_is_refused(spec: dict[str, Any]) -> None:
    write_pairs(Path(spec["train"][0]["path"]), make_rows(15, seed=9))
    with pytest.raises(JobError, match="is not the file it was") as caught:
        run_job(RecordingContext(), spec)
    assert caught.value.code == "bad-data"


def test_no_row_to_train_on_is_said(spec: dict[str, Any], tmp_path: Path) -> None:
    with pytest.raises(JobError, match="no row to train on"):
        run_job(RecordingContext(), {**spec, "train": [write_pairs(tmp_path / "none.arrow", [])]})


def test_the_second_start_tokenises_nothing(spec: dict[str, Any]) -> None:
    prepare = {
        "kind": "prepare",
        "placement": PLACEMENT,
        "model": spec["model"],
        "modelFiles": spec["modelFiles"],
        "pairs": spec["train"],
        "maxInputTokens": spec["maxInputTokens"],
        "maxTargetTokens": spec["maxTargetTokens"],
        "newlineToken": True,
        "cacheFolder": spec["cacheFolder"],
    }
    first = run_job(RecordingContext(), prepare)
    second = run_job(RecordingContext(), prepare)
    assert [first["reused"], second["reused"]] == [False, True]
    assert first["rows"] == second["rows"] == 21
    assert first["cutInputs"] > 0
    assert {**first, "reused": None, "seconds": 0} == {**second, "reused": None, "seconds": 0}
    for one in spec["train"]:
        Path(one["path"]).unlink()  # the caches are enough
    run_job(RecordingContext(), {**spec, "steps": 1})
