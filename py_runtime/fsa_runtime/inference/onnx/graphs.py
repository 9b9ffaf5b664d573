"""The two graphs as plain torch modules: the encoder, and one greedy step of the decoder.

The encoder gives every decoder layer's keys and values over the inputs, computed once. The step takes the
tokens just chosen with what was kept, and gives the next tokens: the largest logit is found inside, so that
no logits leave the graph. Position biases are tables by distance, because buckets need a logarithm.
"""

from __future__ import annotations

import itertools
from collections.abc import Sequence

import torch
from torch import Tensor, nn

from fsa_runtime.t5.feedforward import activation_named
from fsa_runtime.t5.model import T5
from fsa_runtime.t5.position import PositionBias

_HIDDEN = -3.0e38
"""Added to scores of padding: as -inf, but a row of nothing else stays a number."""


class _Norm(nn.Module):
    """A root-mean-square norm; `gain` scales what comes out."""

    def __init__(self, model: T5, name: str, gain: float = 1.0) -> None:
        super().__init__()
        self.weight = _parameter(model.parameters.value(name) * gain)
        self._epsilon = model.config.layer_norm_epsilon

    def forward(self, rows: Tensor) -> Tensor:
        variance = rows.pow(2).mean(-1, keepdim=True)
        return rows * torch.rsqrt(variance + self._epsilon) * self.weight


class _Attention(nn.Module):
    """Norm, attention and residual; `rows` are [batch, queries, d]."""

    def __init__(self, model: T5, prefix: str, kind: str) -> None:
        super().__init__()
        self._heads, self._width = model.config.num_heads, model.config.d_kv
        self.norm = _Norm(model, f"{prefix}.layer_norm.weight")
        self.q, self.k, self.v, self.o = (
            _linear(model.parameters.value(f"{prefix}.{kind}.{letter}.weight")) for letter in "qkvo"
        )

    def keys_and_values(self, rows: Tensor) -> tuple[Tensor, Tensor]:
        """[batch, heads, keys, width] each, of rows that are normed already."""
        return self._split(self.k(rows)), self._split(self.v(rows))

    def attend(self, rows: Tensor, normed: Tensor, keys: Tensor, values: Tensor, bias: Tensor) -> Tensor:
        scores = self._split(self.q(normed)) @ keys.transpose(2, 3) + bias
        context = torch.softmax(scores, dim=-1) @ values
        joined = context.transpose(1, 2).reshape(rows.shape[0], rows.shape[1], self._heads * self._width)
        return torch.add(rows, self.o(joined))

    def _split(self, projected: Tensor) -> Tensor:
        shape = (projected.shape[0], projected.shape[1], self._heads, self._width)
        return projected.reshape(shape).transpose(1, 2)


class _FeedForward(nn.Module):
    """Norm, feed-forward and residual."""

    def __init__(self, model: T5, prefix: str) -> None:
        super().__init__()
        self.norm = _Norm(model, f"{prefix}.layer_norm.weight")
        names = ("wi_0", "wi_1") if model.config.gated else ("wi",)
        self.inner = nn.ModuleList(
            _linear(model.parameters.value(f"{prefix}.DenseReluDense.{name}.weight")) for name in names
        )
        self.wo = _linear(model.parameters.value(f"{prefix}.DenseReluDense.wo.weight"))
        self._act = activation_named(model.config.activation)

    def forward(self, rows: Tensor) -> Tensor:
        normed = self.norm(rows)
        hidden = self._act(self.inner[0](normed))
        if len(self.inner) > 1:
            hidden = hidden * self.inner[1](normed)
        return torch.add(rows, self.wo(hidden))


class Encoder(nn.Module):
    """ids, mask [batch, inputs] -> keys and values [batch, heads, inputs, width] of each decoder layer."""

    def __init__(self, model: T5, max_input_tokens: int) -> None:
        super().__init__()
        config = model.config
        self.embedding = _parameter(model.parameters.value("shared.weight"))
        blocks = [f"encoder.block.{layer}.layer" for layer in range(config.num_layers)]
        self._layers = [
            (_Attention(model, f"{prefix}.0", "SelfAttention"), _FeedForward(model, f"{prefix}.1"))
            for prefix in blocks
        ]
        self.final_norm = _Norm(model, "encoder.final_layer_norm.weight")
        self._crossings = [
            _Attention(model, f"decoder.block.{layer}.layer.1", "EncDecAttention")
            for layer in range(config.num_decoder_layers)
        ]
        self.parts = nn.ModuleList([*_flat(self._layers), *self._crossings])
        self._max = max_input_tokens
        # [heads, 2 * max - 1]: what a query sees of a key at each distance, from the farthest before it on.
        self.tables = nn.ParameterList(
            _parameter(_distance_table(position, max_input_tokens)) for position in model.encoder.positions
        )

    def forward(self, ids: Tensor, mask: Tensor) -> list[Tensor]:
        memory = self.states(ids, mask)
        return [part for crossing in self._crossings for part in crossing.keys_and_values(memory)]

    def states(self, ids: Tensor, mask: Tensor) -> Tensor:
        """[batch, inputs, d]: what the decoder looks at."""
        places = torch.arange(ids.shape[1])
        distances = places[None, :] - places[:, None] + (self._max - 1)
        hidden = ((1.0 - mask.to(self.embedding.dtype)) * _HIDDEN)[:, None, None, :]
        biases = [table[:, distances][None] + hidden for table in self.tables]
        rows = self.embedding[ids]
        for (attention, feed), bias in zip(self._layers, itertools.cycle(biases), strict=False):
            normed = attention.norm(rows)
            keys, values = attention.keys_and_values(normed)
            rows = feed(attention.attend(rows, normed, keys, values, bias))
        return torch.as_tensor(self.final_norm(rows))


