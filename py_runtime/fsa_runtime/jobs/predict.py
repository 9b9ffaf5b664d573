"""Greedy generation for texts in a message, again and again: weights stay packed between the jobs."""

from __future__ import annotations

import time

from fsa_runtime.context import JobContext
from fsa_runtime.environment.compute import set_up_compute
from fsa_runtime.inference.generate import generate_rows
from fsa_runtime.inference.model_cache import MODEL_CACHE
from fsa_runtime.inference.text_reader import reader_of
from fsa_runtime.messages import PredictOutput, PredictSpec


def run(context: JobContext, spec: PredictSpec) -> PredictOutput:
    """One row per text. Raises JobError and JobCancelled."""
    set_up_compute(spec["placement"])
    began = time.monotonic()
    # First of all: its files are hashed while the texts are read.
    model = MODEL_CACHE.borrow_packed(spec, context.checks)
    reader = reader_of(spec)
    inputs = reader.read(spec["texts"])
    rows = generate_rows(context, model, inputs.rows, spec)
    texts = reader.tokenizer.decode(rows)
    # The start token is counted too: a row of this length was never ended by the model.
    longest = spec["maxGeneratedTokens"] - 1
    return {
        "kind": "predict",
        "rows": [
            {
                "text": text,
                "tokens": tokens,
                "inputTokens": len(ids),
                "cutInput": cut,
                "cutOutput": len(tokens) >= longest,
            }
            for text, tokens, ids, cut in zip(texts, rows, inputs.rows, inputs.cut, strict=True)
        ],
        "seconds": time.monotonic() - began,
    }
