"""T5's layer norm: a root-mean-square norm with a scale, without mean and bias. In fp32 whatever the
precision.
"""

from __future__ import annotations

import torch
from torch import Tensor

from fsa_runtime.t5.weights import Matrix


class Norm:
    def __init__(self, scale: Matrix, epsilon: float, dtype: torch.dtype) -> None:
        self._scale = scale
        self._epsilon = epsilon
        self._dtype = dtype

    def forward(self, rows: Tensor, gain: float = 1.0) -> tuple[Tensor, Tensor]:
        """rows [n, d] fp32 -> `gain` times the normed rows in the compute precision, and 1/RMS [n, 1]."""
        inverse = torch.linalg.vector_norm(rows, dim=-1, keepdim=True)
        inverse = inverse.square_().div_(rows.shape[-1]).add_(self._epsilon).rsqrt_()
        scale = self._scale.value if gain == 1.0 else self._scale.value * gain
        return (rows * inverse).mul_(scale).to(self._dtype), inverse

    def backward(
        self, gradient: Tensor, rows: Tensor, inverse: Tensor, into: Tensor, gain: float = 1.0
    ) -> None:
        """Adds the gradient of `rows` to `into` [n, d] fp32; `gradient` is that of the normed rows."""
        scaled = gradient.float() * (inverse if gain == 1.0 else inverse * gain)
        product = scaled * rows
        self._scale.dense_gradient().add_(product.sum(0))
        along = torch.mv(product, self._scale.value).div_(rows.shape[-1]).neg_()[:, None]
        into.addcmul_(scaled, self._scale.value)
        into.addcmul_(rows, along.mul_(inverse).mul_(inverse))
