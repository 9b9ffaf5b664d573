"""The gradient of a weight with very many rows, on processors without matrix tiles."""

from __future__ import annotations

import pytest
import torch

from fsa_runtime.t5 import matrix
from fsa_runtime.t5.matrix import Matrix

_ROWS, _COLUMNS = 32_128, 24


def test_is_made_a_few_thousand_rows_at_a_time_in_the_bits_of_one_product(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(matrix, "kernels", lambda: None)
    generator = torch.Generator().manual_seed(1)
    blocks = [
        (torch.randn(n, _ROWS, generator=generator).bfloat16(), torch.randn(n, _COLUMNS).bfloat16())
        for n in (256, 17)
    ]
    weight = Matrix(torch.zeros(_ROWS, _COLUMNS).bfloat16(), torch.full((_ROWS, _COLUMNS), torch.nan))
    with torch.profiler.profile(record_shapes=True) as profile:
        for outputs, inputs in blocks:
            weight.add_gradient(outputs, inputs)
    first, second = (outputs.t() @ inputs for outputs, inputs in blocks)
    assert weight.gradient is not None
    assert torch.equal(weight.gradient, first.float() + second)
    products = [event.input_shapes[0] for event in profile.events() or [] if event.name == "aten::mm"]
    assert max(rows for rows, _ in products) <= 8192
