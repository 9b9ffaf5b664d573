"""Finds rows that are nearly another row, or hold a sentence that is nearly a given one."""

from __future__ import annotations

import json
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any, TextIO

from fsa_runtime.context import JobContext, stop_if_asked
from fsa_runtime.data.pairs import PairsFile, read_batches
from fsa_runtime.files.digests import digest_of_file
from fsa_runtime.files.durable import storage_errors_of
from fsa_runtime.messages import NearDuplicatesOutput, NearDuplicatesSpec, Phase
from fsa_runtime.near.bands import BandColumns
from fsa_runtime.near.groups import KeptRows
from fsa_runtime.near.index import NearIndex, NearSettings, TextRows, measure
from fsa_runtime.near.shingles import sentences_of, shingles_of

_ROWS_PER_BATCH = 2048

_ROWS_PER_SKETCH = 256
"""The shingles of so many rows lie in memory at once: a few hundred strings each."""

Match = tuple[int, int, float]
"""A row, the row it is like, and how similar they are."""

OnRows = Callable[[Phase, int], None]
"""Takes a phase and how many rows are through it."""


def run(context: JobContext, spec: NearDuplicatesSpec) -> NearDuplicatesOutput:
    """The matches lie in the file at `resultPath`.

    Raises JobError("bad-data") for files that are not what was promised, JobError("disk-full").
    """
    began = time.monotonic()
    settings = NearSettings(spec["shingleWords"], spec["threshold"], spec["permutations"])
    files = [PairsFile.of_spec(one) for one in spec["pairs"]]
    among = [PairsFile.of_spec(one) for one in spec["among"]]
    total = sum(file.rows for file in files)

    on_rows = _progress_of(context, total)
    result = Path(spec["resultPath"])
    if among:
        matches = _match_among(files, among, settings, spec["unit"], on_rows)
    else:
        matches = _match_within(files, settings, result.parent, on_rows)
    with storage_errors_of(result), result.open("w", encoding="utf-8") as lines:
        count = _write(matches, lines)
    return {
        "kind": "near-duplicates",
        "sha256": digest_of_file(result),
        "rows": total,
        "matches": count,
        "bands": settings.bands,
        "recallAtThreshold": settings.recall_with(settings.bands),
        "seconds": time.monotonic() - began,
    }


def _progress_of(context: JobContext, total: int) -> OnRows:
    """Tells rows done and time left of each phase, and stops the job where it was asked to."""
    phase_now: Phase | None = None
    began = 0.0

    def on_rows(phase: Phase, done: int) -> None:
        nonlocal phase_now, began
        stop_if_asked(context)
        if phase != phase_now:
            phase_now, began = phase, time.monotonic()
        left = (total - done) * (time.monotonic() - began) / done if done else None
        context.progress(phase, done=done, total=total, seconds_left=left)

    return on_rows


def _match_within(
    files: list[PairsFile],
    settings: NearSettings,
    folder: Path,
    on_rows: OnRows,
) -> Iterator[Match]:
    """Each row against those before it that were like none themselves; the most similar one is told.

    All rows are read for the keys of their bands first; then those that share one are held together.
    """
    texts = TextRows()
    words = settings.shingle_words
    with BandColumns(folder, sum(file.rows for file in files), settings) as columns:
        for sources in _sources(files):
            for start in range(0, len(sources), _ROWS_PER_SKETCH):
                part = sources.slice(start, _ROWS_PER_SKETCH)
                columns.add(len(texts) + start, [shingles_of(text, words) for text in part.to_pylist()])
            texts.extend(sources)
            on_rows("load", len(texts))
        shared, group_counts = columns.regroup(lambda _: on_rows("prepare", 0))
        kept = KeptRows(group_counts)
        for start in range(0, len(texts), _ROWS_PER_BATCH):
            places = shared[start : start + _ROWS_PER_BATCH].nonzero()[0].tolist()
            groups = columns.groups(start, places[-1] + 1) if places else []
            for place in places:
                row, groups_of_row = start + place, groups[place]
                found = _measure_row(row, kept.sharing(groups_of_row), texts, settings)
                if found:
                    like, similarity = max(found, key=lambda one: (one[1], -one[0]))
                    yield row, like, similarity
                else:
                    kept.keep(row, groups_of_row)
            on_rows("prepare", min(start + _ROWS_PER_BATCH, len(texts)))


def _measure_row(
    row: int, candidates: list[int], texts: TextRows, settings: NearSettings
) -> list[tuple[int, float]]:
    if not candidates:
        return []
    return measure(set(shingles_of(texts[row], settings.shingle_words)), candidates, texts, settings)


def _match_among(
    files: list[PairsFile],
    among: list[PairsFile],
    settings: NearSettings,
    unit: str,
    on_rows: OnRows,
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
        on_rows("prepare", row)


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
