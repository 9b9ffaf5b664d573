"""Reading Arrow files of pairs: what is refused, and in which words."""

from __future__ import annotations

import hashlib
import os
from pathlib import Path

import pyarrow as pa
import pytest
from jobs_kit import make_rows, write_pairs

from fsa_runtime.data.pairs import PairsFile, read_batches, row_ids
from fsa_runtime.errors import JobError


def pairs_at(path: Path, rows: int) -> PairsFile:
    return PairsFile(path, hashlib.sha256(path.read_bytes()).hexdigest(), rows)


def write_table(path: Path, table: pa.Table) -> Path:
    with pa.ipc.new_file(str(path), table.schema) as writer:
        writer.write_table(table)
    return path


def test_rows_come_in_order_whatever_the_batch_sizes(tmp_path: Path) -> None:
    rows = make_rows(23)
    pairs = PairsFile.of_spec(write_pairs(tmp_path / "p.arrow", rows, rows_per_batch=9))
    read = [
        row
        for batch in read_batches(pairs, 4)
        for row in zip(
            batch.ids.to_pylist(), batch.sources.to_pylist(), batch.targets.to_pylist(), strict=True
        )
    ]
    assert read == rows
    assert row_ids(pairs, [0, 22]) == ["row-0", "row-22"]


def test_large_and_dictionary_texts_are_texts(tmp_path: Path) -> None:
    table = pa.table(
        {
            "id": pa.array(["a", "b"], pa.large_utf8()),
            "source": pa.array(["same", "same"]).dictionary_encode(),
            "target": ["x", ""],
        }
    )
    (batch,) = read_batches(pairs_at(write_table(tmp_path / "t.arrow", table), 2), 10)
    assert batch.sources.to_pylist() == ["same", "same"]
    assert batch.targets.to_pylist() == ["x", ""]


@pytest.mark.parametrize(
    ("columns", "words"),
    [
        ({"id": ["a"], "source": ["s"]}, "has no column target"),
        ({"id": ["a"], "source": ["s"], "target": [1]}, "Column target .* holds int64"),
        ({"id": ["a", "b"], "source": ["s", None], "target": ["t", "t"]}, "Row 1 of .* has no source"),
        ({"id": ["a"] * 3, "source": ["s"] * 3, "target": ["t"] * 3}, "has 3 rows where"),
    ],
)
def test_wrong_tables_are_refused(tmp_path: Path, columns: dict[str, list[object]], words: str) -> None:
    path = write_table(tmp_path / "t.arrow", pa.table(columns))
    with pytest.raises(JobError, match=words) as caught:
        list(read_batches(pairs_at(path, len(columns["id"]) % 3), 10))
    assert caught.value.code == "bad-data"


def test_other_bytes_than_promised_are_refused(tmp_path: Path) -> None:
    spec = write_pairs(tmp_path / "p.arrow", make_rows(5))
    pairs = PairsFile.of_spec(spec)
    with pairs.path.open("r+b") as file:
        file.seek(100)
        file.write(b"\xff")
    with pytest.raises(JobError, match="is not the file it was") as caught:
        list(read_batches(pairs, 10))
    assert caught.value.code == "bad-data"


@pytest.mark.parametrize("kept_share", [0.0, 0.3, 0.9])
def test_a_torn_file_is_refused(tmp_path: Path, kept_share: float) -> None:
    pairs = PairsFile.of_spec(write_pairs(tmp_path / "p.arrow", make_rows(40)))
    os.truncate(pairs.path, int(pairs.path.stat().st_size * kept_share))
    pairs = pairs_at(pairs.path, 40)
    with pytest.raises(JobError, match="no whole Arrow file") as caught:
        list(read_batches(pairs, 10))
    assert caught.value.code == "bad-data"


def test_a_missing_file_is_refused(tmp_path: Path) -> None:
    with pytest.raises(JobError, match="could not be read") as caught:
        list(read_batches(PairsFile(tmp_path / "none.arrow", "0" * 64, 1), 10))
    assert caught.value.code == "bad-data"
