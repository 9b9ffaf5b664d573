"""Fine-tuning and generation: verdicts, the best epoch's test, used workers, resuming bit for bit."""

from __future__ import annotations

import json
import random
from pathlib import Path
from typing import Any

import pytest
import torch
from faults_kit import FaultError, fail_after
from jobs_kit import (
    CELL_EPOCHS,
    RecordingContext,
    finetune_spec,
    make_model,
    model_digest,
    model_fields,
    run_job,
)
from records_kit import bare_records, joined_records
from safetensors.torch import load_file

from fsa_runtime.context import EpochDecision, JobCancelled
from fsa_runtime.errors import JobError
from fsa_runtime.inference import model_cache as models
from fsa_runtime.inference.model_cache import MODEL_CACHE
from fsa_runtime.jobs import finetune
from fsa_runtime.train.schedule import linear_decay

STEPS_PER_EPOCH = 4


@pytest.fixture
def spec(taught_folder: Path, tmp_path: Path) -> dict[str, Any]:
    return finetune_spec(taught_folder, tmp_path)


def best_is(best_epoch: int, stop_at: int | None = None) -> Any:
    """A judge for whom epochs get better until `best_epoch`."""
    return lambda epoch, _texts: EpochDecision(best=epoch <= best_epoch, stop=epoch == stop_at)


def counts_of(output: dict[str, Any]) -> dict[str, Any]:
    return {name: value for name, value in output.items() if not name.endswith("Seconds")}


def test_a_cell_gives_records_dev_texts_and_the_test_of_the_best_epoch(spec: dict[str, Any]) -> None:
    context = RecordingContext(judge=best_is(2))
    output = run_job(context, spec)
    total = CELL_EPOCHS * STEPS_PER_EPOCH
    assert [record["step"] for record in context.records] == list(range(1, total + 1))
    assert [record["epoch"] for record in context.records] == [1] * 4 + [2] * 4 + [3] * 4
    assert [record["learningRate"] for record in context.records] == [
        linear_decay(step, total_steps=total, peak=3e-3) for step in range(total)
    ]
    assert {epoch: len(texts) for epoch, texts in context.dev_texts.items()} == {1: 5, 2: 5, 3: 5}
    assert output["bestEpoch"] == 2
    assert len(output["testTexts"]) == 7
    assert output["steps"] == total
    assert output["tokens"] == sum(record["tokens"] for record in context.records)
    assert output["trainSeconds"] > 0 < output["generateSeconds"]
    assert context.saves == []


def test_the_only_dev_set_knows_of_the_test_set_behind_it(spec: dict[str, Any]) -> None:
    context = RecordingContext()
    run_job(context, {**spec, "epochs": 1})
    told = [one for one in context.progresses if one["phase"] == "generate" and one.get("epoch") == 1]
    assert told[-1]["done"] == told[-1]["total"]
    assert told[-1]["seconds_left"] > 0


def test_the_test_set_is_generated_once_by_the_best_epochs_weights(spec: dict[str, Any]) -> None:
    """As a training whose last epoch is the best one, at the same learning rates."""
    to_the_end = run_job(RecordingContext(judge=best_is(2)), spec)
    stopped = run_job(RecordingContext(judge=best_is(2, stop_at=2)), spec)
    assert stopped["steps"] == 2 * STEPS_PER_EPOCH
    assert to_the_end["steps"] == 3 * STEPS_PER_EPOCH
    assert stopped["testTexts"] == to_the_end["testTexts"]
    # The epochs do differ, so the sameness above is no accident.
    first = run_job(RecordingContext(judge=best_is(1, stop_at=1)), spec)
    assert first["testTexts"] != to_the_end["testTexts"]


def test_without_any_best_epoch_the_first_counts(spec: dict[str, Any]) -> None:
    never = run_job(RecordingContext(judge=best_is(0)), spec)
    first = run_job(RecordingContext(judge=best_is(1)), spec)
    assert counts_of(never) == counts_of(first)
    assert never["bestEpoch"] == 1


