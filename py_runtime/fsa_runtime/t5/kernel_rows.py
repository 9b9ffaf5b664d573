"""The passes of `kernels` between products, as functions of tensors. bf16 on a CPU; no argument is copied."""

from __future__ import annotations

from dataclasses import dataclass

import torch
from torch import Tensor

from fsa_runtime.kernels.library import Kernels
from fsa_runtime.t5.norm import Norm

# Seed, number of the mask, and how many of 256 byte values drop an element.
Stream = tuple[int, int, int]
NOTHING: Stream = (0, 0, 0)


@dataclass(frozen=True)
class Normed:
    """`rows` [n, d] fp32 as summed, `values` [n, d] bf16 as normed, `inverse` [n] fp32 one over their RMS."""

    rows: Tensor
    values: Tensor
    inverse: Tensor


def add_norm(
    own: Kernels,
    rows: Tensor,
    out: Tensor | None,
    norm: Norm,
    *,
    scale: float,
    stream: Stream,
    gain: float = 1.0,
) -> Normed:
    """Norms rows + scale * (what `stream` keeps of `out`) [n, d]; without `out` the rows as they are."""
    n, d = rows.shape
    total = rows if out is None else torch.empty_like(rows)
    normed = Normed(total, torch.empty(n, d, dtype=torch.bfloat16), torch.empty(n))
    own.call(
        "add_norm",
        rows.data_ptr(),
        None if out is None else out.data_ptr(),
        total.data_ptr(),
        norm.scale.value.data_ptr(),
        normed.values.data_ptr(),
        normed.inverse.data_ptr(),
        *(n, d, scale, norm.epsilon, gain),
        *stream,
    )
    return normed


def norm_backward(
    own: Kernels,
    gradient: Tensor,
    normed: Normed,
    norm: Norm,
    into: Tensor,
    *,
    scale: float,
    below: Stream | None,
    gain: float = 1.0,
) -> Tensor | None:
    """Adds the gradient of the rows to `into` [n, d] fp32; `gradient` [n, d] bf16 is that of the normed ones.

    With `below`, the stream of the output that was summed in under this norm, also that output's gradient
    [n, d] bf16.
    """
    n, d = into.shape
    output = None if below is None else torch.empty(n, d, dtype=torch.bfloat16)
    own.call(
        "norm_backward",
        gradient.data_ptr(),
        normed.rows.data_ptr(),
        normed.inverse.data_ptr(),
        norm.scale.value.data_ptr(),
        into.data_ptr(),
        norm.scale.dense_gradient().data_ptr(),
        *(n, d, gain),
        None if output is None else output.data_ptr(),
        scale,
        *(below or NOTHING),
    )
    return output


def mask(own: Kernels, values: Tensor, stream: Stream, *, relu: bool = False) -> None:
    """Zeroes in place what is not kept of values [n, d] bf16, and with `relu` what is negative."""
    if relu or stream[2] > 0:
        own.call("mask", values.data_ptr(), *values.shape, int(relu), *stream)


def mask_scaled(own: Kernels, values: Tensor, scale: float, stream: Stream) -> None:
    """The same for values [n, d] fp32, times `scale`."""
    if stream[2] > 0 or scale != 1.0:
        own.call("mask_scaled", values.data_ptr(), *values.shape, scale, *stream)
