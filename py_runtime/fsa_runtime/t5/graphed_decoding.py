"""Greedy decoding for GPUs: one step recorded as a CUDA graph and launched as a whole.

A step of a small model is hundreds of kernels of a few microseconds each, which a processor cannot launch
fast enough. A graph wants fixed shapes and addresses: every batch is padded to the same rows and input width,
keys and values have room for all positions from the start, and finished rows stay.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence

import torch
from torch import Tensor

from fsa_runtime.t5.batching import Ids
from fsa_runtime.t5.decoder_cache import CrossGroup
from fsa_runtime.t5.decoder_step import next_tokens, read_groups
from fsa_runtime.t5.dropout import Dropout
from fsa_runtime.t5.gpu_features import GPU_FEATURES
from fsa_runtime.t5.model import T5

# The host waits for the device only so often to see whether all rows are finished.
_STEPS_BETWEEN_LOOKS = 8
# What torch asks for before a capture: libraries set themselves up in the first runs.
_WARM_UP_STEPS = 3


class FixedCache:
    """The `DecoderCache` of fixed size: which position it is stands in a tensor.

    `squares` [heads, positions, positions] are the position biases of each table, -inf for later positions.
    """

    def __init__(self, group: CrossGroup, squares: Sequence[Tensor]) -> None:
        self.groups = [group]
        device = squares[0].device
        self.dropout = Dropout(0.0, device=device)
        self.position = torch.full((1,), -1, device=device)
        self._squares = [square.contiguous() for square in squares]
        rows, heads, _, width = group.layers[0][0].shape
        shape = (rows, heads, squares[0].shape[-1], width)
        # Zeros: hidden positions weigh nothing, but nothing times NaN would be NaN.
        self._own = [(key.new_zeros(shape), value.new_zeros(shape)) for key, value in group.layers]

    def load(self, group: CrossGroup) -> None:
        """Starts another batch of the same shape."""
        self.position.fill_(-1)
        mine = self.groups[0]
        for into, values in zip(mine.layers, group.layers, strict=True):
            into[0].copy_(values[0])
            into[1].copy_(values[1])
        if mine.mask is not None and group.mask is not None:
            mine.mask.copy_(group.mask)

    def begin_position(self) -> None:
        self.position += 1

    def biases(self) -> list[Tensor]:
        return [square.index_select(1, self.position) for square in self._squares]

    def append(self, layer: int, key: Tensor, value: Tensor) -> tuple[Tensor, Tensor]:
        """Gives the room of later positions too."""
        keys, values = self._own[layer]
        keys.index_copy_(2, self.position, key[:, :, None])
        values.index_copy_(2, self.position, value[:, :, None])
        return keys, values


class GraphedDecoder:
    """Generates for batches of up to so many rows and inputs up to a length; the graph serves them all."""

    def __init__(self, model: T5, max_length: int, *, longest_input: int) -> None:
        self._model = model
        self._positions = max_length - 1
        # Wider than any input, so that there always is a mask.
        self._width = longest_input + 8 - longest_input % 8
        self._rows = 0

    @torch.no_grad()
    def generate(
        self, inputs: Sequence[Ids], *, rows: int, should_stop: Callable[[], None] | None = None
    ) -> list[list[int]]:
        """Texts of `inputs`, longest first, computed as `rows` rows."""
        filled = [*inputs, *[inputs[-1]] * (rows - len(inputs))]
        (group,) = read_groups(self._model, filled, [(rows, self._width)])
        if rows == self._rows:
            self._cache.load(group)
        else:
            self._prepare(group)
        end = self._model.config.eos_token_id
        self._begin()
        self._chosen.fill_(end)
        for position in range(self._positions):
            if should_stop is not None:
                should_stop()
            self._launch()
            if position % _STEPS_BETWEEN_LOOKS == _STEPS_BETWEEN_LOOKS - 1:
                ended = (self._chosen[: position + 1] == end).any(0).all()
                if bool(ended):
                    break
        texts = self._chosen.t().tolist()[: len(inputs)]
        return [text[: text.index(end)] if end in text else text for text in texts]

    def _prepare(self, group: CrossGroup) -> None:
        device = self._model.device
        self._rows = group.count
        positions = self._model.decoder.positions
        self._cache = FixedCache(group, [position.square(self._positions) for position in positions])
        self._tokens = torch.zeros(group.count, dtype=torch.int64, device=device)
        self._chosen = torch.zeros(self._positions, group.count, dtype=torch.int64, device=device)
        self._launch: Callable[[], None] = self._step
        if device.type == "cuda":
            self._capture()

    def _begin(self) -> None:
        self._tokens.fill_(self._model.config.decoder_start_token_id)
        self._cache.position.fill_(-1)

    def _step(self) -> None:
        self._tokens.copy_(next_tokens(self._model, self._tokens, self._cache))
        self._chosen.index_copy_(0, self._cache.position, self._tokens[None])

    def _capture(self) -> None:
        """Records `_step`; without success the steps are launched kernel by kernel."""
        self._begin()
        try:
            stream = torch.cuda.Stream()  # type: ignore[no-untyped-call]
            stream.wait_stream(torch.cuda.current_stream())
            with torch.cuda.stream(stream):
                for _ in range(min(_WARM_UP_STEPS, self._positions)):
                    self._step()
            torch.cuda.current_stream().wait_stream(stream)
            graph = torch.cuda.CUDAGraph()
            with torch.cuda.graph(graph, stream=stream):
                self._step()
            self._launch = graph.replay
        except Exception as error:
            GPU_FEATURES.turn_off("graphs", error)
