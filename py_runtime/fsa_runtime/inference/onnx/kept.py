"""The decoder's own keys and values of earlier positions, in the two forms that graphs take and give."""

from __future__ import annotations

from typing import Protocol

import torch
from torch import Tensor
from torch.nn.functional import pad

from fsa_runtime.inference.onnx.layers import HIDDEN, Attention
from fsa_runtime.inference.onnx.places import Single

_ONE = Single()


class Kept(Protocol):
    """What a step asks of what was kept; `made` is what the graph gives back, by layer: key, value."""

    made: list[Tensor]

    @property
    def length(self) -> int:
        """Positions before the newest."""

    def seen(self, bias: Tensor) -> Tensor:
        """The bias of `length + 1` positions, [1, heads, 1, positions], as `attend` takes it."""

    def attend(self, layer: int, own: Attention, rows: Tensor, bias: Tensor) -> Tensor:
        """Adds what the newest position sees of all."""


class Whole:
    """Takes and gives all positions, [batch, heads, positions, width] each: any loop can feed it."""

    def __init__(self, past: list[Tensor]) -> None:
        self.made: list[Tensor] = []
        self._past = past

    @property
    def length(self) -> int:
        return self._past[0].shape[2]

    def seen(self, bias: Tensor) -> Tensor:
        return bias

    def attend(self, layer: int, own: Attention, rows: Tensor, bias: Tensor) -> Tensor:
        normed = own.norm(rows)
        key, value = own.keys_and_values(normed, _ONE)
        keys = torch.cat((self._past[2 * layer], key), dim=2)
        values = torch.cat((self._past[2 * layer + 1], value), dim=2)
        self.made += [keys, values]
        return own.attend(rows, own.queries(normed, _ONE), (keys, values, bias), _ONE)


class Appended:
    """Takes all positions before, [positions, batch, heads, width] each, and gives the newest alone.

    One position lies behind the other, so that whoever feeds the graph writes each once, at the end, and
    nothing that is kept is copied: the newest is scored apart from those before it. A first one of zeros,
    which nobody sees, is there from the start: onnxruntime divides by the number of positions.
    """

    def __init__(self, past: list[Tensor]) -> None:
        self.made: list[Tensor] = []
        self._past = past

    @property
    def length(self) -> int:
        return self._past[0].shape[0] - 1

    def seen(self, bias: Tensor) -> Tensor:
        return pad(bias, (1, 0), value=HIDDEN)

    def attend(self, layer: int, own: Attention, rows: Tensor, bias: Tensor) -> Tensor:
        normed = own.norm(rows)
        made = [own.k(normed), own.v(normed)]
        self.made += made
        key, value = (own.by_head(part, _ONE) for part in made)
        keys, values = self._past[2 * layer], self._past[2 * layer + 1]
        query = own.queries(normed, _ONE)
        scores = torch.cat((query @ keys.permute(1, 2, 3, 0), (query * key).sum(-1, keepdim=True)), dim=3)
        weights = torch.softmax(scores + bias, dim=-1)
        context = weights[..., :-1] @ values.permute(1, 2, 0, 3) + weights[..., -1:] * value
        return own.add(rows, context, _ONE)
