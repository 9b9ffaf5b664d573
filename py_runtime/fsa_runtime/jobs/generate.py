"""Greedy generation with a model as it is."""

from __future__ import annotations

import time

from fsa_runtime.context import JobContext
from fsa_runtime.data.pair_encoder import PairEncoder
from fsa_runtime.data.pairs import PairsFile
from fsa_runtime.data.student_tokenizer import load_tokenizer
from fsa_runtime.environment.compute import set_up_compute
from fsa_runtime.files.model_folder import ModelFolder
from fsa_runtime.inference.generate import generate_texts, read_inputs
from fsa_runtime.inference.model_cache import MODEL_CACHE, require_rows_for
from fsa_runtime.messages import GenerateOutput, GenerateSpec


def run(context: JobContext, spec: GenerateSpec) -> GenerateOutput:
    """One text per row. Raises JobError and JobCancelled."""
    set_up_compute(spec["placement"])
    context.progress("load", done=0, total=spec["pairs"]["rows"])
    # First of all: its files are hashed while the texts are read.
    model = MODEL_CACHE.borrow(spec, context.checks, will_change=False)
    tokenizer = load_tokenizer(ModelFolder.of_spec(spec["model"], spec["modelFiles"]), newline_token=False)
    encoder = PairEncoder(
        tokenizer,
        max_input_tokens=spec["maxInputTokens"],
        max_target_tokens=None,
        newline_token=False,
    )
    inputs = read_inputs(PairsFile.of_spec(spec["pairs"]), encoder)
    require_rows_for(tokenizer, model)
    began = time.monotonic()
    texts = generate_texts(context, model, tokenizer, inputs, spec)
    return {"kind": "generate", "texts": texts, "seconds": time.monotonic() - began}
