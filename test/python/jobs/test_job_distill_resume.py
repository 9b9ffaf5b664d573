"""A distillation that is interrupted ends like one left alone, and is never mistaken for another."""

from __future__ import annotations

import os
import random
import shutil
from pathlib import Path
from typing import Any

import pytest
import torch
from faults_kit import FaultError, fail_after
from jobs_kit import (
    DISTILL_STEPS,
    RecordingContext,
    distill_spec,
    elsewhere,
    optimizer_settings,
    run_job,
    weights_of,
)
from records_kit import bare_records, joined_records

from fsa_runtime.context import JobCancelled
from fsa_runtime.errors import JobError


@pytest.fixture
def spec(model_folder: Path, tmp_path: Path) -> dict[str, Any]:
    """Two training files, validation at steps 3, 6 and 7, checkpoints at 2, 4, 6 and 7."""
    return distill_spec(model_folder, tmp_path, steps=DISTILL_STEPS)


@pytest.fixture
def whole(spec: dict[str, Any]) -> tuple[bytes, list[dict[str, Any]], dict[str, Any]]:
    """Weights, records and output of a training that nobody disturbs."""
    context = RecordingContext()
    there = elsewhere(spec, "undisturbed")
    output = run_job(context, there)
    return weights_of(there), bare_records(context.records), output


def assert_same_end(
    spec: dict[str, Any], parts: list[RecordingContext], output: dict[str, Any], whole: Any
) -> None:
    weights, records, undisturbed = whole
    assert joined_records([part.records for part in parts]) == records
    assert weights_of(spec) == weights
    for name in ("modelDigest", "steps", "finalLoss", "validationLoss", "tokens"):
        assert output[name] == undisturbed[name]


@pytest.mark.parametrize("kind", ["train", "validate", "saved", "prepare", "metrics"])
@pytest.mark.parametrize("number", [1, 3])
def test_save_and_stop_resumes_to_the_same_bits(
    spec: dict[str, Any], whole: Any, kind: str, number: int
) -> None:
    asking = RecordingContext(ask=lambda k, n: "save-and-stop" if (k, n) == (kind, number) else None)
    with pytest.raises(JobCancelled):
        run_job(asking, spec)
    assert not Path(spec["modelFolder"]).exists()
    if asking.count("train") > 0:
        assert asking.saves[-1]["step"] == asking.count("train"), "not a step is lost"
    resumed = RecordingContext()
    output = run_job(resumed, spec)
    assert resumed.count("train") == DISTILL_STEPS - asking.count("train")
    assert_same_end(spec, [asking, resumed], output, whole)


def test_faults_at_random_moments_resume_to_the_same_bits(spec: dict[str, Any], whole: Any) -> None:
    seed = random.randrange(2**32)
    print(f"seed {seed}")
    draw = random.Random(seed)
    for number in range(6):
        there = elsewhere(spec, f"faults-{number}")
        parts: list[RecordingContext] = []
        output = None
        while output is None:
            fail_at_last = fail_after(draw.randint(5, 60))
            parts.append(RecordingContext(ask=fail_at_last if len(parts) < 4 else lambda _k, _n: None))
            try:
                output = run_job(parts[-1], there)
            except FaultError:
                continue
        assert_same_end(there, parts, output, whole)


def test_in_bf16_too_resuming_gives_the_same_bits(spec: dict[str, Any]) -> None:
    undisturbed = elsewhere(spec, "undisturbed", precision="bf16")
    calm = RecordingContext()
    run_job(calm, undisturbed)
    there = {**spec, "precision": "bf16"}
    asking = RecordingContext(ask=lambda k, n: "save-and-stop" if (k, n) == ("train", 3) else None)
    with pytest.raises(JobCancelled):
        run_job(asking, there)
    resumed = RecordingContext()
    run_job(resumed, there)
    assert weights_of(there) == weights_of(undisturbed)
    assert joined_records([asking.records, resumed.records]) == bare_records(calm.records)


def test_a_finished_training_is_not_trained_again(spec: dict[str, Any], whole: Any) -> None:
    first = RecordingContext()
    run_job(first, spec)
    shutil.rmtree(spec["modelFolder"])
    again = RecordingContext()
    output = run_job(again, spec)
    assert again.count("train") == 0
    assert_same_end(spec, [first, again], output, whole)


def test_past_a_torn_checkpoint_the_one_before_leads_to_the_same_bits(
    spec: dict[str, Any], whole: Any
) -> None:
    first = RecordingContext(ask=lambda kind, n: "stop" if (kind, n) == ("train", 5) else None)
    with pytest.raises(JobCancelled):
        run_job(first, spec)
    assert [save["step"] for save in first.saves] == [2, 4]
    torn = Path(first.saves[-1]["path"], "trainer.safetensors")
    os.truncate(torn, torn.stat().st_size - 10)
    second = RecordingContext()
    output = run_job(second, spec)
    assert second.records[0]["step"] == 3
    assert any("damaged" in notice and str(torn.parent) in notice for notice in second.notices)
    assert_same_end(spec, [first, second], output, whole)


def test_the_global_random_state_is_neither_used_nor_changed(spec: dict[str, Any], whole: Any) -> None:
    torch.manual_seed(987)
    before = torch.get_rng_state()
    context = RecordingContext()
    output = run_job(context, spec)
    assert torch.equal(torch.get_rng_state(), before)
    assert_same_end(spec, [context], output, whole)


@pytest.mark.parametrize(
    ("change", "words"),
    [
        ({"seed": 43}, "seed was 42 and is now 43"),
        ({"steps": 9}, "steps was 7 and is now 9"),
        ({"optimizer": optimizer_settings(clip=0.5)}, "clip was 1.0 and is now 0.5"),
        ({"placement": {"device": "cpu", "threads": 2}}, "threads was 1 and is now 2"),
        ({"modelDigest": "0" * 64}, "starting weights was"),
        ({"train": None}, "training data was"),
    ],
)
def test_other_settings_are_never_mistaken_for_the_same_training(
    spec: dict[str, Any], change: dict[str, Any], words: str
) -> None:
    stopping = RecordingContext(ask=lambda kind, n: "save-and-stop" if (kind, n) == ("train", 1) else None)
    with pytest.raises(JobCancelled):
        run_job(stopping, spec)
    if "train" in change:
        change = {"train": spec["train"][:1]}
    with pytest.raises(JobError, match=words) as caught:
        run_job(RecordingContext(), {**spec, **change})
    assert caught.value.code == "mismatch"


def test_how_often_is_saved_may_change(spec: dict[str, Any], whole: Any) -> None:
    first = RecordingContext(ask=lambda kind, n: "save-and-stop" if (kind, n) == ("train", 3) else None)
    with pytest.raises(JobCancelled):
        run_job(first, spec)
    second = RecordingContext()
    output = run_job(second, {**spec, "checkpointEveryMinutes": 1e-9, "keepCheckpoints": 1})
    assert [save["step"] for save in second.saves] == [4, 5, 6, 7]
    assert len(os.listdir(Path(spec["checkpointFolder"], "attempt-1-1"))) == 1
    assert_same_end(spec, [first, second], output, whole)
