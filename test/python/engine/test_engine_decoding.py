"""Greedy decoding is transformers' own, token for token, on models that have learnt to stop."""

from __future__ import annotations

from collections.abc import Sequence
from functools import cache
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch
from engine_kit import Pair, make_folder, reference

from fsa_runtime.t5 import decoding, memory
from fsa_runtime.t5.batching import Ids
from fsa_runtime.t5.decoder_cache import DecoderCache
from fsa_runtime.t5.decoding import generate_greedy
from fsa_runtime.t5.gpu_features import GPU_FEATURES
from fsa_runtime.t5.model import T5, load_model, save_model
from fsa_runtime.train.trainer import Trainer


def _lessons(count: int, seed: int) -> list[Pair]:
    """The first input token says which of twelve targets of 0 to 30 tokens to give."""
    random = np.random.default_rng(5)
    lengths = (0, 1, 2, 3, 4, 6, 8, 11, 15, 16, 17, 30)
    targets = [[*random.integers(50, 300, length).tolist(), 1] for length in lengths]
    random = np.random.default_rng(seed)
    pairs = []
    for _ in range(count):
        kind = int(random.integers(0, len(targets)))
        inputs = [10 + kind, *random.integers(50, 300, random.integers(1, 25)).tolist(), 1]
        pairs.append((inputs, targets[kind]))
    return pairs


