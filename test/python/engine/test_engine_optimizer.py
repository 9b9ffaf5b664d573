"""The optimizers against the published numbers and torch's own, the schedules against the published ones."""

from __future__ import annotations

import pytest
import torch
from engine_kit import golden

from fsa_runtime.train.moments import Parameter
from fsa_runtime.train.optimizer import Optimizer
from fsa_runtime.train.schedule import cosine_with_warmup, linear_decay


def _parameters(*shapes: tuple[int, ...], names: tuple[str, ...] = ()) -> list[Parameter]:
    random = torch.Generator().manual_seed(1)
    return [
        Parameter(
            names[index] if names else f"weight.{index}",
            torch.randn(shape, generator=random),
            torch.zeros(shape),
            torch.zeros(shape, dtype=torch.bfloat16),
        )
        for index, shape in enumerate(shapes)
    ]


@pytest.mark.parametrize("decay", [0.0, 0.1])
def test_adamw_scale_is_the_published_one(decay: float) -> None:
    values = golden()[f"adamwscale_wd={decay}"]
    tensors = [torch.tensor(initial) for initial in values["initial"]]
    parameters = [Parameter(f"p{i}", tensor, torch.zeros_like(tensor)) for i, tensor in enumerate(tensors)]
    optimizer = Optimizer(parameters, kind="adamw_scale", weight_decay=decay)
    for step, expected in enumerate(values["after_step"]):
        for parameter, gradients in zip(parameters, values["gradients"], strict=True):
            parameter.gradient.copy_(torch.tensor(gradients[step]).view_as(parameter.gradient))
        optimizer.step(values["lr"])
        for parameter, wanted in zip(parameters, expected, strict=True):
            wanted_tensor = torch.tensor(wanted).view_as(parameter.value)
            torch.testing.assert_close(parameter.value, wanted_tensor, rtol=1e-6, atol=1e-9)


def test_adamw_is_torchs() -> None:
    # More elements than one cache-sized piece, and an odd rest.
    mine = _parameters((600, 901), (7,))
    theirs = [torch.nn.Parameter(parameter.value.clone()) for parameter in mine]
    optimizer = Optimizer(mine, kind="adamw", weight_decay=0.01)
    wanted = torch.optim.AdamW(theirs, lr=3e-4, eps=1e-6, weight_decay=0.01)
    random = torch.Generator().manual_seed(2)
    for _ in range(5):
        for parameter, other in zip(mine, theirs, strict=True):
            parameter.gradient.copy_(torch.randn(parameter.value.shape, generator=random))
            other.grad = parameter.gradient * 0.25
        optimizer.step(3e-4, clip_factor=torch.tensor(0.25))
        wanted.step()
    for parameter, other in zip(mine, theirs, strict=True):
        torch.testing.assert_close(parameter.value, other.detach(), rtol=1e-6, atol=1e-7)
        assert parameter.compute is not None
        assert torch.equal(parameter.compute, parameter.value.bfloat16())


def test_adamw_scale_spares_norms_and_biases_from_decay() -> None:
    names = ("block.layer_norm.weight", "relative_attention_bias.weight", "wi.weight")
    parameters = _parameters((4,), (4,), (4,), names=names)
    before = [parameter.value.clone() for parameter in parameters]
    Optimizer(parameters, kind="adamw_scale", weight_decay=0.5).step(0.1)
    # Without a gradient only the decay moves a weight.
    assert torch.equal(parameters[0].value, before[0])
    assert torch.equal(parameters[1].value, before[1])
    torch.testing.assert_close(parameters[2].value, before[2] * 0.95)


def test_distillation_schedule() -> None:
    for name, rates in golden()["distill_schedule"].items():
        warmup = int(name.split(",")[0].removeprefix("warmup="))
        mine = [
            cosine_with_warmup(step, total_steps=20, warmup_steps=warmup, peak=3e-3, final=1e-5)
            for step in range(20)
        ]
        assert mine == pytest.approx(rates, rel=1e-14)


def test_fine_tuning_schedule() -> None:
    for rates in golden()["finetune_schedule"].values():
        assert [linear_decay(step, total_steps=20, peak=3e-4) for step in range(20)] == pytest.approx(
            rates, rel=1e-14
        )
    assert linear_decay(25, total_steps=20, peak=3e-4) == 0.0


def test_cosine_stays_at_its_end() -> None:
    rate = cosine_with_warmup(500, total_steps=100, warmup_steps=10, peak=1.0, final=0.1)
    assert rate == pytest.approx(0.1)
