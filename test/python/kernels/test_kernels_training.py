"""Whole steps with the kernels: as near to fp32 as autocast is, repeatable, and told apart from torch's."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import Any

import pytest
import torch

sys.path.insert(0, str(Path(__file__).resolve().parents[1] / "engine"))
from engine_kit import draw_pairs, make_folder, padded, reference

from fsa_runtime.kernels.library import Kernels, generation_kernels
from fsa_runtime.t5.dropout import Dropout
from fsa_runtime.t5.model import T5, load_model
from fsa_runtime.t5.weights import Precision
from fsa_runtime.train.trainer import Trainer

VARIANTS = ["t5", "untied", "v1.1", "gated-tied", "odd", "mt5", "umt5", "umt5-tied"]


def _gradients(model: T5) -> dict[str, torch.Tensor]:
    return {name: model.parameters.gradient_of(name) for name in model.parameters.slots}


def _distance(found: dict[str, torch.Tensor], exact: dict[str, torch.Tensor]) -> float:
    return sum(((found[name] - value).norm() ** 2).item() for name, value in exact.items()) ** 0.5


@pytest.mark.parametrize("variant", VARIANTS)
def test_gradients_are_as_near_to_fp32_as_autocasts(
    switched_on: Kernels, variant: str, tmp_path: Path
) -> None:
    folder = make_folder(tmp_path, variant=variant, d_kv=16)
    pairs = draw_pairs(8)
    exact, theirs = {}, {}
    for autocast, into in ((False, exact), (True, theirs)):
        model = reference(folder)
        with torch.autocast("cpu", torch.bfloat16, enabled=autocast):
            loss = model(**padded(pairs)).loss
        loss.backward()
        into.update({name: value.grad for name, value in model.named_parameters()})
    mine = load_model(folder, device="cpu", precision="bf16")
    result = Trainer(mine, optimizer="adamw", clip=0, token_budget=150).step([pairs], 0.0)
    assert result.loss == pytest.approx(loss.item(), rel=0.01)
    found = _gradients(mine)
    exact = {name: value for name, value in exact.items() if name in found}
    assert _distance(found, exact) <= 1.2 * _distance(theirs, exact)
    assert not switched_on.fallbacks


def test_the_same_seed_gives_the_same_bits_and_another_path_than_torchs(
    switched_on: Kernels, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    folder = make_folder(tmp_path, d_kv=16, dropout=0.1)

    def train() -> tuple[list[float], torch.Tensor]:
        model = load_model(folder, device="cpu", precision="bf16")
        trainer = Trainer(model, optimizer="adamw_scale", seed=5)
        losses = [trainer.step([draw_pairs(6, seed=step)], 1e-3).loss for step in range(3)]
        return losses, model.parameters.master

    losses, weights = train()
    again, same = train()
    assert losses == again
    assert torch.equal(weights, same)
    monkeypatch.setenv("FSA_KERNELS", "off")
    generation_kernels.cache_clear()
    others, _ = train()
    assert others != losses
    assert others == pytest.approx(losses, rel=0.1)
    assert not switched_on.fallbacks


def test_a_head_that_does_not_fit_is_torchs_and_counted(switched_on: Kernels, tmp_path: Path) -> None:
    model = load_model(make_folder(tmp_path, d_kv=12), device="cpu", precision="bf16")
    said: list[str] = []
    trainer = Trainer(model, optimizer="adamw", notice=said.append)
    trainer.step([draw_pairs(3)], 0.0)
    # Once for each stack of the one micro-batch.
    assert switched_on.fallbacks == {"heads of 12, which is no multiple of 16": 2}
    trainer.step([draw_pairs(3)], 0.0)
    assert said == [
        "torch computes what the C++ passes do not take, slower: heads of 12, which is no multiple of 16."
    ]


def test_what_survives_is_scaled_everywhere(
    switched_on: Kernels, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """With a dropout that drops nothing but still scales, the gradient is that of torch's path."""
    folder = make_folder(tmp_path, variant="v1.1", d_kv=16, dropout=0.2)
    pairs = draw_pairs(8)
    real = Dropout.__init__

    def scaled(self: Dropout, *arguments: Any, **settings: Any) -> None:
        real(self, *arguments, **settings)
        self.scale = 1.25

    def keep_all(_: Dropout, *shape: int) -> torch.Tensor:
        return torch.ones(shape, dtype=torch.uint8)

    monkeypatch.setattr(Dropout, "__init__", scaled)
    monkeypatch.setattr(Dropout, "kept", keep_all)
    monkeypatch.setattr(Dropout, "next_stream", lambda _: (0, 0, 0))

    def gradients(precision: Precision) -> dict[str, torch.Tensor]:
        model = load_model(folder, device="cpu", precision=precision)
        Trainer(model, optimizer="adamw", clip=0).step([pairs], 0.0)
        return _gradients(model)

    exact, own = gradients("fp32"), gradients("bf16")
    assert not switched_on.fallbacks
    monkeypatch.setenv("FSA_KERNELS", "off")
    generation_kernels.cache_clear()
    assert _distance(own, exact) <= 1.2 * _distance(gradients("bf16"), exact)
