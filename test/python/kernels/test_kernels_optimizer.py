"""The optimizer's pass against the engine's own, which is held to torch's and to the published numbers."""

from __future__ import annotations

import pytest
import torch

from fsa_runtime.kernels.library import Kernels, generation_kernels, kernels
from fsa_runtime.train.moments import Parameter
from fsa_runtime.train.optimizer import Optimizer, OptimizerName

_SHAPES = {"weight": (130, 257), "layer_norm.weight": (5,), "one": (1,)}


def _parameters() -> list[Parameter]:
    random = torch.Generator().manual_seed(1)
    return [
        Parameter(
            name,
            torch.randn(shape, generator=random),
            torch.zeros(shape),
            torch.zeros(shape, dtype=torch.bfloat16),
        )
        for name, shape in _SHAPES.items()
    ]


@pytest.mark.parametrize("kind", ["adamw", "adamw_scale"])
@pytest.mark.parametrize("clip", [None, 0.25])
def test_is_torchs_to_the_last_bit_or_two(
    switched_on: Kernels, kind: OptimizerName, clip: float | None, monkeypatch: pytest.MonkeyPatch
) -> None:
    mine = _parameters()
    own = Optimizer(mine, kind=kind, weight_decay=0.1)
    assert kernels() is switched_on
    monkeypatch.setenv("FSA_KERNELS", "off")
    generation_kernels.cache_clear()
    theirs = _parameters()
    plain = Optimizer(theirs, kind=kind, weight_decay=0.1)
    random = torch.Generator().manual_seed(2)
    factor = None if clip is None else torch.tensor(clip)
    for _ in range(5):
        for one, other in zip(mine, theirs, strict=True):
            one.gradient.copy_(torch.randn(one.value.shape, generator=random))
            other.gradient.copy_(one.gradient)
        own.step(3e-4, clip_factor=factor)
        plain.step(3e-4, clip_factor=factor)
    for one, other in zip(mine, theirs, strict=True):
        torch.testing.assert_close(one.value, other.value, rtol=1e-6, atol=1e-8)
        assert one.compute is not None
        assert torch.equal(one.compute, one.value.bfloat16())
    for name, moment in own.state().items():
        torch.testing.assert_close(moment, plain.state()[name], rtol=1e-6, atol=1e-6)


@pytest.mark.usefixtures("switched_on")
@pytest.mark.parametrize("kind", ["adamw", "adamw_scale"])
def test_goes_on_from_saved_moments_to_the_same_bits(kind: OptimizerName) -> None:
    whole, stopped = _parameters(), _parameters()
    never_stopped = Optimizer(whole, kind=kind, weight_decay=0.1)
    before = Optimizer(stopped, kind=kind, weight_decay=0.1)
    after = before
    random = torch.Generator().manual_seed(3)
    for number in range(6):
        for one, other in zip(whole, stopped, strict=True):
            one.gradient.copy_(torch.randn(one.value.shape, generator=random))
            other.gradient.copy_(one.gradient)
        if number == 3:
            after = Optimizer(stopped, kind=kind, weight_decay=0.1)
            after.load_state({name: moment.clone() for name, moment in before.state().items()}, 3)
        never_stopped.step(3e-3)
        after.step(3e-3)
    for one, other in zip(whole, stopped, strict=True):
        assert torch.equal(one.value, other.value)
