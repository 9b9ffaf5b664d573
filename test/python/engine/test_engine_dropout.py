"""Dropout keeps its probability, its scale and its places."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
import torch
from engine_kit import draw_pairs, make_folder, padded
from torch.nn import functional
from transformers import T5ForConditionalGeneration

from fsa_runtime.t5.dropout import Dropout
from fsa_runtime.t5.model import load_model
from fsa_runtime.train.trainer import Trainer

CPU = torch.device("cpu")


@pytest.mark.parametrize("rate", [0.1, 0.25, 0.5])
def test_each_element_is_dropped_with_the_configured_probability(rate: float) -> None:
    shares, scales = [], []
    for step in range(400):
        source = Dropout(rate, device=CPU, training=True, seed=(1, step))
        kept = source.kept(5003)
        assert kept is not None
        shares.append(1 - kept.float().mean().item())
        scales.append(source.scale * kept.float().mean().item())
    # 2 million draws: the standard error is about 0.0003.
    assert sum(shares) / len(shares) == pytest.approx(rate, abs=0.001)
    assert sum(scales) / len(scales) == pytest.approx(1.0, abs=0.001)


def test_masks_depend_on_the_seed_alone() -> None:
    def draw(*seed: int) -> torch.Tensor:
        source = Dropout(0.1, device=CPU, training=True, seed=seed)
        source.kept(7)
        kept = source.kept(1000)
        assert kept is not None
        return kept

    assert torch.equal(draw(1, 2, 3), draw(1, 2, 3))
    assert not torch.equal(draw(1, 2, 3), draw(1, 2, 4))


def test_neighbours_are_independent() -> None:
    kept = Dropout(0.5, device=CPU, training=True, seed=(3,)).kept(1_000_000)
    assert kept is not None
    values = kept.float() * 2 - 1
    for distance in (1, 2, 8, 64):
        assert (values[distance:] * values[:-distance]).mean().abs().item() < 0.005


def test_nothing_is_drawn_without_training_or_at_rate_zero() -> None:
    assert Dropout(0.1, device=CPU).kept(10) is None
    assert Dropout(0.0, device=CPU, training=True).kept(10) is None


def test_dropout_sits_where_t5_has_it(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Attention probabilities and output, feed-forward inside and output, and around each stack."""
    model = load_model(make_folder(tmp_path, dropout=0.1), device="cpu", precision="fp32")
    drawn: list[int] = []
    real = Dropout.kept

    def counting(self: Dropout, *shape: int) -> Any:
        mask = real(self, *shape)
        drawn.append(0 if mask is None else mask.numel())
        return mask

    monkeypatch.setattr(Dropout, "kept", counting)
    length = 32
    pair = ([5] * (length - 1) + [1], [7] * (length - 1) + [1])
    Trainer(model, optimizer="adamw").step([[pair]], 0.0)
    config = model.config
    probabilities = config.num_heads * length * length
    width, inside = length * config.d_model, length * config.d_ff
    encoder = config.num_layers * (probabilities + width + inside + width)
    decoder = config.num_decoder_layers * (2 * (probabilities + width) + inside + width)
    assert sum(drawn) == encoder + decoder + 4 * width


@pytest.mark.parametrize("variant", ["untied", "v1.1"])
def test_what_survives_is_scaled_everywhere(
    variant: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """With dropout on both sides that drops nothing but still scales, gradients are transformers'."""
    folder = make_folder(tmp_path, variant=variant, dropout=0.2)
    theirs = T5ForConditionalGeneration.from_pretrained(folder, attn_implementation="eager").train()
    pairs = draw_pairs(5)
    with monkeypatch.context() as patched:
        patched.setattr(functional, "dropout", lambda values, **_: values * 1.25)
        patched.setattr(torch.nn.Dropout, "forward", lambda _, values: values * 1.25)
        loss = theirs(**padded(pairs)).loss
    loss.backward()

    def keep_all(_: Dropout, *shape: int) -> torch.Tensor:
        return torch.ones(shape, dtype=torch.uint8)

    real = Dropout.__init__

    def scaled(self: Dropout, *arguments: Any, **settings: Any) -> None:
        real(self, *arguments, **settings)
        self.scale = 1.25

    monkeypatch.setattr(Dropout, "__init__", scaled)
    monkeypatch.setattr(Dropout, "kept", keep_all)
    mine = load_model(folder, device="cpu", precision="fp32")
    result = Trainer(mine, optimizer="adamw", clip=0).step([pairs], 0.0)
    assert result.loss == pytest.approx(loss.item(), abs=1e-5)
    for name, value in theirs.named_parameters():
        assert value.grad is not None
        difference = (mine.parameters.gradient_of(name) - value.grad).norm()
        assert difference <= 1e-5 * value.grad.norm() + 1e-9, name


def test_every_step_draws_anew(tmp_path: Path) -> None:
    model = load_model(make_folder(tmp_path, dropout=0.2), device="cpu", precision="fp32")
    trainer = Trainer(model, optimizer="adamw", token_budget=100)
    losses = [trainer.step([draw_pairs(6)], 0.0).loss for _ in range(3)]
    assert len(set(losses)) == 3


def test_the_gradient_is_that_of_the_dropped_model(tmp_path: Path) -> None:
    """With masks held fixed, a small step along the gradient changes the loss by what the gradient says."""
    model = load_model(make_folder(tmp_path, variant="untied", dropout=0.2), device="cpu", precision="fp32")
    pairs = draw_pairs(4, seed=2, longest=12)
    trainer = Trainer(model, optimizer="adamw", clip=0, seed=3)
    before = trainer.step([pairs], 0.0)
    assert model.parameters.gradient is not None
    gradient = model.parameters.gradient.clone()
    trainer.steps = 0
    size = 1e-3 / before.gradient_norm
    model.parameters.master.sub_(gradient, alpha=size)
    after = trainer.step([pairs], 0.0)
    expected = -size * before.gradient_norm**2
    assert after.loss - before.loss == pytest.approx(expected, rel=0.05)
