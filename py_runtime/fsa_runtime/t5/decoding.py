"""Greedy generation: keys and values kept, finished rows dropped, inputs of similar length together."""

from __future__ import annotations

import itertools
from collections.abc import Callable, Sequence

import numpy as np
import torch

from fsa_runtime.t5.batching import Ids
from fsa_runtime.t5.decoder_cache import DecoderCache, cut_by_width
from fsa_runtime.t5.decoder_step import next_tokens, read_groups
from fsa_runtime.t5.gpu_features import GPU_FEATURES
from fsa_runtime.t5.graphed_decoding import GraphedDecoder
from fsa_runtime.t5.kernel_decoding import generate_flowing, kernels_for
from fsa_runtime.t5.memory import rows_together, run_in_pieces
from fsa_runtime.t5.model import T5
from fsa_runtime.t5.packing import packed_weights

# Finished rows are dropped once so many have gathered: dropping copies all keys and values of the others.
_FINISHED_SHARE = 0.125
# Where finished rows are replaced, work on so many times as many inputs is lost if memory runs out.
_FLOWING_PIECES = 8


def generate_greedy(
    model: T5,
    inputs: Sequence[Ids],
    *,
    max_length: int,
    batch_size: int,
    on_batch: Callable[[int, int], None] | None = None,
    should_stop: Callable[[], None] | None = None,
    notice: Callable[[str], None] | None = None,
) -> list[list[int]]:
    """The most likely next token, again and again, for every input, in the inputs' order.

    Returns token ids without padding and end of sequence. `max_length` counts the decoder's start token, as
    in transformers' generate. At least `batch_size` inputs are worked on together; more where memory allows,
    for the few that go on longest are slow alone. `on_batch(done, total)` is called as inputs are finished;
    `should_stop` before every token, to raise if the work is to end; `notice` once if memory ran out and the
    work goes on with fewer inputs at a time.
    """
    outputs: list[list[int]] = []
    order = sorted(range(len(inputs)), key=lambda index: -len(inputs[index]))

    def tell(done: int) -> None:
        if on_batch is not None:
            on_batch(len(outputs) + done, len(order))

    graphed = None
    if inputs and GPU_FEATURES.is_on("graphs", model.device):
        graphed = GraphedDecoder(model, max_length, longest_input=len(inputs[order[0]]))

    own = kernels_for(model)

    def work(count: int) -> list[list[int]]:
        pieces = 1 if own is None else _FLOWING_PIECES
        batch = [inputs[index] for index in order[len(outputs) :][: pieces * count]]
        if own is not None:
            return generate_flowing(
                own, model, batch, max_length, together=count, tell=tell, should_stop=should_stop
            )
        if graphed is not None:
            texts = graphed.generate(batch, rows=min(count, len(order)), should_stop=should_stop)
            tell(len(texts))
            return texts
        return _generate_together(model, batch, max_length, tell=tell, should_stop=should_stop)

    bytes_of_one = model.parameters.dtype.itemsize
    wanted = max(batch_size, rows_together(model.config, model.device, max_length, bytes_of_one))
    together = wanted
    with packed_weights(model):
        while len(outputs) < len(order):
            texts, together = run_in_pieces(work, together, smallest=1, device=model.device)
            outputs += texts
            if together < wanted and notice is not None:
                notice(
                    f"Memory ran out: at most {together} inputs instead of {wanted} are worked on at a time."
                )
                notice = None
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
    lengths = [len(ids) for ids in inputs]
    starts = itertools.accumulate(cut_by_width(lengths), initial=0)
    cuts = [(end - begin, lengths[begin]) for begin, end in itertools.pairwise(starts)]
    biases = [position.last_row(max_length) for position in model.decoder.positions]
    return DecoderCache(read_groups(model, inputs, cuts), biases)