class Step(nn.Module):
    """tokens [batch], mask [batch, inputs], kept keys and values, and the encoder's -> next tokens and kept.

    Kept keys and values are [batch, heads, positions, width], without positions before the first step.
    """

    def __init__(self, model: T5, max_positions: int) -> None:
        super().__init__()
        config = model.config
        self.embedding = _parameter(model.parameters.value("shared.weight"))
        blocks = [f"decoder.block.{layer}.layer" for layer in range(config.num_decoder_layers)]
        self._layers = [
            (
                _Attention(model, f"{prefix}.0", "SelfAttention"),
                _Attention(model, f"{prefix}.1", "EncDecAttention"),
                _FeedForward(model, f"{prefix}.2"),
            )
            for prefix in blocks
        ]
        self.parts = nn.ModuleList(_flat(self._layers))
        self.final_norm = _Norm(model, "decoder.final_layer_norm.weight", model.decoder.output_gain)
        head = self.embedding if model.tied else _parameter(model.parameters.value("lm_head.weight"))
        self.head = nn.Linear(config.d_model, config.vocab_size, bias=False)
        self.head.weight = head
        self._max = max_positions
        # [heads, positions]: what the newest of all positions sees; its end is that of fewer.
        self.tables = nn.ParameterList(
            _parameter(position.last_row(max_positions).float()) for position in model.decoder.positions
        )

    def forward(
        self, tokens: Tensor, mask: Tensor, past: list[Tensor], crossing: list[Tensor]
    ) -> tuple[Tensor, list[Tensor]]:
        logits, kept = self.logits(tokens, mask, past, crossing)
        return logits.argmax(-1), kept

    def crossings(self, states: Tensor) -> list[Tensor]:
        """Keys and values over the encoder's states, as `forward` takes them."""
        return [part for _, cross, _ in self._layers for part in cross.keys_and_values(states)]

    def logits(
        self, tokens: Tensor, mask: Tensor, past: list[Tensor], crossing: list[Tensor]
    ) -> tuple[Tensor, list[Tensor]]:
        """[batch, vocabulary], and what is kept."""
        hidden = ((1.0 - mask.to(self.embedding.dtype)) * _HIDDEN)[:, None, None, :]
        places = torch.arange(past[0].shape[2] + 1) + (self._max - 1 - past[0].shape[2])
        biases = [table[:, places][None, :, None, :] for table in self.tables]
        rows = self.embedding[tokens][:, None, :]
        kept: list[Tensor] = []
        turns = zip(self._layers, itertools.cycle(biases), strict=False)
        for layer, ((own, cross, feed), bias) in enumerate(turns):
            normed = own.norm(rows)
            key, value = own.keys_and_values(normed)
            keys = torch.cat((past[2 * layer], key), dim=2)
            values = torch.cat((past[2 * layer + 1], value), dim=2)
            kept += [keys, values]
            rows = own.attend(rows, normed, keys, values, bias)
            over = crossing[2 * layer], crossing[2 * layer + 1]
            rows = feed(cross.attend(rows, cross.norm(rows), *over, hidden))
        return self.head(self.final_norm(rows[:, 0])), kept


def _distance_table(position: PositionBias, length: int) -> Tensor:
    """Row 0 of a square holds the distances from 0 up, its last row those down to `1 - length`."""
    square = position.square(length).float()
    return torch.cat((square[:, -1, :-1], square[:, 0, :]), dim=1)


def _flat(layers: Sequence[tuple[nn.Module, ...]]) -> list[nn.Module]:
    """Listed once more in a ModuleList, for torch to know their weights."""
    return [part for layer in layers for part in layer]


def _linear(weight: Tensor) -> nn.Linear:
    linear = nn.Linear(weight.shape[1], weight.shape[0], bias=False)
    linear.weight = _parameter(weight)
    return linear


def _parameter(value: Tensor) -> nn.Parameter:
    return nn.Parameter(value.detach().clone(), requires_grad=False)
