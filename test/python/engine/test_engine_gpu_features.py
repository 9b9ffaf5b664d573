"""What a GPU switches on gives the same numbers; here on a CPU, as far as that goes."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
import torch
from engine_kit import draw_pairs, make_folder

from fsa_runtime.t5 import gpu_features
from fsa_runtime.t5.gpu_features import GPU_FEATURES, Compiled, Feature
from fsa_runtime.t5.model import load_model
from fsa_runtime.train.trainer import Trainer


@pytest.fixture(autouse=True)
def _switched_back() -> Iterator[None]:
    yield
    GPU_FEATURES.forced = None
    GPU_FEATURES._failed.clear()
    GPU_FEATURES.tell(None)


def _train(folder: Path, features: frozenset[Feature]) -> tuple[list[float], dict[str, torch.Tensor]]:
    GPU_FEATURES.forced = features
    model = load_model(folder, device="cpu", precision="fp32")
    trainer = Trainer(model, optimizer="adamw", token_budget=400)
    steps = [[draw_pairs(6, seed=2 * step), draw_pairs(5, seed=2 * step + 1)] for step in range(3)]
    losses = [trainer.step(step, 1e-3).loss for step in steps]
    losses.append(trainer.validation_loss(steps[0]))
    gradients = {name: model.parameters.gradient_of(name).clone() for name in model.parameters.slots}
    return losses, gradients


@pytest.mark.parametrize("variant", ["t5", "v1.1"])
def test_fused_attention_has_the_gradients_of_explicit_attention(variant: str, tmp_path: Path) -> None:
    """The position biases' too: through masks, groups of many lengths and layers."""
    folder = make_folder(tmp_path, variant=variant)
    losses, gradients = _train(folder, frozenset())
    fused_losses, fused_gradients = _train(folder, frozenset({"attention"}))
    assert fused_losses == pytest.approx(losses, rel=1e-5)
    for name, gradient in gradients.items():
        torch.testing.assert_close(fused_gradients[name], gradient, rtol=1e-3, atol=1e-6, msg=name)


def test_fused_attention_drops_with_the_configured_scale(tmp_path: Path) -> None:
    """Over many draws the dropped loss lies where the explicit path's does."""
    folder = make_folder(tmp_path, dropout=0.3)
    means = []
    for features in (frozenset[Feature](), frozenset[Feature]({"attention"})):
        GPU_FEATURES.forced = features
        torch.manual_seed(0)
        trainer = Trainer(load_model(folder, device="cpu", precision="fp32"), optimizer="adamw")
        losses = [trainer.step([draw_pairs(8, seed=4)], 0.0).loss for _ in range(60)]
        means.append(torch.tensor(losses).mean().item())
    assert means[0] == pytest.approx(means[1], rel=0.01)


def test_a_feature_that_fails_is_left_out_and_said_once() -> None:
    GPU_FEATURES.forced = frozenset({"compiling"})
    said: list[str] = []
    GPU_FEATURES.tell(said.append)
    doubled = Compiled(lambda tensor: tensor * 2)

    def broken(*_: torch.Tensor) -> torch.Tensor:
        raise RuntimeError("Failed to find a working Triton installation")

    doubled._compiled = broken
    other = Compiled(lambda tensor: tensor + 1)
    other._compiled = broken
    ones = torch.ones(3)
    assert doubled(ones).tolist() == [2, 2, 2]
    assert other(ones).tolist() == [2, 2, 2]
    assert len(said) == 1
    assert "compiling" in said[0]
    assert "Triton" in said[0]


def test_a_full_memory_is_not_taken_for_a_failed_feature() -> None:
    GPU_FEATURES.forced = frozenset({"compiling"})
    function = Compiled(lambda tensor: tensor)

    def full(*_: torch.Tensor) -> torch.Tensor:
        raise torch.OutOfMemoryError("CUDA out of memory")

    function._compiled = full
    with pytest.raises(torch.OutOfMemoryError):
        function(torch.ones(1))
    assert GPU_FEATURES.is_on("compiling", torch.device("cpu"))


def test_everything_is_off_on_a_cpu_and_on_on_a_gpu() -> None:
    features: tuple[Feature, ...] = ("attention", "compiling", "graphs")
    assert not any(GPU_FEATURES.is_on(feature, torch.device("cpu")) for feature in features)
    assert all(GPU_FEATURES.is_on(feature, torch.device("cuda")) for feature in features)


def test_the_compiled_functions_can_be_traced_with_changing_sizes(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Everything but the code generator, which wants a compiler."""
    folder = make_folder(tmp_path, dropout=0.1)
    plain = _train(folder, frozenset())[0]
    compile_ = torch.compile
    monkeypatch.setattr(
        gpu_features.torch,
        "compile",
        lambda plain, **options: compile_(plain, backend="aot_eager", **options),
    )
    said: list[str] = []
    GPU_FEATURES.tell(said.append)
    assert _train(folder, frozenset({"compiling"}))[0] == pytest.approx(plain, rel=1e-5)
    assert said == []
