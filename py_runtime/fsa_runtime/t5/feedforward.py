"""The feed-forward layer, plain (relu) and gated (v1.1, Flan), with its norm, dropouts and residual."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import torch
from torch import Tensor
from torch.nn import functional

from fsa_runtime.t5.dropout import Dropout, add_kept, apply_mask, kept_gradient
from fsa_runtime.t5.matrix import Matrix
from fsa_runtime.t5.norm import Norm

_aten: Any = torch.ops.aten

_FORWARD: dict[str, Callable[[Tensor], Tensor]] = {
    "relu": torch.relu,
    "gelu": functional.gelu,
    "gelu_new": lambda values: functional.gelu(values, approximate="tanh"),
    "silu": functional.silu,
}
# (gradient of the output, input) -> gradient of the input
_BACKWARD: dict[str, Callable[[Tensor, Tensor], Tensor]] = {
    "relu": lambda gradient, values: _aten.threshold_backward(gradient, values, 0),
    "gelu": _aten.gelu_backward,
    "gelu_new": lambda gradient, values: _aten.gelu_backward(gradient, values, approximate="tanh"),
    "silu": _aten.silu_backward,
}


def activation_named(name: str) -> Callable[[Tensor], Tensor]:
    """One of `ACTIVATIONS` of the configuration."""
    return _FORWARD[name]


@dataclass(frozen=True)
class Activations:
    """What backward needs of one forward.

    `rows` [rows, d] fp32, `inverse` [rows, 1], `normed` [rows, d], `hidden` [rows, d_ff], and `before` the
    activation [rows, d_ff or twice that]; masks are bytes, None without dropout.
    """

    rows: Tensor
    inverse: Tensor
    normed: Tensor
    before: Tensor | None
    hidden: Tensor
    hidden_kept: Tensor | None
    kept: Tensor | None
    scale: float


class FeedForward:
    """rows + dropout(wo(dropout(act(wi(norm(rows))))))."""

    def __init__(self, norm: Norm, wi: Matrix, wo: Matrix, *, activation: str, gated: bool) -> None:
        self.norm = norm
        self.wi = wi
        self.wo = wo
        self._gated = gated
        self._act = _FORWARD[activation]
        self._act_backward = _BACKWARD[activation]
        self.relu = activation == "relu" and not gated

    def forward(self, rows: Tensor, dropout: Dropout) -> tuple[Tensor, Activations]:
        normed, inverse = self.norm.forward(rows)
        hidden, before = self.activate(self.wi.matmul(normed))
        hidden_kept = dropout.kept(*hidden.shape)
        apply_mask(hidden, hidden_kept)
        output = self.wo.matmul(hidden)
        kept = dropout.kept(*output.shape)
        scale = dropout.scale * dropout.scale
        activations = Activations(rows, inverse, normed, before, hidden, hidden_kept, kept, scale)
        return add_kept(rows, output, kept, scale), activations

    def backward(self, gradient: Tensor, activations: Activations) -> None:
        """Turns the gradient of the output into that of the input, in place."""
        output = kept_gradient(gradient, activations.kept, activations.scale, activations.hidden.dtype)
        self.wo.add_gradient(output, activations.hidden)
        hidden = output @ self.wo.value
        if self.relu:
            outer = self.relu_backward(hidden, activations.hidden)
        else:
            outer = self.activate_backward(apply_mask(hidden, activations.hidden_kept), activations.before)
        self.wi.add_gradient(outer, activations.normed)
        self.norm.backward(outer @ self.wi.value, activations.rows, activations.inverse, gradient)

    def relu_backward(self, gradient: Tensor, hidden: Tensor) -> Tensor:
        """Zero both where relu was and where dropout struck: one pass undoes the two."""
        outer: Tensor = _aten.threshold_backward(gradient, hidden, 0)
        return outer

    def activate(self, before: Tensor) -> tuple[Tensor, Tensor | None]:
        if self.relu:
            return before.relu_(), None
        if not self._gated:
            return self._act(before), before
        gate, linear = before.chunk(2, dim=-1)
        return self._act(gate) * linear, before

    def activate_backward(self, gradient: Tensor, before: Tensor | None) -> Tensor:
        assert before is not None
        if not self._gated:
            return self._act_backward(gradient, before)
        gate, linear = before.chunk(2, dim=-1)
        gate_gradient = self._act_backward(gradient * linear, gate.contiguous())
        return torch.cat((gate_gradient, gradient * self._act(gate)), dim=-1)
