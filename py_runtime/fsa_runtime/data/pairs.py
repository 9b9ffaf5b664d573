"""Rows of (id, source, target) from Arrow IPC files, memory-mapped, never all in memory."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.compute as pc

from fsa_runtime.errors import JobError
from fsa_runtime.files.verified import VerifiedFile
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


def read_batches(pairs: PairsFile, rows_per_batch: int) -> Iterator[TextBatch]:
    """All rows in order, at most `rows_per_batch` at a time.

    The digest is known when all are read: nothing that was made of them counts before. Raises
    JobError("bad-data") for another file than promised, missing columns, wrong types, empty cells (null) or
    another number of rows.
    """
    row = 0
    with (
        VerifiedFile(pairs.path, pairs.sha256, code="bad-data") as file,
        _reader_of(pa.BufferReader(pa.py_buffer(file.data)), pairs.path) as reader,
    ):
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
    """A reader of a file that was verified before."""
    try:
        source = pa.memory_map(str(path))
    except OSError as error:
        raise JobError("bad-data", f"{path} could not be read ({error}).") from error
    with source, _reader_of(source, path) as reader:
        yield reader


@contextmanager
def _reader_of(source: Any, path: Path) -> Iterator[Any]:
    """A reader of record batches; damage that shows while it is used is JobError("bad-data")."""
    try:
        with pa.ipc.open_file(source) as reader:
            yield reader
    except (pa.ArrowException, OSError) as error:
        if isinstance(error, pa.ArrowMemoryError):
            raise
        raise JobError(
            "bad-data",
            f"{path} is no whole Arrow file ({str(error).splitlines()[0]});"
            " run the same command again to prepare the data anew.",
        ) from error