@pytest.fixture(scope="module", params=["t5", "v1.1", "mt5", "umt5"])
def learnt(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("learnt")
    model = load_model(make_folder(folder / "start", variant=request.param), device="cpu", precision="fp32")
    trainer = Trainer(model, optimizer="adamw_scale")
    for step in range(150):
        trainer.step([_lessons(16, seed=step)], 2e-2)
    save_model(model, folder / "end")
    return folder / "end"


@pytest.mark.parametrize("batch_size", [1, 5, 64])
@pytest.mark.parametrize("max_length", [2, 18, 60])
def test_tokens_are_those_of_generate(
    learnt: Path, batch_size: int, max_length: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(memory, "_GENERATED_ROWS", 1)
    inputs = [pair[0] for pair in _lessons(23, seed=1000)]
    wanted = _reference(learnt, inputs, max_length)
    model = load_model(learnt, device="cpu", precision="fp32")
    outputs = generate_greedy(model, inputs, max_length=max_length, batch_size=batch_size)
    assert outputs == wanted
    if max_length == 60:
        # Rows end at different times, or nothing here tests the dropping of finished rows.
        assert len({len(output) for output in outputs}) > 4


def test_bf16_gives_the_same_texts_of_a_model_that_is_sure(learnt: Path) -> None:
    pairs = _lessons(40, seed=2000)
    model = load_model(learnt, device="cpu", precision="bf16")
    outputs = generate_greedy(model, [pair[0] for pair in pairs], max_length=60, batch_size=16)
    right = sum([*output, 1] == targets for output, (_, targets) in zip(outputs, pairs, strict=True))
    assert right >= 30


def test_long_and_short_inputs_together_give_the_tokens_of_generate(learnt: Path) -> None:
    """Rows of many widths end in every order, and keys and values outgrow their first room."""
    random = np.random.default_rng(8)
    inputs = [pair[0] + random.integers(50, 300, random.integers(0, 90)).tolist() for pair in _lessons(40, 9)]
    model = load_model(learnt, device="cpu", precision="fp32")
    assert generate_greedy(model, inputs, max_length=50, batch_size=1) == _reference(learnt, inputs, 50)


@pytest.mark.parametrize("rows", [7, 64])
def test_steps_of_fixed_shape_give_the_same_tokens(
    learnt: Path, rows: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    """What a GPU records as a graph: batches padded to one shape, finished rows kept, several batches."""
    monkeypatch.setattr(memory, "_GENERATED_ROWS", 1)
    inputs = [pair[0] for pair in _lessons(23, seed=1000)]
    model = load_model(learnt, device="cpu", precision="fp32")
    for max_length in (2, 18, 60):
        wanted = generate_greedy(model, inputs, max_length=max_length, batch_size=64)
        monkeypatch.setattr(GPU_FEATURES, "forced", frozenset({"graphs"}))
        assert generate_greedy(model, inputs, max_length=max_length, batch_size=rows) == wanted
        monkeypatch.setattr(GPU_FEATURES, "forced", None)


def test_a_full_memory_is_met_with_fewer_rows(learnt: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    inputs = [pair[0] for pair in _lessons(23, seed=1000)]
    model = load_model(learnt, device="cpu", precision="fp32")
    wanted = generate_greedy(model, inputs, max_length=20, batch_size=64)
    asked: list[int] = []
    read_inputs = decoding._read_inputs

    def crowded(model: T5, inputs: Sequence[Ids], max_length: int) -> DecoderCache:
        asked.append(len(inputs))
        if len(inputs) > 6:
            raise RuntimeError(
                "[enforce fail at alloc_cpu.cpp:127] DefaultCPUAllocator: can't allocate memory"
            )
        return read_inputs(model, inputs, max_length)

    monkeypatch.setattr(decoding, "_read_inputs", crowded)
    said: list[str] = []
    done_when_said: list[int] = []
    done = 0

    def count(now: int, _total: int) -> None:
        nonlocal done
        done = now

    def note(sentence: str) -> None:
        said.append(sentence)
        done_when_said.append(done)

    found = generate_greedy(model, inputs, max_length=20, batch_size=23, on_batch=count, notice=note)
    assert found == wanted
    assert max(asked[-4:]) <= 6
    (sentence,) = said
    assert sentence.startswith("Memory ran out: at most 4 inputs instead of ")
    assert done_when_said[0] < len(inputs)
    monkeypatch.setattr(decoding, "_read_inputs", read_inputs)
    generate_greedy(model, inputs, max_length=20, batch_size=23, notice=said.append)
    assert len(said) == 1


def test_training_goes_on_after_generation(learnt: Path) -> None:
    """Nothing laid out for generation outlives it: later steps compute with the weights as they are then."""
    losses = []
    for generates in (False, True):
        model = load_model(learnt, device="cpu", precision="fp32")
        trainer = Trainer(model, optimizer="adamw")
        if generates:
            generate_greedy(model, [pair[0] for pair in _lessons(8, seed=4)], max_length=20, batch_size=8)
        losses.append([trainer.step([_lessons(16, seed=step)], 1e-2).loss for step in range(3)])
    assert losses[0] == losses[1]


def test_progress_is_told_and_stopping_is_quick(learnt: Path) -> None:
    model = load_model(learnt, device="cpu", precision="fp32")
    inputs = [pair[0] for pair in _lessons(10, seed=3)]
    seen: list[tuple[int, int]] = []

    def tell(done: int, total: int) -> None:
        seen.append((done, total))

    generate_greedy(model, inputs, max_length=60, batch_size=4, on_batch=tell)
    assert [total for _, total in seen] == [10] * len(seen)
    done = [count for count, _ in seen]
    # Told while the longest texts still go on, never twice the same, and to the end.
    assert len(done) > 2
    assert done == sorted(set(done))
    assert done[-1] == 10
    asked = 0

    def stop() -> None:
        nonlocal asked
        asked += 1
        if asked == 3:
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        generate_greedy(model, inputs, max_length=60, batch_size=4, should_stop=stop)
    assert asked == 3


def test_no_inputs_give_no_outputs(learnt: Path) -> None:
    model = load_model(learnt, device="cpu", precision="fp32")
    assert generate_greedy(model, [], max_length=10, batch_size=4) == []


def test_a_padded_vocabulary_column_is_never_chosen(tmp_path: Path) -> None:
    """All real logits negative: the zero logits of the padding would win."""
    model = _with_negative_logits(tmp_path)
    outputs = generate_greedy(model, [[5, 6, 1]], max_length=8, batch_size=1)
    assert all(token < model.config.vocab_size for token in outputs[0])
    assert len(outputs[0]) == 7


def _with_negative_logits(folder: Path) -> T5:
    model = load_model(make_folder(folder, variant="untied", vocab_size=301), device="cpu", precision="fp32")
    weights = model.weights()
    # The final norm gives positive numbers only: every embedding is positive and no layer adds anything.
    for name in weights:
        if name.endswith((".o.weight", ".wo.weight")):
            weights[name].zero_()
    weights["shared.weight"].abs_()
    weights["lm_head.weight"].abs_().neg_()
    weights["lm_head.weight"][1] -= 10
    model.load_weights(weights)
    return model


def _reference(folder: Path, inputs: list[list[int]], max_length: int) -> list[list[int]]:
    return _generate(folder, tuple(map(tuple, inputs)), max_length)


@cache
def _generate(folder: Path, inputs: tuple[tuple[int, ...], ...], max_length: int) -> list[list[int]]:
    model: Any = reference(folder).eval()
    outputs = []
    for ids in inputs:
        with torch.no_grad():
            rows = model.generate(torch.tensor([ids]), max_length=max_length, num_beams=1, do_sample=False)
        row = rows[0].tolist()[1:]
        outputs.append(row[: row.index(1)] if 1 in row else row)
    return outputs
