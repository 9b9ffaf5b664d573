"""What every rank of a distillation opens alike."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

from fsa_runtime.context import JobContext
from fsa_runtime.data.dataset import TokenisedPairs
from fsa_runtime.data.pair_encoder import PairEncoder
from fsa_runtime.data.pairs import PairsFile
from fsa_runtime.data.sampler import EpochSampler
from fsa_runtime.data.student_tokenizer import load_tokenizer
from fsa_runtime.files.model_folder import ModelFolder
from fsa_runtime.inference.model_cache import MODEL_CACHE
from fsa_runtime.jobs.prepare import encoder_of_spec, open_caches
from fsa_runtime.messages import DistillSpec, PairsFileSpec
from fsa_runtime.t5.model import T5
from fsa_runtime.train.ranks import Ranks
from fsa_runtime.train.step_runner import StepRunner
from fsa_runtime.train.trainer import Trainer


def open_encoder(spec: DistillSpec) -> tuple[Any, PairEncoder]:
    """The student's tokenizer, and what makes token ids of pairs with it."""
    tokenizer = load_tokenizer(ModelFolder.of_spec(spec["model"], spec["modelFiles"]), newline_token=True)
    return tokenizer, encoder_of_spec(tokenizer, spec, newline_token=True)


def open_pairs(
    context: JobContext, spec: DistillSpec, files: list[PairsFileSpec], encoder: PairEncoder
) -> TokenisedPairs:
    """Some of the spec's files, tokenised where that was not done before."""
    pairs = [PairsFile.of_spec(one) for one in files]
    caches = open_caches(context, pairs, encoder, Path(spec["cacheFolder"]))
    return TokenisedPairs(pairs, [(cache.inputs, cache.targets) for cache in caches])


def open_model(context: JobContext, spec: DistillSpec, tokenizer: Any) -> T5:
    """The student with a row in its embedding for every token."""
    model = MODEL_CACHE.take(spec, context.checks)
    # Multilingual embeddings have rows behind the tokenizer's that belong to the checkpoint.
    spare = 0 if model.config.family.cuts_vocabulary else model.config.vocab_size
    model.resize_vocabulary(max(len(tokenizer), spare))
    return model


def open_trainer(spec: DistillSpec, model: T5, ranks: Ranks, notice: Callable[[str], None]) -> Trainer:
    return Trainer(
        model,
        optimizer="adamw_scale",
        weight_decay=spec["optimizer"]["weightDecay"],
        clip=spec["optimizer"]["clip"],
        seed=spec["seed"],
        shards=spec["shards"] or 1,
        ranks=ranks,
        notice=notice,
    )


def open_runner(spec: DistillSpec, trainer: Trainer, train: TokenisedPairs) -> StepRunner:
    sampler = EpochSampler(
        len(train),
        batch_size=spec["optimizer"]["batchSize"],
        accumulation=spec["optimizer"]["accumulation"],
        seed=spec["seed"],
    )
    return StepRunner(trainer, train, sampler)


def validation_round(spec: DistillSpec, rows: int, begin: int) -> list[list[int]]:
    """The next batches of a validation of so many rows: one for each rank, fewer at the end."""
    size = spec["validationBatchSize"]
    end = min(rows, begin + size * spec["ranks"])
    return [list(range(start, min(start + size, end))) for start in range(begin, end, size)]
