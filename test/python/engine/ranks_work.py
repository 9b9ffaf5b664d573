"""What ranks do in tests, in a module that takes no long time to import in each of them."""

from __future__ import annotations

import hashlib
from pathlib import Path
from typing import Any

import numpy as np
import torch

from fsa_runtime.t5.model import load_model
from fsa_runtime.train import trainer as training
from fsa_runtime.train.ranks import Ranks
from fsa_runtime.train.trainer import Trainer

STEPS = 30
SHARDS = 4
Pair = tuple[list[int], list[int]]


def pairs_of(step: int) -> list[list[Pair]]:
    random = np.random.default_rng(step)

    def ids() -> list[int]:
        return [*random.integers(2, 300, random.integers(1, 40)).tolist(), 1]

    pairs = [(ids(), ids()) for _ in range(16)]
    return [pairs[:8], pairs[8:]]


def weights_in(trainer: Trainer) -> np.ndarray[Any, Any]:
    return trainer.model.parameters.master.numpy().copy()


def open_trainer(ranks: Ranks, folder: Path, *, precision: Any = "fp32", seed: int = 42) -> Trainer:
    model = load_model(folder, device="cpu", precision=precision)
    trainer = Trainer(model, optimizer="adamw_scale", seed=seed, shards=SHARDS, ranks=ranks)
    trainer.take_from_first()
    return trainer


def train(ranks: Ranks, folder: Path, precision: str) -> dict[str, Any]:
    trainer = open_trainer(ranks, folder, precision=precision)
    results = [trainer.step(pairs_of(step), 3e-3) for step in range(STEPS)]
    return {
        "losses": [loss for result in results for loss in result.losses],
        "norms": [result.gradient_norm for result in results],
        "weights": weights_in(trainer),
        "validation": trainer.losses(pairs_of(99)),
    }


def train_in_two_parts(ranks: Ranks, folder: Path) -> bool:
    """Whether a training that another trainer takes up half-way ends with the same bits."""
    whole = open_trainer(ranks, folder)
    for step in range(6):
        whole.step(pairs_of(step), 3e-3)
    half = open_trainer(ranks, folder)
    for step in range(3):
        half.step(pairs_of(step), 3e-3)
    tensors, scalars = half.state()
    # The first rank alone has read a checkpoint: the others start with something else.
    resumed = open_trainer(ranks, folder, seed=1)
    if ranks.rank == 0:
        resumed.model.load_weights(half.model.weights())
        resumed.load_state(tensors, scalars)
    resumed.take_from_first()
    for step in range(3, 6):
        resumed.step(pairs_of(step), 3e-3)
    return np.array_equal(weights_in(whole), weights_in(resumed))


def train_golden(ranks: Ranks, folder: Path, run: dict[str, Any]) -> dict[str, Any]:
    model = load_model(folder, device="cpu", precision="fp32")
    trainer = Trainer(
        model, optimizer="adamw_scale", clip=run["clip"], token_budget=250, shards=2, ranks=ranks
    )
    trainer.take_from_first()
    size, results = run["accumulate"], []
    for step, rate in enumerate(run["lr"]):
        batches = [
            list(zip(batch["inputs"], batch.get("labels") or batch["targets"], strict=True))
            for batch in run["batches"][step * size : (step + 1) * size]
        ]
        results.append(trainer.step(batches, rate))
    end = sum(value.abs().double().sum().item() for value in model.weights().values())
    return {
        "losses": [one.losses for one in results],
        "norms": [one.gradient_norm for one in results],
        "end": end,
    }


def train_in_little_memory(ranks: Ranks, folder: Path) -> dict[str, Any]:
    """Memory runs out on the last rank alone, in its third step."""
    said: list[str] = []
    model = load_model(folder, device="cpu", precision="fp32")
    trainer = Trainer(
        model, optimizer="adamw_scale", token_budget=400, shards=2, ranks=ranks, notice=said.append
    )
    trainer.take_from_first()
    real, calls = training.forward_backward, []

    def fail_once(*arguments: Any) -> torch.Tensor:
        losses = real(*arguments)
        calls.append(trainer.steps)
        if ranks.rank == 1 and trainer.steps == 2 and calls.count(2) == 1:
            raise torch.OutOfMemoryError("CUDA out of memory")
        return losses

    training.forward_backward = fail_once
    for step in range(4):
        trainer.step(pairs_of(step), 3e-3)
    digest = hashlib.sha256(weights_in(trainer).tobytes()).hexdigest()
    return {"said": said, "budget": trainer.token_budget, "digest": digest, "weights": weights_in(trainer)}


def train_on_one_row(ranks: Ranks, folder: Path) -> dict[str, Any]:
    trainer = open_trainer(ranks, folder)
    losses = []
    for step in range(4):
        # A step of one example has one piece, between steps that have one for every rank.
        batches = pairs_of(step) if step % 2 == 0 else [pairs_of(step)[0][:1]]
        losses.append(trainer.step(batches, 3e-3).loss)
    return {"losses": losses, "weights": weights_in(trainer)}
