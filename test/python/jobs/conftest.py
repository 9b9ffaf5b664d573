"""Fixtures shared by the tests of the jobs."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
import torch
from jobs_kit import TEACHING, RecordingContext, distill_spec, make_model, run_job

from fsa_runtime.inference.model_cache import MODEL_CACHE


@pytest.fixture(scope="session")
def model_folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A small T5 with dropout; tests do not write into it."""
    return make_model(tmp_path_factory.mktemp("model") / "tiny")


@pytest.fixture(scope="session")
def taught_folder(model_folder: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The small T5 after a short distillation: its texts have words, and change as it is trained on."""
    folder = tmp_path_factory.mktemp("taught")
    run_job(RecordingContext(), distill_spec(model_folder, folder, **TEACHING))
    return folder / "result"


@pytest.fixture(autouse=True)
def _keep_process_settings() -> Iterator[None]:
    threads, deterministic = torch.get_num_threads(), torch.are_deterministic_algorithms_enabled()
    yield
    torch.set_num_threads(threads)
    torch.use_deterministic_algorithms(deterministic)


@pytest.fixture(autouse=True)
def _fresh_worker() -> None:
    """No model is left from the test before."""
    MODEL_CACHE.clear()
