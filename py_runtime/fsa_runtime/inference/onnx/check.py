"""Holds the graphs for transformers.js against the runtime, in the loop that this library runs them in."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

import numpy as np
import onnxruntime

from fsa_runtime.errors import JobError
from fsa_runtime.inference.onnx.transformers_js import DECODER, ENCODER, kept_names
from fsa_runtime.t5.decoding import generate_greedy
from fsa_runtime.t5.model import T5


def check_transformers_js(
    model: T5, folder: Path, inputs: Sequence[list[int]], max_length: int, should_stop: Callable[[], None]
) -> None:
    """Raises JobError("bad-model") naming the first of the inputs that the graphs decode to other tokens."""
    expected = generate_greedy(
        model, inputs, max_length=max_length, batch_size=len(inputs), should_stop=should_stop
    )
    encoder, decoder = (onnxruntime.InferenceSession(folder / name) for name in (ENCODER, DECODER))
    for index, (ids, tokens) in enumerate(zip(inputs, expected, strict=True)):
        should_stop()
        if _decode(encoder, decoder, ids, model, max_length) == tokens:
            continue
        raise JobError(
            "bad-model",
            f"The export decodes sentence {index + 1} of the check to other tokens than the runtime.",
        )


def _decode(
    encoder: onnxruntime.InferenceSession,
    decoder: onnxruntime.InferenceSession,
    ids: list[int],
    model: T5,
    max_length: int,
) -> list[int]:
    config = model.config
    layers = config.num_decoder_layers
    row = np.array([ids], np.int64)
    mask = np.ones_like(row)
    (states,) = encoder.run(None, {"input_ids": row, "attention_mask": mask})
    nothing = np.zeros((1, config.num_heads, 0, config.d_kv), np.float32)
    kept = [nothing] * (2 * layers)
    tokens: list[int] = []
    last = config.decoder_start_token_id
    while len(tokens) < max_length - 1:
        feeds: dict[str, Any] = dict(zip(kept_names("past_key_values", layers), kept, strict=True))
        feeds |= {"input_ids": np.array([[last]], np.int64)}
        feeds |= {"encoder_attention_mask": mask, "encoder_hidden_states": states}
        logits, *kept = decoder.run(None, feeds)
        last = int(logits[0, -1].argmax())
        if last == config.eos_token_id:
            break
        tokens.append(last)
    return tokens
