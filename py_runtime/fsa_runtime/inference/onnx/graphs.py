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
from torch.nn.functional import embedding

from fsa_runtime.inference.onnx.kept import Appended, Kept
from fsa_runtime.inference.onnx.layers import HIDDEN, Attention, FeedForward, Norm, parameter_of
from fsa_runtime.inference.onnx.places import Packed, Padded, Places, Single
from fsa_runtime.t5.model import T5
from fsa_runtime.t5.position import PositionBias

_ONE = Single()
_BLOCKS = (128, 64, 32, *range(256, 15, -1))
"""Columns of logits that are looked at together, the best first; others leave some over."""


class Encoder(nn.Module):
    """Inputs -> keys and values [batch, heads, inputs, width] of each decoder layer."""

    def __init__(self, model: T5, max_input_tokens: int) -> None:
        super().__init__()
        config = model.config
        self.embedding = parameter_of(model.parameters.value("shared.weight"))
        blocks = [f"encoder.block.{layer}.layer" for layer in range(config.num_layers)]
        self._layers = [
            (Attention(model, f"{prefix}.0", "SelfAttention"), FeedForward(model, f"{prefix}.1"))
            for prefix in blocks
        ]
        self.final_norm = Norm(model, "encoder.final_layer_norm.weight")
        self._crossings = [
            Attention(model, f"decoder.block.{layer}.layer.1", "EncDecAttention")
            for layer in range(config.num_decoder_layers)
        ]
        self.parts = nn.ModuleList([*_flat(self._layers), *self._crossings])
        self._max, self._heads = max_input_tokens, config.num_heads
        # [heads, 2 * max - 1]: what a query sees of a key at each distance, from the farthest before it on.
        self.tables = nn.ParameterList(
            parameter_of(_distance_table(position, max_input_tokens)) for position in model.encoder.positions
        )

    def forward(self, ids: Tensor, rows: Tensor, at: Tensor, places: Tensor, mask: Tensor) -> list[Tensor]:
        """ids [tokens], one input behind the other; as `Packed`; mask [batch, inputs], 0 for padding."""
        packed = Packed(places, rows, at, self._heads)
        memory = self.states(self.embedding[ids][None], mask, packed)
        return [part for crossing in self._crossings for part in crossing.keys_and_values(memory, packed)]

    def states(self, rows: Tensor, mask: Tensor, places: Places) -> Tensor:
        """What the decoder looks at, of embedded inputs, as `rows` lie."""
        steps = torch.arange(mask.shape[1])
        distances = steps[None, :] - steps[:, None] + (self._max - 1)
        hidden = ((1.0 - mask.to(self.embedding.dtype)) * HIDDEN)[:, None, None, :]
        biases = [table[:, distances][None] + hidden for table in self.tables]
        for (attention, feed), bias in zip(self._layers, itertools.cycle(biases), strict=False):
            normed = attention.norm(rows)
            over = (*attention.keys_and_values(normed, places), bias)
            rows = feed(attention.attend(rows, attention.queries(normed, places), over, places))
        return torch.as_tensor(self.final_norm(rows))


class Step(nn.Module):
    """One position of the decoder, over what was kept of those before it and the encoder's part."""

    def __init__(self, model: T5, max_positions: int) -> None:
        super().__init__()
        config = model.config
        self.embedding = parameter_of(model.parameters.value("shared.weight"))
        blocks = [f"decoder.block.{layer}.layer" for layer in range(config.num_decoder_layers)]
        self._layers = [
            (
                Attention(model, f"{prefix}.0", "SelfAttention"),
                Attention(model, f"{prefix}.1", "EncDecAttention"),
                FeedForward(model, f"{prefix}.2"),
            )
            for prefix in blocks
        ]
        self.parts = nn.ModuleList(_flat(self._layers))
        self.final_norm = Norm(model, "decoder.final_layer_norm.weight", model.decoder.output_gain)
        head = self.embedding if model.tied else parameter_of(model.parameters.value("lm_head.weight"))
        self.head = nn.Linear(config.d_model, config.vocab_size, bias=False)
        self.head.weight = head
        self._max = max_positions
        # [heads, positions]: what the newest of all positions sees; its end is that of fewer.
        self.tables = nn.ParameterList(
            parameter_of(position.last_row(max_positions).float()) for position in model.decoder.positions
        )

    def forward(
        self, tokens: Tensor, mask: Tensor, past: list[Tensor], crossing: list[Tensor]
    ) -> tuple[Tensor, list[Tensor]]:
        """tokens [batch], mask [batch, inputs], as `Appended`, `crossings` -> next tokens, newest kept."""
        kept = Appended(past)
        return _largest(self.logits(tokens, mask, kept, crossing)), kept.made

    def crossings(self, states: Tensor) -> list[Tensor]:
        """Keys and values over the encoder's states, as `forward` takes them."""
        return [part for _, cross, _ in self._layers for part in cross.keys_and_values(states, Padded())]

    def logits(self, tokens: Tensor, mask: Tensor, kept: Kept, crossing: list[Tensor]) -> Tensor:
        """[batch, vocabulary]; `kept` then holds what was made."""
        hidden = ((1.0 - mask.to(self.embedding.dtype)) * HIDDEN)[:, None, None, :]
        places = torch.arange(kept.length + 1) + (self._max - 1 - kept.length)
        biases = [kept.seen(table[:, places][None, :, None, :]) for table in self.tables]
        rows = self.embedding[tokens][:, None, :]
        turns = zip(self._layers, itertools.cycle(biases), strict=False)
        for layer, ((own, cross, feed), bias) in enumerate(turns):
            rows = kept.attend(layer, own, rows, bias)
            over = crossing[2 * layer], crossing[2 * layer + 1], hidden
            rows = feed(cross.attend(rows, cross.queries(cross.norm(rows), _ONE), over, _ONE))
        return torch.as_tensor(self.head(self.final_norm(rows[:, 0])))


def _distance_table(position: PositionBias, length: int) -> Tensor:
    """Row 0 of a square holds the distances from 0 up, its last row those down to `1 - length`."""
    square = position.square(length).float()
    return torch.cat((square[:, -1, :-1], square[:, 0, :]), dim=1)


def _largest(logits: Tensor) -> Tensor:
    """Where the first of the largest stands in each row; by blocks, as the maximum alone is found faster."""
    columns = logits.shape[1]
    block = next((size for size in _BLOCKS if columns % size == 0), columns)
    if block == columns:
        return logits.argmax(-1)
    blocks = columns // block
    best = logits.reshape(-1, blocks, block).amax(-1).argmax(-1)
    rows = torch.arange(logits.shape[0]) * blocks + best
    return best * block + embedding(rows, logits.reshape(-1, block)).argmax(-1)


def _flat(layers: Sequence[tuple[nn.Module, ...]]) -> list[nn.Module]:
    """Listed once more in a ModuleList, for torch to know their weights."""
    return [part for layer in layers for part in layer]
