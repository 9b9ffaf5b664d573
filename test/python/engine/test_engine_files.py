"""Checkpoints: what is read, what is refused, what is written, and the vocabulary's size."""

from __future__ import annotations

import json
import os
import shutil
from pathlib import Path

import pytest
import torch
from engine_kit import VARIANTS, draw_pairs, make_folder, padded, reference
from safetensors.torch import load_file, save_file
from transformers import T5ForConditionalGeneration

from fsa_runtime.errors import JobError
from fsa_runtime.t5.model import load_model, save_model
from fsa_runtime.train.trainer import Trainer


@pytest.mark.parametrize("variant", VARIANTS)
def test_what_is_saved_is_what_transformers_loads(variant: str, tmp_path: Path) -> None:
    folder = make_folder(tmp_path / "there", variant=variant)
    save_model(load_model(folder, device="cpu", precision="bf16"), tmp_path / "back")
    wanted, found = reference(folder).eval(), reference(tmp_path / "back").eval()
    configs = [json.loads((path / "config.json").read_text()) for path in (folder, tmp_path / "back")]
    for key in ("model_type", "architectures"):
        assert configs[0][key] == configs[1][key]
    for name, value in wanted.state_dict().items():
        assert torch.equal(found.state_dict()[name], value), name
    batch = padded(draw_pairs(3))
    with torch.no_grad():
        assert torch.equal(wanted(**batch).logits, found(**batch).logits)


def test_others_may_read_the_weights_as_the_umask_says(tmp_path: Path) -> None:
    folder = make_folder(tmp_path / "there", variant=next(iter(VARIANTS)))
    model = load_model(folder, device="cpu", precision="fp32")
    before = os.umask(0o027)
    try:
        save_model(model, tmp_path / "back")
    finally:
        os.umask(before)
    modes = {path.name: path.stat().st_mode & 0o777 for path in (tmp_path / "back").iterdir()}
    assert modes == {"config.json": 0o640, "model.safetensors": 0o640}


def test_shards_are_read(tmp_path: Path) -> None:
    folder = make_folder(tmp_path / "whole")
    cut_folder = tmp_path / "cut"
    T5ForConditionalGeneration.from_pretrained(folder).save_pretrained(cut_folder, max_shard_size="100KB")
    assert (cut_folder / "model.safetensors.index.json").exists()
    whole, cut = (load_model(path, device="cpu", precision="fp32").weights() for path in (folder, cut_folder))
    assert all(torch.equal(whole[name], cut[name]) for name in whole)


def test_half_precision_files_become_fp32(tmp_path: Path) -> None:
    folder = make_folder(tmp_path)
    tensors = {name: value.bfloat16() for name, value in load_file(folder / "model.safetensors").items()}
    save_file(tensors, folder / "model.safetensors", metadata={"format": "pt"})
    weights = load_model(folder, device="cpu", precision="fp32").weights()
    assert all(value.dtype == torch.float32 for value in weights.values())
    assert torch.equal(weights["shared.weight"], tensors["shared.weight"].float())


def test_the_padding_of_the_vocabulary_never_leaves_zero(tmp_path: Path) -> None:
    model = load_model(make_folder(tmp_path, vocab_size=301), device="cpu", precision="bf16")
    trainer = Trainer(model, optimizer="adamw", weight_decay=0.01)
    for step in range(3):
        trainer.step([draw_pairs(4, seed=step)], 1e-2)
    assert model.head.value.shape[0] == 320
    assert not model.head.value[301:].any()
    assert model.weights()["shared.weight"].shape[0] == 301


