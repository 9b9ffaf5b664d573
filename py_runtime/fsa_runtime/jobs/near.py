"""Finds rows that are nearly another row, or hold a sentence that is nearly a given one."""

from __future__ import annotations

import json
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any, TextIO

from fsa_runtime.cancelling import stop_if_asked
from fsa_runtime.context import JobContext
from fsa_runtime.digests import digest_of_file
from fsa_runtime.durable import storage_errors_of
from fsa_runtime.near_index import NearIndex, NearSettings, TextRows
from fsa_runtime.pairs import PairsFile, check_digest, read_batches
from fsa_runtime.shingles import sentences_of

_ROWS_PER_BATCH = 2048

Match = tuple[int, int, float]
"""A row, the row it is like, and how similar they are."""


def run(context: JobContext, spec: dict[str, Any]) -> dict[str, Any]:
    """`nearSpec` in, `nearOutput` out; the matches lie in the file at `resultPath`.

    Raises JobError("bad-data") for files that are not what was promised, JobError("disk-full").
    """
    began = time.monotonic()
    settings = NearSettings(spec["shingleWords"], spec["threshold"], spec["permutations"])
    files = [PairsFile.of_spec(one) for one in spec["pairs"]]
    among = [PairsFile.of_spec(one) for one in spec["among"]]
    total = sum(file.rows for file in files)

    def on_rows(done: int) -> None:
        stop_if_asked(context)
        seconds = time.monotonic() - began
        left = (total - done) * seconds / done if done else None
        context.progress("prepare", done=done, total=total, seconds_left=left)

    for file in (*files, *among):
        check_digest(file, lambda _: on_rows(0))
    if among:
        matches = _match_among(files, among, settings, spec["unit"], on_rows)
    else:
        matches = _match_within(files, settings, on_rows)
    result = Path(spec["resultPath"])
    with storage_errors_of(result), result.open("w", encoding="utf-8") as lines:
        count = _write(matches, lines)
    return {
        "kind": "near",
        "sha256": digest_of_file(result),
        "rows": total,
        "matches": count,
        "bands": settings.bands,
        "recallAtThreshold": settings.recall_with(settings.bands),
        "seconds": time.monotonic() - began,
    }


def _match_within(
    files: list[PairsFile], settings: NearSettings, on_rows: Callable[[int], None]
) -> Iterator[Match]:
    """Each row against those before it that were like none themselves; the most similar one is told."""
    texts = TextRows()
    index = NearIndex(texts, settings)
    row = 0
    for sources in _sources(files):
        texts.extend(sources)
        for shingles, minhash in index.sketch(sources.to_pylist()):
            found = index.matches(shingles, minhash)
            if found:
                like, similarity = max(found, key=lambda one: (one[1], -one[0]))
                yield row, like, similarity
            elif shingles:
                index.add(row, minhash)
            row += 1
        on_rows(row)


def _match_among(
    files: list[PairsFile],
    among: list[PairsFile],
    settings: NearSettings,
    unit: str,
    on_rows: Callable[[int], None],
) -> Iterator[Match]:
    """Each row, or each of its sentences, against all rows of `among`; every one that is like it is told."""
    known = TextRows()
    index = NearIndex(known, settings)
    number = 0
    for sources in _sources(among):
        known.extend(sources)
        for shingles, minhash in index.sketch(sources.to_pylist()):
            if shingles:
                index.add(number, minhash)
            number += 1
    row = 0
    for sources in _sources(files):
        for text in sources.to_pylist():
            best: dict[int, float] = {}
            for shingles, minhash in index.sketch(sentences_of(text) if unit == "sentence" else [text]):
                for like, similarity in index.matches(shingles, minhash):
                    best[like] = max(similarity, best.get(like, 0.0))
            for like in sorted(best):
                yield row, like, best[like]
            row += 1
        on_rows(row)


def _sources(files: list[PairsFile]) -> Iterator[Any]:
    for file in files:
        for batch in read_batches(file, _ROWS_PER_BATCH):
            yield batch.sources


def _write(matches: Iterator[Match], lines: TextIO) -> int:
    count = 0
    for row, like, similarity in matches:
        lines.write(json.dumps({"row": row, "like": like, "similarity": similarity}) + "\n")
        count += 1
    return count
