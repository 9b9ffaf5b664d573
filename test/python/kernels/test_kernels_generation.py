"""The passes of generation against torch."""

from __future__ import annotations

import numpy as np
import pytest
import torch

from fsa_runtime.kernels.library import Kernels

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
