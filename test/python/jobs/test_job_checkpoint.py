"""Checkpoints: whole or absent, the same tensors back, torn ones passed over, strangers refused."""

from __future__ import annotations

import json
import multiprocessing
import os
import random
import resource
import subprocess
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
import torch
from safetensors.torch import load_file
from torch import Tensor

from fsa_runtime.context import AttemptName
from fsa_runtime.errors import JobError
from fsa_runtime.files import durable
from fsa_runtime.files.durable import published_folder, sweep_temporaries
from fsa_runtime.files.tensor_file import tensors_in, write_tensors
from fsa_runtime.train.checkpoint import CheckpointStore

ALL_RECORDED = 10**9

IDENTITY = {"seed": 42, "steps": 100, "training data": "a" * 64}
FIRST, SECOND = AttemptName(1, 1), AttemptName(1, 2)
OWN = "attempt-1-1"


def tensors_of(seed: int) -> dict[str, Tensor]:
    draw = torch.Generator().manual_seed(seed)
    return {"w": torch.randn(5, 7, generator=draw), "b": torch.randn(3, generator=draw).bfloat16()}


def store_at(
    folder: Path,
    notices: list[str] | None = None,
    *,
    keep: int = 2,
    attempt: AttemptName = FIRST,
    **changes: Any,
) -> CheckpointStore:
    on_notice = (notices if notices is not None else []).append
    identity = {**IDENTITY, **changes}
    return CheckpointStore(folder, attempt=attempt, identity=identity, keep=keep, on_notice=on_notice)


def save(store: CheckpointStore, step: int) -> Path:
    return store.save(
        step, {"weights": tensors_of(step), "trainer": {}}, {"step": step, "loss": 0.1 + step}
    ).path


def test_what_was_saved_comes_back(tmp_path: Path) -> None:
    store = store_at(tmp_path / "c")
    assert store.load_newest(last_recorded_step=ALL_RECORDED) is None
    for step in (10, 20):
        save(store, step)
    loaded = store.load_newest(last_recorded_step=ALL_RECORDED)
    assert loaded is not None
    assert loaded.step == 20
    assert loaded.counters == {"step": 20, "loss": 20.1}
    assert loaded.groups["trainer"] == {}
    for name, tensor in tensors_of(20).items():
        assert loaded.groups["weights"][name].dtype == tensor.dtype
        assert torch.equal(loaded.groups["weights"][name], tensor)


def test_only_the_newest_are_kept_also_at_one_step(tmp_path: Path) -> None:
    store = store_at(tmp_path, keep=2)
    for step in (1, 2, 3, 3):
        save(store, step)
    assert sorted(os.listdir(tmp_path / OWN)) == ["checkpoint-000003-step-3", "checkpoint-000004-step-3"]


def flip(path: Path) -> None:
    data = bytearray(path.read_bytes())
    data[-1] ^= 1
    path.write_bytes(data)


DAMAGES: list[Callable[[Path], object]] = [
    lambda path: flip(path / "weights.safetensors"),
    lambda path: flip(path / "counters.json"),
    lambda path: os.truncate(path / "weights.safetensors", 50),
    lambda path: os.truncate(path / "manifest.json", 40),
    lambda path: (path / "manifest.json").unlink(),
    lambda path: (path / "trainer.safetensors").unlink(),
    lambda path: (path / "manifest.json").write_text(
        (path / "manifest.json").read_text().replace('"step": 20', '"step": 21')
    ),
]


@pytest.mark.parametrize("damage", DAMAGES)
def test_a_torn_checkpoint_is_named_and_the_one_before_is_used(
    tmp_path: Path, damage: Callable[[Path], object]
) -> None:
    save(store_at(tmp_path), 10)
    torn = save(store_at(tmp_path), 20)
    damage(torn)
    notices: list[str] = []
    store = store_at(tmp_path, notices)
    loaded = store.load_newest(last_recorded_step=ALL_RECORDED)
    assert loaded is not None
    assert loaded.step == 10
    (notice,) = notices
    assert str(torn) in notice
    # the torn one does not take the place of a whole one
    save(store, 20)
    assert sorted(os.listdir(tmp_path / OWN)) == ["checkpoint-000001-step-10", "checkpoint-000003-step-20"]


def test_another_training_is_refused_by_what_differs(tmp_path: Path) -> None:
    save(store_at(tmp_path), 10)
    with pytest.raises(JobError) as caught:
        store_at(tmp_path, seed=43, **{"training data": "b" * 64}).load_newest(
            last_recorded_step=ALL_RECORDED
        )
    assert caught.value.code == "mismatch"
    assert "seed was 42 and is now 43" in caught.value.message
    assert "training data was aaaaaaaaaaaa… and is now bbbbbbbbbbbb…" in caught.value.message
    assert "steps" not in caught.value.message


def test_a_damaged_stranger_is_only_damaged(tmp_path: Path) -> None:
    flip(save(store_at(tmp_path), 10) / "weights.safetensors")
    assert store_at(tmp_path, seed=43).load_newest(last_recorded_step=ALL_RECORDED) is None


def test_tensor_files_are_those_of_the_library(tmp_path: Path) -> None:
    base = torch.arange(24, dtype=torch.float32)
    tensors = {
        "view of the same storage": base[3:9].view(2, 3),
        "transposed": base.view(4, 6).t(),
        "scalar": torch.tensor(2.5, dtype=torch.float64),
        "empty": torch.zeros(0, 3),
        "bytes": torch.arange(5, dtype=torch.uint8),
        "flags": torch.tensor([True, False]),
        "long": torch.tensor([2**40, -1]),
        "half": base.bfloat16(),
    }
    entry = write_tensors(tensors, tmp_path / "t.safetensors")
    assert entry.size == (tmp_path / "t.safetensors").stat().st_size
    raw = memoryview(bytearray((tmp_path / "t.safetensors").read_bytes()))
    for loaded in (load_file(tmp_path / "t.safetensors"), tensors_in(raw)):
        assert loaded.keys() == tensors.keys()
        assert all(torch.equal(loaded[name], tensors[name]) for name in tensors)
        assert all(loaded[name].dtype == tensors[name].dtype for name in tensors)


