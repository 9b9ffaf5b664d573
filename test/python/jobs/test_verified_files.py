"""What is hashed is what is read: models, data and checkpoints that changed after the job was planned."""

from __future__ import annotations

import os
import shutil
from pathlib import Path
from typing import Any

import pytest
import torch
from jobs_kit import RecordingContext, distill_spec, finetune_spec, make_model, run_job
from safetensors.torch import load_file, save_file

from fsa_runtime.errors import JobError
from fsa_runtime.files.digests import digest_of_file
from fsa_runtime.files.tensor_file import TensorFileError, tensors_in
from fsa_runtime.files.verified import VerifiedFile
from fsa_runtime.inference.model_cache import MODEL_CACHE


@pytest.fixture
def spec(model_folder: Path, tmp_path: Path) -> dict[str, Any]:
    own = tmp_path / "model"
    shutil.copytree(model_folder, own)
    MODEL_CACHE.clear()
    return finetune_spec(own, tmp_path)


def refuse(spec: dict[str, Any]) -> JobError:
    with pytest.raises(JobError) as caught:
        run_job(RecordingContext(), spec)
    return caught.value


@pytest.mark.parametrize(
    ("name", "change"),
    [
        ("model.safetensors", lambda path: save_file({k: v * 1.7 for k, v in load_file(path).items()}, path)),
        ("config.json", lambda path: path.write_text(path.read_text().replace("0.1", "0.2"))),
        ("tokenizer.json", lambda path: path.write_text(path.read_text() + " ")),
        ("model.safetensors", lambda path: path.write_bytes(b"torn")),
    ],
)
def test_a_model_that_changed_after_planning_is_refused_naming_both_digests(
    spec: dict[str, Any], name: str, change: Any
) -> None:
    path = Path(spec["model"], name)
    before = digest_of_file(path)
    change(path)
    error = refuse(spec)
    assert error.code == "bad-model"
    assert name in error.message
    assert before[:12] in error.message
    assert digest_of_file(path)[:12] in error.message


def test_data_that_changed_after_planning_are_refused_though_they_are_whole(
    spec: dict[str, Any], model_folder: Path, tmp_path: Path
) -> None:
    other = tmp_path / "other"
    other.mkdir()
    shutil.copy(finetune_spec(model_folder, other)["dev"]["path"], spec["train"]["path"])
    error = refuse(spec)
    assert error.code == "bad-data"
    assert spec["train"]["sha256"][:12] in error.message


def test_no_token_cache_is_left_of_data_that_changed(model_folder: Path, tmp_path: Path) -> None:
    spec = distill_spec(model_folder, tmp_path)
    shutil.copy(spec["train"][1]["path"], spec["train"][0]["path"])
    assert refuse(spec).code == "bad-data"
    assert list((tmp_path / "cache").glob("[!.]*")) == []


def test_a_file_written_to_while_it_is_read_is_refused_though_its_digest_is_right(tmp_path: Path) -> None:
    path = tmp_path / "file"
    path.write_bytes(b"x" * 100)
    os.utime(path, (1, 1))
    with (
        pytest.raises(JobError, match="written to while"),
        VerifiedFile(path, digest_of_file(path), code="bad-data"),
    ):
        path.write_bytes(b"x" * 100)


def test_the_bytes_of_a_changed_file_explain_whatever_came_of_them(tmp_path: Path) -> None:
    path = tmp_path / "file"
    path.write_bytes(b"new")
    with (
        pytest.raises(JobError, match="instead of 000000000000"),
        VerifiedFile(path, "0" * 64, code="bad-data"),
    ):
        raise ZeroDivisionError


@pytest.mark.parametrize("size", [0, 1, 5_000_000])
def test_files_of_all_sizes_are_verified(tmp_path: Path, size: int) -> None:
    path = tmp_path / "file"
    path.write_bytes(b"a" * size)
    with VerifiedFile(path, digest_of_file(path), code="bad-data") as file:
        assert len(file.data) == size


@pytest.mark.parametrize("value", [float("nan"), float("inf")])
def test_weights_that_are_not_finite_are_refused_at_load_naming_the_tensor(
    tmp_path: Path, value: float
) -> None:
    folder = make_model(tmp_path / "model")
    weights = load_file(folder / "model.safetensors")
    weights["encoder.block.1.layer.1.DenseReluDense.wo.weight"][3, 5] = value
    save_file(weights, folder / "model.safetensors", metadata={"format": "pt"})
    error = refuse(finetune_spec(folder, tmp_path))
    assert error.code == "bad-model"
    assert "encoder.block.1.layer.1.DenseReluDense.wo.weight" in error.message


def test_mapped_tensors_are_those_that_the_library_reads(tmp_path: Path) -> None:
    tensors = {
        "a": torch.arange(6, dtype=torch.float32).reshape(2, 3),
        "b": torch.tensor(1.5, dtype=torch.bfloat16),
        "c": torch.empty(0, 4),
        "d": torch.tensor([True]),
        "e": torch.arange(3, dtype=torch.int64),
    }
    save_file(tensors, tmp_path / "t.safetensors", metadata={"format": "pt"})
    read = tensors_in(memoryview(bytearray((tmp_path / "t.safetensors").read_bytes())))
    assert read.keys() == tensors.keys()
    for name, tensor in tensors.items():
        assert read[name].dtype == tensor.dtype
        assert torch.equal(read[name], tensor)


def test_damaged_tensor_files_are_refused_and_never_read_beyond(tmp_path: Path) -> None:
    save_file({"a": torch.ones(4), "b": torch.zeros(2, 2)}, tmp_path / "t.safetensors")
    whole = (tmp_path / "t.safetensors").read_bytes()
    for damaged in (
        b"",
        whole[:7],
        whole[:40],
        whole[:-1],
        whole + b"x",
        b"\xff" * 8 + whole[8:],
        whole.replace(b"[0,16]", b"[0,64]"),
        whole.replace(b"[0,16]", b"[-4,1]"),
        whole.replace(b'"F32"', b'"F99"'),
        whole.replace(b'"shape":[4]', b'"shape":[5]'),
        whole.replace(b'{"a"', b'["a"'),
    ):
        with pytest.raises(TensorFileError):
            tensors_in(memoryview(bytearray(damaged)))
