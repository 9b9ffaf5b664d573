"""Attempts at one job: each saves in a folder of its own, the next goes on from the furthest, first wins."""

from __future__ import annotations

import multiprocessing
import os
import shutil
import time
from pathlib import Path
from typing import Any

import pytest
import torch
from checkpoint_kit import (
    ALL_RECORDED,
    OWN,
    SECOND,
    save,
    save_for_ever,
    store_at,
)

from fsa_runtime.context import AttemptName
from fsa_runtime.errors import JobError
from fsa_runtime.files.durable import published_folder


def test_a_checkpoint_ahead_of_the_records_is_passed_over_and_said(tmp_path: Path) -> None:
    notices: list[str] = []
    store = store_at(tmp_path, notices, keep=3)
    save(store, 10)
    save(store, 20)
    loaded = store.load_newest(last_recorded_step=19)
    assert loaded is not None
    assert loaded.step == 10
    assert len(notices) == 1
    assert "records up to step 20 are not all there" in notices[0]
    assert steps_in(tmp_path / OWN) == [10]


def test_a_checkpoint_that_carries_its_last_record_needs_only_those_before_it(tmp_path: Path) -> None:
    store = store_at(tmp_path, keep=3)
    store.save(20, {"weights": {"w": torch.zeros(3)}}, {}, records_to=19)
    loaded = store.load_newest(last_recorded_step=19)
    assert loaded is not None
    assert loaded.step == 20
    assert store.load_newest(last_recorded_step=18) is None


def steps_in(folder: Path) -> list[int]:
    return sorted(int(path.name.split("-step-")[1]) for path in folder.iterdir())


def test_of_checkpoints_whose_records_nobody_wrote_down_one_is_left_that_can_be_gone_on_from(
    tmp_path: Path,
) -> None:
    store = store_at(tmp_path, keep=1)
    save(store, 10)
    for step in (20, 30):
        save(store, step, recorded=False)
        assert steps_in(tmp_path / OWN) == [10, step]
    second = store_at(tmp_path, keep=1, attempt=SECOND)
    loaded = second.load_newest(last_recorded_step=25)
    assert loaded is not None
    assert loaded.step == 10
    save(second, 20, recorded=False)
    assert (steps_in(tmp_path / OWN), steps_in(tmp_path / "attempt-1-2")) == ([10], [20])
    save(second, 30)
    assert steps_in(tmp_path / "attempt-1-2") == [30]
    assert not (tmp_path / OWN).exists()


def test_where_nothing_is_known_to_be_written_down_the_first_checkpoint_stays(tmp_path: Path) -> None:
    store = store_at(tmp_path, keep=1)
    for step in (10, 20, 30):
        save(store, step, recorded=False)
    assert steps_in(tmp_path / OWN) == [10, 30]


def test_an_attempt_goes_on_from_the_furthest_of_those_before_it_and_clears_them_away(tmp_path: Path) -> None:
    save(store_at(tmp_path), 10)
    save(store_at(tmp_path), 20)
    (tmp_path / OWN / "checkpoint-000001-step-10").rename(tmp_path / "checkpoint-000001-step-10")
    second = store_at(tmp_path, attempt=SECOND)
    loaded = second.load_newest(last_recorded_step=ALL_RECORDED)
    assert loaded is not None
    assert loaded.step == 20
    save(second, 30)
    assert sorted(path.name for path in tmp_path.iterdir()) == [OWN, "attempt-1-2"]
    third = store_at(tmp_path, attempt=AttemptName(2, 1))
    loaded = third.load_newest(last_recorded_step=ALL_RECORDED)
    assert loaded is not None
    assert loaded.step == 30
    for step in (40, 50):
        save(third, step)
    assert [path.name for path in tmp_path.iterdir()] == ["attempt-2-1"]


def test_an_attempt_that_was_given_up_neither_reads_nor_touches_what_a_later_one_has(tmp_path: Path) -> None:
    given_up, living = store_at(tmp_path, keep=1), store_at(tmp_path, keep=2, attempt=SECOND)
    save(given_up, 10)
    save(living, 20)
    before = {path: path.read_bytes() for path in (tmp_path / "attempt-1-2").rglob("*") if path.is_file()}
    for step in (30, 40):
        save(given_up, step)
    loaded = given_up.load_newest(last_recorded_step=ALL_RECORDED)
    assert loaded is not None
    assert loaded.step == 40
    after = {path: path.read_bytes() for path in (tmp_path / "attempt-1-2").rglob("*") if path.is_file()}
    assert after == before


def test_an_attempt_whose_folder_was_taken_away_leaves_nothing(tmp_path: Path) -> None:
    store = store_at(tmp_path)
    save(store, 10)
    shutil.rmtree(tmp_path)
    with pytest.raises(JobError, match="attempt-1-1 was taken away: this job is done"):
        save(store, 20)
    assert not tmp_path.exists()


def test_a_checkpoint_whose_folder_is_taken_away_while_it_is_written_leaves_nothing(tmp_path: Path) -> None:
    def write() -> None:
        with published_folder(tmp_path / OWN / "checkpoint", checks=None, makes_parents=False) as temporary:
            (temporary / "half").write_text("half")
            shutil.rmtree(tmp_path)

    (tmp_path / OWN).mkdir()
    with pytest.raises(JobError, match="No such file"):
        write()
    assert not tmp_path.exists()


def test_two_attempts_that_save_at_once_never_fail_the_later_one(tmp_path: Path) -> None:
    """The one given up meets folders that are gone; that may end it, and nobody else."""
    fork = multiprocessing.get_context("fork")
    said = fork.RawValue("q", 0)
    given_up = fork.Process(target=save_for_ever, args=(tmp_path, said))
    given_up.start()
    try:
        while said.value < 3:
            time.sleep(0.001)
        living = store_at(tmp_path, keep=1, attempt=SECOND)
        for step in range(1000, 1100):
            save(living, step)
    finally:
        given_up.kill()
        given_up.join()
    loaded = living.load_newest(last_recorded_step=ALL_RECORDED)
    assert loaded is not None


def publish_for_one(folder: Path, number: int, start: Any) -> None:
    start.wait()
    for name in range(50):
        with published_folder(folder / str(name), checks=None, unless=lambda _: True) as temporary:
            for part in ("a", "b"):
                (temporary / part).write_text(str(number))


def test_of_many_who_publish_a_folder_the_first_one_wins_whole(tmp_path: Path) -> None:
    fork = multiprocessing.get_context("fork")
    start = fork.Event()
    all_of_them = [
        fork.Process(target=publish_for_one, args=(tmp_path, number, start)) for number in range(8)
    ]
    for one in all_of_them:
        one.start()
    start.set()
    for one in all_of_them:
        one.join()
        assert one.exitcode == 0
    for name in range(50):
        texts = {(tmp_path / str(name) / part).read_text() for part in ("a", "b")}
        assert len(texts) == 1
    assert len(os.listdir(tmp_path)) == 50
