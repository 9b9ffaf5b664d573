"""Which rows share a band: as rensa's own index finds it, in files that leave nothing behind."""

from __future__ import annotations

import os
import random
import shutil
from pathlib import Path

import pytest
import rensa
from hypothesis import given, settings
from hypothesis import strategies as st
from jobs_kit import RecordingContext, Row, run_job
from test_job_near_duplicates import as_rows, make_texts, near_spec

from fsa_runtime.errors import JobError
from fsa_runtime.near.bands import BandColumns
from fsa_runtime.near.groups import KeptRows
from fsa_runtime.near.index import NearSettings
from fsa_runtime.near.shingles import shingles_of


def sharing_of_all(
    folder: Path, shingles: list[list[str]], near: NearSettings, batch: int
) -> list[list[int]]:
    """For each row the earlier ones that share a band, where all are kept."""
    with BandColumns(folder, len(shingles), near) as columns:
        for start in range(0, len(shingles), batch):
            columns.add(start, shingles[start : start + batch])
        shared, counts = columns.regroup(lambda _: None)
        kept = KeptRows(counts)
        groups = columns.groups(0, len(shingles))
        found = []
        for row, line in enumerate(groups):
            assert shared[row] == any(group >= 0 for group in line)
            found.append(kept.sharing(line))
            kept.keep(row, line)
    return found


@pytest.mark.parametrize("threshold", [0.5, 0.7, 0.8, 0.95])
def test_rows_share_bands_as_in_the_index_of_rensa(tmp_path: Path, threshold: float) -> None:
    near = NearSettings(2, threshold, 128)
    shingles = [shingles_of(text, 2) for text in make_texts(400, seed=8)]
    index = rensa.RMinHashLSH(threshold, 128, near.bands)
    expected = []
    for row, minhash in enumerate(rensa.RMinHash.from_token_sets(shingles, 128, 1)):
        expected.append(sorted(index.query(minhash)))
        index.insert(row, minhash)
    assert sum(map(bool, expected)) > 20
    assert sharing_of_all(tmp_path, shingles, near, batch=37) == expected
    assert os.listdir(tmp_path) == []


@settings(max_examples=60, deadline=None)
@given(st.lists(st.sampled_from(["", "a b c", "a b d", "x y z", "c"]), max_size=30), st.integers(1, 7))
def test_equal_rows_share_and_rows_without_words_do_not(
    tmp_path_factory: pytest.TempPathFactory, texts: list[str], batch: int
) -> None:
    shingles = [shingles_of(text, 3) for text in texts]
    found = sharing_of_all(tmp_path_factory.getbasetemp(), shingles, NearSettings(3, 0.8, 128), batch)
    for row, text in enumerate(texts):
        assert found[row] == [other for other in range(row) if text and texts[other] == text]


def test_only_the_result_is_left(tmp_path: Path) -> None:
    rows: list[Row] = as_rows(make_texts(300, seed=5))
    random.Random(1).shuffle(rows)
    run_job(RecordingContext(), near_spec(tmp_path, [rows]))
    assert sorted(os.listdir(tmp_path)) == ["0.arrow", "near.jsonl"]


def test_room_is_checked_before_the_work(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    usage = shutil.disk_usage(tmp_path)
    monkeypatch.setattr(shutil, "disk_usage", lambda _: usage._replace(free=1000))
    with pytest.raises(JobError, match="needs about") as caught:
        run_job(RecordingContext(), near_spec(tmp_path, [as_rows(make_texts(300, seed=5))]))
    assert caught.value.code == "disk-full"
