"""Small checkpoints for tests of the store."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import torch
from torch import Tensor

from fsa_runtime.context import AttemptName, Checks
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
    return CheckpointStore(
        folder, attempt=attempt, identity=identity, keep=keep, checks=Checks(), on_notice=on_notice
    )


def save(store: CheckpointStore, step: int, *, recorded: bool = True) -> Path:
    """`recorded`: the records before it are written down, too."""
    saved = store.save(step, {"weights": tensors_of(step), "trainer": {}}, {"step": step, "loss": 0.1 + step})
    if recorded:
        store.rely_on(saved)
    return saved.path


def save_for_ever(folder: Path, said: Any) -> None:
    torch.set_num_threads(1)  # threads do not live through a fork
    store = CheckpointStore(folder, attempt=FIRST, identity={}, keep=2, checks=Checks(), on_notice=print)
    for step in range(1, 10**6):
        store.save(step, {"weights": {"w": torch.full((9_000,), float(step))}}, {"step": step})
        said.value = step
