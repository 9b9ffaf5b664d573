"""The optimizer's pass over a table of which few rows are used: the bits of a pass over all of it."""

from __future__ import annotations

import sys
from pathlib import Path

import pytest
import torch

sys.path.insert(0, str(Path(__file__).resolve().parents[1] / "engine"))
from engine_kit import draw_pairs, make_folder

from fsa_runtime.kernels.library import Kernels, kernels
from fsa_runtime.t5.model import load_model
from fsa_runtime.train.optimizer import OptimizerName
from fsa_runtime.train.trainer import Trainer


@pytest.mark.parametrize(("kind", "decay"), [("adamw", 0.01), ("adamw_scale", 0.0), ("adamw_scale", 0.1)])
def test_has_the_bits_of_a_dense_table(
    switched_on: Kernels, tmp_path: Path, kind: OptimizerName, decay: float
) -> None:
    assert kernels() is switched_on
    folder = make_folder(tmp_path, variant="mt5", vocab_size=4000)
    models = [load_model(folder, device="cpu", precision="bf16") for _ in range(2)]
    models[1].parameters.make_dense()
    rows, all_rows = (Trainer(model, optimizer=kind, weight_decay=decay) for model in models)
    for step in range(4):
        pairs = draw_pairs(6, seed=step, vocabulary=200 * (step + 1))
        assert rows.step([pairs], 1e-2) == all_rows.step([pairs], 1e-2)
    for name, value in models[1].parameters.items():
        assert torch.equal(models[0].parameters.value(name), value), name