def test_a_file_that_may_not_grow_gives_disk_full_and_leaves_nothing(tmp_path: Path) -> None:
    store = store_at(tmp_path)
    save(store, 10)
    before = sorted(tmp_path.rglob("*"))
    soft, hard = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (4096, hard))
    try:
        with pytest.raises(JobError) as caught:
            store.save(20, {"weights": {"w": torch.zeros(10_000)}}, {})
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, (soft, hard))
    assert caught.value.code == "disk-full"
    assert not caught.value.retryable
    assert sorted(tmp_path.rglob("*")) == before
    loaded = store.load_newest(last_recorded_step=ALL_RECORDED)
    assert loaded is not None
    assert loaded.step == 10


def test_a_full_disk_gives_disk_full_and_leaves_nothing(tmp_path: Path) -> None:
    if subprocess.run(
        ["mount", "-t", "tmpfs", "-o", "size=256k", "none", str(tmp_path)], check=False
    ).returncode:
        pytest.skip("a small file system cannot be mounted here")
    try:
        store = store_at(tmp_path / "c")
        save(store, 10)
        before = sorted(tmp_path.rglob("*"))
        with pytest.raises(JobError, match="the disk is full") as caught:
            store.save(20, {"weights": {"w": torch.zeros(100_000)}}, {})
        assert caught.value.code == "disk-full"
        assert sorted(tmp_path.rglob("*")) == before
    finally:
        subprocess.run(["umount", str(tmp_path)], check=True)


def save_for_ever(folder: Path, said: Any) -> None:
    torch.set_num_threads(1)  # threads do not live through a fork
    store = CheckpointStore(folder, attempt=FIRST, identity={}, keep=2, on_notice=print)
    for step in range(1, 10**6):
        store.save(step, {"weights": {"w": torch.full((9_000,), float(step))}}, {"step": step})
        said.value = step


def test_killed_at_any_moment_the_newest_is_whole(tmp_path: Path) -> None:
    """Every checkpoint that was said to be saved is there after kill -9, and no temporary folder stays."""
    seed = random.randrange(2**32)
    print(f"seed {seed}")
    draw = random.Random(seed)
    fork = multiprocessing.get_context("fork")
    for number in range(25):
        folder = tmp_path / str(number)
        said = fork.Value("q", 0)
        process = fork.Process(target=save_for_ever, args=(folder, said))
        process.start()
        while said.value < draw.randint(1, 6):
            time.sleep(0.001)
        time.sleep(draw.random() * 0.02)
        process.kill()
        process.join()
        notices: list[str] = []
        store = CheckpointStore(folder, attempt=SECOND, identity={}, keep=2, on_notice=notices.append)
        loaded = store.load_newest(last_recorded_step=ALL_RECORDED)
        assert loaded is not None
        assert notices == []
        assert loaded.step in (said.value, said.value + 1)
        assert loaded.groups["weights"]["w"][0] == loaded.step == loaded.counters["step"]
        assert not [name for name in os.listdir(folder / OWN) if name.startswith(".")]


def test_folders_in_the_making_by_living_processes_stay(tmp_path: Path) -> None:
    with published_folder(tmp_path / "mine"):
        sweep_temporaries(tmp_path)
        (temporary,) = os.listdir(tmp_path)
    other_host = temporary.replace(durable._host(), "00000000").replace(str(os.getpid()), "999999999")
    (tmp_path / other_host).mkdir()
    sweep_temporaries(tmp_path)
    assert sorted(os.listdir(tmp_path)) == sorted([other_host, "mine"])


def test_a_published_folder_replaces_what_was_there(tmp_path: Path) -> None:
    for text in ("old", "new"):
        with published_folder(tmp_path / "f") as temporary:
            (temporary / text).write_text(text)
    assert os.listdir(tmp_path / "f") == ["new"]
    assert os.listdir(tmp_path) == ["f"]
    with pytest.raises(ZeroDivisionError), published_folder(tmp_path / "f") as temporary:
        (temporary / "worse").write_text(json.dumps(1 / 0))
    assert os.listdir(tmp_path / "f") == ["new"]
    assert os.listdir(tmp_path) == ["f"]


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
    assert [path.name.split("-step-")[1] for path in (tmp_path / OWN).iterdir()] == ["10"]


def test_a_checkpoint_that_carries_its_last_record_needs_only_those_before_it(tmp_path: Path) -> None:
    store = store_at(tmp_path, keep=3)
    store.save(20, {"weights": {"w": torch.zeros(3)}}, {}, records_to=19)
    loaded = store.load_newest(last_recorded_step=19)
    assert loaded is not None
    assert loaded.step == 20
    assert store.load_newest(last_recorded_step=18) is None


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
    given_up, living = store_at(tmp_path, keep=1), store_at(tmp_path, keep=1, attempt=SECOND)
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


def test_two_attempts_that_save_at_once_never_fail_the_later_one(tmp_path: Path) -> None:
    """The one given up meets folders that are gone; that may end it, and nobody else."""
    fork = multiprocessing.get_context("fork")
    said = fork.Value("q", 0)
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
        with published_folder(folder / str(name), unless=lambda _: True) as temporary:
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
