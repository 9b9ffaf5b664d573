"""Golden trajectories, batching, determinism, resuming, memory and failures of the trainer."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
import torch
from engine_kit import Pair, draw_pairs, golden, make_folder
from transformers import T5Config, T5ForConditionalGeneration

from fsa_runtime.errors import JobError
from fsa_runtime.t5.model import T5, load_model
from fsa_runtime.train import trainer as training
from fsa_runtime.train.trainer import Trainer

KINDS: dict[str, dict[str, Any]] = {
    "distill_trajectory": {"optimizer": "adamw_scale", "weight_decay": 0.0},
    "finetune_trajectory": {"optimizer": "adamw", "weight_decay": 0.01},
}


# None lets everything into one micro-batch; 37 tokens make one of nearly every example.
@pytest.mark.parametrize("budget", [None, 250, 100, 37])
@pytest.mark.parametrize("name", KINDS)
def test_golden_trajectory(name: str, budget: int | None, tmp_path: Path) -> None:
    run = golden()[name]
    torch.manual_seed(0)
    theirs = T5ForConditionalGeneration(T5Config(**run["config"]))
    total = sum(value.abs().double().sum().item() for value in theirs.parameters())
    assert total == pytest.approx(run["initial_abs_sum"], rel=1e-6)
    theirs.save_pretrained(tmp_path)
    model = load_model(tmp_path, device="cpu", precision="fp32")
    trainer = Trainer(model, clip=run["clip"], token_budget=budget, **KINDS[name])
    size = run["accumulate"]
    for step, rate in enumerate(run["lr"]):
        batches = [_pairs(batch) for batch in run["batches"][step * size : (step + 1) * size]]
        result = trainer.step(batches, rate)
        assert result.losses == pytest.approx(run["losses"][step], abs=1e-4)
        assert result.gradient_norm == pytest.approx(run["grad_norms"][step], rel=1e-3)
        assert result.tokens == sum(len(a) + len(b) for batch in batches for a, b in batch)
    end = sum(value.abs().double().sum().item() for value in model.weights().values())
    assert end == pytest.approx(run["final_abs_sum"], rel=1e-6)


def _pairs(batch: dict[str, list[list[int]]]) -> list[Pair]:
    targets = batch.get("labels") or batch["targets"]
    return list(zip(batch["inputs"], targets, strict=True))


@pytest.mark.parametrize("threads", [1, 2])
def test_the_same_seed_gives_the_same_bits(threads: int, tmp_path: Path) -> None:
    before = torch.get_num_threads()
    torch.set_num_threads(threads)
    try:
        _check_bits(tmp_path)
    finally:
        torch.set_num_threads(before)


def _check_bits(tmp_path: Path) -> None:
    first = _train(_model(tmp_path), seed=5)
    # Whatever else the process does in between.
    torch.manual_seed(99)
    torch.rand(1000)
    second = _train(_model(tmp_path), seed=5)
    other = _train(_model(tmp_path), seed=6)
    assert all(torch.equal(first[name], second[name]) for name in first)
    assert not all(torch.equal(first[name], other[name]) for name in first)


@pytest.mark.parametrize("optimizer", ["adamw", "adamw_scale"])
def test_a_resumed_run_is_the_same_to_the_bit(optimizer: Any, tmp_path: Path) -> None:
    whole = _model(tmp_path)
    _train(whole, optimizer=optimizer, steps=4)
    half = _model(tmp_path)
    trainer = Trainer(half, optimizer=optimizer, seed=7, token_budget=120)
    for step in range(2):
        trainer.step(_step(step), 1e-3)
    tensors, scalars = trainer.state()
    tensors = {name: tensor.clone() for name, tensor in tensors.items()}
    weights = half.weights()
    resumed = _model(tmp_path)
    resumed.load_weights(weights)
    # Another seed and budget than the run had: the state decides.
    continued = Trainer(resumed, optimizer=optimizer, seed=1, token_budget=64)
    continued.load_state(tensors, scalars)
    for step in range(2, 4):
        continued.step(_step(step), 1e-3)
    ends = whole.weights(), resumed.weights()
    assert all(torch.equal(ends[0][name], ends[1][name]) for name in ends[0])


def test_running_out_of_memory_halves_the_budget_and_keeps_the_gradient(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    folder = make_folder(tmp_path)
    calm, tight = (load_model(folder, device="cpu", precision="fp32") for _ in range(2))
    wanted = Trainer(calm, optimizer="adamw", token_budget=4000).step(_step(0), 1e-3)
    real = training.forward_backward

    def only_small(model: T5, batch: Any, dropout: Any) -> torch.Tensor:
        losses = real(model, batch, dropout)
        if batch.tokens > 300:
            raise torch.OutOfMemoryError("CUDA out of memory")
        return losses

    monkeypatch.setattr(training, "forward_backward", only_small)
    said: list[str] = []
    trainer = Trainer(tight, optimizer="adamw", token_budget=1000, notice=said.append)
    result = trainer.step(_step(0), 1e-3)
    assert result.losses == pytest.approx(wanted.losses, abs=1e-5)
    assert result.gradient_norm == pytest.approx(wanted.gradient_norm, rel=1e-5)
    trainer.step(_step(1), 1e-3)
    assert len(said) == 1
    assert "250 instead of 1000" in said[0]


def test_memory_that_never_suffices_is_an_error(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def never(*_: Any) -> torch.Tensor:
        raise RuntimeError("[enforce fail at alloc_cpu.cpp] DefaultCPUAllocator: can't allocate memory")

    monkeypatch.setattr(training, "forward_backward", never)
    with pytest.raises(JobError, match="memory") as caught:
        Trainer(_model(tmp_path), optimizer="adamw").step(_step(0), 1e-3)
    assert caught.value.code == "out-of-memory"


def test_a_loss_that_is_not_finite_changes_nothing(tmp_path: Path) -> None:
    model = _model(tmp_path)
    weights = model.weights()
    weights["encoder.block.0.layer.1.DenseReluDense.wo.weight"][0, 0] = float("nan")
    model.load_weights(weights)
    trainer = Trainer(model, optimizer="adamw")
    with pytest.raises(JobError) as caught:
        trainer.step(_step(0), 1e-3)
    assert (caught.value.code, caught.value.step) == ("not-finite", 1)
    assert torch.equal(model.weights()["shared.weight"], weights["shared.weight"])


def test_validation_loss_has_no_dropout_and_is_the_training_loss_without(tmp_path: Path) -> None:
    model = load_model(make_folder(tmp_path, dropout=0.3), device="cpu", precision="fp32")
    trainer = Trainer(model, optimizer="adamw", token_budget=100)
    batches = _step(0)
    loss = trainer.validation_loss(batches)
    assert loss == trainer.validation_loss(batches)
    calm = load_model(make_folder(tmp_path, dropout=0.0), device="cpu", precision="fp32")
    assert Trainer(calm, optimizer="adamw").step(batches, 0.0).loss == pytest.approx(loss, abs=1e-5)


def test_training_learns(tmp_path: Path) -> None:
    model = load_model(make_folder(tmp_path, dropout=0.1), device="cpu", precision="bf16")
    trainer = Trainer(model, optimizer="adamw_scale")
    losses = [trainer.step(_step(0), 1e-2).loss for _ in range(40)]
    assert losses[-1] < 0.5 * losses[0]


def _model(folder: Path) -> T5:
    return load_model(make_folder(folder, dropout=0.1), device="cpu", precision="bf16")


def _step(step: int) -> list[list[Pair]]:
    pairs = draw_pairs(12, seed=step)
    return [pairs[:4], pairs[4:9], pairs[9:]]


def _train(
    model: T5, *, seed: int = 7, steps: int = 3, optimizer: Any = "adamw_scale"
) -> dict[str, torch.Tensor]:
    trainer = Trainer(model, optimizer=optimizer, seed=seed, token_budget=120)
    for step in range(steps):
        trainer.step(_step(step), 1e-3)
    return model.weights()
