"""The head's products in bf16 on a CPU: of few different sizes, whatever the number of target tokens."""

from __future__ import annotations

from typing import Any

import pytest
import torch
from torch import Tensor
from torch.utils._python_dispatch import TorchDispatchMode

from fsa_runtime.t5.loss import cross_entropy
from fsa_runtime.t5.matrix import Matrix

WIDTH, COLUMNS, VOCABULARY = 64, 320, 301


class _Rows(TorchDispatchMode):
    """How many rows every product of matrices has on its left."""

    def __init__(self) -> None:
        super().__init__()
        self.seen: set[int] = set()

    def __torch_dispatch__(self, func: Any, types: Any, args: Any = (), kwargs: Any = None) -> Any:
        if func.overloadpacket is torch.ops.aten.mm:
            self.seen.add(len(args[0]))
        return func(*args, **(kwargs or {}))


def _head() -> Matrix:
    torch.manual_seed(1)
    value = torch.randn(COLUMNS, WIDTH).bfloat16()
    return Matrix(value, torch.zeros(COLUMNS, WIDTH))


def _rows(count: int) -> tuple[Tensor, Tensor, Tensor]:
    torch.manual_seed(count)
    hidden = torch.randn(count, WIDTH).bfloat16()
    return hidden, torch.randint(0, VOCABULARY, (count,)), torch.rand(count)


@pytest.mark.parametrize("weighted", [True, False])
def test_counts_of_tokens_share_compiled_products(weighted: bool) -> None:
    rows = _Rows()
    for count in range(1, 81):
        hidden, labels, weights = _rows(count)
        with rows:
            cross_entropy(hidden, labels, _head(), VOCABULARY, weights if weighted else None)
    # The gradient of the head's weight has the columns on its left, where torch makes it.
    assert rows.seen - {COLUMNS} == {16, 32, 48, 64, 80}


@pytest.mark.parametrize("count", [1, 15, 16, 37, 300])
def test_rows_that_fill_up_count_for_nothing(count: int) -> None:
    hidden, labels, weights = _rows(count)
    head = _head()
    losses, gradient = cross_entropy(hidden, labels, head, VOCABULARY, weights)
    exact = hidden.float().requires_grad_()
    value = head.value.float().requires_grad_()
    wanted = torch.nn.functional.cross_entropy((exact @ value.t())[:, :VOCABULARY], labels, reduction="none")
    (weights * wanted).sum().backward()
    assert len(losses) == count
    torch.testing.assert_close(losses, wanted.detach(), rtol=0.02, atol=0.1)
    assert gradient is not None
    assert gradient.shape == hidden.shape
    assert exact.grad is not None
    assert value.grad is not None
    assert head.gradient is not None
    torch.testing.assert_close(gradient.float(), exact.grad, rtol=0.05, atol=0.1)
    torch.testing.assert_close(head.gradient, value.grad, rtol=0.05, atol=0.1)
