"""How likely a model finds given continuations of its own text, without generating anything."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass

import numpy as np
import torch

from fsa_runtime.t5.batching import WindowExample, group_by_length, lay_out
from fsa_runtime.t5.forward_backward import evaluate
from fsa_runtime.t5.model import T5


@dataclass(frozen=True)
class Continuation:
    """Token ids of an input, of what the decoder has written, and of what is judged after it."""

    inputs: Sequence[int]
    beginning: Sequence[int]
    label: Sequence[int]


def score_continuations(
    model: T5,
    continuations: Sequence[Continuation],
    *,
    batch_size: int,
    on_batch: Callable[[int], None],
) -> list[float]:
    """The mean log-probability of each label's tokens, in the order given.

    Continuations of the same input that share a batch are scored from one pass through the encoder.
    `on_batch(done)` is called before every batch, and may raise to end the work.
    """
    scores = [0.0] * len(continuations)
    # Stable: continuations of one input stay neighbours.
    order = sorted(range(len(continuations)), key=lambda index: -len(continuations[index].inputs))
    for begin in range(0, len(order), batch_size):
        on_batch(begin)
        rows = order[begin : begin + batch_size]
        for row, score in zip(rows, _score_batch(model, [continuations[row] for row in rows]), strict=True):
            scores[row] = score
    return scores


def _score_batch(model: T5, batch: Sequence[Continuation]) -> list[float]:
    window = [
        WindowExample(
            np.asarray(one.inputs, np.int64), np.asarray([*one.beginning, *one.label], np.int64), 0, 1.0
        )
        for one in batch
    ]
    heads = model.config.num_heads
    first: dict[bytes, int] = {}
    sources = [first.setdefault(one.inputs.tobytes(), row) for row, one in enumerate(window)]
    batch_rows = lay_out(window, model.config, device=model.device, heads=heads, sources=sources)
    losses = evaluate(model, batch_rows)
    # Losses come in the order in which targets were laid out.
    order, _ = group_by_length([len(example.targets) for example in window], heads)
    pieces = torch.split(losses.cpu(), [len(window[index].targets) for index in order])
    scores = [0.0] * len(batch)
    for index, piece in zip(order, pieces, strict=True):
        scores[index] = -float(piece[len(batch[index].beginning) :].mean())
    return scores