def test_numbers_do_not_depend_on_what_the_worker_did_before(
    spec: dict[str, Any], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    loads: list[str] = []
    load = models.load_model
    monkeypatch.setattr(
        models, "load_model", lambda folder, **rest: loads.append(folder) or load(folder, **rest)
    )
    fresh_context = RecordingContext()
    fresh = run_job(fresh_context, spec)
    run_job(RecordingContext(), {**spec, "seed": 7, "epochs": 1})
    torch.manual_seed(1234)
    used_context = RecordingContext()
    used = run_job(used_context, spec)
    assert len(loads) == 1, "the weights are read once"
    assert counts_of(used) == counts_of(fresh)
    assert used_context.dev_texts == fresh_context.dev_texts
    assert bare_records(used_context.records) == bare_records(fresh_context.records)
    other = make_model(tmp_path / "other", dropout=0.0)
    run_job(
        RecordingContext(), {**spec, **model_fields(other), "modelDigest": model_digest(other), "epochs": 1}
    )
    after_another_model = run_job(RecordingContext(), spec)
    assert len(loads) == 3
    assert counts_of(after_another_model) == counts_of(fresh)


def test_a_cell_that_failed_half_way_leaves_no_trace_in_the_next(spec: dict[str, Any]) -> None:
    expected = run_job(RecordingContext(), spec)
    with pytest.raises(JobCancelled):
        run_job(RecordingContext(ask=lambda k, n: "stop" if (k, n) == ("train", 6) else None), spec)
    assert counts_of(run_job(RecordingContext(), spec)) == counts_of(expected)


# ---------------------------------------------------------------- resuming


class RememberingJudge:
    """As the orchestrator: an epoch that comes again has the same texts and gets the same verdict."""

    def __init__(self, best_epoch: int) -> None:
        self._best_epoch = best_epoch
        self.texts: dict[int, list[str]] = {}

    def __call__(self, epoch: int, texts: list[str]) -> EpochDecision:
        assert self.texts.setdefault(epoch, texts) == texts
        return EpochDecision(best=epoch <= self._best_epoch, stop=False)


@pytest.fixture
def whole(spec: dict[str, Any]) -> tuple[dict[str, Any], list[dict[str, Any]], dict[int, list[str]]]:
    """Output, records and dev texts of a cell that nobody disturbs; the worker is fresh again after it."""
    context = RecordingContext(judge=best_is(2))
    output = run_job(context, {**spec, "checkpointFolder": spec["checkpointFolder"] + "-undisturbed"})
    MODEL_CACHE.clear()
    return counts_of(output), bare_records(context.records), context.dev_texts


def assert_same_end(
    parts: list[RecordingContext], judge: RememberingJudge, output: dict[str, Any], whole: Any
) -> None:
    undisturbed, records, dev_texts = whole
    assert counts_of(output) == undisturbed
    assert joined_records([part.records for part in parts]) == records
    assert judge.texts == dev_texts


@pytest.mark.parametrize(
    ("kind", "number"),
    [
        ("train", 1),
        ("train", 4),
        ("train", 6),
        ("train", 12),
        ("generate", 1),
        ("generate", 2),
        ("generate", 4),
        ("generate", 5),
        ("generate", 7),
        ("generated", 1),
        ("generated", 2),
        ("generated", 3),
    ],
)
def test_save_and_stop_resumes_to_the_same_bits(
    spec: dict[str, Any], whole: Any, kind: str, number: int
) -> None:
    judge = RememberingJudge(2)
    asking = RecordingContext(
        judge=judge, ask=lambda k, n: "save-and-stop" if (k, n) == (kind, number) else None
    )
    with pytest.raises(JobCancelled):
        run_job(asking, spec)
    assert asking.saves[-1]["step"] == asking.count("train"), "not a step is lost"
    MODEL_CACHE.clear()
    resumed = RecordingContext(judge=judge)
    output = run_job(resumed, spec)
    assert resumed.count("train") == CELL_EPOCHS * STEPS_PER_EPOCH - asking.count("train")
    assert_same_end([asking, resumed], judge, output, whole)


def test_faults_at_random_moments_resume_to_the_same_bits(spec: dict[str, Any], whole: Any) -> None:
    seed = random.randrange(2**32)
    print(f"seed {seed}")
    draw = random.Random(seed)
    for number in range(6):
        there = {
            **spec,
            "checkpointFolder": f"{spec['checkpointFolder']}-{number}",
            "checkpointEveryMinutes": draw.choice([1e-9, 1000]),
        }
        judge = RememberingJudge(2)
        parts: list[RecordingContext] = []
        output = None
        while output is None:
            fail_at_last = fail_after(draw.randint(5, 60))
            calm = len(parts) >= 4
            parts.append(RecordingContext(judge=judge, ask=(lambda _k, _n: None) if calm else fail_at_last))
            if draw.random() < 0.5:
                MODEL_CACHE.clear()
            try:
                output = run_job(parts[-1], there)
            except FaultError:
                continue
        assert_same_end(parts, judge, output, whole)


def test_checkpoints_come_by_minutes_and_at_the_end_of_epochs(
    spec: dict[str, Any], whole: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    judge = RememberingJudge(2)
    every_step = RecordingContext(judge=judge)
    output = run_job(every_step, {**spec, "checkpointEveryMinutes": 1e-9})
    assert [save["step"] for save in every_step.saves] == list(range(1, 13))
    assert len(list(Path(spec["checkpointFolder"], "attempt-1-1").iterdir())) == 1
    assert_same_end([every_step], judge, output, whole)
    monkeypatch.setattr(finetune, "_EPOCH_END_SAVE_SECONDS", 0.0)
    at_epochs = RecordingContext(judge=best_is(2))
    run_job(at_epochs, {**spec, "checkpointFolder": spec["checkpointFolder"] + "-epochs"})
    assert [save["step"] for save in at_epochs.saves] == [4, 8, 12]


def test_a_checkpoint_holds_the_best_epochs_weights(spec: dict[str, Any]) -> None:
    """Stopped in the third epoch: the best weights in it are those of the second, not the current ones."""
    ask = lambda k, n: "save-and-stop" if (k, n) == ("train", 10) else None  # noqa: E731
    context = RecordingContext(judge=best_is(2), ask=ask)
    with pytest.raises(JobCancelled):
        run_job(context, spec)
    folder = Path(context.saves[-1]["path"])
    best, current = load_file(folder / "best.safetensors"), load_file(folder / "weights.safetensors")
    assert any(not torch.equal(best[name], current[name]) for name in current)
    assert json.loads((folder / "counters.json").read_text())["job"]["best_epoch"] == 2


def test_another_seed_is_another_cell(spec: dict[str, Any]) -> None:
    stopping = RecordingContext(ask=lambda k, n: "save-and-stop" if (k, n) == ("train", 2) else None)
    with pytest.raises(JobCancelled):
        run_job(stopping, spec)
    with pytest.raises(JobError, match="seed was 42 and is now 52") as caught:
        run_job(RecordingContext(), {**spec, "seed": 52})
    assert caught.value.code == "mismatch"
