"""What decides a training's result: read from the marks at the job's schema, under names that stay."""

from __future__ import annotations

from copy import deepcopy
from pathlib import Path
from typing import Any

import pytest
from jobs_kit import distill_spec

from fsa_runtime.messages import DECIDING_FIELDS
from fsa_runtime.train.identity import training_identity


@pytest.fixture
def spec(model_folder: Path, tmp_path: Path) -> dict[str, Any]:
    return distill_spec(model_folder, tmp_path)


def _another(value: Any) -> Any:
    if isinstance(value, str):
        return f"{value}0"
    if isinstance(value, list):
        return [{**one, "sha256": "0" * 64} for one in value] if value else [{"sha256": "0" * 64}]
    return 2 if value is None else value + 1


def test_has_the_names_that_checkpoints_of_earlier_releases_were_made_under(spec: dict[str, Any]) -> None:
    settings = ["batchSize", "accumulation", "learningRate", "finalLearningRate", "warmupSteps"]
    assert {*settings, "weightDecay", "clip", "seed", "precision", "steps", "kind", "tokenizer"} <= {
        *training_identity(spec, tokenizer="t")
    }
    data = {"starting weights", "training data", "validation data", "maxInputTokens", "maxTargetTokens"}
    assert data <= {*training_identity(spec, tokenizer="t")}


@pytest.mark.parametrize("name", DECIDING_FIELDS["distill"])
def test_is_another_where_a_marked_field_is_another(spec: dict[str, Any], name: str) -> None:
    other = deepcopy(spec)
    *above, last = DECIDING_FIELDS["distill"][name]
    place = other
    for field in above:
        place = place[field]
    place[last] = _another(place[last])
    before, after = training_identity(spec, tokenizer="t"), training_identity(other, tokenizer="t")
    assert [key for key in before if before[key] != after[key]] == [name]


def test_is_the_same_wherever_the_files_lie(spec: dict[str, Any]) -> None:
    other = {**spec, "checkpointFolder": "/elsewhere", "model": "/another/place", "cacheFolder": "/cache"}
    other["train"] = [{**one, "path": f"{one['path']}.moved"} for one in spec["train"]]
    assert training_identity(other, tokenizer="t") == training_identity(spec, tokenizer="t")
