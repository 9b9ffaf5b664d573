"""T5's layer norm: root-mean-square with a scale, no mean and no bias, in fp32 in either precision."""

from __future__ import annotations

import torch
from torch import Tensor

from fsa_runtime.t5.gpu_features import Compiled
from fsa_runtime.t5.matrix import Matrix


class Norm:
    """`scale` [d] fp32; rows [n, d] come in fp32 and leave in `dtype`, the compute precision."""

    def __init__(self, scale: Matrix, epsilon: float, dtype: torch.dtype) -> None:
        self.scale = scale
        self.epsilon = epsilon
        self._dtype = dtype

    def forward(self, rows: Tensor, gain: float = 1.0) -> tuple[Tensor, Tensor]:
        """rows [n, d] fp32 -> `gain` times the normed rows in the compute precision, and 1/RMS [n, 1]."""
        scale = self.scale.value if gain == 1.0 else self.scale.value * gain
        normed, inverse = _normalize(rows, scale, self.epsilon, self._dtype)
        return normed, inverse

    def backward(
        self, gradient: Tensor, rows: Tensor, inverse: Tensor, into: Tensor, gain: float = 1.0
    ) -> None:
        """Adds the gradient of `rows` to `into` [n, d] fp32; `gradient` is that of the normed rows."""
        scale = self.scale.value if gain == 1.0 else self.scale.value * gain
        scale_gradient = _add_gradient(gradient, rows, inverse, scale, into)
        self.scale.dense_gradient().add_(scale_gradient, alpha=gain)


@Compiled
def _normalize(rows: Tensor, scale: Tensor, epsilon: float, dtype: torch.dtype) -> tuple[Tensor, Tensor]:
    inverse = torch.linalg.vector_norm(rows, dim=-1, keepdim=True)
    inverse = inverse.square_().div_(rows.shape[-1]).add_(epsilon).rsqrt_()
    return (rows * inverse).mul_(scale).to(dtype), inverse


@Compiled
def _add_gradient(gradient: Tensor, rows: Tensor, inverse: Tensor, scale: Tensor, into: Tensor) -> Tensor:
    """Adds to `into`; gives the gradient of the scale."""
    scaled = gradient.float() * inverse
    product = scaled * rows
    along = torch.mv(product, scale).div_(rows.shape[-1]).neg_()[:, None]
    into.addcmul_(scaled, scale)
    into.addcmul_(rows, along.mul_(inverse).mul_(inverse))
    return product.sum(0)
