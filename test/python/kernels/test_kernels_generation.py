"""The passes of generation against torch, and greedy decoding by them against decoding without."""

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

DTYPES = [torch.float32, torch.bfloat16]
# Of bf16's 8 bits; fp32 differs by the order of sums.
TOLERANCE = {torch.float32: 1e-5, torch.bfloat16: 0.01}


def _addresses(*tensors: torch.Tensor) -> np.ndarray:
    return np.array([tensor.data_ptr() for tensor in tensors], np.int64)


def _expected(
    query: torch.Tensor,
    keys: torch.Tensor,
    values: torch.Tensor,
    bias: torch.Tensor | None,
) -> torch.Tensor:
    """query [heads, width], keys and values [length, heads, width], bias [heads, length]; all fp32."""
    scores = torch.einsum("hw,lhw->hl", query, keys)
    scores = scores if bias is None else scores + bias
    return torch.einsum("hl,lhw->hw", scores.softmax(-1), values)


@pytest.mark.parametrize("dtype", DTYPES)
@pytest.mark.parametrize(("heads", "width"), [(1, 1), (3, 7), (4, 12), (8, 32), (6, 64), (1, 64), (2, 65)])
def test_attends_as_torch_does(portable: Kernels, dtype: torch.dtype, heads: int, width: int) -> None:
    """Rows of many lengths, pages of five positions, memory in other strides than its own width."""
    torch.manual_seed(width)
    lengths, page, inner = [1, 2, 5, 6, 17, 33, 40], 5, heads * width
    rows, room = len(lengths), -(-max(lengths) // page)
    queries = torch.randn(rows, inner + 3).to(dtype)
    stride, offset = 2 * inner + 4, 2
    memory = torch.randn(rows, room, offset + page * stride).to(dtype)
    pages = np.stack([_addresses(*row) for row in memory])
    table = torch.randn(heads, 50)
    starts = np.arange(rows, dtype=np.int32)
    counted = np.array(lengths, np.int32)
    for bias in (None, table):
        context = torch.full((rows, inner), torch.nan, dtype=dtype)
        portable.call(
            "attend",
            *(queries.data_ptr(), queries.shape[1], 0, pages.ctypes.data, room),
            *(offset, page, stride, inner, counted.ctypes.data),
            None if bias is None else bias.data_ptr(),
            *(50, starts.ctypes.data, context.data_ptr(), rows, heads, width),
            int(dtype is torch.bfloat16),
        )
        for row, length in enumerate(lengths):
            places = memory[row, :, offset:].reshape(room * page, stride)[:length].float()
            keys, values = (places[:, at : at + inner].view(length, heads, width) for at in (0, inner))
            query = queries[row, :inner].float().view(heads, width)
            seen = None if bias is None else bias[:, row : row + length]
            wanted = _expected(query, keys, values, seen)
            torch.testing.assert_close(
                context[row].float().view(heads, width),
                wanted,
                rtol=TOLERANCE[dtype],
                atol=TOLERANCE[dtype],
            )


@pytest.mark.parametrize("dtype", DTYPES)
def test_puts_the_newest_position_where_it_belongs(portable: Kernels, dtype: torch.dtype) -> None:
    heads, width, page = 2, 8, 4
    inner = heads * width
    projected = torch.randn(1, 3 * inner).to(dtype)
    memory = torch.randn(2, page, 2 * inner).to(dtype)
    before = memory.clone()
    pages, lengths = _addresses(*memory)[None], np.array([6], np.int32)
    context = torch.empty(1, inner, dtype=dtype)
    portable.call(
        "attend",
        *(
            projected.data_ptr(),
            3 * inner,
            1,
            pages.ctypes.data,
            2,
            0,
            page,
            2 * inner,
            inner,
        ),
        *(lengths.ctypes.data, None, 0, None, context.data_ptr(), 1, heads, width),
        int(dtype is torch.bfloat16),
    )
    assert torch.equal(memory[1, 1], projected[0, inner:])
    before[1, 1] = memory[1, 1]
    assert torch.equal(memory, before)
    places = memory.view(-1, 2 * inner)[:6].float()
    wanted = _expected(
        projected[0, :inner].float().view(heads, width),
        places[:, :inner].reshape(6, heads, width),
        places[:, inner:].reshape(6, heads, width),
        None,
    )
    torch.testing.assert_close(
        context.float().view(heads, width),
        wanted,
        rtol=TOLERANCE[dtype],
        atol=TOLERANCE[dtype],
    )


@pytest.mark.parametrize("dtype", DTYPES)
@pytest.mark.parametrize("adds", [True, False])
@pytest.mark.parametrize(("rows", "width"), [(1, 1), (3, 48), (5, 513)])
def test_sums_and_norms(portable: Kernels, dtype: torch.dtype, adds: bool, rows: int, width: int) -> None:
    torch.manual_seed(width)
    sums, out, scale = (
        torch.randn(rows, width),
        torch.randn(rows, width).to(dtype),
        torch.randn(width),
    )
    wanted_sums = sums + out.float() if adds else sums.clone()
    inverse = (wanted_sums.square().mean(-1, keepdim=True) + 1e-6).rsqrt()
    normed = torch.empty(rows, width, dtype=dtype)
    address = out.data_ptr() if adds else None
    portable.call(
        "sum_norm",
        *(
            sums.data_ptr(),
            address,
            scale.data_ptr(),
            normed.data_ptr(),
            rows,
            width,
            1e-6,
            0.5,
        ),
        int(dtype is torch.bfloat16),
    )
    assert torch.equal(sums, wanted_sums)
    wanted = (wanted_sums * inverse * scale * 0.5).to(dtype)
    torch.testing.assert_close(normed, wanted, rtol=TOLERANCE[dtype], atol=1e-6)


@pytest.mark.parametrize("dtype", DTYPES)
def test_the_best_is_the_first_of_the_largest(portable: Kernels, dtype: torch.dtype) -> None:
    """Columns behind the vocabulary hold more, and are not looked at; blocks give what the whole gives."""
    logits = torch.randint(-9, 9, (40, 70)).to(dtype)
    logits[:, 67:] = 100
    logits[0] = -torch.inf
    logits[1, :67] = -5
    whole, pieces = (torch.full((40,), -1, dtype=torch.int64) for _ in range(2))
    largest = torch.empty(40)
    for best, blocks in ((whole, [(0, 67)]), (pieces, [(0, 20), (20, 41), (41, 67)])):
        for begin, end in blocks:
            portable.call(
                "best",
                *(logits[:, begin:].data_ptr(), 70, 40, end - begin, begin),
                *(largest.data_ptr(), best.data_ptr(), int(dtype is torch.bfloat16)),
            )
        assert torch.equal(best, logits[:, :67].float().argmax(-1))


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
    tiles = generating.multiplies
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
    products = {"pack_tiles", "product", "choose"} if tiles else {"best"}
    assert set(counted) - ({"best"} if tiles else set()) == {
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
