"""Scores of labels as a job: what Hugging Face's model gives for the same tokens, whatever shares a batch."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
import torch
from jobs_kit import (
    PLACEMENT,
    RecordingContext,
    make_rows,
    model_digest,
    model_fields,
    run_job,
)
from transformers import AutoTokenizer, T5ForConditionalGeneration

from fsa_runtime.inference import label_scores

LABELS = ["positive", "negative", "cold soup"]
BEGINNINGS = ["soup |", "the waiter was", "", "music", "bill |", ""]
QUESTIONS = [
    *({"text": row[1], "beginning": one} for row, one in zip(make_rows(6), BEGINNINGS, strict=True)),
    {"text": "", "beginning": "soup |"},
]


def spec_of(model: Path, **changes: Any) -> dict[str, Any]:
    return {
        "kind": "score-labels",
        "placement": PLACEMENT,
        **model_fields(model),
        "modelDigest": model_digest(model),
        "precision": "fp32",
        "questions": QUESTIONS,
        "labels": LABELS,
        "maxInputTokens": 24,
        "batchSize": 5,
        **changes,
    }


def reference(model: Path, text: str, beginning: str, label: str) -> float:
    tokenizer = AutoTokenizer.from_pretrained(model)
    network = T5ForConditionalGeneration.from_pretrained(model).eval()
    begun = tokenizer(beginning, add_special_tokens=False).input_ids
    judged = tokenizer(label, add_special_tokens=False).input_ids
    inputs = tokenizer(text, return_tensors="pt", truncation=True, max_length=24)
    target = torch.tensor([begun + judged])
    with torch.no_grad():
        logits = network(**inputs, labels=target).logits[0].log_softmax(-1)
    chosen = logits.gather(1, target[0][:, None])[:, 0]
    return float(chosen[len(begun) :].mean())


def test_scores_are_those_of_hugging_face(taught_folder: Path) -> None:
    scores = run_job(RecordingContext(), spec_of(taught_folder))["scores"]
    for question, row in zip(QUESTIONS, scores, strict=True):
        expected = [
            reference(taught_folder, question["text"], question["beginning"], label) for label in LABELS
        ]
        assert row == pytest.approx(expected, abs=2e-4)


def test_scores_do_not_depend_on_what_shares_a_batch(taught_folder: Path) -> None:
    together = run_job(RecordingContext(), spec_of(taught_folder, batchSize=64))["scores"]
    alone = run_job(RecordingContext(), spec_of(taught_folder, batchSize=1))["scores"]
    for one, other in zip(together, alone, strict=True):
        assert one == pytest.approx(other, abs=2e-4)


def test_nothing_asked_is_nothing_answered(taught_folder: Path) -> None:
    assert run_job(RecordingContext(), spec_of(taught_folder, questions=[]))["scores"] == []


def test_each_text_goes_through_the_encoder_once(
    taught_folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Also where several questions are about one text, and with the same scores as one at a time."""
    asked = [*QUESTIONS, {"text": QUESTIONS[0]["text"], "beginning": "music"}]
    alone = run_job(RecordingContext(), spec_of(taught_folder, questions=asked, batchSize=1))["scores"]
    encoded: list[int] = []
    laid_out = label_scores.lay_out

    def lay_out(*args: Any, **options: Any) -> Any:
        batch = laid_out(*args, **options)
        encoded.append(sum(group.count for group in batch.inputs.groups))
        return batch

    monkeypatch.setattr(label_scores, "lay_out", lay_out)
    together = run_job(RecordingContext(), spec_of(taught_folder, questions=asked, batchSize=64))["scores"]
    assert encoded == [len(QUESTIONS)]
    for one, other in zip(together, alone, strict=True):
        assert one == pytest.approx(other, abs=2e-4)
