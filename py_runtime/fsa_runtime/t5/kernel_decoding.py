"""Greedy decoding by own kernels on a CPU: rows come and go while the others stay where they are.

Keys and values of new positions lie in pages of some positions, handed out as rows grow and taken back when
they end; what a step looks at is a table of addresses. So a finished row costs nothing to drop, and its place
goes to the next input at once.
"""

from __future__ import annotations

import itertools
from collections.abc import Callable, Sequence
from functools import partial

import numpy as np
import torch
from torch import Tensor

from fsa_runtime.kernels.library import Kernels, generation_kernels
from fsa_runtime.t5.batching import Ids
from fsa_runtime.t5.kernel_inference import Biases, Passes, Read, Seen, addresses, read_inputs
from fsa_runtime.t5.model import T5
from fsa_runtime.t5.packing import plain_products

_PAGE_POSITIONS = 16
# Pages are made so many at a time.
_BLOCK_BYTES = 1 << 24
# The encoder reads about so many tokens at a time: their hidden rows stay in the cache.
_TOKENS_READ = 2048
# Inputs are read once so many places are free: reading few is dear.
_FREE_SHARE = 0.25


def kernels_for(model: T5) -> Kernels | None:
    """The kernels where there are some: on a CPU, for any shape, in either precision."""
    return generation_kernels() if model.device.type == "cpu" else None


def generate_flowing(
    own: Kernels,
    model: T5,
    inputs: Sequence[Ids],
    max_length: int,
    *,
    together: int,
    tell: Callable[[int], None],
    should_stop: Callable[[], None] | None,
) -> list[list[int]]:
    """Texts of `inputs`, longest first, at most `together` at a time; `tell` hears how many are finished.

    Texts with a doubtful token are made once more, by plain products.
    """
    flow = partial(_flow, own, model, max_length=max_length, together=together, should_stop=should_stop)
    texts, doubtful = flow(inputs, tell=tell)
    again = np.flatnonzero(doubtful).tolist()
    if len(again) > 0:
        certain = len(inputs) - len(again)
        with plain_products(model):
            exact, _ = flow([inputs[index] for index in again], tell=lambda done: tell(certain + done))
        for index, text in zip(again, exact, strict=True):
            texts[index] = text
    return texts


@torch.no_grad()
def _flow(
    own: Kernels,
    model: T5,
    inputs: Sequence[Ids],
    *,
    max_length: int,
    together: int,
    tell: Callable[[int], None],
    should_stop: Callable[[], None] | None,
) -> tuple[list[list[int]], np.ndarray]:
    """The texts, and which of them [inputs] were given up at a doubtful token."""
    end = model.config.eos_token_id
    chosen = np.full((len(inputs), max_length), end)
    doubtful = np.zeros(len(inputs), bool)
    rows = KernelRows(own, model, max_length)
    alive = np.zeros(0, np.int64)
    tokens = torch.zeros(0, dtype=torch.int64)
    # The start token alone may be all there is room for.
    begun = len(inputs) if max_length < 2 else 0
    finished = 0
    while begun < len(inputs) or len(alive) > 0:
        if should_stop is not None:
            should_stop()
        free = min(together - len(alive), len(inputs) - begun)
        if free > 0 and (free >= _FREE_SHARE * together or free == len(inputs) - begun):
            rows.add(inputs[begun : begun + free])
            alive = np.concatenate((alive, np.arange(begun, begun + free)))
            first = torch.full((free,), model.config.decoder_start_token_id)
            tokens = torch.cat((tokens, first))
            begun += free
        places = rows.lengths.copy()
        tokens, doubted = rows.step(tokens)
        now = tokens.numpy()
        chosen[alive, places] = now
        goes_on = (now != end) & (places < max_length - 2)
        if doubted is not None:
            doubtful[alive[doubted]] = True
            goes_on &= ~doubted
        if not goes_on.all():
            rows.keep(goes_on)
            tokens, alive = tokens[torch.from_numpy(goes_on)], alive[goes_on]
            certain = begun - len(alive) - int(doubtful.sum())
            if certain > finished:
                finished = certain
                tell(finished)
    ends = (chosen == end).argmax(1)
    return [row[:stop].tolist() for row, stop in zip(chosen, ends, strict=True)], doubtful


