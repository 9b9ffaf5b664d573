"""The head and the cross-entropy, in pieces, with gradients made on the way forward.

The logits of a micro-batch would be its largest tensor by far. They are made for a few hundred target tokens
at a time, turned into gradients in place and thrown away; padding never gets any.
"""

from __future__ import annotations

import math

import torch
from torch import Tensor

from fsa_runtime.t5.weights import Matrix

_PIECE_ROWS = 256


def cross_entropy(
    hidden: Tensor, labels: Tensor, head: Matrix, vocabulary: int, weights: Tensor | None = None
) -> tuple[Tensor, Tensor | None]:
    """Losses [n] fp32 of hidden rows [n, d] (compute precision) against labels [n].

    With `weights` [n] also the gradient [n, d] of sum(weights * losses), while the head's own gradient is
    added to it. Columns from `vocabulary` on are padding and never chosen.
    """
    losses = torch.empty(len(hidden), device=hidden.device)
    gradient = None if weights is None else torch.empty_like(hidden)
    for start in range(0, len(hidden), _PIECE_ROWS):
        piece = slice(start, start + _PIECE_ROWS)
        rows, chosen = hidden[piece], labels[piece, None]
        logits = rows @ head.value.t()
        logits[:, vocabulary:] = -math.inf
        largest = logits.amax(-1, keepdim=True)
        chosen_logits = logits.gather(1, chosen).float()
        exponentials = logits.sub_(largest).exp_()
        sums = exponentials.sum(-1, keepdim=True, dtype=torch.float32)
        losses[piece] = (sums.log() + largest - chosen_logits).squeeze(1)
        if weights is None or gradient is None:
            continue
        # exp - sum * onehot is the gradient of the logits up to one factor a row, which the small side
        # carries. The difference is taken in fp32: for a sure prediction the two nearly cancel.
        corrected = exponentials.gather(1, chosen).float().sub_(sums)
        exponentials.scatter_(1, chosen, corrected.to(exponentials.dtype))
        factors = weights[piece, None] / sums
        gradient[piece] = (exponentials @ head.value) * factors
        head.add_gradient(exponentials, (rows * factors).to(rows.dtype))
    return losses, gradient
