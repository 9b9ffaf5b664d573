"""Greedy decoding by the passes of generation against decoding without."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
import torch
from engine_kit import VARIANTS, make_folder

from fsa_runtime.kernels.library import Kernels
from fsa_runtime.t5 import decoding, kernel_decoding, kernel_inference, packing
from fsa_runtime.t5.decoding import generate_greedy
from fsa_runtime.t5.kernel_inference import Passes
from fsa_runtime.t5.matrix import Matrix
from fsa_runtime.t5.model import T5, load_model


def _inputs(count: int, longest: int) -> list[list[int]]:
    random = np.random.default_rng(count)
    return [[*random.integers(2, 300, random.integers(0, longest)).tolist(), 1] for _ in range(count)]


def _ending_often(model: T5, inputs: list[list[int]]) -> None:
    """Makes the end of sequence of what the model says now and then: rows end at many positions."""
    said = generate_greedy(model, inputs, max_length=24, batch_size=64)
    ends = Counter(token for text in said for token in text[3:])
    model.config = replace(model.config, eos_token_id=ends.most_common(4)[-1][0])


def _go_without(patched: pytest.MonkeyPatch) -> None:
    patched.setattr(decoding, "kernels_for", lambda _: None)
    patched.setattr(packing, "generation_kernels", lambda: None)


@pytest.fixture
def counted(generating: Kernels, monkeypatch: pytest.MonkeyPatch) -> Iterator[Counter[str]]:
    calls: Counter[str] = Counter()
    real = Kernels.call

    def call(self: Kernels, name: str, *arguments: float | None) -> None:
        calls[name] += 1
        real(self, name, *arguments)

    monkeypatch.setattr(Kernels, "call", call)
    yield calls
    assert not generating.fallbacks


SHAPES = [
    *[(variant, {}, 6) for variant in VARIANTS],
    ("t5", {}, 1),
    ("t5", {"num_heads": 1, "d_kv": 64}, 64),
    ("v1.1", {"d_model": 40, "d_kv": 20, "num_heads": 3, "d_ff": 50}, 64),
    ("mt5", {"d_kv": 32, "num_heads": 2, "vocab_size": 1300}, 7),
]


@pytest.mark.parametrize("shape", SHAPES)
def test_tokens_are_those_without_the_kernels(
    counted: Counter[str],
    generating: Kernels,
    shape: tuple[str, dict[str, int], int],
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """Rows that end one by one, whose places are filled again; inputs of one token and of a hundred, of which
    the encoder leaves those over 100 to torch.
    """
    variant, changes, together = shape
    packs = generating.trains
    monkeypatch.setattr(kernel_inference, "_LONGEST_ATTENDED", 100)
    monkeypatch.setattr(kernel_decoding, "_TOKENS_READ", 150)
    monkeypatch.setattr(decoding, "rows_together", lambda *_: together)
    model = load_model(
        make_folder(tmp_path, variant=variant, **changes),
        device="cpu",
        precision="fp32",
    )
    inputs = [*_inputs(12, 30), *_inputs(3, 120)]
    with monkeypatch.context() as patched:
        _go_without(patched)
        _ending_often(model, inputs)
        wanted = generate_greedy(model, inputs, max_length=24, batch_size=together)
        assert not counted
    done: list[int] = []
    found = generate_greedy(
        model,
        inputs,
        max_length=24,
        batch_size=together,
        on_batch=lambda now, _: done.append(now),
    )
    assert found == wanted
    # A tied head that has learnt nothing mostly says its own input again.
    assert model.tied or len({len(text) for text in found}) > 2
    products = {"pack", "choose"} if packs else {"best"}
    products |= {"product"} if generating.multiplies else set()
    assert set(counted) - ({"best"} if generating.multiplies else set()) == {
        "attend",
        "sum_norm",
        *products,
    }
    assert done == sorted(set(done))
    assert done[-1] == len(inputs)


@pytest.mark.usefixtures("generating")
def test_in_bf16_the_logits_are_as_near_to_fp32_as_torchs(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """One step over the same inputs: largest distance of what the head is given."""
    folder = make_folder(tmp_path, variant="v1.1", d_kv=16, d_model=64)
    inputs = sorted(_inputs(24, 40), key=len, reverse=True)
    seen: list[torch.Tensor] = []

    def hidden(precision: str, *, kernels: bool) -> torch.Tensor:
        model = load_model(folder, device="cpu", precision="bf16" if precision == "bf16" else "fp32")
        choose, matmul = Passes.choose, model.head.matmul

        def watch_choice(self: Passes, head: Matrix, rows: torch.Tensor) -> object:
            seen.append(rows.float().clone())
            return choose(self, head, rows)

        def watch_product(rows: torch.Tensor) -> torch.Tensor:
            seen.append(rows.float().clone())
            return matmul(rows)

        with monkeypatch.context() as patched:
            if kernels:
                patched.setattr(Passes, "choose", watch_choice)
                # The first pass is meant, not the one over doubtful rows.
                patched.setattr(packing, "_DOUBTED_SHARE", 0.0)
            else:
                _go_without(patched)
                patched.setattr(model.head, "matmul", watch_product)
            generate_greedy(model, inputs, max_length=2, batch_size=64)
        return seen[-1]

    exact = hidden("fp32", kernels=False)
    torchs = (hidden("bf16", kernels=False) - exact).norm()
    ours = (hidden("bf16", kernels=True) - exact).norm()
    assert ours <= 1.2 * torchs
    assert (hidden("fp32", kernels=True) - exact).norm() < 1e-4 * exact.norm()


@pytest.mark.usefixtures("generating")
def test_room_for_the_start_alone_gives_empty_texts(tmp_path: Path) -> None:
    model = load_model(make_folder(tmp_path), device="cpu", precision="fp32")
    assert generate_greedy(model, _inputs(3, 5), max_length=1, batch_size=2) == [
        [],
        [],
        [],
    ]
    assert generate_greedy(model, [], max_length=10, batch_size=2) == []


def test_pages_of_ended_rows_are_used_again(generating: Kernels, tmp_path: Path) -> None:
    model = load_model(make_folder(tmp_path), device="cpu", precision="fp32")
    rows = kernel_decoding.KernelRows(generating, model, 40)
    rows.add(_inputs(4, 9))
    with torch.no_grad():
        for _ in range(18):
            rows.step(torch.full((len(rows.lengths),), 5))
    taken = set(rows._own.ravel().tolist())
    assert len(taken) == 8
    rows.keep(np.array([True, False, False, True]))
    free = set(rows._pages._free)
    assert taken == set(rows._own.ravel().tolist()) | (free & taken)
    assert len(rows._read) == 1
    rows.keep(np.zeros(2, bool))
    assert not rows._read
    assert taken <= set(rows._pages._free)
