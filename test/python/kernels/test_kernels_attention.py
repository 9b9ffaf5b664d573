"""Attention without a tensor of scores against torch in fp32: every mask, tails, one row."""

from __future__ import annotations

from dataclasses import dataclass

import pytest
import torch

from fsa_runtime.kernels.library import Kernels
from fsa_runtime.t5.kernel_rows import NOTHING, Stream, mask_scaled

STREAM: Stream = (11, 4, 60)


@dataclass(frozen=True)
class Case:
    examples: int
    queries: int
    keys: int
    heads: int
    width: int
    lengths: tuple[int, ...] | None = None
    causal: bool = False
    biased: bool = False


CASES = [
    Case(1, 1, 1, 1, 16),
    Case(2, 5, 5, 2, 16, causal=True, biased=True),
    Case(3, 33, 33, 2, 32, lengths=(33, 7, 1), biased=True),
    Case(2, 70, 70, 3, 64, causal=True, biased=True),
    Case(2, 17, 50, 2, 64, lengths=(50, 16)),
    Case(1, 130, 65, 1, 48),
    Case(1, 25, 25, 2, 128, biased=True),
]


@pytest.mark.parametrize("stream", [NOTHING, STREAM])
@pytest.mark.parametrize("case", CASES, ids=str)
def test_context_and_every_gradient(own: Kernels, case: Case, stream: Stream) -> None:
    torch.manual_seed(case.queries)
    heads, width, inner = case.heads, case.width, case.heads * case.width
    # As the engine has them: query, key and value of a token side by side in one row of something wider.
    projected = (0.4 * torch.randn(case.examples * case.queries, inner + 8)).bfloat16()
    both = (0.4 * torch.randn(case.examples * case.keys, 2 * inner)).bfloat16()
    length = case.queries
    table = 0.5 * torch.randn(heads, 2 * length - 1) if case.biased else None
    lengths = None if case.lengths is None else torch.tensor(case.lengths, dtype=torch.int32)
    outer = torch.randn(case.examples * case.queries, inner).bfloat16()

    exact = [
        part.float().view(case.examples, -1, heads, width).transpose(1, 2).requires_grad_()
        for part in (projected[:, :inner], both[:, :inner], both[:, inner:])
    ]
    exact_table = None if table is None else table.clone().requires_grad_()
    kept = _kept(own, case, stream)
    wanted = _reference(case, exact, exact_table, kept)
    wanted.backward(outer.float().view(case.examples, case.queries, heads, width).transpose(1, 2))

    context = torch.empty(case.examples * case.queries, inner, dtype=torch.bfloat16)
    log_sums = torch.empty(case.examples, heads, case.queries)
    common = (case.examples, case.queries, case.keys, heads, width, _address(lengths), int(case.causal))
    looked_at = (
        projected.data_ptr(),
        both.data_ptr(),
        both.data_ptr() + 2 * inner,
        projected.shape[1],
        both.shape[1],
    )
    own.call(
        *("attention", *looked_at, context.data_ptr(), inner, log_sums.data_ptr()),
        *(*common, _address(table), length, *stream),
    )
    _near(context.float(), wanted.detach().transpose(1, 2).reshape(context.shape))

    queries = torch.full_like(projected, 9.0)
    others = torch.full_like(both, 9.0)
    table_gradient = None if table is None else torch.zeros_like(table)
    own.call(
        *("attention_backward", *looked_at, context.data_ptr(), outer.data_ptr(), inner, log_sums.data_ptr()),
        *(queries.data_ptr(), others.data_ptr(), others.data_ptr() + 2 * inner),
        *(queries.shape[1], others.shape[1], *common),
        *(_address(table), _address(table_gradient), length, *stream),
    )
    found = (queries[:, :inner], others[:, :inner], others[:, inner:])
    for part, mine in zip(exact, found, strict=True):
        assert part.grad is not None
        _near(mine.float(), part.grad.transpose(1, 2).reshape(mine.shape))
    assert bool((queries[:, inner:] == 9.0).all())
    if table_gradient is not None and exact_table is not None:
        _near(table_gradient, exact_table.grad)


def _kept(own: Kernels, case: Case, stream: Stream) -> torch.Tensor:
    """The mask that the kernel draws: a row for each example, head and query."""
    padded = -(-case.keys // 16) * 16
    kept = torch.ones(case.examples * case.heads * case.queries, padded)
    mask_scaled(own, kept, 1.0, stream)
    return kept.view(case.examples, case.heads, case.queries, padded)[..., : case.keys]


def _reference(
    case: Case, parts: list[torch.Tensor], table: torch.Tensor | None, kept: torch.Tensor
) -> torch.Tensor:
    query, key, value = parts
    scores = query @ key.transpose(2, 3)
    places, others = torch.arange(case.queries)[:, None], torch.arange(case.keys)[None]
    if table is not None:
        scores = scores + table[:, others - places + case.queries - 1]
    if case.causal:
        scores = scores.masked_fill(others > places, -torch.inf)
    if case.lengths is not None:
        hidden = others[None] >= torch.tensor(case.lengths)[:, None, None]
        scores = scores.masked_fill(hidden[:, None], -torch.inf)
    return (torch.softmax(scores, -1) * kept) @ value


def _address(tensor: torch.Tensor | None) -> int | None:
    return None if tensor is None else tensor.data_ptr()


def _near(found: torch.Tensor, wanted: torch.Tensor | None) -> None:
    """Within what bf16 leaves of it: probabilities and results are rounded to eight bits."""
    assert wanted is not None
    assert bool(found.isfinite().all())
    assert (found - wanted).norm() <= 0.01 * wanted.norm() + 1e-6
