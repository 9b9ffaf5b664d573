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

import pytest
import torch
from checkpoint_kit import (
    ALL_RECORDED,
    OWN,
    SECOND,
    save,
    save_for_ever,
    store_at,
    tensors_of,
)
from safetensors.torch import load_file

from fsa_runtime.context import Checks
from fsa_runtime.errors import JobError
from fsa_runtime.files import durable
from fsa_runtime.files.durable import published_folder, sweep_temporaries
from fsa_runtime.files.tensor_file import tensors_in, write_tensors
from fsa_runtime.train.checkpoint import CheckpointStore


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


def test_killed_at_any_moment_the_newest_is_whole(tmp_path: Path) -> None:
    """Every checkpoint that was said to be saved is there after kill -9, and no temporary folder stays."""
    seed = random.randrange(2**32)
    print(f"seed {seed}")
    draw = random.Random(seed)
    fork = multiprocessing.get_context("fork")
    for number in range(25):
        folder = tmp_path / str(number)
        # Without a lock: a process that is killed while it holds one never gives it back.
        said = fork.RawValue("q", 0)
        process = fork.Process(target=save_for_ever, args=(folder, said))
        process.start()
        while said.value < draw.randint(1, 6):
            time.sleep(0.001)
        time.sleep(draw.random() * 0.02)
        process.kill()
        process.join()
        notices: list[str] = []
        store = CheckpointStore(
            folder, attempt=SECOND, identity={}, keep=2, checks=Checks(), on_notice=notices.append
        )
        loaded = store.load_newest(last_recorded_step=ALL_RECORDED)
        assert loaded is not None
        assert notices == []
        assert loaded.step in (said.value, said.value + 1)
        assert loaded.groups["weights"]["w"][0] == loaded.step == loaded.counters["step"]
        assert not [name for name in os.listdir(folder / OWN) if name.startswith(".")]


def test_folders_in_the_making_by_living_processes_stay(tmp_path: Path) -> None:
    with published_folder(tmp_path / "mine", checks=None):
        sweep_temporaries(tmp_path)
        (temporary,) = os.listdir(tmp_path)
    other_host = temporary.replace(durable._host(), "00000000").replace(str(os.getpid()), "999999999")
    (tmp_path / other_host).mkdir()
    sweep_temporaries(tmp_path)
    assert sorted(os.listdir(tmp_path)) == sorted([other_host, "mine"])


def test_a_published_folder_replaces_what_was_there(tmp_path: Path) -> None:
    for text in ("old", "new"):
        with published_folder(tmp_path / "f", checks=None) as temporary:
            (temporary / text).write_text(text)
    assert os.listdir(tmp_path / "f") == ["new"]
    assert os.listdir(tmp_path) == ["f"]
    with pytest.raises(ZeroDivisionError), published_folder(tmp_path / "f", checks=None) as temporary:
        (temporary / "worse").write_text(json.dumps(1 / 0))
    assert os.listdir(tmp_path / "f") == ["new"]
    assert os.listdir(tmp_path) == ["f"]