def test_a_model_that_will_not_fit_is_not_begun(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    model = load_model(make_folder(tmp_path / "there", variant="t5"), device="cpu", precision="fp32")
    usage = shutil.disk_usage(tmp_path)
    monkeypatch.setattr(shutil, "disk_usage", lambda _: usage._replace(free=1000))
    with pytest.raises(JobError, match="no room for the model in") as caught:
        save_model(model, tmp_path / "back")
    assert (caught.value.code, caught.value.retryable) == ("disk-full", True)
    assert list((tmp_path / "back").iterdir()) == []


@pytest.mark.parametrize("variant", ["t5", "untied", "umt5"])
@pytest.mark.parametrize("size", [301, 321, 350])
def test_resizing_is_that_of_transformers(variant: str, size: int, tmp_path: Path) -> None:
    folder = make_folder(tmp_path / "there", variant=variant)
    model = load_model(folder, device="cpu", precision="fp32")
    model.resize_vocabulary(size)
    save_model(model, tmp_path / "back")
    theirs = reference(folder)
    theirs.resize_token_embeddings(size)
    found = reference(tmp_path / "back")
    assert found.config.vocab_size == size
    # New rows are random around the same mean, with a deviation of about 3e-5.
    mine, wanted = found.state_dict(), theirs.state_dict()
    torch.testing.assert_close(mine["shared.weight"], wanted["shared.weight"], rtol=0, atol=5e-4)
    # transformers ties a head of its own to the embedding when it resizes; here it stays what it was.
    head, kept = reference(folder).lm_head.weight, min(size, 320)
    assert torch.equal(mine["lm_head.weight"][:kept], head[:kept])
    again = load_model(folder, device="cpu", precision="fp32")
    again.resize_vocabulary(size)
    assert torch.equal(again.weights()["shared.weight"], model.weights()["shared.weight"])
    if size == 350:
        rows = model.weights()["shared.weight"][320:]
        assert len(torch.unique(rows, dim=0)) == 30


def test_weights_are_a_copy(tmp_path: Path) -> None:
    model = load_model(make_folder(tmp_path), device="cpu", precision="bf16")
    kept = model.weights()
    before = kept["shared.weight"].clone()
    trainer = Trainer(model, optimizer="adamw")
    trainer.step([draw_pairs(4)], 1e-2)
    assert torch.equal(kept["shared.weight"], before)
    assert not torch.equal(model.weights()["shared.weight"], before)
    model.load_weights(kept)
    assert torch.equal(model.head.value, before.bfloat16())


def test_bad_models_are_refused_in_words(tmp_path: Path) -> None:
    def refuse(folder: Path) -> str:
        with pytest.raises(JobError) as caught:
            load_model(folder, device="cpu", precision="fp32")
        assert caught.value.code == "bad-model"
        return caught.value.message

    assert "has no config.json" in refuse(tmp_path / "nowhere")

    folder = make_folder(tmp_path / "pickle")
    (folder / "model.safetensors").rename(folder / "pytorch_model.bin")
    assert "pickle" in refuse(folder)

    folder = make_folder(tmp_path / "bert")
    _edit_config(folder, model_type="bert")
    assert "'bert'" in refuse(folder)

    folder = make_folder(tmp_path / "json")
    (folder / "config.json").write_text("{")
    assert "not valid JSON" in refuse(folder)

    folder = make_folder(tmp_path / "activation")
    _edit_config(folder, feed_forward_proj="gated-tanh")
    assert "gated-tanh" in refuse(folder)

    folder = make_folder(tmp_path / "deeper")
    _edit_config(folder, num_layers=3)
    assert "lacks encoder.block.2" in refuse(folder)

    # A table of position biases for every layer is what tells umT5 from mT5.
    folder = make_folder(tmp_path / "umt5", variant="umt5")
    _edit_config(folder, model_type="mt5")
    assert "unlike the mt5 of its config.json, decoder.block.1.layer.0.SelfAttention.rel" in refuse(folder)
    folder = make_folder(tmp_path / "mt5", variant="mt5")
    _edit_config(folder, model_type="umt5")
    assert "lacks encoder.block.1.layer.0.SelfAttention.relative_attention_bias" in refuse(folder)

    folder = make_folder(tmp_path / "wider")
    _edit_config(folder, d_ff=100)
    assert "config.json asks for [100, 48]" in refuse(folder)

    folder = make_folder(tmp_path / "broken")
    (folder / "model.safetensors").write_bytes(b"\0" * 100)
    assert "cannot be read" in refuse(folder)

    folder = make_folder(tmp_path / "strange")
    tensors = load_file(folder / "model.safetensors")
    save_file({**tensors, "adapter.weight": torch.zeros(1)}, folder / "model.safetensors")
    assert "adapter.weight" in refuse(folder)

    folder = make_folder(tmp_path / "outside")
    (folder / "model.safetensors").unlink()
    (folder / "model.safetensors.index.json").write_text(
        json.dumps({"weight_map": {"shared.weight": "../pickle/pytorch_model.bin"}})
    )
    assert "'../pickle/pytorch_model.bin'" in refuse(folder)


def _edit_config(folder: Path, **changes: object) -> None:
    path = folder / "config.json"
    path.write_text(json.dumps({**json.loads(path.read_text()), **changes}))
