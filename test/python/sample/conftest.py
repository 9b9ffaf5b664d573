"""The committed sample, read as a user's tools would, and what the generator makes of it now."""

from __future__ import annotations

import sys

import pytest
from sample_kit import ROOT, SPLITS, TASKS, Example, Row, read_json, read_lines


@pytest.fixture(scope="session")
def generated() -> dict[str, bytes]:
    """What the generator writes, by path from the repository's root."""
    sys.path.insert(0, str(ROOT / "scripts"))
    from make_sample.sample import make_sample  # noqa: PLC0415 - not before the line above

    return make_sample()


@pytest.fixture(scope="session")
def corpus() -> dict[str, list[Row]]:
    """Rows of every corpus file by its name."""
    return {path.name: read_lines(path) for path in sorted((ROOT / "datasets/sample/corpus").iterdir())}


@pytest.fixture(scope="session")
def validation() -> list[Row]:
    return read_lines(ROOT / "datasets/sample/validation.json")


@pytest.fixture(scope="session")
def benchmark() -> dict[str, dict[str, list[Example]]]:
    """Examples by task and split."""
    folder = ROOT / "datasets/sample/benchmark"
    return {
        task: {split: read_json(folder / task / "sample" / f"{split}.json") for split in SPLITS}
        for task in TASKS
    }
