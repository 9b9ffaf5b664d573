"""Losses and gradients against transformers, in fp32, for every kind of checkpoint."""

from __future__ import annotations

from pathlib import Path

import pytest
import torch
from engine_kit import VARIANTS, Pair, draw_pairs, make_folder, padded, reference

from fsa_runtime.t5.batching import lay_out, read_window
from fsa_runtime.t5.dropout import Dropout
from fsa_runtime.t5.model import T5, load_model
from fsa_runtime.train.trainer import Trainer


@pytest.mark.parametrize("variant", VARIANTS)
def test_loss_and_every_gradient(variant: str, tmp_path: Path) -> None:
    folder = make_folder(tmp_path, variant=variant)
    theirs, mine = reference(folder), load_model(folder, device="cpu", precision="fp32")
    pairs = draw_pairs(9)
    loss = theirs(**padded(pairs)).loss
    loss.backward()
    # A budget this small makes several internal micro-batches and groups.
    result = Trainer(mine, optimizer="adamw", clip=0, token_budget=150).step([pairs], 0.0)
    assert result.loss == pytest.approx(loss.item(), abs=1e-5)
    wanted = dict(theirs.named_parameters())
    assert set(mine.parameters.slots) == {name for name in wanted if "embed_tokens" not in name}
    for name in mine.parameters.slots:
        gradient, other = mine.parameters.gradient_of(name), wanted[name].grad
        assert other is not None
        assert (gradient - other).norm() <= 1e-5 * other.norm() + 1e-9, name
    norm = torch.nn.utils.clip_grad_norm_(theirs.parameters(), 1.0).item()
    assert result.gradient_norm == pytest.approx(norm, rel=1e-5)


@pytest.mark.parametrize("variant", VARIANTS)
def test_logits(variant: str, tmp_path: Path) -> None:
    folder = make_folder(tmp_path, variant=variant)
    theirs, mine = reference(folder).eval(), load_model(folder, device="cpu", precision="fp32")
    # Longer than the largest exact distance, so that far buckets count too.
    pairs = draw_pairs(5, longest=180)
    with torch.no_grad():
        wanted = theirs(**padded(pairs)).logits
    logits = _logits(mine, pairs)
    for index, (_, targets) in enumerate(pairs):
        torch.testing.assert_close(logits[index], wanted[index, : len(targets)], rtol=1e-4, atol=1e-4)


def test_bf16_is_as_near_to_fp32_as_autocast_is(tmp_path: Path) -> None:
    folder = make_folder(tmp_path)
    pairs = draw_pairs(8)
    exact = _their_gradients(folder, pairs, autocast=False)
    theirs = _their_gradients(folder, pairs, autocast=True)
    model = load_model(folder, device="cpu", precision="bf16")
    Trainer(model, optimizer="adamw", clip=0).step([pairs], 0.0)
    mine = {name: model.parameters.gradient_of(name) for name in exact}
    assert _distance(mine, exact) <= 1.2 * _distance(theirs, exact)


def _their_gradients(folder: Path, pairs: list[Pair], *, autocast: bool) -> dict[str, torch.Tensor]:
    model = reference(folder)
    with torch.autocast("cpu", torch.bfloat16, enabled=autocast):
        loss = model(**padded(pairs)).loss
    loss.backward()
    return {name: value.grad for name, value in model.named_parameters() if value.grad is not None}


def _distance(found: dict[str, torch.Tensor], exact: dict[str, torch.Tensor]) -> float:
    square = sum(((found[name] - value).norm() ** 2).item() for name, value in exact.items())
    return float(square**0.5)


def _logits(model: T5, pairs: list[Pair]) -> list[torch.Tensor]:
    batch = lay_out(read_window([pairs]), model.config, device=model.device, heads=model.config.num_heads)
    dropout = Dropout(0.0, device=model.device)
    with torch.no_grad():
        memory, _ = model.encoder.forward(batch.inputs, dropout)
        output, _ = model.decoder.forward(batch.targets, dropout, memory, batch.cross_index)
        rows = output.index_select(0, batch.label_rows) @ model.head.value.t()
    logits = rows[:, : model.config.vocab_size].split([len(part) for part in _label_parts(batch.labels)])
    order = {tuple(part): place for place, part in enumerate(_label_parts(batch.labels))}
    return [logits[order[tuple(targets)]] for _, targets in pairs]


def _label_parts(labels: torch.Tensor) -> list[list[int]]:
    """The targets in the order of the rows: each ends in the end-of-sequence token."""
    parts: list[list[int]] = [[]]
    for label in labels.tolist():
        parts[-1].append(label)
        if label == 1:
            parts.append([])
    return parts[:-1]
