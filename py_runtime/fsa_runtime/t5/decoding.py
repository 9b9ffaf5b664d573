"""Greedy generation: keys and values kept, finished rows dropped, inputs of similar length together."""

from __future__ import annotations

from collections.abc import Callable, Sequence

import numpy as np
import torch
from torch import Tensor

from fsa_runtime.t5.batching import Ids, key_mask, place_inputs
from fsa_runtime.t5.decoder_cache import DecoderCache
from fsa_runtime.t5.dropout import Dropout
from fsa_runtime.t5.memory import keep_heap
from fsa_runtime.t5.model import T5

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
    in transformers' generate. `on_batch(done, total)` is called after each batch; `should_stop` before every
    token, to raise if the work is to end.
    """
    keep_heap()
    outputs: list[list[int]] = [[] for _ in inputs]
    order = sorted(range(len(inputs)), key=lambda index: -len(inputs[index]))
    for start in range(0, len(order), batch_size):
        batch = order[start : start + batch_size]
        texts = _generate_batch(model, [inputs[index] for index in batch], max_length, should_stop)
        for index, text in zip(batch, texts, strict=True):
            outputs[index] = text
        if on_batch is not None:
            on_batch(min(start + batch_size, len(order)), len(order))
    return outputs


@torch.no_grad()
def _generate_batch(
    model: T5, inputs: Sequence[Ids], max_length: int, should_stop: Callable[[], None] | None
) -> list[list[int]]:
    config = model.config
    outputs: list[list[int]] = [[] for _ in inputs]
    cache = _read_inputs(model, inputs)
    alive = np.arange(len(inputs))
    finished = np.zeros(len(inputs), bool)
    tokens = torch.full((len(inputs),), config.decoder_start_token_id, device=model.device)
    for _ in range(max_length - 1):
        if should_stop is not None:
            should_stop()
        tokens = _next_tokens(model, tokens, cache)
        chosen = tokens.tolist()
        for row, (index, token) in enumerate(zip(alive.tolist(), chosen, strict=True)):
            if token == config.eos_token_id:
                finished[row] = True
            elif not finished[row]:
                outputs[index].append(token)
        if finished.all():
            break
        if finished.sum() >= max(1, _FINISHED_SHARE * len(alive)):
            keep = np.flatnonzero(~finished)
            rows = torch.from_numpy(keep).to(model.device)
            cache.keep_rows(rows)
            tokens = tokens.index_select(0, rows)
            alive, finished = alive[keep], finished[keep]
    return outputs


def _read_inputs(model: T5, inputs: Sequence[Ids]) -> DecoderCache:
    """Runs the encoder and makes every layer's cross-attention keys and values, once."""
    config = model.config
    side, _, starts = place_inputs(inputs, config, device=model.device, heads=config.num_heads)
    memory, _ = model.encoder.forward(side, Dropout(0.0, device=model.device))
    lengths = [len(ids) for ids in inputs]
    width = max(lengths)
    gather = np.zeros((len(inputs), width), np.int64)
    for index, (start, length) in enumerate(zip(starts, lengths, strict=True)):
        gather[index, :length] = np.arange(start, start + length)
    rows = torch.from_numpy(gather.reshape(-1)).to(model.device)
    crossings = [layer.cross_attention for layer in model.decoder.layers]
    mask = key_mask(lengths, width, model.parameters.dtype, model.device)
    projected = [
        attention.project_memory(memory, rows, len(inputs))
        for attention in crossings
        if attention is not None
    ]
    return DecoderCache(projected, None if mask is None else mask.view(len(inputs), 1, 1, width))


def _next_tokens(model: T5, tokens: Tensor, cache: DecoderCache) -> Tensor:
    """One step: the tokens just chosen [rows] -> the next ones."""
    decoder = model.decoder
    rows = decoder.embed(tokens)
    cache.length += 1
    bias = decoder.position.last_row(cache.length)
    for index, layer in enumerate(decoder.layers):
        rows = layer.self_attention.extend(rows, cache, index, bias)
        if layer.cross_attention is not None:
            rows = layer.cross_attention.look_back(rows, cache.crossings[index], cache.cross_mask)
        rows = layer.feed_forward.forward(rows, cache.dropout)[0]
    hidden, _ = decoder.final_norm.forward(rows, decoder.output_gain)
    logits = hidden @ model.head.value.t()
    # max gives the first of the largest, as argmax does, in a fraction of its time on a CPU.
    return logits[:, : model.config.vocab_size].max(-1).indices
