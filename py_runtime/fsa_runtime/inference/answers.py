"""Greedy answers to questions of many lengths: those of similar length together, padded on the left."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

import torch

from fsa_runtime.inference.causal_model import CausalModel


@dataclass(frozen=True)
class AnswerLimits:
    """Where an answer ends."""

    max_tokens: int
    stop: Sequence[str]


@dataclass(frozen=True)
class WrittenAnswer:
    """What the model wrote after a prompt, and how many tokens both are."""

    text: str
    input_tokens: int
    output_tokens: int
    cut: bool


@torch.inference_mode()
def answer_prompts(
    model: CausalModel,
    prompts: Sequence[str],
    limits: AnswerLimits,
    *,
    batch_size: int,
    on_batch: Callable[[int], None],
) -> list[WrittenAnswer]:
    """One answer per prompt, in their order. `on_batch(done)` comes before each batch, and may raise."""
    ids = [model.tokenizer(prompt, add_special_tokens=False).input_ids for prompt in prompts]
    order = sorted(range(len(ids)), key=lambda index: -len(ids[index]))
    answers: dict[int, WrittenAnswer] = {}
    for begin in range(0, len(order), batch_size):
        on_batch(begin)
        rows = order[begin : begin + batch_size]
        for row, answer in zip(rows, _answer_batch(model, [ids[row] for row in rows], limits), strict=True):
            answers[row] = answer
    return [answers[row] for row in range(len(ids))]


def _answer_batch(
    model: CausalModel, batch: Sequence[list[int]], limits: AnswerLimits
) -> list[WrittenAnswer]:
    tokenizer, network = model.tokenizer, model.network
    padded = tokenizer.pad({"input_ids": list(batch)}, return_tensors="pt").to(network.device)
    width = padded["input_ids"].shape[1]
    stopping: dict[str, Any] = (
        {"stop_strings": list(limits.stop), "tokenizer": tokenizer} if limits.stop else {}
    )
    written = network.generate(
        **padded,
        max_new_tokens=limits.max_tokens,
        do_sample=False,
        temperature=None,
        top_p=None,
        top_k=None,
        pad_token_id=tokenizer.pad_token_id,
        **stopping,
    )[:, width:].tolist()
    ends = _end_ids(network, tokenizer)
    return [_finish(tokenizer, prompt, row, ends, limits) for prompt, row in zip(batch, written, strict=True)]


def _end_ids(network: Any, tokenizer: Any) -> set[int]:
    configured = network.generation_config.eos_token_id
    ids = configured if isinstance(configured, list) else [configured]
    return {one for one in [*ids, tokenizer.eos_token_id] if one is not None}


def _finish(
    tokenizer: Any, prompt: list[int], row: list[int], ends: set[int], limits: AnswerLimits
) -> WrittenAnswer:
    end = next((place for place, one in enumerate(row) if one in ends), None)
    own = row if end is None else row[:end]
    text = str(tokenizer.decode(own, skip_special_tokens=True, clean_up_tokenization_spaces=False))
    places = [place for place in (text.find(stop) for stop in limits.stop) if place >= 0]
    stopped = len(places) > 0
    if stopped:
        text = text[: min(places)]
    # Rows that stopped early are filled up to the longest of the batch.
    tokens = len(own) if not stopped else len(tokenizer(text, add_special_tokens=False).input_ids)
    cut = end is None and not stopped and len(row) >= limits.max_tokens
    return WrittenAnswer(text, len(prompt), tokens, cut)
