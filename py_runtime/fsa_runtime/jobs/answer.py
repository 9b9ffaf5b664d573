"""Answers of a causal language model, by its chat template."""

from __future__ import annotations

import time

from fsa_runtime.context import JobContext, stop_if_asked
from fsa_runtime.environment.compute import set_up_compute
from fsa_runtime.inference.answers import AnswerLimits, answer_prompts
from fsa_runtime.inference.causal_model import causal_model_of
from fsa_runtime.messages import AnswerOutput, AnswerSpec


def run(context: JobContext, spec: AnswerSpec) -> AnswerOutput:
    """One answer per question. Raises JobError and JobCancelled."""
    set_up_compute(spec["placement"])
    began = time.monotonic()
    questions = spec["questions"]
    model = causal_model_of(spec, context.checks)

    def tell(done: int) -> None:
        stop_if_asked(context)
        context.progress("generate", done=done, total=len(questions))

    answers = answer_prompts(
        model,
        [model.render(question) for question in questions],
        AnswerLimits(spec["maxAnswerTokens"], spec["stop"]),
        batch_size=spec["batchSize"],
        on_batch=tell,
    )
    return {
        "kind": "answer",
        "rows": [
            {
                "text": (question["prefill"] or "") + answer.text,
                "inputTokens": answer.input_tokens,
                "outputTokens": answer.output_tokens,
                "cut": answer.cut,
            }
            for question, answer in zip(questions, answers, strict=True)
        ],
        "seconds": time.monotonic() - began,
    }