class KernelRows:
    """The rows being decoded; `lengths` [rows] int32 are their positions so far."""

    def __init__(self, own: Kernels, model: T5, max_length: int) -> None:
        self._model = model
        self._passes = Passes(own, model)
        self._max_length = max_length
        self._tables = [position.last_row_table(max_length) for position in model.decoder.positions]
        config = model.config
        self._page_row = 2 * config.inner_dim
        self._pages = _Pages(
            config.num_decoder_layers * _PAGE_POSITIONS * self._page_row, model.parameters.dtype
        )
        self.lengths = np.zeros(0, np.int32)
        self._own = np.zeros((0, 0), np.int64)
        self._inputs: list[np.ndarray] = [np.zeros((0, 1), np.int64) for _ in model.decoder.layers]
        self._input_lengths = np.zeros(0, np.int32)
        # Which of `_read` each row looks at.
        self._source = np.zeros(0, np.int64)
        self._read: dict[int, Read] = {}
        self._count_read = 0

    def add(self, inputs: Sequence[Ids]) -> None:
        """More rows, behind the others."""
        for piece in _pieces(inputs):
            read = read_inputs(self._passes, self._model, piece)
            self._read[self._count_read] = read
            self._inputs = [
                np.concatenate((before, addresses(layer, read.starts)))
                for before, layer in zip(self._inputs, read.layers, strict=True)
            ]
            self._input_lengths = np.concatenate((self._input_lengths, read.lengths))
            self._source = np.concatenate((self._source, np.full(len(piece), self._count_read)))
            self._count_read += 1
        self.lengths = np.concatenate((self.lengths, np.zeros(len(inputs), np.int32)))
        none = np.zeros((len(inputs), self._own.shape[1]), np.int64)
        self._own = np.concatenate((self._own, none))

    def keep(self, kept: np.ndarray) -> None:
        """Drops all rows but those with True in `kept` [rows]."""
        dropped = self._own[~kept]
        self._pages.give_back(dropped[dropped != 0])
        self._own = self._own[kept]
        self.lengths = self.lengths[kept]
        self._inputs = [each[kept] for each in self._inputs]
        self._input_lengths = self._input_lengths[kept]
        self._source = self._source[kept]
        alive = set(self._source.tolist())
        self._read = {number: read for number, read in self._read.items() if number in alive}

    def step(self, tokens: Tensor) -> tuple[Tensor, np.ndarray | None]:
        """The tokens just chosen [rows] -> the next ones, and which are doubtful (see `Passes.choose`)."""
        decoder, passes = self._model.decoder, self._passes
        self._make_room()
        self.lengths = self.lengths + 1
        starts = (self._max_length - self.lengths).astype(np.int32)
        rows, out = decoder.embed(tokens), None
        tables = itertools.cycle(self._tables)
        widest = int(self._input_lengths.max())
        for index, (layer, table) in enumerate(zip(decoder.layers, tables, strict=False)):
            attention, cross = layer.self_attention, layer.cross_attention
            projected = attention.q.matmul(passes.norm(rows, out, attention.norm))
            offset = index * _PAGE_POSITIONS * self._page_row
            seen = Seen(self._own, self.lengths, offset, _PAGE_POSITIONS, self._page_row, brings=True)
            out = passes.attend(attention, projected, seen, Biases(table, starts))
            assert cross is not None
            query = cross.q.matmul(passes.norm(rows, out, cross.norm))
            seen = Seen(self._inputs[index], self._input_lengths, 0, widest, self._page_row)
            out = passes.attend(cross, query, seen, None)
            out = passes.feed(layer.feed_forward, passes.norm(rows, out, layer.feed_forward.norm))
        hidden = passes.norm(rows, out, decoder.final_norm, decoder.output_gain)
        return passes.choose(self._model.head, hidden)

    def _make_room(self) -> None:
        """A page for every row whose next position begins one."""
        begins = np.flatnonzero(self.lengths % _PAGE_POSITIONS == 0)
        if len(begins) == 0:
            return
        columns = self.lengths[begins] // _PAGE_POSITIONS
        more = int(columns.max()) + 1 - self._own.shape[1]
        if more > 0:
            self._own = np.ascontiguousarray(np.pad(self._own, ((0, 0), (0, more))))
        self._own[begins, columns] = self._pages.take(len(begins))


class _Pages:
    """Addresses of pages of `elements` each."""

    def __init__(self, elements: int, dtype: torch.dtype) -> None:
        self._elements = elements
        self._dtype = dtype
        self._blocks: list[Tensor] = []
        self._free: list[int] = []

    def take(self, count: int) -> np.ndarray:
        while len(self._free) < count:
            page_bytes = self._elements * self._dtype.itemsize
            block = torch.empty(max(1, _BLOCK_BYTES // page_bytes), self._elements, dtype=self._dtype)
            self._blocks.append(block)
            self._free += [block.data_ptr() + index * page_bytes for index in range(len(block))]
        taken, self._free = self._free[:count], self._free[count:]
        return np.array(taken, np.int64)

    def give_back(self, pages: np.ndarray) -> None:
        self._free += pages.tolist()


def _pieces(inputs: Sequence[Ids]) -> list[Sequence[Ids]]:
    """Neighbours of about `_TOKENS_READ` tokens together."""
    pieces: list[Sequence[Ids]] = []
    begin = tokens = 0
    for index, ids in enumerate(inputs):
        if index > begin and tokens + len(ids) > _TOKENS_READ:
            pieces.append(inputs[begin:index])
            begin, tokens = index, 0
        tokens += len(ids)
    pieces.append(inputs[begin:])
    return pieces
