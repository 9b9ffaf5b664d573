"""What every way of decoding is made of: reading the inputs, and one step."""

from __future__ import annotations

import itertools
from collections.abc import Sequence

import numpy as np
import torch
from torch import Tensor

from fsa_runtime.t5.batching import Ids, key_mask, place_inputs
from fsa_runtime.t5.decoder_cache import CrossGroup, StepCache
from fsa_runtime.t5.dropout import Dropout
from fsa_runtime.t5.model import T5


def read_groups(model: T5, inputs: Sequence[Ids], cuts: Sequence[tuple[int, int]]) -> list[CrossGroup]:
    """Runs the encoder and makes every layer's cross-attention keys and values, once.

    `cuts` are the rows and the width of each group of neighbouring inputs.
    """
    config = model.config
    side, _, starts = place_inputs(inputs, config, device=model.device, heads=config.num_heads)
    memory, _ = model.encoder.forward(side, Dropout(0.0, device=model.device))
    groups, gathers = [], []
    begin = 0
    for count, width in cuts:
        lengths = [len(ids) for ids in inputs[begin : begin + count]]
        gather = np.zeros((count, width), np.int64)
        for row, (start, length) in enumerate(zip(starts[begin : begin + count], lengths, strict=True)):
            gather[row, :length] = np.arange(start, start + length)
        gathers.append(torch.from_numpy(gather).to(model.device))
        groups.append(CrossGroup(count, [], key_mask(lengths, width, model.parameters.dtype, model.device)))
        begin += count
    for layer in model.decoder.layers:
        assert layer.cross_attention is not None
        projected = layer.cross_attention.project_memory(memory)
        for group, rows in zip(groups, gathers, strict=True):
            # [count, inputs, 2, heads, width] -> keys and values [count, heads, inputs, width]
            key, value = projected[rows].permute(2, 0, 3, 1, 4).contiguous().unbind(0)
            group.layers.append((key, value))
    return groups


def next_tokens(model: T5, tokens: Tensor, cache: StepCache) -> Tensor:
    """One step: the tokens just chosen [rows] -> the next ones."""
    decoder = model.decoder
    rows = decoder.embed(tokens)
    cache.begin_position()
    biases = itertools.cycle(cache.biases())
    for index, (layer, bias) in enumerate(zip(decoder.layers, biases, strict=False)):
        rows = layer.self_attention.decode_step(rows, cache, index, bias)
        if layer.cross_attention is not None:
            rows = layer.cross_attention.cross_attend(rows, cache.groups, index)
        rows = layer.feed_forward.forward(rows, cache.dropout)[0]
    hidden, _ = decoder.final_norm.forward(rows, decoder.output_gain)
    logits = model.head.matmul(hidden)
    # max gives the first of the largest, as argmax does, in a fraction of its time on a CPU.
    return logits[:, : model.config.vocab_size].max(-1).indices
