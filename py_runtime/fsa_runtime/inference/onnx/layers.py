"""What both graphs are made of: norm, attention and feed-forward as plain torch modules."""

from __future__ import annotations

import torch
from torch import Tensor, nn

from fsa_runtime.inference.onnx.places import Places
from fsa_runtime.t5.feedforward import activation_named
from fsa_runtime.t5.model import T5

HIDDEN = -3.0e38
"""Added to scores of padding: as -inf, but a row of nothing else stays a number."""


class Norm(nn.Module):
    """A root-mean-square norm; `gain` scales what comes out."""

    def __init__(self, model: T5, name: str, gain: float = 1.0) -> None:
        super().__init__()
        self.weight = parameter_of(model.parameters.value(name) * gain)
        self._epsilon = model.config.layer_norm_epsilon

    def forward(self, rows: Tensor) -> Tensor:
        # In the very operations that onnxruntime makes one kernel of.
        variance = rows.pow(2).mean(-1, keepdim=True)
        return rows / torch.sqrt(variance + self._epsilon) * self.weight


class Attention(nn.Module):
    """Norm, attention and residual."""

    def __init__(self, model: T5, prefix: str, kind: str) -> None:
        super().__init__()
        self._heads = model.config.num_heads
        self.norm = Norm(model, f"{prefix}.layer_norm.weight")
        self.q, self.k, self.v, self.o = (
            linear_of(model.parameters.value(f"{prefix}.{kind}.{letter}.weight")) for letter in "qkvo"
        )

    def keys_and_values(self, rows: Tensor, places: Places) -> tuple[Tensor, Tensor]:
        """[batch, heads, keys, width] each, of rows that are normed already."""
        return self.by_head(self.k(rows), places), self.by_head(self.v(rows), places)

    def queries(self, normed: Tensor, places: Places) -> Tensor:
        """[batch, heads, queries, width]."""
        return self.by_head(self.q(normed), places)

    def attend(
        self, rows: Tensor, queries: Tensor, over: tuple[Tensor, Tensor, Tensor], places: Places
    ) -> Tensor:
        """`over` are keys, values and what is added to the scores [batch or 1, heads or 1, queries, keys]."""
        keys, values, bias = over
        weights = torch.softmax(queries @ keys.transpose(2, 3) + bias, dim=-1)
        return self.add(rows, weights @ values, places)

    def add(self, rows: Tensor, context: Tensor, places: Places) -> Tensor:
        """The residual, of what the heads saw [batch, heads, queries, width]."""
        return torch.add(rows, self.o(places.joined(context)))

    def by_head(self, projected: Tensor, places: Places) -> Tensor:
        return places.by_head(projected, self._heads)


class FeedForward(nn.Module):
    """Norm, feed-forward and residual."""

    def __init__(self, model: T5, prefix: str) -> None:
        super().__init__()
        self.norm = Norm(model, f"{prefix}.layer_norm.weight")
        names = ("wi_0", "wi_1") if model.config.gated else ("wi",)
        self.inner = nn.ModuleList(
            linear_of(model.parameters.value(f"{prefix}.DenseReluDense.{name}.weight")) for name in names
        )
        self.wo = linear_of(model.parameters.value(f"{prefix}.DenseReluDense.wo.weight"))
        self._act = activation_named(model.config.activation)

    def forward(self, rows: Tensor) -> Tensor:
        normed = self.norm(rows)
        hidden = self._act(self.inner[0](normed))
        if len(self.inner) > 1:
            hidden = hidden * self.inner[1](normed)
        return torch.add(rows, self.wo(hidden))


def linear_of(weight: Tensor) -> nn.Linear:
    linear = nn.Linear(weight.shape[1], weight.shape[0], bias=False)
    linear.weight = parameter_of(weight)
    return linear


def parameter_of(value: Tensor) -> nn.Parameter:
    return nn.Parameter(value.detach().clone(), requires_grad=False)
