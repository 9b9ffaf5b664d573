"""What a vocabulary of a quarter of a million does to the head's blocks and to the budget of tokens."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest
import torch
from engine_kit import draw_pairs, make_folder

from fsa_runtime.t5 import loss, memory
from fsa_runtime.t5.config import T5Config
from fsa_runtime.t5.model import load_model
from fsa_runtime.train.trainer import Trainer


def test_rows_of_logits_shrink_with_the_vocabulary() -> None:
    assert [loss.block_rows(size) for size in (32_128, 130_000, 250_112, 10_000_000)] == [2048, 512, 256, 256]


def test_smaller_blocks_give_the_same_gradient(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    folder, pairs = make_folder(tmp_path, variant="mt5"), draw_pairs(30)
    assert sum(len(targets) for _, targets in pairs) > 512

    def gradient() -> torch.Tensor:
        model = load_model(folder, device="cpu", precision="fp32")
        Trainer(model, optimizer="adamw", clip=0).step([pairs], 0.0)
        found = model.parameters.gradient
        assert found is not None
        return found

    whole = gradient()
    monkeypatch.setattr(loss, "_BLOCK_ELEMENTS", 1)
    torch.testing.assert_close(gradient(), whole, rtol=1e-4, atol=1e-6)


def test_the_budget_of_tokens_leaves_room_for_the_logits(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    config = load_model(make_folder(tmp_path), device="cpu", precision="fp32").config
    monkeypatch.setattr(memory, "free_bytes", lambda _: 10**9)

    def budget(config: T5Config) -> int:
        return memory.choose_token_budget(replace(config, num_layers=24), torch.device("cpu"), 4)

    small, large = budget(config), budget(replace(config, vocab_size=250_112))
    blocks = loss.block_rows(250_112) * 250_112 * 4 - loss.block_rows(320) * 320 * 4
    assert small - large == pytest.approx(
        blocks / memory.bytes_per_token(replace(config, num_layers=24), 4), abs=2
    )


def test_sums_of_bf16_rows_take_no_copy_of_them() -> None:
    rows = torch.rand(256, 4_000, generator=torch.Generator().manual_seed(1)).bfloat16()
    activities = [torch.profiler.ProfilerActivity.CPU]
    with torch.profiler.profile(activities=activities, profile_memory=True) as profile:
        sums = loss._fp32_sums(rows)
    assert max(event.self_cpu_memory_usage for event in profile.events()) < 2 * rows.nbytes / 4
    assert torch.equal(sums, rows.sum(-1, keepdim=True, dtype=torch.float32))
