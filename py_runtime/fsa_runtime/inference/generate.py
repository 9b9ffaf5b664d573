"""Greedy generation of a file's inputs, with progress and a quick end when the job is cancelled."""

from __future__ import annotations

import time
from collections.abc import Callable

from fsa_runtime.context import JobContext, stop_if_asked
from fsa_runtime.data.pair_encoder import PairEncoder
from fsa_runtime.data.pairs import PairsFile, read_batches
from fsa_runtime.data.student_tokenizer import StudentTokenizer
from fsa_runtime.data.token_cache import ROWS_PER_BATCH
from fsa_runtime.data.token_rows import TokenRows
from fsa_runtime.messages import FinetuneSpec, GenerateSpec, PredictSpec
from fsa_runtime.t5.decoding import generate_greedy
from fsa_runtime.t5.gpu_features import GPU_FEATURES
from fsa_runtime.t5.model import T5


def read_inputs(pairs: PairsFile, encoder: PairEncoder) -> TokenRows:
    """The token ids of a file's sources, in memory. Raises JobError("bad-data")."""
    return TokenRows.collect(
        encoder.encode_inputs(batch.sources) for batch in read_batches(pairs, ROWS_PER_BATCH)
    )


def generate_texts(
    context: JobContext,
    model: T5,
    tokenizer: StudentTokenizer,
    inputs: TokenRows,
    spec: FinetuneSpec | GenerateSpec,
    *,
    epoch: int | None = None,
    seconds_left_after: Callable[[float], float] = lambda _: 0.0,
) -> list[str]:
    """The text of each of `generate_rows`."""
    rows = generate_rows(context, model, inputs, spec, epoch=epoch, seconds_left_after=seconds_left_after)
    return tokenizer.decode(rows)


def generate_rows(
    context: JobContext,
    model: T5,
    inputs: TokenRows,
    spec: FinetuneSpec | GenerateSpec | PredictSpec,
    *,
    epoch: int | None = None,
    seconds_left_after: Callable[[float], float] = lambda _: 0.0,
) -> list[list[int]]:
    """Token ids for each input in the inputs' order. Raises JobCancelled within a token of being asked to
    end.

    `spec` gives `maxGeneratedTokens` and `generationBatchSize`; `seconds_left_after` estimates what the job
    has still to do afterwards, from the seconds that an input takes here.
    """
    began = time.monotonic()

    def report(done: int, total: int) -> None:
        each = (time.monotonic() - began) / done if done > 0 else None
        context.progress(
            "generate",
            done=done,
            total=total,
            epoch=epoch,
            seconds_left=None if each is None else each * (total - done) + seconds_left_after(each),
        )

    report(0, len(inputs))
    GPU_FEATURES.tell(context.notice)
    return generate_greedy(
        model,
        list(inputs),
        max_length=spec["maxGeneratedTokens"],
        batch_size=spec["generationBatchSize"],
        on_batch=report,
        should_stop=lambda: stop_if_asked(context),
        notice=context.notice,
    )
