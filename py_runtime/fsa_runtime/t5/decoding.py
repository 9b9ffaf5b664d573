"""Greedy generation: keys and values kept, finished rows dropped, inputs of similar length together."""

from __future__ import annotations

from collections.abc import Callable, Sequence

import numpy as np
import torch
from torch import Tensor

from fsa_runtime.t5.batching import Ids, key_mask, place_inputs
from fsa_runtime.t5.decoder_cache import CrossGroup, DecoderCache, cut_by_width
from fsa_runtime.t5.dropout import Dropout
from fsa_runtime.t5.memory import keep_heap, rows_together, run_in_pieces
from fsa_runtime.t5.model import T5
from fsa_runtime.t5.packing import packed_weights

# Finished rows are dropped once so many have gathered: dropping copies all keys and values of the others.
_FINISHED_SHARE = 0.125


def generate_greedy(
    model: T5,
    inputs: Sequence[Ids],
    *,
    max_length: int,
    batch_size: int,
    on_batch: Callable[[int, int], None] | None = None,
    should_stop: Callable[[], None] | None = None,
) -> list[list[int]]:
    """The most likely next token, again and again, for every input, in the inputs' order.

    Returns token ids without padding and end of sequence. `max_length` counts the decoder's start token, as
    in transformers' generate. At least `batch_size` inputs are worked on together; more where memory allows,
    for the few that go on longest are slow alone. `on_batch(done, total)` is called as inputs are finished;
    `should_stop` before every token, to raise if the work is to end.
    """
    keep_heap()
    outputs: list[list[int]] = []
    order = sorted(range(len(inputs)), key=lambda index: -len(inputs[index]))

    def tell(done: int) -> None:
        if on_batch is not None:
            on_batch(len(outputs) + done, len(order))

    def work(count: int) -> list[list[int]]:
        batch = [inputs[index] for index in order[len(outputs) :][:count]]
        return _generate_together(model, batch, max_length, tell=tell, should_stop=should_stop)

    bytes_of_one = model.parameters.dtype.itemsize
    together = max(batch_size, rows_together(model.config, model.device, max_length, bytes_of_one))
    with packed_weights(model):
        while len(outputs) < len(order):
            texts, together = run_in_pieces(work, together, smallest=1, device=model.device)
            outputs += texts
    return [text for _, text in sorted(zip(order, outputs, strict=True))]


@torch.no_grad()
def _generate_together(
    model: T5,
    inputs: Sequence[Ids],
    max_length: int,
    *,
    tell: Callable[[int], None],
    should_stop: Callable[[], None] | None,
) -> list[list[int]]:
    """`inputs`, longest first; `tell` hears how many are finished."""
    config = model.config
    chosen = np.full((len(inputs), max_length), config.eos_token_id)
    cache = _read_inputs(model, inputs, max_length)
    alive = np.arange(len(inputs))
    finished = np.zeros(len(inputs), bool)
    tokens = torch.full((len(inputs),), config.decoder_start_token_id, device=model.device)
    for position in range(max_length - 1):
        if should_stop is not None:
            should_stop()
        tokens = next_tokens(model, tokens, cache)
        now = tokens.cpu().numpy()
        chosen[alive, position] = now
        finished |= now == config.eos_token_id
        if finished.all():
            break
        if finished.sum() >= max(1, _FINISHED_SHARE * len(alive)):
            cache.keep_rows(~finished)
            tokens = tokens[torch.from_numpy(~finished).to(model.device)]
            alive, finished = alive[~finished], finished[~finished]
            tell(len(inputs) - len(alive))
    tell(len(inputs))
    ends = (chosen == config.eos_token_id).argmax(1)
    return [row[:end].tolist() for row, end in zip(chosen, ends, strict=True)]


def _read_inputs(model: T5, inputs: Sequence[Ids], max_length: int) -> DecoderCache:
    """Runs the encoder and makes every layer's cross-attention keys and values, once."""
    config = model.config
    side, _, starts = place_inputs(inputs, config, device=model.device, heads=config.num_heads)
    memory, _ = model.encoder.forward(side, Dropout(0.0, device=model.device))
    lengths = [len(ids) for ids in inputs]
    counts = cut_by_width(lengths)
    groups, gathers = [], []
    begin = 0
    for count in counts:
        mine = lengths[begin : begin + count]
        gather = np.zeros((count, mine[0]), np.int64)
        for row, (start, length) in enumerate(zip(starts[begin : begin + count], mine, strict=True)):
            gather[row, :length] = np.arange(start, start + length)
        gathers.append(torch.from_numpy(gather).to(model.device))
        groups.append(CrossGroup(count, [], key_mask(mine, mine[0], model.parameters.dtype, model.device)))
        begin += count
    for layer in model.decoder.layers:
        assert layer.cross_attention is not None
        projected = layer.cross_attention.project_memory(memory)
        for group, gather_rows in zip(groups, gathers, strict=True):
            # [count, inputs, 2, heads, width] -> keys and values [count, heads, inputs, width]
            key, value = projected[gather_rows].permute(2, 0, 3, 1, 4).contiguous().unbind(0)
            group.layers.append((key, value))
    return DecoderCache(groups, model.decoder.position.last_row(max_length))


def next_tokens(model: T5, tokens: Tensor, cache: DecoderCache) -> Tensor:
    """One step: the tokens just chosen [rows] -> the next ones."""
    decoder = model.decoder
    rows = decoder.embed(tokens)
    cache.begin_position()
    bias = cache.bias()
    for index, layer in enumerate(decoder.layers):
        rows = layer.self_attention.extend(rows, cache, index, bias)
        if layer.cross_attention is not None:
            rows = layer.cross_attention.look_back(rows, cache.groups, index)
        rows = layer.feed_forward.forward(rows, cache.dropout)[0]
    hidden, _ = decoder.final_norm.forward(rows, decoder.output_gain)
    logits = model.head.times(hidden)
    # max gives the first of the largest, as argmax does, in a fraction of its time on a CPU.
    return logits[:, : model.config.vocab_size].max(-1).indices
