"""From examples to rows of tokens: which examples share a micro-batch, and where each token lies.

The examples of one optimizer step are cut into micro-batches anew. That changes nothing in the mathematics,
because every target token carries its reference weight, 1 / (micro-batches * target tokens of its own
reference micro-batch), wherever it is computed.

Inside a micro-batch all tokens lie in one long list of rows, on which everything but attention works.
Examples of similar length are neighbours and form groups of one padded length; attention works group by
group.
"""

from __future__ import annotations

import itertools
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import torch
from torch import Tensor

from fsa_runtime.t5.config import T5Config

Ids = Sequence[int] | np.ndarray
Example = tuple[Ids, Ids]

# Starting one more group costs about as much as computing this many rows of padding.
_GROUP_COST_ROWS = 6
# Attention scores of one group; about what stays in the cache between one pass over them and the next.
TILE_ELEMENTS = 1 << 19
_ROW_MULTIPLE = 16


@dataclass(frozen=True)
class Group:
    """`count` examples padded to `length`, in the rows from `start` on."""

    start: int
    count: int
    length: int
    lengths: tuple[int, ...]

    @property
    def rows(self) -> slice:
        return slice(self.start, self.start + self.count * self.length)

    def key_mask(self, dtype: torch.dtype, device: torch.device) -> Tensor | None:
        """[count, 1, 1, length]: 0 for real keys, -inf for padding; None if there is no padding."""
        return key_mask(self.lengths, self.length, dtype, device)


@dataclass(frozen=True)
class Side:
    """The rows of one side (inputs or targets): token ids [rows] and groups; rows behind the last group are
    dead.
    """

    ids: Tensor
    groups: tuple[Group, ...]
    rows: int


@dataclass(frozen=True)
class CrossIndex:
    """For every decoder group the inputs it looks at, gathered from the encoder's rows.

    `gather` [gathered rows] names the encoder row of each gathered one; `scatter` [encoder rows] the way back
    (padding points behind the end, at a row of zeros). `lengths[g]` are the input lengths of group g.
    """

    gather: Tensor
    scatter: Tensor
    groups: tuple[Group, ...]


@dataclass(frozen=True)
class MicroBatch:
    inputs: Side
    targets: Side
    cross_index: CrossIndex
    # Per target token: its decoder row, its id, its weight in the loss, its reference micro-batch.
    label_rows: Tensor
    labels: Tensor
    label_weights: Tensor
    label_micro_batches: Tensor
    tokens: int


@dataclass(frozen=True)
class WindowExample:
    """An example of one optimizer step with what its tokens weigh."""

    inputs: np.ndarray
    targets: np.ndarray
    micro_batch_index: int
    token_weight: float


def read_window(micro_batches: Sequence[Sequence[Example]]) -> list[WindowExample]:
    """All examples of a step; each token weighs 1 / (micro-batches * target tokens in its micro-batch)."""
    window: list[WindowExample] = []
    for micro_batch_index, examples in enumerate(micro_batches):
        if not examples:
            raise ValueError("a micro-batch has no examples")
        tokens = sum(len(targets) for _, targets in examples)
        weight = 1.0 / (len(micro_batches) * max(1, tokens))
        for inputs, targets in examples:
            window.append(
                WindowExample(
                    np.asarray(inputs, np.int64), np.asarray(targets, np.int64), micro_batch_index, weight
                )
            )
    return window


