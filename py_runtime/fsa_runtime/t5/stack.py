"""The encoder and the decoder: embedding dropout, layers, final norm, final dropout."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import torch
from torch import Tensor

from fsa_runtime.t5 import attention, feedforward, kernel_stack
from fsa_runtime.t5.attention import Attention
from fsa_runtime.t5.batching import CrossIndex, Group, Side
from fsa_runtime.t5.config import T5Config
from fsa_runtime.t5.dropout import Dropout, apply_mask
from fsa_runtime.t5.feedforward import FeedForward
from fsa_runtime.t5.norm import Norm
from fsa_runtime.t5.position import PositionBias
from fsa_runtime.t5.weights import Weights


@dataclass(frozen=True)
class Layer:
    """One block of a stack; each part maps rows [rows, d] fp32 to rows [rows, d] fp32, residual included."""

    self_attention: Attention
    cross_attention: Attention | None
    feed_forward: FeedForward


@dataclass(frozen=True)
class Activations:
    """What backward needs of one forward.

    `last` [rows, d] fp32 and `inverse` [rows, 1] are the final norm's; masks are bytes [rows, d], None
    without dropout.
    """

    side: Side
    cross_index: CrossIndex | None
    embedding_kept: Tensor | None
    layers: list[tuple[attention.Activations, attention.Activations | None, feedforward.Activations]]
    last: Tensor
    inverse: Tensor
    kept: Tensor | None
    dropout_scale: float
    gain: float


class Stack:
    """`name` is encoder or decoder; `output_gain` multiplies the output (T5 scales before its head)."""

    def __init__(self, name: str, config: T5Config, weights: Weights, *, output_gain: float = 1.0) -> None:
        self._weights = weights
        self.config = config
        self.decoder = name == "decoder"
        self.output_gain = output_gain
        self.embedding = weights.matrix("shared.weight")
        self.final_norm = self._norm(f"{name}.final_layer_norm.weight")
        count = config.num_decoder_layers if self.decoder else config.num_layers
        self.layers = [self._layer(f"{name}.block.{index}.layer") for index in range(count)]
        tables = count if config.family.bias_per_layer else 1
        # One for each layer in turn: a single one serves them all.
        self.positions = [self._position(f"{name}.block.{index}.layer.0") for index in range(tables)]

    def forward(
        self,
        side: Side,
        dropout: Dropout,
        memory: Tensor | None = None,
        cross_index: CrossIndex | None = None,
    ) -> tuple[Tensor, Activations | kernel_stack.Activations | None]:
        """The output rows [rows, d] in the compute precision; `Activations` only in training."""
        passes = kernel_stack.passes_for(self.config, side.ids, self._weights.dtype, dropout)
        if passes is not None:
            return kernel_stack.forward(passes, self, side, dropout, memory=memory, cross=cross_index)
        rows = self.embed(side.ids)
        embedding_kept = dropout.kept(*rows.shape)
        if embedding_kept is not None:
            apply_mask(rows, embedding_kept).mul_(dropout.scale)
        cross_masks = self._cross_masks(cross_index)
        layers = []
        biases: list[Tensor | None] = []
        for index, layer in enumerate(self.layers):
            if index < len(self.positions):
                biases = self._self_biases(side.groups, self.positions[index])
            rows, own = layer.self_attention.forward(rows, side.groups, biases, dropout)
            other = None
            if layer.cross_attention is not None:
                rows, other = layer.cross_attention.forward(
                    rows, side.groups, cross_masks, dropout, memory=memory, cross_index=cross_index
                )
            rows, feed = layer.feed_forward.forward(rows, dropout)
            if dropout.training:
                layers.append((own, other, feed))
        gain = dropout.scale * self.output_gain
        output, inverse = self.final_norm.forward(rows, gain)
        kept = dropout.kept(*output.shape)
        apply_mask(output, kept)
        if not dropout.training:
            return output, None
        activations = Activations(
            side, cross_index, embedding_kept, layers, rows, inverse, kept, dropout.scale, gain
        )
        return output, activations

    def backward(
        self,
        output_gradient: Tensor,
        activations: Activations | kernel_stack.Activations,
        memory_gradient: Tensor | None = None,
    ) -> None:
        """Adds all weight gradients, and that of the encoder's output to `memory_gradient` [rows, d] fp32."""
        if isinstance(activations, kernel_stack.Activations):
            kernel_stack.backward(self, output_gradient, activations, memory_gradient)
            return
        gradient = torch.zeros_like(activations.last)
        apply_mask(output_gradient, activations.kept)
        self.final_norm.backward(
            output_gradient, activations.last, activations.inverse, gradient, activations.gain
        )
        bias_gradients: dict[int, Tensor] = {}
        groups = activations.side.groups
        for index, layer in reversed(list(enumerate(self.layers))):
            own, other, feed = activations.layers.pop()
            layer.feed_forward.backward(gradient, feed)
            if layer.cross_attention is not None and other is not None:
                layer.cross_attention.backward(
                    gradient,
                    other,
                    groups,
                    memory_gradient=memory_gradient,
                    cross_index=activations.cross_index,
                )
            layer.self_attention.backward(gradient, own, groups, bias_gradients=bias_gradients)
            if index < len(self.positions):
                for bias_gradient in bias_gradients.values():
                    self.positions[index].add_gradient(bias_gradient)
                bias_gradients.clear()
        if activations.embedding_kept is not None:
            apply_mask(gradient, activations.embedding_kept).mul_(activations.dropout_scale)
        used = groups[-1].rows.stop
        self.embedding.add_rows(activations.side.ids[:used], gradient[:used])

    def embed(self, ids: Tensor) -> Tensor:
        """Rows of the embedding in fp32, in which the layers' sum is kept."""
        return self._weights.value("shared.weight").index_select(0, ids)

    def _self_biases(self, groups: Sequence[Group], position: PositionBias) -> list[Tensor | None]:
        squares: dict[int, Tensor] = {}
        biases: list[Tensor | None] = []
        for group in groups:
            if group.length not in squares:
                squares[group.length] = position.square(group.length)
            bias = squares[group.length]
            # Behind a causal mask no real query sees the padding at the end.
            mask = None if self.decoder else group.key_mask(self._weights.dtype, self._weights.device)
            biases.append(bias if mask is None else bias + mask)
        return biases

    def _cross_masks(self, cross_index: CrossIndex | None) -> list[Tensor | None]:
        if cross_index is None:
            return []
        return [group.key_mask(self._weights.dtype, self._weights.device) for group in cross_index.groups]

    def _position(self, prefix: str) -> PositionBias:
        return PositionBias(
            self._weights.vector(f"{prefix}.SelfAttention.relative_attention_bias.weight"),
            causal=self.decoder,
            max_distance=self.config.relative_attention_max_distance,
            dtype=self._weights.dtype,
            device=self._weights.device,
        )

    def _layer(self, prefix: str) -> Layer:
        last = 2 if self.decoder else 1
        return Layer(
            self_attention=self._attention(f"{prefix}.0", "SelfAttention"),
            cross_attention=self._attention(f"{prefix}.1", "EncDecAttention") if self.decoder else None,
            feed_forward=self._feed_forward(f"{prefix}.{last}"),
        )

    def _attention(self, prefix: str, kind: str) -> Attention:
        q, k, v, o = (f"{prefix}.{kind}.{letter}.weight" for letter in "qkvo")
        is_cross = kind == "EncDecAttention"
        return Attention(
            self._norm(f"{prefix}.layer_norm.weight"),
            q=self._weights.matrix(q) if is_cross else self._weights.matrix(q, k, v),
            kv=self._weights.matrix(k, v) if is_cross else None,
            o=self._weights.matrix(o),
            heads=self.config.num_heads,
            head_width=self.config.d_kv,
        )

    def _feed_forward(self, prefix: str) -> FeedForward:
        inner = f"{prefix}.DenseReluDense"
        names = (
            [f"{inner}.wi_0.weight", f"{inner}.wi_1.weight"] if self.config.gated else [f"{inner}.wi.weight"]
        )
        return FeedForward(
            self._norm(f"{prefix}.layer_norm.weight"),
            self._weights.matrix(*names),
            self._weights.matrix(f"{inner}.wo.weight"),
            activation=self.config.activation,
            gated=self.config.gated,
        )

    def _norm(self, name: str) -> Norm:
        return Norm(self._weights.vector(name), self.config.layer_norm_epsilon, self._weights.dtype)
