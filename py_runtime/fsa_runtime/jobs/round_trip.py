"""Texts through a model's tokenizer and back."""

from __future__ import annotations

import json
import time
from collections.abc import Iterator
from pathlib import Path

from fsa_runtime.context import JobContext, stop_if_asked
from fsa_runtime.data.pairs import PairsFile, read_batches
from fsa_runtime.data.student_tokenizer import StudentTokenizer, load_tokenizer
from fsa_runtime.environment.compute import set_up_compute
from fsa_runtime.files.digests import digest_of_file
from fsa_runtime.files.durable import storage_errors_of
from fsa_runtime.files.model_folder import ModelFolder
from fsa_runtime.messages import RoundTripOutput, RoundTripSpec

_ROWS_PER_BATCH = 1024


def run(context: JobContext, spec: RoundTripSpec) -> RoundTripOutput:
    """A line per text in the file at `resultPath`.

    Raises JobError: "bad-model" for a tokenizer that does not load, "bad-data", "disk-full".
    """
    began = time.monotonic()
    set_up_compute(spec["placement"])
    tokenizer = load_tokenizer(ModelFolder.of_spec(spec["model"], spec["modelFiles"]), newline_token=False)
    pairs = PairsFile.of_spec(spec["pairs"])
    result = Path(spec["resultPath"])
    rows = 0
    with storage_errors_of(result), result.open("w", encoding="utf-8") as lines:
        for batch in read_batches(pairs, _ROWS_PER_BATCH):
            stop_if_asked(context)
            for line in _lines_of(tokenizer, batch.sources.to_pylist(), spec["maxTokens"]):
                lines.write(line)
                rows += 1
            context.progress("prepare", done=rows, total=pairs.rows)
    return {
        "kind": "round-trip",
        "sha256": digest_of_file(result),
        "rows": rows,
        "seconds": time.monotonic() - began,
    }


def _lines_of(tokenizer: StudentTokenizer, texts: list[str], max_tokens: int) -> Iterator[str]:
    ids = [encoding.ids for encoding in tokenizer.library.encode_batch_fast(texts)]
    for row, text in zip(ids, tokenizer.decode(ids), strict=True):
        cut = None
        if len(row) > max_tokens:
            # The end token takes one of the places.
            [cut] = tokenizer.decode([row[: max_tokens - 1]])
        yield json.dumps({"tokens": len(row), "text": text, "cut": cut}, ensure_ascii=False) + "\n"
