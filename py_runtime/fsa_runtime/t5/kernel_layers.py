"""What lies between two norms, by own kernels: attention without a tensor of scores, and the feed-forward.

Each forward turns normed rows [rows, d] bf16 into the output before dropout and residual; each backward turns
that output's gradient into the gradient of the normed rows.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field

import torch
from torch import Tensor

from fsa_runtime.kernels.library import Kernels
from fsa_runtime.t5.attention import Attention
from fsa_runtime.t5.batching import CrossIndex, Group
from fsa_runtime.t5.dropout import Dropout
from fsa_runtime.t5.feedforward import FeedForward
from fsa_runtime.t5.kernel_rows import Stream, mask
from fsa_runtime.t5.position import PositionBias


class Tables:
    """The position biases of one layer or stack by distance, for the lengths of a micro-batch."""

    def __init__(self, position: PositionBias) -> None:
        self._position = position
        self._values: dict[int, Tensor] = {}
        self._gradients: dict[int, Tensor] = {}

    def value(self, length: int) -> Tensor:
        if length not in self._values:
            self._values[length] = self._position.table(length)
        return self._values[length]

    def gradient(self, length: int) -> Tensor:
        """Where attention adds the gradient of `value(length)`."""
        if length not in self._gradients:
            self._gradients[length] = torch.zeros_like(self.value(length))
        return self._gradients[length]

    def add_gradients(self) -> None:
        """Hands what was gathered to the weight, and begins anew."""
        for gradient in self._gradients.values():
            self._position.add_table_gradient(gradient)
        self._gradients.clear()


@dataclass(frozen=True)
class Look:
    """What queries look at: `lengths[g]` int32 real keys of each example of group g, None where all are.

    Self-attention has position biases in `tables`, cross-attention the encoder's output `memory` [encoder
    rows, d] and `cross`, which gathers each group's keys from it.
    """

    groups: Sequence[Group]
    lengths: Sequence[Tensor | None]
    causal: bool
    tables: Tables | None = None
    memory: Tensor | None = None
    cross: CrossIndex | None = None


@dataclass
class AttentionSaved:
    normed: Tensor
    projected: Tensor
    gathered: Tensor | None
    context: Tensor
    log_sums: list[Tensor] = field(default_factory=list)
    streams: list[Stream] = field(default_factory=list)


def key_lengths(groups: Sequence[Group]) -> list[Tensor | None]:
    return [
        None if min(group.lengths) == group.length else torch.tensor(group.lengths, dtype=torch.int32)
        for group in groups
    ]


def attend(
    own: Kernels, layer: Attention, normed: Tensor, look: Look, dropout: Dropout
) -> tuple[Tensor, AttentionSaved]:
    inner = layer.heads * layer.width
    projected = layer.q.matmul(normed)
    gathered = None
    if look.memory is not None and look.cross is not None and layer.kv is not None:
        gathered = layer.kv.matmul(look.memory).index_select(0, look.cross.gather)
    context = torch.empty(len(normed), inner, dtype=normed.dtype)
    context[look.groups[-1].rows.stop :] = 0
    saved = AttentionSaved(normed, projected, gathered, context)
    for index, group in enumerate(look.groups):
        log_sums = torch.empty(group.count, layer.heads, group.length)
        stream = dropout.next_stream()
        saved.log_sums.append(log_sums)
        saved.streams.append(stream)
        parts = _Parts(layer, look, projected, gathered, index)
        own.call(
            "attention",
            *parts.addresses,
            *parts.strides,
            context.data_ptr() + group.start * inner * context.itemsize,
            inner,
            log_sums.data_ptr(),
            *parts.shape,
            None if look.tables is None else look.tables.value(group.length).data_ptr(),
            group.length,
            *stream,
        )
    return layer.o.matmul(context), saved


def attend_backward(
    own: Kernels,
    layer: Attention,
    output: Tensor,
    saved: AttentionSaved,
    look: Look,
    *,
    memory_gradient: Tensor | None,
) -> Tensor:
    layer.o.add_gradient(output, saved.context)
    outer = output @ layer.o.value
    inner = layer.heads * layer.width
    queries = torch.empty_like(saved.projected)
    queries[look.groups[-1].rows.stop :] = 0
    gathered = None
    if saved.gathered is not None:
        # One more row, of zeros: where `scatter` sends the encoder's padding.
        gathered = torch.empty(len(saved.gathered) + 1, 2 * inner, dtype=output.dtype)
        gathered[-1] = 0
    for index, group in enumerate(look.groups):
        parts = _Parts(layer, look, saved.projected, saved.gathered, index)
        gradients = _Parts(layer, look, queries, gathered, index)
        offset = group.start * inner * outer.itemsize
        tables = look.tables
        own.call(
            "attention_backward",
            *parts.addresses,
            *parts.strides,
            saved.context.data_ptr() + offset,
            outer.data_ptr() + offset,
            inner,
            saved.log_sums[index].data_ptr(),
            *gradients.addresses,
            *gradients.strides,
            *parts.shape,
            None if tables is None else tables.value(group.length).data_ptr(),
            None if tables is None else tables.gradient(group.length).data_ptr(),
            group.length,
            *saved.streams[index],
        )
    layer.q.add_gradient(queries, saved.normed)
    if gathered is not None and look.cross is not None and layer.kv is not None:
        assert look.memory is not None
        assert memory_gradient is not None
        projected = gathered.index_select(0, look.cross.scatter)
        layer.kv.add_gradient(projected, look.memory)
        memory_gradient.add_(projected @ layer.kv.value)
    return queries @ layer.q.value


class _Parts:
    """Where queries, keys and values of one group lie in the rows that were projected together."""

    def __init__(
        self, layer: Attention, look: Look, projected: Tensor, gathered: Tensor | None, index: int
    ) -> None:
        group = look.groups[index]
        size = projected.itemsize
        inner = layer.heads * layer.width
        stride = projected.shape[1]
        query = projected.data_ptr() + group.start * stride * size
        keys = group.length
        if gathered is None or look.cross is None:
            key = query + inner * size
            self.strides = (stride, stride)
        else:
            cross = look.cross.groups[index]
            key = gathered.data_ptr() + cross.start * gathered.shape[1] * size
            self.strides = (stride, gathered.shape[1])
            keys = cross.length
        self.addresses = (query, key, key + inner * size)
        lengths = look.lengths[index]
        real = None if lengths is None else lengths.data_ptr()
        self.shape = (group.count, group.length, keys, layer.heads, layer.width, real, int(look.causal))


@dataclass(frozen=True)
class FeedForwardSaved:
    normed: Tensor
    before: Tensor | None
    hidden: Tensor
    stream: Stream


def feed(
    own: Kernels, layer: FeedForward, normed: Tensor, dropout: Dropout
) -> tuple[Tensor, FeedForwardSaved]:
    hidden, before = layer.wi.matmul(normed), None
    if not layer.relu:
        hidden, before = layer.activate(hidden)
    stream = dropout.next_stream()
    mask(own, hidden, stream, relu=layer.relu)
    return layer.wo.matmul(hidden), FeedForwardSaved(normed, before, hidden, stream)


def feed_backward(own: Kernels, layer: FeedForward, output: Tensor, saved: FeedForwardSaved) -> Tensor:
    layer.wo.add_gradient(output, saved.hidden)
    hidden = output @ layer.wo.value
    if layer.relu:
        outer = layer.relu_backward(hidden, saved.hidden)
    else:
        mask(own, hidden, saved.stream)
        outer = layer.activate_backward(hidden, saved.before)
    layer.wi.add_gradient(outer, saved.normed)
    return outer @ layer.wi.value
