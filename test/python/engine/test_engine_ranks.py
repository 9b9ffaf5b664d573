"""Several ranks train like one: the same numbers but for rounding, the same bits on every rank."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch
from engine_kit import draw_pairs, golden, make_folder
from ranks_kit import run_ranks
from ranks_work import train, train_golden, train_in_little_memory, train_in_two_parts, train_on_one_row
from transformers import T5Config, T5ForConditionalGeneration

from fsa_runtime.t5.batching import cut_window, read_window


@pytest.fixture(autouse=True)
def _one_thread() -> Any:
    before = torch.get_num_threads()
    torch.set_num_threads(1)
    yield
    torch.set_num_threads(before)


@pytest.mark.parametrize(("count", "weights", "losses"), [(2, 1e-5, 1e-5), (4, 2e-4, 1e-5)])
def test_ranks_train_like_one_with_dropout(count: int, weights: float, losses: float, tmp_path: Path) -> None:
    folder = make_folder(tmp_path / "model", dropout=0.1)
    (alone,) = run_ranks(1, train, folder, "fp32", folder=tmp_path)
    together = run_ranks(count, train, folder, "fp32", folder=tmp_path)
    for rank in together:
        assert np.array_equal(rank["weights"], together[0]["weights"]), "the same bits on every rank"
        assert rank["losses"] == together[0]["losses"]
        assert rank["validation"] == together[0]["validation"]
    assert np.abs(together[0]["weights"] - alone["weights"]).max() <= weights
    assert together[0]["losses"] == pytest.approx(alone["losses"], abs=losses)
    assert together[0]["norms"] == pytest.approx(alone["norms"], rel=1e-4)
    assert together[0]["validation"] == pytest.approx(alone["validation"], abs=losses)


def test_in_bf16_too(tmp_path: Path) -> None:
    folder = make_folder(tmp_path / "model", dropout=0.1)
    (alone,) = run_ranks(1, train, folder, "bf16", folder=tmp_path)
    together = run_ranks(2, train, folder, "bf16", folder=tmp_path)
    assert np.array_equal(together[0]["weights"], together[1]["weights"])
    assert together[0]["losses"] == pytest.approx(alone["losses"], abs=5e-2)


def test_two_ranks_resume_to_the_same_bits(tmp_path: Path) -> None:
    folder = make_folder(tmp_path / "model", dropout=0.1)
    assert run_ranks(2, train_in_two_parts, folder, folder=tmp_path) == [True, True]


def test_the_golden_trajectory_through_two_ranks(tmp_path: Path) -> None:
    run = golden()["distill_trajectory"]
    torch.manual_seed(0)
    T5ForConditionalGeneration(T5Config(**run["config"])).save_pretrained(tmp_path / "model")
    for found in run_ranks(2, train_golden, tmp_path / "model", run, folder=tmp_path):
        for losses, wanted in zip(found["losses"], run["losses"], strict=False):
            assert losses == pytest.approx(wanted, abs=1e-4)
        for norm, wanted in zip(found["norms"], run["grad_norms"], strict=False):
            assert norm == pytest.approx(wanted, rel=1e-3)
        assert found["end"] == pytest.approx(run["final_abs_sum"], rel=1e-6)


def test_memory_that_runs_out_on_one_rank_halves_the_budget_of_all(tmp_path: Path) -> None:
    folder = make_folder(tmp_path / "model", dropout=0.0)
    first, second = run_ranks(2, train_in_little_memory, folder, folder=tmp_path)
    assert first["budget"] == second["budget"] == 200
    assert ["200 instead of 400" in words for words in first["said"]] == [True]
    assert first["digest"] == second["digest"]
    (calm,) = run_ranks(1, train_in_little_memory, folder, folder=tmp_path)
    assert np.abs(first["weights"] - calm["weights"]).max() <= 1e-5


def test_a_rank_without_a_piece_adds_nothing(tmp_path: Path) -> None:
    folder = make_folder(tmp_path / "model", dropout=0.1)
    (alone,) = run_ranks(1, train_on_one_row, folder, folder=tmp_path)
    together = run_ranks(2, train_on_one_row, folder, folder=tmp_path)
    assert np.array_equal(together[0]["weights"], together[1]["weights"])
    assert np.abs(together[0]["weights"] - alone["weights"]).max() <= 1e-5


@pytest.mark.parametrize("multiple", [1, 2, 8])
def test_a_step_is_cut_into_a_multiple_and_loses_no_row(multiple: int) -> None:
    window = read_window([draw_pairs(40, seed=3)])
    pieces = cut_window(window, 300, multiple=multiple)
    assert len(pieces) % multiple == 0
    assert sorted(map(id, window)) == sorted(id(example) for piece in pieces for example in piece)
    if multiple == 1:
        assert [list(map(id, piece)) for piece in pieces] == [
            list(map(id, piece)) for piece in cut_window(window, 300)
        ]
