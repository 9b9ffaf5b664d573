"""The norm of a whole gradient against float64."""

from __future__ import annotations

import pytest
import torch

from fsa_runtime.train.gradient_norm import norm_of


@pytest.mark.parametrize("count", [1, 5, 1 << 12, (1 << 12) + 1, 40_000_003])
def test_finds_the_norm_of_any_length_whatever_the_threads(count: int) -> None:
    gradient = torch.full((count,), 0.3)
    norm = norm_of(gradient)
    assert float(norm) == pytest.approx(float(gradient[0].double()) * count**0.5, rel=1e-5)
    threads = torch.get_num_threads()
    try:
        torch.set_num_threads(2)
        assert torch.equal(norm_of(gradient), norm)
    finally:
        torch.set_num_threads(threads)


def test_says_that_a_gradient_is_not_finite() -> None:
    gradient = torch.ones(1 << 17)
    gradient[-1] = torch.nan
    assert not bool(norm_of(gradient).isfinite())
    assert float(norm_of(torch.zeros(0))) == 0
