"""Both stacks while a model only reads, by own kernels on a CPU: no padding, no masks, nothing copied.

Every row of a product is one token. What it looks at is an address and a length: an encoder's row at the keys
of its own input, a decoder's at its own earlier positions and at its input. So rows of any lengths, at any
positions, go through a layer together.
"""

from __future__ import annotations

import itertools
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import torch
from torch import Tensor

from fsa_runtime.kernels.library import Kernels
from fsa_runtime.t5.attention import Attention
from fsa_runtime.t5.batching import Ids, place_inputs
from fsa_runtime.t5.dropout import Dropout
from fsa_runtime.t5.feedforward import FeedForward
from fsa_runtime.t5.matrix import Matrix
from fsa_runtime.t5.model import T5
from fsa_runtime.t5.norm import Norm
from fsa_runtime.t5.packing import HeadLayout

# Longer inputs are torch's: for the encoder's square of scores its products are faster than a pass per token.
_LONGEST_ATTENDED = 192


@dataclass(frozen=True)
class Seen:
    """What each row looks at: `lengths` [rows] int32 keys in its pages, whose addresses are `pages` [rows,
    pages a row] int64. From element `offset` on, a page holds `page_length` keys, `stride` elements apart,
    each with its value behind it. With `brings`, the row's own key and value come last, and are still to be
    put there.
    """

    pages: np.ndarray
    lengths: np.ndarray
    offset: int
    page_length: int
    stride: int
    brings: bool = False


@dataclass(frozen=True)
class Biases:
    """`table` fp32 [heads, distances], of which each row sees as many as it has keys, from `starts` [rows]
    int32 on.
    """

    table: Tensor
    starts: np.ndarray


@dataclass(frozen=True)
class Read:
    """Inputs as the decoder sees them: per layer keys and values [tokens, 2 * heads * width], and where each
    input begins and how long it is.
    """

    layers: list[Tensor]
    starts: np.ndarray
    lengths: np.ndarray


class Passes:
    """What lies between products, for one model."""

    def __init__(self, own: Kernels, model: T5) -> None:
        self._own = own
        self._dtype = model.parameters.dtype
        self._is_bf16 = int(self._dtype is torch.bfloat16)
        self._columns = model.config.vocab_size

    def norm(self, rows: Tensor, out: Tensor | None, norm: Norm, gain: float = 1.0) -> Tensor:
        """Adds `out` to rows [n, d] fp32, in place; the sum as normed, in the compute precision."""
        normed = torch.empty(rows.shape, dtype=self._dtype)
        self._own.call(
            "sum_norm",
            rows.data_ptr(),
            None if out is None else out.data_ptr(),
            norm.scale.value.data_ptr(),
            normed.data_ptr(),
            *rows.shape,
            norm.epsilon,
            gain,
            self._is_bf16,
        )
        return normed

    def attend(self, layer: Attention, projected: Tensor, seen: Seen, biases: Biases | None) -> Tensor:
        """The output of one attention, before the residual sum; `projected` [n, heads * width or more]."""
        inner = layer.heads * layer.width
        context = torch.empty(len(projected), inner, dtype=self._dtype)
        self._own.call(
            "attend",
            projected.data_ptr(),
            projected.shape[1],
            int(seen.brings),
            seen.pages.ctypes.data,
            seen.pages.shape[1],
            *(seen.offset, seen.page_length, seen.stride, inner),
            seen.lengths.ctypes.data,
            *(
                (None, 0, None)
                if biases is None
                else (biases.table.data_ptr(), biases.table.shape[1], biases.starts.ctypes.data)
            ),
            context.data_ptr(),
            *(len(projected), layer.heads, layer.width, self._is_bf16),
        )
        return layer.o.matmul(context)

    def feed(self, layer: FeedForward, normed: Tensor) -> Tensor:
        if layer.relu:
            return layer.wo.matmul(layer.wi.matmul(normed, relu=True))
        hidden, _ = layer.activate(layer.wi.matmul(normed))
        return layer.wo.matmul(hidden)

    def choose(self, head: Matrix, hidden: Tensor) -> tuple[Tensor, np.ndarray | None]:
        """The token with the largest logit of each row [n], the first of several; and which rows the error of
        products that are not quite fp32 could have given another [n], or None where there is no such error.
        """
        if isinstance(head.packed, HeadLayout):
            tokens, doubtful = head.packed.choose(hidden, self._columns)
            return tokens, None if doubtful is None else doubtful.numpy()
        return self._best(head.matmul(hidden)), None

    def _best(self, logits: Tensor) -> Tensor:
        best = torch.empty(len(logits), dtype=torch.int64)
        largest = torch.empty(len(logits))
        self._own.call(
            "best",
            *(logits.data_ptr(), logits.shape[1], len(logits), self._columns, 0),
            *(largest.data_ptr(), best.data_ptr(), self._is_bf16),
        )
        return best


def read_inputs(passes: Passes, model: T5, inputs: Sequence[Ids]) -> Read:
    """The encoder, and every decoder layer's keys and values of its output, once."""
    lengths = np.fromiter((len(ids) for ids in inputs), np.int32, len(inputs))
    if lengths.max() > _LONGEST_ATTENDED:
        side, _, places = place_inputs(
            inputs, model.config, device=model.device, heads=model.config.num_heads
        )
        memory, _ = model.encoder.forward(side, Dropout(0.0, device=model.device))
        starts = np.array(places, np.int64)
    else:
        starts = np.concatenate(([0], np.cumsum(lengths)[:-1])).astype(np.int64)
        memory = _encode(passes, model, inputs, starts, lengths)
    layers = []
    for layer in model.decoder.layers:
        assert layer.cross_attention is not None
        assert layer.cross_attention.kv is not None
        layers.append(layer.cross_attention.kv.matmul(memory))
    return Read(layers, starts, lengths)


def _encode(
    passes: Passes, model: T5, inputs: Sequence[Ids], starts: np.ndarray, lengths: np.ndarray
) -> Tensor:
    """The encoder's output [tokens, d], the inputs behind each other."""
    encoder = model.encoder
    places = np.concatenate([np.arange(length, dtype=np.int32) for length in lengths])
    longest = int(lengths.max())
    tables = [position.table(longest) for position in encoder.positions]
    rows = encoder.embed(torch.from_numpy(np.concatenate([np.asarray(ids, np.int64) for ids in inputs])))
    own_starts, own_lengths = np.repeat(starts, lengths), np.repeat(lengths, lengths)
    out = None
    for layer, table in zip(encoder.layers, itertools.cycle(tables), strict=False):
        attention = layer.self_attention
        inner = attention.heads * attention.width
        projected = attention.q.matmul(passes.norm(rows, out, attention.norm))
        # A row's key and value lie behind its query.
        pages = addresses(projected, own_starts)
        seen = Seen(pages, own_lengths, offset=inner, page_length=longest, stride=3 * inner)
        out = passes.attend(attention, projected, seen, Biases(table, longest - 1 - places))
        out = passes.feed(layer.feed_forward, passes.norm(rows, out, layer.feed_forward.norm))
    return passes.norm(rows, out, encoder.final_norm, encoder.output_gain)


def addresses(rows: Tensor, starts: np.ndarray) -> np.ndarray:
    """[n, 1] int64: where row `starts[i]` of rows [rows, columns] lies."""
    return (rows.data_ptr() + starts * (rows.shape[1] * rows.itemsize))[:, None]
