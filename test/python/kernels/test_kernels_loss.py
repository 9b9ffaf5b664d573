"""The loss pass against torch in fp32 on the same bf16 logits, with tails and single rows."""

from __future__ import annotations

import pytest
import torch
from torch.nn import functional

from fsa_runtime.kernels.library import Kernels


@pytest.mark.parametrize(
    ("rows", "vocabulary", "columns"), [(1, 1, 64), (3, 301, 320), (70, 32101, 32128), (5, 320, 320)]
)
def test_loss_and_its_gradient(own: Kernels, rows: int, vocabulary: int, columns: int) -> None:
    torch.manual_seed(rows)
    logits = (4 * torch.randn(rows, columns)).bfloat16()
    # What lies behind the vocabulary is padding, whatever stands there.
    logits[:, vocabulary:] = 50.0
    labels = torch.randint(0, vocabulary, (rows,))
    exact = logits[:, :vocabulary].float().requires_grad_()
    wanted = functional.cross_entropy(exact, labels, reduction="none")
    wanted.sum().backward()
    losses, sums = torch.empty(rows), torch.empty(rows)
    addresses = (losses.data_ptr(), sums.data_ptr())
    own.call("loss", logits.data_ptr(), columns, labels.data_ptr(), rows, vocabulary, *addresses)
    torch.testing.assert_close(losses, wanted.detach(), rtol=1e-5, atol=1e-5)
    assert exact.grad is not None
    gradient = logits[:, :vocabulary].float() / sums[:, None]
    torch.testing.assert_close(gradient, exact.grad, rtol=1 / 128, atol=1e-6)
    assert not logits[:, vocabulary:].any()
