"""A stack in training, by own kernels: the same mathematics as `stack`, in fewer passes over memory.

A layer's output, its dropout, the residual sum and the next layer's norm are one pass, and so is the way
back. Masks are drawn where they are used, and again in backward.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import TYPE_CHECKING

import torch
from torch import Tensor

from fsa_runtime.kernels.library import Kernels, kernels
from fsa_runtime.t5 import kernel_layers
from fsa_runtime.t5.attention import Attention
from fsa_runtime.t5.batching import CrossIndex, Side
from fsa_runtime.t5.config import T5Config
from fsa_runtime.t5.dropout import Dropout
from fsa_runtime.t5.feedforward import FeedForward
from fsa_runtime.t5.kernel_layers import AttentionSaved, FeedForwardSaved, Look, Tables, key_lengths
from fsa_runtime.t5.kernel_rows import NOTHING, Normed, Stream, add_norm, mask, mask_scaled, norm_backward

if TYPE_CHECKING:
    from fsa_runtime.t5.stack import Stack

_HEAD_WIDTH_MULTIPLE = 16


@dataclass(frozen=True)
class _Part:
    """One sublayer's forward: `stream` drops its output, `look` is None for a feed-forward."""

    layer: Attention | FeedForward
    normed: Normed
    saved: AttentionSaved | FeedForwardSaved
    look: Look | None
    stream: Stream


@dataclass(frozen=True)
class Activations:
    """What backward needs of one forward; `scale` stands before every sublayer's output."""

    own: Kernels
    side: Side
    parts: list[_Part]
    last: Normed
    embedding_stream: Stream
    output_stream: Stream
    dropout_scale: float
    scale: float
    gain: float


def passes_for(config: T5Config, ids: Tensor, dtype: torch.dtype, dropout: Dropout) -> Kernels | None:
    """The kernels where they are there and fit: training in bf16 on a CPU, heads of a multiple of 16."""
    if not dropout.training or dtype is not torch.bfloat16 or ids.device.type != "cpu":
        return None
    own = kernels()
    if own is not None and config.d_kv % _HEAD_WIDTH_MULTIPLE != 0:
        own.fall_back(f"heads of {config.d_kv}, which is no multiple of {_HEAD_WIDTH_MULTIPLE}")
        return None
    return own


def forward(
    own: Kernels,
    stack: Stack,
    side: Side,
    dropout: Dropout,
    *,
    memory: Tensor | None,
    cross: CrossIndex | None,
) -> tuple[Tensor, Activations]:
    """The output rows [rows, d] bf16 and what `backward` needs."""
    rows = stack.embed(side.ids)
    embedding_stream = dropout.next_stream()
    mask_scaled(own, rows, dropout.scale, embedding_stream)
    # Neither probabilities nor hidden values are scaled where dropout strikes them.
    scale = dropout.scale * dropout.scale
    parts: list[_Part] = []
    output, stream = None, NOTHING
    for layer, look in _sublayers(stack, side, memory, cross):
        normed = add_norm(own, rows, output, layer.norm, scale=scale, stream=stream)
        rows = normed.rows
        saved: AttentionSaved | FeedForwardSaved
        if isinstance(layer, FeedForward):
            output, saved = kernel_layers.feed(own, layer, normed.values, dropout)
        else:
            assert look is not None
            output, saved = kernel_layers.attend(own, layer, normed.values, look, dropout)
        stream = dropout.next_stream()
        parts.append(_Part(layer, normed, saved, look, stream))
    gain = dropout.scale * stack.output_gain
    last = add_norm(own, rows, output, stack.final_norm, scale=scale, stream=stream, gain=gain)
    output_stream = dropout.next_stream()
    mask(own, last.values, output_stream)
    activations = Activations(
        own, side, parts, last, embedding_stream, output_stream, dropout.scale, scale, gain
    )
    return last.values, activations


def backward(
    stack: Stack, output_gradient: Tensor, activations: Activations, memory_gradient: Tensor | None
) -> None:
    """Adds all weight gradients, and that of the encoder's output to `memory_gradient` [rows, d] fp32."""
    own, parts, scale = activations.own, activations.parts, activations.scale
    gradient = torch.zeros_like(activations.last.rows)
    outer = output_gradient.to(torch.bfloat16)
    mask(own, outer, activations.output_stream)
    below = norm_backward(
        own,
        outer,
        activations.last,
        stack.final_norm,
        gradient,
        scale=scale,
        below=parts[-1].stream,
        gain=activations.gain,
    )
    while parts:
        part = parts.pop()
        assert below is not None
        if isinstance(part.layer, FeedForward):
            assert isinstance(part.saved, FeedForwardSaved)
            outer = kernel_layers.feed_backward(own, part.layer, below, part.saved)
        else:
            assert isinstance(part.saved, AttentionSaved)
            assert part.look is not None
            outer = kernel_layers.attend_backward(
                own, part.layer, below, part.saved, part.look, memory_gradient=memory_gradient
            )
            shared = any(other.look is not None and other.look.tables is part.look.tables for other in parts)
            if part.look.tables is not None and not shared:
                part.look.tables.add_gradients()
        below = norm_backward(
            own,
            outer,
            part.normed,
            part.layer.norm,
            gradient,
            scale=scale,
            below=parts[-1].stream if parts else None,
        )
    mask_scaled(own, gradient, activations.dropout_scale, activations.embedding_stream)
    used = activations.side.groups[-1].rows.stop
    stack.embedding.add_rows(activations.side.ids[:used], gradient[:used])


def _sublayers(
    stack: Stack, side: Side, memory: Tensor | None, cross: CrossIndex | None
) -> Iterator[tuple[Attention | FeedForward, Look | None]]:
    """Every sublayer in turn, and what an attention looks at."""
    groups = side.groups
    # Behind a causal mask no real query sees the padding at the end.
    lengths = [None] * len(groups) if stack.decoder else key_lengths(groups)
    other = None
    if cross is not None:
        other = Look(groups, key_lengths(cross.groups), causal=False, memory=memory, cross=cross)
    tables = [Tables(position) for position in stack.positions]
    for index, layer in enumerate(stack.layers):
        table = tables[min(index, len(tables) - 1)]
        yield layer.self_attention, Look(groups, lengths, causal=stack.decoder, tables=table)
        if layer.cross_attention is not None:
            yield layer.cross_attention, other
        yield layer.feed_forward, None
