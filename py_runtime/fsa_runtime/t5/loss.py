"""The head and the cross-entropy, in pieces, with gradients made on the way forward.

The logits of a micro-batch would be its largest tensor by far. They are made for a few hundred target tokens
at a time, turned into gradients in place and thrown away; padding never gets any.
"""

from __future__ import annotations

import math
from collections.abc import Iterator

import torch
from torch import Tensor
from torch.nn import functional

from fsa_runtime.kernels.library import Kernels, kernels
from fsa_runtime.t5.matrix import Matrix

# Softmax passes run over so many rows while they are in the cache ...
_PIECE_ROWS = 256
# ... and so many share one product for the head's gradient, whose sum is as large as the head itself ...
_BLOCK_ROWS = 2048
# ... or fewer, where a vocabulary is so large that their logits would be more than this: 128 MiB in bf16.
_BLOCK_ELEMENTS = 1 << 26
_SUMMED_ROWS = 16
# For each number of rows that it meets, oneDNN compiles a product of its own, on one thread. For tiles,
# that of the logits' gradient takes 50 ms: its inner side is the vocabulary. Tiles have 16 rows, full or not.
_COMPILED_MULTIPLE = 16


def block_rows(vocabulary: int) -> int:
    """How many rows of logits are kept at a time, of a vocabulary's size."""
    fits = _BLOCK_ELEMENTS // vocabulary // _PIECE_ROWS * _PIECE_ROWS
    return max(_PIECE_ROWS, min(_BLOCK_ROWS, fits))


def cross_entropy(
    hidden: Tensor, labels: Tensor, head: Matrix, vocabulary: int, weights: Tensor | None = None
) -> tuple[Tensor, Tensor | None]:
    """Losses [n] fp32 of hidden rows [n, d] (compute precision) against labels [n].

    With `weights` [n] also the gradient [n, d] of sum(weights * losses), while the head's own gradient is
    added to it. Columns from `vocabulary` on are padding and never chosen.
    """
    count = len(hidden)
    hidden, labels, weights = _padded(hidden, labels, weights)
    losses = torch.empty(len(hidden), device=hidden.device)
    most = block_rows(len(head.value))
    rows = min(len(hidden), _PIECE_ROWS if weights is None else most)
    block = torch.empty(rows, len(head.value), dtype=hidden.dtype, device=hidden.device)
    if weights is None:
        for piece in _slices(0, len(hidden), _PIECE_ROWS):
            losses[piece], _ = _exponentials(hidden[piece], labels[piece], head, vocabulary, block)
        return losses[:count], None
    own = kernels() if block.dtype is torch.bfloat16 and block.device.type == "cpu" else None
    gradient = torch.empty_like(hidden)
    scaled = torch.empty_like(hidden)
    for whole in _slices(0, len(hidden), most):
        for piece in _slices(whole.start, whole.stop, _PIECE_ROWS):
            part = block[piece.start - whole.start : piece.stop - whole.start]
            if own is None:
                losses[piece], sums = _differences(hidden[piece], labels[piece], head, vocabulary, part)
            else:
                torch.mm(hidden[piece], head.value.t(), out=part)
                losses[piece], sums = _differences_by(own, part, labels[piece], vocabulary)
            factors = weights[piece, None] / sums
            gradient[piece] = (part @ head.value) * factors
            scaled[piece] = hidden[piece] * factors
        head.add_gradient(block[: whole.stop - whole.start], scaled[whole])
    return losses[:count], gradient[:count]


def _padded(hidden: Tensor, labels: Tensor, weights: Tensor | None) -> tuple[Tensor, Tensor, Tensor | None]:
    """With rows of zeros that weigh nothing up to a multiple, where products are compiled by their rows."""
    missing = -len(hidden) % _COMPILED_MULTIPLE
    if missing == 0 or hidden.dtype is not torch.bfloat16 or hidden.device.type != "cpu":
        return hidden, labels, weights
    rows = functional.pad(hidden, (0, 0, 0, missing))
    more = None if weights is None else functional.pad(weights, (0, missing))
    return rows, functional.pad(labels, (0, missing)), more


def _differences(
    hidden: Tensor, labels: Tensor, head: Matrix, vocabulary: int, into: Tensor
) -> tuple[Tensor, Tensor]:
    """Writes exp - sum * onehot into `into`: the gradient of the logits up to one factor a row, which the
    small side carries. Gives the losses [n] and the sums [n, 1], fp32.
    """
    losses, sums = _exponentials(hidden, labels, head, vocabulary, into)
    # Cells are named in the flat block, as `scatter_` would go over all of it for one cell a row.
    cells = torch.arange(len(into), device=into.device).mul_(into.shape[1]).add_(labels)
    flat = into.view(-1)
    # In fp32: for a sure prediction the two nearly cancel.
    # `put_` is refused where only deterministic operations may run.
    flat[cells] = flat.take(cells).float().sub_(sums.squeeze(1)).to(into.dtype)
    return losses, sums


def _differences_by(own: Kernels, logits: Tensor, labels: Tensor, vocabulary: int) -> tuple[Tensor, Tensor]:
    """The same from logits [n, columns] bf16 in place, in one pass."""
    rows, columns = logits.shape
    losses, sums = torch.empty(rows), torch.empty(rows, 1)
    addresses = (losses.data_ptr(), sums.data_ptr())
    own.call("loss", logits.data_ptr(), columns, labels.data_ptr(), rows, vocabulary, *addresses)
    return losses, sums


def _exponentials(
    hidden: Tensor, labels: Tensor, head: Matrix, vocabulary: int, into: Tensor
) -> tuple[Tensor, Tensor]:
    """Writes exp(logits - largest logit) into `into`; gives the losses [n] and the sums [n, 1], fp32."""
    logits = torch.mm(hidden, head.value.t(), out=into[: len(hidden)])
    logits[:, vocabulary:] = -math.inf
    largest = logits.amax(-1, keepdim=True)
    chosen = logits.gather(1, labels[:, None]).float()
    sums = _fp32_sums(logits.sub_(largest).exp_())
    return (sums.log() + largest - chosen).squeeze(1), sums


def _fp32_sums(rows: Tensor) -> Tensor:
    """The sums [n, 1] of rows [n, columns], fp32.

    A few rows at a time, as torch first makes an fp32 copy of all that it sums on a CPU.
    """
    if rows.device.type != "cpu" or rows.dtype is torch.float32:
        return rows.sum(-1, keepdim=True, dtype=torch.float32)
    return torch.cat(
        [few.sum(-1, keepdim=True, dtype=torch.float32) for few in torch.split(rows, _SUMMED_ROWS)]
    )


def _slices(start: int, stop: int, size: int) -> Iterator[slice]:
    return (slice(at, min(at + size, stop)) for at in range(start, stop, size))
