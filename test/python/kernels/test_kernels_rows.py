"""Norm, residual and dropout passes against torch in fp32; the random stream by its own."""

from __future__ import annotations

import pytest
import torch

from fsa_runtime.kernels.library import Kernels
from fsa_runtime.t5.kernel_rows import NOTHING, Stream, add_norm, mask, mask_scaled, norm_backward
from fsa_runtime.t5.matrix import Matrix
from fsa_runtime.t5.norm import Norm

STREAM: Stream = (2**63 + 5, 3, 64)
SHAPES = [(1, 1), (3, 48), (5, 64), (7, 130), (130, 512)]


def kept_of(own: Kernels, n: int, d: int, stream: Stream) -> torch.Tensor:
    kept = torch.ones(n, d)
    mask_scaled(own, kept, 1.0, stream)
    return kept


def norm_of(d: int) -> Norm:
    return Norm(Matrix(torch.rand(d) + 0.5, torch.zeros(d)), 1e-6, torch.bfloat16)


@pytest.mark.parametrize(("n", "d"), SHAPES)
@pytest.mark.parametrize("stream", [NOTHING, STREAM])
def test_norm_of_a_dropped_sum_and_the_way_back(own: Kernels, n: int, d: int, stream: Stream) -> None:
    torch.manual_seed(d)
    norm, scale, gain = norm_of(d), 1.5, 0.75
    rows, out = torch.randn(n, d, requires_grad=True), torch.randn(n, d).bfloat16()
    kept = kept_of(own, n, d, stream)
    weight = norm.scale.value.clone().requires_grad_()
    exact_out = out.float().requires_grad_()
    total = rows + scale * kept * exact_out
    inverse = (total.square().mean(1, keepdim=True) + 1e-6).rsqrt()
    wanted = gain * total * inverse * weight
    normed = add_norm(own, rows.detach(), out, norm, scale=scale, stream=stream, gain=gain)
    torch.testing.assert_close(normed.rows, total.detach())
    torch.testing.assert_close(normed.inverse[:, None], inverse.detach())
    torch.testing.assert_close(normed.values.float(), wanted.detach(), rtol=1 / 128, atol=1e-6)
    plain = add_norm(own, total.detach(), None, norm, scale=0.0, stream=NOTHING, gain=gain)
    assert torch.equal(plain.values, normed.values)

    gradient = torch.randn(n, d).bfloat16()
    before = torch.randn(n, d)
    (wanted * gradient.float() + total * before).sum().backward()
    into = before.clone()
    below = norm_backward(own, gradient, normed, norm, into, scale=scale, below=stream, gain=gain)
    torch.testing.assert_close(into, rows.grad, rtol=1e-4, atol=1e-5)
    torch.testing.assert_close(norm.scale.gradient, weight.grad, rtol=1e-4, atol=1e-4)
    assert below is not None
    torch.testing.assert_close(below.float(), exact_out.grad, rtol=1 / 128, atol=1e-5)
    # Not one element more or less than on the way forward.
    assert torch.equal(below != 0, (kept * into) != 0)


@pytest.mark.parametrize(("n", "d"), SHAPES)
def test_masks_zero_and_scale_in_place(own: Kernels, n: int, d: int) -> None:
    values = torch.randn(n, d)
    kept = kept_of(own, n, d, STREAM)
    low, dropped = values.bfloat16(), values.bfloat16()
    mask(own, low, STREAM, relu=True)
    assert torch.equal(low, (values.bfloat16().relu().float() * kept).bfloat16())
    mask(own, dropped, STREAM)
    assert torch.equal(dropped.float(), values.bfloat16().float() * kept)
    scaled = values.clone()
    mask_scaled(own, scaled, 1.25, STREAM)
    assert torch.equal(scaled, values * kept * 1.25)


@pytest.mark.parametrize("threshold", [1, 26, 128, 255])
def test_as_many_are_kept_as_the_threshold_says(own: Kernels, threshold: int) -> None:
    kept = kept_of(own, 2000, 512, (7, 1, threshold))
    share = (256 - threshold) / 256
    error = (share * (1 - share) / kept.numel()) ** 0.5
    assert kept.mean().item() == pytest.approx(share, abs=5 * error)


def test_neighbours_rows_streams_and_seeds_are_independent(own: Kernels) -> None:
    first = kept_of(own, 1000, 512, (7, 1, 128)) * 2 - 1
    flat = first.view(-1)
    for distance in (1, 2, 8, 16, 64, 512):
        assert (flat[distance:] * flat[:-distance]).mean().abs().item() < 0.008
    for other in ((7, 2, 128), (8, 1, 128), (7 + 2**32, 1, 128)):
        assert (first * (kept_of(own, 1000, 512, other) * 2 - 1)).mean().abs().item() < 0.008
    # No block of 64 comes twice.
    blocks = {bytes(block) for block in (flat > 0).view(-1, 64).numpy()}
    assert len(blocks) == flat.numel() // 64
