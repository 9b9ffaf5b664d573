"""A distillation over two ranks: disturbed in every way, it ends like one left alone, and nobody is left."""

from __future__ import annotations

import signal
from collections.abc import Callable
from pathlib import Path
from typing import Any

import psutil
import pytest
from jobs_kit import DISTILL_STEPS, RecordingContext, distill_spec, elsewhere, run_job, weights_of
from records_kit import bare_records, joined_records
from safetensors.numpy import load

from fsa_runtime.context import JobCancelled
from fsa_runtime.errors import JobError
from fsa_runtime.train import rank_processes
from fsa_runtime.train.checkpoint import CheckpointStore


@pytest.fixture
def spec(model_folder: Path, tmp_path: Path) -> dict[str, Any]:
    return distill_spec(model_folder, tmp_path, steps=DISTILL_STEPS, ranks=2, shards=2)


def ranks_alive() -> list[psutil.Process]:
    children = psutil.Process().children(recursive=True)
    return [child for child in children if any("distill_rank" in word for word in child.cmdline())]


def at(kind: str, number: int, what: Callable[[], str | None]) -> Callable[[str, int], str | None]:
    return lambda k, n: what() if (k, n) == (kind, number) else None


def kill_a_rank() -> None:
    (rank,) = ranks_alive()
    rank.send_signal(signal.SIGKILL)


def stop_a_rank() -> None:
    (rank,) = ranks_alive()
    rank.send_signal(signal.SIGSTOP)


def largest_difference(one: bytes, other: bytes) -> float:
    left, right = load(one), load(other)
    return max(float(abs(left[name] - right[name]).max()) for name in left)


def test_stopped_and_bereft_of_a_rank_it_ends_with_the_same_bits(spec: dict[str, Any]) -> None:
    undisturbed = elsewhere(spec, "undisturbed")
    calm = RecordingContext()
    wanted = run_job(calm, undisturbed)
    assert ranks_alive() == []

    stopped = RecordingContext(ask=at("train", 3, lambda: "save-and-stop"))
    with pytest.raises(JobCancelled):
        run_job(stopped, spec)
    assert stopped.saves[-1]["step"] == 3, "not a step is lost"
    assert ranks_alive() == []

    bereft = RecordingContext(attempt=2, ask=at("train", 2, kill_a_rank))
    with pytest.raises(JobError, match="Rank 1 of 2 was killed by SIGKILL") as caught:
        run_job(bereft, spec)
    assert caught.value.code == "rank-lost"
    assert ranks_alive() == []

    last = RecordingContext(attempt=3)
    found = run_job(last, spec)
    assert any("goes on from the checkpoint at step" in notice for notice in last.notices)
    assert joined_records([one.records for one in (stopped, bereft, last)]) == bare_records(calm.records)
    assert weights_of(spec) == weights_of(undisturbed)
    assert found["modelDigest"] == wanted["modelDigest"]
    assert ranks_alive() == []


def test_a_rank_that_is_stopped_is_ended_and_named(
    spec: dict[str, Any], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(rank_processes, "_SILENT_SECONDS", 6.0)
    stopped = RecordingContext(ask=at("train", 2, stop_a_rank))
    with pytest.raises(JobError, match=r"Rank 1 of 2 said nothing for 6 s \(stopped or frozen\)") as caught:
        run_job(stopped, spec)
    assert caught.value.code == "rank-lost"
    assert ranks_alive() == []


def test_another_number_of_ranks_goes_on_with_the_same_training(spec: dict[str, Any]) -> None:
    alone = elsewhere(spec, "alone", ranks=1)
    calm = RecordingContext()
    run_job(calm, alone)
    first = RecordingContext(ask=at("train", 2, lambda: "save-and-stop"))
    with pytest.raises(JobCancelled):
        run_job(first, {**spec, "ranks": 1})
    second = RecordingContext(attempt=2, ask=at("train", 3, lambda: "save-and-stop"))
    with pytest.raises(JobCancelled):
        run_job(second, spec)
    third = RecordingContext(attempt=3)
    run_job(third, {**spec, "ranks": 1})
    assert largest_difference(weights_of(spec), weights_of(alone)) <= 1e-5
    records = joined_records([one.records for one in (first, second, third)])
    for found, wanted in zip(records, bare_records(calm.records), strict=True):
        for name in ("step", "loss", "validationLoss", "gradientNorm", "tokens"):
            assert found[name] == (wanted[name] and pytest.approx(wanted[name], rel=1e-4))


def test_shards_decide_and_ranks_do_not(spec: dict[str, Any]) -> None:
    stopped = RecordingContext(ask=at("train", 2, lambda: "save-and-stop"))
    with pytest.raises(JobCancelled):
        run_job(stopped, {**spec, "ranks": 1})
    with pytest.raises(JobError, match="shards was 2 and is now absent"):
        run_job(RecordingContext(), {**spec, "ranks": 1, "shards": None})


def test_a_full_disk_on_the_first_rank_leaves_no_other(
    spec: dict[str, Any], monkeypatch: pytest.MonkeyPatch
) -> None:
    def fail(*_: Any, **__: Any) -> None:
        raise JobError("disk-full", "The disk is full.")

    monkeypatch.setattr(CheckpointStore, "save", fail)
    with pytest.raises(JobError, match="disk is full"):
        run_job(RecordingContext(), spec)
    assert ranks_alive() == []


def test_numbers_that_are_not_finite_name_their_rows(spec: dict[str, Any]) -> None:
    spec["optimizer"]["learningRate"] = 1e30
    with pytest.raises(JobError, match=r"The rows of this step: row-") as caught:
        run_job(RecordingContext(), spec)
    assert caught.value.code == "not-finite"
    assert ranks_alive() == []