def cut_window(
    window: Sequence[WindowExample], token_budget: int, *, multiple: int = 1
) -> list[list[WindowExample]]:
    """Micro-batches of about equal size under a budget of tokens, the longest targets first.

    Their number is a multiple of `multiple`, or less where there are not that many examples.
    Longest first: what does not fit into memory shows at once, and the buffers made first fit all later ones.
    """
    ordered = sorted(window, key=lambda example: (-len(example.targets), -len(example.inputs)))
    total = sum(_tokens(example) for example in ordered)
    parts = max(1, -(-total // token_budget))
    parts += -parts % multiple
    share = total / parts
    cut: list[list[WindowExample]] = [[]]
    filled = 0
    for example in ordered:
        if cut[-1] and filled + _tokens(example) / 2 > share * len(cut):
            cut.append([])
        cut[-1].append(example)
        filled += _tokens(example)
    return cut


def lay_out(
    examples: Sequence[WindowExample],
    config: T5Config,
    *,
    device: torch.device,
    heads: int,
    sources: Sequence[int] | None = None,
) -> MicroBatch:
    """Places the examples' tokens and makes the index tensors of a micro-batch.

    `sources[i]` is the example whose inputs example `i` reads, which then go through the encoder once. For
    evaluation alone: the way back through shared inputs is not laid out.
    """
    sources = range(len(examples)) if sources is None else sources
    distinct = list(dict.fromkeys(sources))
    input_order, input_groups = group_by_length([len(examples[index].inputs) for index in distinct], heads)
    target_order, target_groups = group_by_length([len(example.targets) for example in examples], heads)
    starts = dict(zip(distinct, _starts(input_order, input_groups), strict=True))
    inputs = _place(
        [examples[distinct[index]].inputs for index in input_order], input_groups, config.pad_token_id
    )
    shifted = [
        np.concatenate(([config.decoder_start_token_id], examples[index].targets[:-1]))
        for index in target_order
    ]
    targets = _place(shifted, target_groups, config.pad_token_id)
    read = [(starts[source], len(examples[source].inputs)) for source in sources]
    cross_index = _cross(read, target_order, target_groups, len(inputs))
    ordered = [examples[index] for index in target_order]
    target_starts = _starts(range(len(ordered)), target_groups)
    lengths = [len(example.targets) for example in ordered]
    label_rows = np.concatenate(
        [np.arange(length) + start for length, start in zip(lengths, target_starts, strict=True)]
    )

    def send(array: np.ndarray) -> Tensor:
        return torch.from_numpy(array).to(device, non_blocking=True)

    return MicroBatch(
        inputs=Side(send(inputs), input_groups, len(inputs)),
        targets=Side(send(targets), target_groups, len(targets)),
        cross_index=CrossIndex(send(cross_index[0]), send(cross_index[1]), cross_index[2]),
        label_rows=send(label_rows),
        labels=send(np.concatenate([example.targets for example in ordered])),
        label_weights=send(
            np.repeat([example.token_weight for example in ordered], lengths).astype(np.float32)
        ),
        label_micro_batches=send(np.repeat([example.micro_batch_index for example in ordered], lengths)),
        tokens=sum(_tokens(example) for example in examples),
    )


def place_inputs(
    inputs: Sequence[Ids], config: T5Config, *, device: torch.device, heads: int
) -> tuple[Side, list[int], list[int]]:
    """Inputs alone, for generation: the side, the order of the examples in it, and each one's first row."""
    arrays = [np.asarray(ids, np.int64) for ids in inputs]
    order, groups = group_by_length([len(ids) for ids in arrays], heads)
    rows = _place([arrays[index] for index in order], groups, config.pad_token_id)
    return Side(torch.from_numpy(rows).to(device), groups, len(rows)), order, _starts(order, groups)


def group_by_length(lengths: Sequence[int], heads: int) -> tuple[list[int], tuple[Group, ...]]:
    """Cuts the examples, longest first, into groups so that padding and the number of groups cost least.

    Returns the order of the examples and the groups. Dynamic programming over the sorted lengths.
    """
    order = sorted(range(len(lengths)), key=lambda index: -lengths[index])
    ordered = [lengths[index] for index in order]
    count = len(ordered)
    best = [0] + [0] * count
    cut_at = [0] * (count + 1)
    for end in range(1, count + 1):
        best[end] = 1 << 60
        for begin in range(end - 1, -1, -1):
            length, members = ordered[begin], end - begin
            if members > 1 and members * heads * length * length > TILE_ELEMENTS:
                break
            cost = best[begin] + members * length + _GROUP_COST_ROWS
            if cost < best[end]:
                best[end], cut_at[end] = cost, begin
    bounds = [count]
    while bounds[-1] > 0:
        bounds.append(cut_at[bounds[-1]])
    bounds.reverse()
    groups: list[Group] = []
    start = 0
    for begin, end in itertools.pairwise(bounds):
        groups.append(Group(start, end - begin, ordered[begin], tuple(ordered[begin:end])))
        start += (end - begin) * ordered[begin]
    return order, tuple(groups)


def key_mask(lengths: Sequence[int], width: int, dtype: torch.dtype, device: torch.device) -> Tensor | None:
    """[examples, 1, 1, width]: 0 for real keys, -inf for padding; None if there is no padding."""
    if min(lengths) == width:
        return None
    mask = np.where(np.arange(width) < np.asarray(lengths)[:, None], 0.0, -np.inf).astype(np.float32)
    return torch.from_numpy(mask)[:, None, None, :].to(device, dtype)


def _tokens(example: WindowExample) -> int:
    return len(example.inputs) + len(example.targets)


def _place(arrays: Sequence[np.ndarray], groups: Sequence[Group], pad: int) -> np.ndarray:
    used = groups[-1].rows.stop
    rows = np.full(used + -used % _ROW_MULTIPLE, pad, np.int64)
    index = 0
    for group in groups:
        for start in range(group.start, group.rows.stop, group.length):
            rows[start : start + len(arrays[index])] = arrays[index]
            index += 1
    return rows


def _starts(order: Sequence[int], groups: Sequence[Group]) -> list[int]:
    """First row of each example, in the examples' own order."""
    starts = [0] * len(order)
    position = 0
    for group in groups:
        for start in range(group.start, group.rows.stop, group.length):
            starts[order[position]] = start
            position += 1
    return starts


def _cross(
    read: Sequence[tuple[int, int]],
    target_order: Sequence[int],
    target_groups: Sequence[Group],
    input_rows: int,
) -> tuple[np.ndarray, np.ndarray, tuple[Group, ...]]:
    """`read` is the first encoder row and the number of rows that each example looks at."""
    groups: list[Group] = []
    position = start = 0
    for group in target_groups:
        members = target_order[position : position + group.count]
        lengths = tuple(read[index][1] for index in members)
        groups.append(Group(start, group.count, max(lengths), lengths))
        start += group.count * max(lengths)
        position += group.count
    gather = np.zeros(start, np.int64)
    scatter = np.full(input_rows, start, np.int64)
    position = 0
    for cross in groups:
        for member, length in enumerate(cross.lengths):
            source, _ = read[target_order[position]]
            place = cross.start + member * cross.length
            gather[place : place + length] = np.arange(source, source + length)
            scatter[source : source + length] = np.arange(place, place + length)
            position += 1
    return gather, scatter, tuple(groups)
