"""The layout of a micro-batch: every token in one place, groups without needless padding."""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import torch
from engine_kit import make_folder
from hypothesis import given, settings
from hypothesis import strategies as st

from fsa_runtime.t5.batching import (
    MicroBatch,
    WindowExample,
    cut_window,
    group_by_length,
    lay_out,
    read_window,
)
from fsa_runtime.t5.config import parse_config

CONFIG = parse_config({"model_type": "t5", "vocab_size": 400, "num_heads": 4})
ids = st.lists(st.integers(2, 399), min_size=1, max_size=60)
windows = st.lists(st.lists(st.tuples(ids, ids), min_size=1, max_size=6), min_size=1, max_size=4)


@given(windows)
@settings(deadline=None, max_examples=60)
def test_every_token_lies_where_the_indices_say(window: list[list[tuple[list[int], list[int]]]]) -> None:
    examples = read_window(window)
    batch = lay_out(examples, CONFIG, device=torch.device("cpu"), heads=4)
    assert batch.tokens == sum(len(e.inputs) + len(e.targets) for e in examples)
    # A decoder row holds the token before its label.
    pairs = sorted((tuple(e.inputs.tolist()), tuple(e.targets.tolist())) for e in examples)
    assert sorted(_read_back(batch)) == pairs
    # Weights of a reference micro-batch sum to 1 / micro-batches.
    for micro_batch_index in range(len(window)):
        weight = batch.label_weights[batch.label_micro_batches == micro_batch_index].double().sum().item()
        assert abs(weight - 1 / len(window)) < 1e-5


def _read_back(batch: MicroBatch) -> list[tuple[tuple[int, ...], tuple[int, ...]]]:
    cross_index, targets, inputs = batch.cross_index, batch.targets, batch.inputs
    labels = dict(zip(batch.label_rows.tolist(), batch.labels.tolist(), strict=True))
    gathered = inputs.ids[cross_index.gather]
    found = []
    for group, cross in zip(targets.groups, cross_index.groups, strict=True):
        for member in range(group.count):
            start = group.start + member * group.length
            target = [labels[row] for row in range(start, start + group.lengths[member])]
            assert targets.ids[start] == CONFIG.decoder_start_token_id
            assert targets.ids[start + 1 : start + len(target)].tolist() == target[:-1]
            source = cross.start + member * cross.length
            found.append((tuple(gathered[source : source + cross.lengths[member]].tolist()), tuple(target)))
    # The way back from the gathered rows leads to where they came from.
    real = cross_index.scatter < len(cross_index.gather)
    assert torch.equal(cross_index.gather[cross_index.scatter[real]], torch.nonzero(real).squeeze(1))
    return found


@given(st.lists(st.integers(1, 300), min_size=1, max_size=80))
@settings(deadline=None)
def test_groups_hold_everything_once(lengths: list[int]) -> None:
    order, groups = group_by_length(lengths, heads=8)
    assert sorted(order) == list(range(len(lengths)))
    assert [length for group in groups for length in group.lengths] == [lengths[index] for index in order]
    assert all(group.length == max(group.lengths) for group in groups)
    rows = sum(group.count * group.length for group in groups)
    assert rows <= 1.15 * sum(lengths) + 6 * len(groups) + 20


def test_micro_batches_are_even_and_lose_nothing() -> None:
    random = np.random.default_rng(0)
    window = [
        WindowExample(np.ones(random.integers(5, 100)), np.ones(random.integers(5, 400)), 0, 1.0)
        for _ in range(100)
    ]
    cut = cut_window(window, 3000)
    assert sorted(id(example) for part in cut for example in part) == sorted(map(id, window))
    sizes = [sum(len(e.inputs) + len(e.targets) for e in part) for part in cut]
    assert max(sizes) < 3300
    assert min(sizes) > 2000


def test_the_configuration_keeps_what_it_does_not_know(tmp_path: Path) -> None:
    raw = json.loads((make_folder(tmp_path) / "config.json").read_text())
    raw["task_specific_params"] = {"translation": {"prefix": "x"}}
    assert parse_config(raw).with_vocabulary(500).raw == {**raw, "vocab_size": 500}
