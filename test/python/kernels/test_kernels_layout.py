"""Products with packed weights against double precision, and generation that knows where they err."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
import torch
from engine_kit import make_folder

from fsa_runtime.kernels.library import Kernels, generation_kernels
from fsa_runtime.t5 import kernel_decoding, packing
from fsa_runtime.t5.decoding import generate_greedy
from fsa_runtime.t5.matrix import Matrix
from fsa_runtime.t5.model import load_model
from fsa_runtime.t5.packing import HeadLayout, TileLayout, packed_weights

# Of the length of a row times that of a weight: three products' rounding, and bf16's own of the result.
ERROR = {torch.float32: 2.0**-16, torch.bfloat16: 2.0**-8}
SHAPES = [
    (1, 1, 1),
    (5, 40, 33),
    (16, 32, 31),
    (17, 70, 100),
    (33, 31, 64),
    (300, 512, 65),
    (70, 2048, 40),
]


def _drawn(shape: tuple[int, int, int], dtype: torch.dtype) -> tuple[torch.Tensor, Matrix]:
    torch.manual_seed(sum(shape))
    rows, inner, columns = shape
    return torch.randn(rows, inner).to(dtype), Matrix(torch.randn(columns, inner).to(dtype), None)


@pytest.mark.parametrize("dtype", ERROR)
@pytest.mark.parametrize("relu", [False, True])
@pytest.mark.parametrize("shape", SHAPES)
def test_multiplies(tiled: Kernels, shape: tuple[int, int, int], relu: bool, dtype: torch.dtype) -> None:
    rows, matrix = _drawn(shape, dtype)
    found = TileLayout.of(tiled, matrix).product(rows, relu=relu)
    exact = rows.double() @ matrix.value.double().t()
    bound = ERROR[dtype] * rows.double().norm(dim=1)[:, None] * matrix.value.double().norm(dim=1)
    assert found.dtype == dtype
    assert bool(((found.double() - (exact.relu() if relu else exact)).abs() <= bound).all())


@pytest.mark.parametrize("dtype", ERROR)
@pytest.mark.parametrize("shape", SHAPES)
def test_chooses_the_largest(own: Kernels, shape: tuple[int, int, int], dtype: torch.dtype) -> None:
    """As the product in that precision does, whatever bf16 makes of it; of equals the first, with no lead."""
    rows, matrix = _drawn(shape, dtype)
    columns = max(1, shape[2] - 3)
    # The last one again, a hair apart, so that bf16 does not tell them apart, and as it is.
    matrix.value[columns // 2] = matrix.value[columns - 1] * (1 + 2**-12)
    matrix.value[: columns // 3] = matrix.value[columns - 1]
    best, doubtful = HeadLayout.of(own, matrix).choose(rows, columns)
    logits = (rows.double() @ matrix.value.double().t())[:, :columns]
    chosen = logits.gather(1, best[:, None])[:, 0]
    largest, at = logits.max(1)
    scale = rows.double().norm(dim=1) * matrix.value.double().norm(dim=1).max()
    assert bool((largest - chosen <= 2.0**-20 * scale).all())
    second = logits.scatter(1, at[:, None], -torch.inf).max(1).values
    clear = largest - second > 2.0**-20 * scale
    assert torch.equal(best[clear], at[clear])
    # Without tiles rows come from products in their own precision.
    assert (doubtful is None) == (dtype is torch.bfloat16 or not own.multiplies)
    if doubtful is not None:
        near, far = (largest - second < share * scale for share in (2.0**-12, 2.0**-10))
        assert bool((near <= doubtful).all() and (doubtful <= far).all())


def test_of_equals_the_first_is_chosen(own: Kernels) -> None:
    rows, matrix = torch.ones(40, 33), Matrix(torch.ones(2000, 33), None)
    matrix.value[:70] = 0
    best, doubtful = HeadLayout.of(own, matrix).choose(rows, 2000)
    assert best.unique().tolist() == [70]
    assert (doubtful is None) == (not own.multiplies)
    if doubtful is not None:
        assert bool(doubtful.all())


@pytest.mark.usefixtures("tiled")
def test_what_is_doubtful_is_made_again_by_plain_products(
    switched_on: Kernels,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    if not switched_on.multiplies:
        pytest.skip("without tiles nothing is doubtful")
    model = load_model(make_folder(tmp_path), device="cpu", precision="fp32")
    random = np.random.default_rng(0)
    inputs = [[*random.integers(2, 300, length).tolist(), 1] for length in range(20, 0, -1)]
    flow, flows = kernel_decoding._flow, []

    def watch(*arguments: object, **more: object) -> object:
        found = flow(*arguments, **more)
        flows.append((len(arguments[2]), model.head.packed is None, int(found[1].sum())))
        return found

    def generate(share: float) -> tuple[list[list[int]], list[int]]:
        flows.clear()
        done: list[int] = []
        monkeypatch.setattr(packing, "_DOUBTED_SHARE", share)
        monkeypatch.setattr(kernel_decoding, "_flow", watch)
        with packed_weights(model):
            texts = kernel_decoding.generate_flowing(
                switched_on,
                model,
                inputs,
                12,
                together=7,
                tell=done.append,
                should_stop=None,
            )
        return texts, done

    with monkeypatch.context() as patched:
        patched.setenv("FSA_KERNELS", "off")
        generation_kernels.cache_clear()
        wanted = generate_greedy(model, inputs, max_length=12, batch_size=7)
    generation_kernels.cache_clear()
    for share, doubts in ((0.0, False), (1.0, True)):
        texts, done = generate(share)
        assert texts == wanted
        assert done == sorted(set(done))
        assert done[-1] == len(inputs)
        assert (flows[0][2] > 0) == doubts
        assert flows[1:] == ([(flows[0][2], True, 0)] if doubts else [])
