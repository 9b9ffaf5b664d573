"""An input embedding of its own: memory for the rows that are used alone, and the numbers of all rows."""

from __future__ import annotations

from pathlib import Path

import pytest
import torch
from engine_kit import draw_pairs, make_folder

from fsa_runtime.t5.model import T5, load_model
from fsa_runtime.t5.row_table import untouched_zeros
from fsa_runtime.t5.weights import Precision
from fsa_runtime.train.optimizer import OptimizerName
from fsa_runtime.train.trainer import Trainer

_KINDS = [("adamw", 0.01), ("adamw", 0.0), ("adamw_scale", 0.0), ("adamw_scale", 0.1)]


def _trainer(
    folder: Path, kind: OptimizerName, decay: float, precision: Precision, *, dense: bool
) -> Trainer:
    model = load_model(folder, device="cpu", precision=precision)
    if dense:
        model.parameters.make_dense()
    return Trainer(model, optimizer=kind, weight_decay=decay)


def _table(model: T5) -> torch.Tensor:
    return model.parameters.value("shared.weight")


@pytest.mark.parametrize("precision", ["fp32", "bf16"])
@pytest.mark.parametrize(("kind", "decay"), _KINDS)
def test_has_the_bits_of_a_dense_table(
    tmp_path: Path, kind: OptimizerName, decay: float, precision: Precision
) -> None:
    folder = make_folder(tmp_path, variant="mt5", vocab_size=4000)
    rows, all_rows = (_trainer(folder, kind, decay, precision, dense=dense) for dense in (False, True))
    for step in range(4):
        # Other rows in each step; most in none.
        pairs = draw_pairs(6, seed=step, vocabulary=200 * (step + 1))
        assert rows.step([pairs], 1e-2) == all_rows.step([pairs], 1e-2)
    for name, value in all_rows.model.parameters.items():
        assert torch.equal(rows.model.parameters.value(name), value), name
    other, _ = all_rows.state()
    for name, moment in rows.state()[0].items():
        assert torch.equal(moment, other[name]), name


def test_goes_on_from_a_checkpoint_to_the_same_bits(tmp_path: Path) -> None:
    folder = make_folder(tmp_path, variant="v1.1", vocab_size=4000)
    whole, before, after = (_trainer(folder, "adamw", 0.01, "fp32", dense=False) for _ in range(3))
    for step in range(5):
        pairs = draw_pairs(6, seed=step, vocabulary=200 * (step + 1))
        whole.step([pairs], 1e-2)
        if step == 2:
            # What it has learnt elsewhere is forgotten.
            after.step([draw_pairs(6, seed=9, vocabulary=3000)], 1e-2)
            after.model.load_weights(before.model.weights())
            after.load_state(*before.state())
            before = after
        before.step([pairs], 1e-2)
    assert torch.equal(_table(whole.model), _table(after.model))


def test_a_step_after_one_that_memory_cut_short_has_its_own_gradient_alone(tmp_path: Path) -> None:
    folder = make_folder(tmp_path, variant="mt5", vocab_size=4000)
    trainer = _trainer(folder, "adamw", 0.0, "fp32", dense=False)
    table = trainer.model.parameters.row_table("shared.weight")
    assert table is not None
    table.add_rows(torch.tensor([3900]), torch.ones(1, 48))
    trainer.step([draw_pairs(6)], 1e-2)
    gradient = trainer.model.parameters.gradient_of("shared.weight")
    assert not gradient[3900].any()
    assert gradient[table.rows()].any(1).all()
    assert int(gradient.any(1).sum()) == len(table.rows())


def test_only_a_table_beside_a_head_is_one(tmp_path: Path) -> None:
    for variant, is_table in (("t5", False), ("mt5-tied", False), ("mt5", True), ("v1.1", True)):
        model = load_model(make_folder(tmp_path / variant, variant=variant), device="cpu", precision="bf16")
        assert (model.parameters.row_table("shared.weight") is not None) is is_table


def test_zeros_that_nobody_wrote_take_no_memory() -> None:
    count = 64 * 2**20
    before = _resident_bytes()
    zeros = untouched_zeros(count)
    assert not zeros.any()
    assert _resident_bytes() - before < 16 * 2**20
    zeros[::2] = 1
    assert _resident_bytes() - before > 200 * 2**20


def _resident_bytes() -> int:
    text = Path("/proc/self/status").read_text(encoding="utf-8")
    line = next(line for line in text.splitlines() if line.startswith("RssAnon:"))
    return int(line.split()[1]) * 1024
