"""The compiled room, built once for all tests; where it cannot be built or run they are skipped."""

from __future__ import annotations

import os
from collections.abc import Iterator
from pathlib import Path

import pytest

from fsa_runtime.kernels.build import build
from fsa_runtime.kernels.library import Kernels, kernels, processor_runs_them


@pytest.fixture(scope="session")
def own(tmp_path_factory: pytest.TempPathFactory) -> Kernels:
    """The library itself."""
    path, reason = build(tmp_path_factory.mktemp("kernels"))
    if path is None or not processor_runs_them():
        pytest.skip(f"no kernels here: {reason or 'this processor lacks AVX-512 with bf16'}")
    return Kernels(path)


@pytest.fixture
def switched_on(own: Kernels, monkeypatch: pytest.MonkeyPatch) -> Iterator[Kernels]:
    """The engine with the library, as in a worker."""
    folder: Path = own.path.parent
    monkeypatch.setenv("FSA_KERNELS", str(folder))
    kernels.cache_clear()
    found = kernels()
    assert found is not None
    yield found
    kernels.cache_clear()


@pytest.fixture(autouse=True)
def _clear() -> Iterator[None]:
    yield
    kernels.cache_clear()
    assert os.environ.get("FSA_KERNELS", "off") == "off"
