"""The compiled room, built once for all tests; where it cannot be built or run they are skipped."""

from __future__ import annotations

import os
from collections.abc import Iterator
from pathlib import Path

import pytest

from fsa_runtime.kernels import build as building
from fsa_runtime.kernels.library import (
    Kernels,
    generation_kernels,
    kernels,
    processor_level,
    processor_levels,
)


@pytest.fixture(scope="session")
def built(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Path]:
    with pytest.MonkeyPatch.context() as patched:
        # What was packed from this folder is not what is tested.
        patched.setattr(building, "PREBUILT", tmp_path_factory.mktemp("prebuilt"))
        path, reason = building.build(tmp_path_factory.mktemp("kernels"))
        if path is None:
            pytest.skip(f"no kernels here: {reason}")
        yield path


@pytest.fixture(scope="session", params=["amx", "avx512"])
def own(built: Path, request: pytest.FixtureRequest) -> Kernels:
    """The library at each level that trains, where this processor runs it."""
    level = request.param
    if level not in processor_levels():
        pytest.skip(f"no kernels here: this processor does not run {level}")
    return Kernels(built, level)


@pytest.fixture(scope="session")
def tiled(built: Path) -> Kernels:
    """The library where this processor has matrix tiles too."""
    if processor_level() != "amx":
        pytest.skip("no products here: this processor lacks AMX with bf16, or may not use it")
    return Kernels(built, "amx")


@pytest.fixture(scope="session")
def portable(built: Path) -> Kernels:
    """The library where this processor runs at least what is compiled for every level."""
    level = processor_level()
    if level is None:
        pytest.skip("no kernels here: this processor lacks AVX2")
    return Kernels(built, level)


@pytest.fixture
def switched_on(own: Kernels, monkeypatch: pytest.MonkeyPatch) -> Iterator[Kernels]:
    """The engine with the library, as in a worker."""
    found = _switch_on(own, monkeypatch)
    assert kernels() is found
    yield found
    generation_kernels.cache_clear()


@pytest.fixture(params=["with tiles", "without tiles"])
def generating(
    portable: Kernels, request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch
) -> Iterator[Kernels]:
    """The same for generation alone, both with products of our own and with oneDNN's."""
    levels = [level for level in processor_levels() if (level == "amx") == (request.param == "with tiles")]
    if not levels:
        pytest.skip("no products here: this processor lacks AMX with bf16, or may not use it")
    yield _switch_on(Kernels(portable.path, levels[0]), monkeypatch)
    generation_kernels.cache_clear()


def _switch_on(wanted: Kernels, monkeypatch: pytest.MonkeyPatch) -> Kernels:
    monkeypatch.setenv("FSA_KERNELS", str(wanted.path.parent))
    monkeypatch.setenv("FSA_KERNELS_LEVEL", wanted.level)
    generation_kernels.cache_clear()
    found = generation_kernels()
    assert found is not None
    return found


@pytest.fixture(autouse=True)
def _clear() -> Iterator[None]:
    yield
    generation_kernels.cache_clear()
    assert os.environ.get("FSA_KERNELS", "off") == "off"
