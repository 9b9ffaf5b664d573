"""Rows of (id, source, target) from Arrow IPC files, memory-mapped, never all in memory."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.compute as pc

from fsa_runtime.errors import JobError
from fsa_runtime.files.digests import digest_of_file
from fsa_runtime.messages import PairsFileSpec

COLUMNS = ("id", "source", "target")


@dataclass(frozen=True)
class PairsFile:
    """An Arrow IPC file of pairs as the protocol names it."""

    path: Path
    sha256: str
    rows: int

    @classmethod
    def of_spec(cls, spec: PairsFileSpec) -> PairsFile:
        return cls(Path(spec["path"]), spec["sha256"], spec["rows"])


@dataclass(frozen=True)
class TextBatch:
    """A few rows; columns as Arrow arrays of strings without nulls."""

    ids: Any
    sources: Any
    targets: Any


def check_digest(pairs: PairsFile, on_chunk: Callable[[int], None] | None = None) -> None:
    """Raises JobError("bad-data") unless the file has the bytes that the orchestrator spoke of."""
    try:
        found = digest_of_file(pairs.path, on_chunk)
    except OSError as error:
        raise JobError(
            "bad-data", f"{pairs.path} could not be read ({error.strerror}); prepare the data again."
        ) from error
    if found != pairs.sha256:
        raise JobError(
            "bad-data",
            f"{pairs.path} is not the file it was when the job was planned"
            f" (SHA-256 {found[:12]}… instead of {pairs.sha256[:12]}…); run the same command again"
            " to prepare the data anew.",
        )


def read_batches(pairs: PairsFile, rows_per_batch: int) -> Iterator[TextBatch]:
    """All rows in order, at most `rows_per_batch` at a time.

    Raises JobError("bad-data") for a damaged file, missing columns, wrong types, empty cells (null) or
    another number of rows than promised.
    """
    row = 0
    with _opened(pairs.path) as reader:
        _check_columns(reader.schema, pairs.path)
        for index in range(reader.num_record_batches):
            whole = reader.get_batch(index)
            whole.validate(full=True)
            for start in range(0, whole.num_rows, rows_per_batch):
                part = whole.slice(start, rows_per_batch)
                yield _batch_of(part, pairs.path, row)
                row += part.num_rows
    if row != pairs.rows:
        raise JobError("bad-data", f"{pairs.path} has {row} rows where {pairs.rows} were promised.")


def row_ids(pairs: PairsFile, rows: list[int]) -> list[str]:
    """The `id` of some rows, for messages."""
    with _opened(pairs.path) as reader:
        column = reader.read_all().column("id")
        return [str(column[row].as_py()) for row in rows]


def _check_columns(schema: Any, path: Path) -> None:
    missing = [name for name in COLUMNS if name not in schema.names]
    if missing:
        raise JobError("bad-data", f"{path} has no column {' and no column '.join(missing)}.")
    for name in COLUMNS:
        kind = schema.field(name).type
        if pa.types.is_dictionary(kind):
            kind = kind.value_type
        if not (pa.types.is_string(kind) or pa.types.is_large_string(kind)):
            raise JobError("bad-data", f"Column {name} of {path} holds {kind} where text (utf8) is needed.")


def _batch_of(part: Any, path: Path, first_row: int) -> TextBatch:
    columns = []
    for name in COLUMNS:
        column = part.column(part.schema.get_field_index(name))
        if pa.types.is_dictionary(column.type):
            column = column.dictionary_decode()
        if column.null_count > 0:
            row = first_row + pc.index(column.is_null(), True).as_py()
            raise JobError("bad-data", f"Row {row} of {path} (counted from 0) has no {name}.")
        columns.append(column)
    return TextBatch(*columns)


@contextmanager
def _opened(path: Path) -> Iterator[Any]:
    """A reader of record batches; damage that shows while it is used is JobError("bad-data")."""
    try:
        with pa.memory_map(str(path)) as source, pa.ipc.open_file(source) as reader:
            yield reader
    except (pa.ArrowException, OSError) as error:
        if isinstance(error, pa.ArrowMemoryError):
            raise
        raise JobError(
            "bad-data",
            f"{path} is no whole Arrow file ({str(error).splitlines()[0]});"
            " run the same command again to prepare the data anew.",
        ) from error
