"""Tokenises pairs into token caches: once per content, tokenizer and lengths."""

from __future__ import annotations

import time
from pathlib import Path

from fsa_runtime.context import JobContext, stop_if_asked
from fsa_runtime.data.pair_encoder import PairEncoder
from fsa_runtime.data.pairs import PairsFile
from fsa_runtime.data.student_tokenizer import StudentTokenizer, load_tokenizer
from fsa_runtime.data.token_cache import TokenCache, open_cache
from fsa_runtime.environment.compute import set_up_compute, threads_for_text
from fsa_runtime.files.model_folder import ModelFolder
from fsa_runtime.messages import DistillSpec, FinetuneSpec, PrepareOutput, PrepareSpec


def run(context: JobContext, spec: PrepareSpec) -> PrepareOutput:
    """`folder` is the cache folder, which holds a cache per file.

    Raises JobError and JobCancelled; a cache that is finished stays, so a second try goes on from there.
    """
    began = time.monotonic()
    set_up_compute(spec["placement"])
    tokenizer = load_tokenizer(
        ModelFolder.of_spec(spec["model"], spec["modelFiles"]), newline_token=spec["newlineToken"]
    )
    encoder = encoder_of_spec(tokenizer, spec, newline_token=spec["newlineToken"])
    files = [PairsFile.of_spec(one) for one in spec["pairs"]]
    caches = open_caches(context, files, encoder, Path(spec["cacheFolder"]))
    counts = [cache.counts for cache in caches]
    return {
        "kind": "prepare",
        "folder": spec["cacheFolder"],
        "rows": sum(one.rows for one in counts),
        "inputTokens": sum(one.input_tokens for one in counts),
        "targetTokens": sum(one.target_tokens for one in counts),
        "cutInputs": sum(one.cut_inputs for one in counts),
        "cutTargets": sum(one.cut_targets for one in counts),
        "reused": all(cache.reused for cache in caches),
        "seconds": time.monotonic() - began,
    }


def encoder_of_spec(
    tokenizer: StudentTokenizer, spec: PrepareSpec | DistillSpec | FinetuneSpec, *, newline_token: bool
) -> PairEncoder:
    """The encoder for a spec with `maxInputTokens` and `maxTargetTokens`."""
    return PairEncoder(
        tokenizer,
        max_input_tokens=spec["maxInputTokens"],
        max_target_tokens=spec["maxTargetTokens"],
        newline_token=newline_token,
        threads=threads_for_text(spec["placement"]),
    )


def open_caches(
    context: JobContext, files: list[PairsFile], encoder: PairEncoder, cache_folder: Path
) -> list[TokenCache]:
    """The token caches of some files, made where they are missing, with progress over all rows."""
    total = sum(file.rows for file in files)
    began = time.monotonic()
    caches: list[TokenCache] = []
    done_before = made_before = 0
    for file in files:

        def on_rows(done_in_file: int, before: int = done_before, made: int = made_before) -> None:
            """Rows that were in caches already say nothing about the speed."""
            stop_if_asked(context)
            done = before + done_in_file
            made += done_in_file
            seconds = time.monotonic() - began
            left = (total - done) * seconds / made if made > 0 else None
            context.progress("prepare", done=done, total=total, seconds_left=left)

        cache = open_cache(file, encoder, cache_folder, on_rows=on_rows, on_notice=context.notice)
        caches.append(cache)
        done_before += file.rows
        made_before += 0 if cache.reused else file.rows
        context.progress("prepare", done=done_before, total=total)
    encoder.forget_words()
    return caches
