"""Products on matrix tiles against torch in fp32: every tail, added and written, for any thread count."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
import torch
from torch import Tensor

from fsa_runtime.kernels.library import Kernels, generation_kernels
from fsa_runtime.t5.matrix import Matrix

SHAPES = [
    (1, 1, 1),
    (1, 512, 64),
    (33, 17, 40),
    (64, 32, 32),
    # More rows than are summed, and more columns than are laid out, at a time.
    (1029, 70, 530),
    (2051, 96, 1100),
    (5, 384, 257),
    (100, 2000, 16),
]


@pytest.fixture
def multiplying(tiled: Kernels, monkeypatch: pytest.MonkeyPatch) -> Iterator[Kernels]:
    monkeypatch.setenv("FSA_KERNELS", str(tiled.path.parent))
    monkeypatch.setenv("FSA_KERNELS_LEVEL", "amx")
    generation_kernels.cache_clear()
    found = generation_kernels()
    assert found is not None
    assert found.multiplies
    yield found
    generation_kernels.cache_clear()


def _draw(rows: int, columns: int, seed: int) -> Tensor:
    return torch.randn(rows, columns, generator=torch.Generator().manual_seed(seed)).bfloat16()


def _weight(n: int, k: int) -> Matrix:
    """A weight whose gradient lies between guards that nothing may touch."""
    memory = torch.full((n * k + 2 * 64,), 7.0)
    return Matrix(torch.zeros(n, k, dtype=torch.bfloat16), memory[64:-64].view(n, k))


@pytest.mark.parametrize(("rows", "n", "k"), SHAPES)
def test_a_weights_gradient_is_summed_in_fp32(multiplying: Kernels, rows: int, n: int, k: int) -> None:
    weight = _weight(n, k)
    wanted = torch.zeros(n, k, dtype=torch.float64)
    bound = torch.zeros(n, k, dtype=torch.float64)
    for seed in range(2):
        # As parts of wider rows, as queries lie beside keys.
        outputs, inputs = _draw(rows, n + 3, seed)[:, :n], _draw(rows, k + 5, seed + 9)[:, 5:]
        weight.add_gradient(outputs, inputs)
        wanted += outputs.double().t() @ inputs.double()
        bound += outputs.double().abs().t() @ inputs.double().abs()
        assert weight.gradient is not None
        # Sums of fp32, not of bf16 (4e-3).
        assert bool(((weight.gradient - wanted).abs() <= 1e-6 * bound).all())
    weight.begin_step()
    weight.add_gradient(outputs, inputs)
    assert bool(((weight.gradient - outputs.double().t() @ inputs.double()).abs() <= 1e-6 * bound).all())
    whole = torch.tensor([]).set_(weight.gradient.untyped_storage())
    assert bool((whole[:64] == 7).all())
    assert bool((whole[-64:] == 7).all())
    assert not multiplying.fallbacks


def test_no_rows_are_a_gradient_of_zeros(multiplying: Kernels) -> None:
    weight = _weight(40, 70)
    weight.add_gradient(_draw(0, 40, 0), _draw(0, 70, 1))
    assert weight.gradient is not None
    assert not weight.gradient.any()
    assert not multiplying.fallbacks


def test_the_bits_do_not_depend_on_the_thread_count(multiplying: Kernels) -> None:
    outputs, inputs = _draw(1500, 200, 0), _draw(1500, 600, 1)
    before = torch.get_num_threads()
    found = []
    try:
        for threads in (1, 2, 3, 4, 6):
            torch.set_num_threads(threads)
            weight = _weight(200, 600)
            weight.add_gradient(outputs, inputs)
            found.append(weight.gradient)
    finally:
        torch.set_num_threads(before)
    assert all(torch.equal(found[0], other) for other in found[1:])
    assert not multiplying.fallbacks


def test_fp32_stays_torchs(multiplying: Kernels) -> None:
    weight = _weight(24, 40)
    outputs, inputs = _draw(50, 24, 0).float(), _draw(50, 40, 1).float()
    weight.add_gradient(outputs, inputs)
    assert weight.gradient is not None
    assert torch.equal(weight.gradient, torch.mm(outputs.t(), inputs))
    assert not multiplying.fallbacks
