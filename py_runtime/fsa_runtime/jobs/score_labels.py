"""Scores of labels as continuations of a text that the decoder was begun with."""

from __future__ import annotations

import time

from fsa_runtime.context import JobContext, stop_if_asked
from fsa_runtime.environment.compute import set_up_compute
from fsa_runtime.inference.label_scores import Continuation, score_continuations
from fsa_runtime.inference.model_cache import MODEL_CACHE
from fsa_runtime.inference.text_reader import reader_of
from fsa_runtime.messages import ScoreLabelsOutput, ScoreLabelsSpec


def run(context: JobContext, spec: ScoreLabelsSpec) -> ScoreLabelsOutput:
    """A row of scores per question, one score per label. Raises JobError and JobCancelled."""
    set_up_compute(spec["placement"])
    began = time.monotonic()
    # First of all: its files are hashed while the texts are read.
    model = MODEL_CACHE.borrow(spec, context.checks, will_change=False)
    questions, labels = spec["questions"], spec["labels"]
    reader = reader_of(spec)
    inputs = reader.read([question["text"] for question in questions]).rows
    beginnings = [reader.words(question["beginning"]) for question in questions]
    label_ids = [reader.words(label) for label in labels]
    continuations = [
        Continuation(list(ids), beginning, label)
        for ids, beginning in zip(inputs, beginnings, strict=True)
        for label in label_ids
    ]

    def tell(done: int) -> None:
        stop_if_asked(context)
        context.progress("generate", done=done // len(labels), total=len(questions))

    width = len(labels)
    # Whole questions, so that each goes through the encoder once.
    batch_size = max(spec["batchSize"] // width * width, min(spec["batchSize"], width))
    flat = score_continuations(model, continuations, batch_size=batch_size, on_batch=tell)
    return {
        "kind": "score-labels",
        "scores": [flat[row * width : (row + 1) * width] for row in range(len(questions))],
        "seconds": time.monotonic() - began,
    }
