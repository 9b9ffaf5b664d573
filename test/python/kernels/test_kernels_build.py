"""Compiling once per content, and going without."""

from __future__ import annotations

from pathlib import Path

import pytest

from fsa_runtime.kernels import build as building
from fsa_runtime.kernels import library
from fsa_runtime.kernels.library import Kernels, generation_kernels, kernels


def test_is_compiled_once(own: Kernels) -> None:
    before = own.path.stat()
    assert building.build(own.path.parent) == (own.path, None)
    assert own.path.stat().st_mtime_ns == before.st_mtime_ns
    assert list(own.path.parent.iterdir()) == [own.path]


def test_says_what_is_missing_or_wrong(own: Kernels, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PATH", str(tmp_path))
    path, reason = building.build(tmp_path / "none")
    assert path is None
    assert reason == "there is no C++ compiler (g++, c++, clang++)"
    compiler = tmp_path / "g++"
    compiler.write_text("#!/bin/sh\necho broken: no header >&2\nexit 1\n")
    compiler.chmod(0o755)
    path, reason = building.build(tmp_path / "broken")
    assert path is None
    assert reason == f"{compiler} could not compile them: broken: no header"
    assert list((tmp_path / "broken").iterdir()) == []
    assert own.path.exists()


def test_what_the_package_brings_is_not_compiled(
    own: Kernels, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(building, "PREBUILT", own.path.parent)
    monkeypatch.setenv("PATH", str(tmp_path))
    assert building.build(tmp_path / "none") == (own.path, None)
    assert not (tmp_path / "none").exists()


def test_other_sources_are_another_library(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    first = building.library_path(tmp_path)
    (tmp_path / "one.cpp").write_text("int one() { return 1; }\r\n")
    monkeypatch.setattr(building, "SOURCE", tmp_path)
    other = building.library_path(tmp_path)
    assert other != first
    (tmp_path / "one.cpp").write_text("int one() { return 1; }\n")
    assert building.library_path(tmp_path) == other


@pytest.mark.parametrize("folder", ["", "off", "/nowhere"])
def test_goes_without(folder: str, monkeypatch: pytest.MonkeyPatch) -> None:
    with monkeypatch.context() as patched:
        patched.setenv("FSA_KERNELS", folder)
        generation_kernels.cache_clear()
        assert kernels() is None


def test_a_worker_runs_the_level_that_it_is_told_or_none(
    portable: Kernels, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("FSA_KERNELS", str(portable.path.parent))
    for asked, levels, wanted in [
        ("", ("amx", "avx512", "avx2"), "amx"),
        ("", ("avx512", "avx2"), "avx512"),
        ("avx512", ("amx", "avx512", "avx2"), "avx512"),
        ("amx", ("avx512", "avx2"), None),
        ("avx2", ("avx512", "avx2"), "avx2"),
        ("avx512", ("avx2",), None),
        ("", (), None),
    ]:
        monkeypatch.setenv("FSA_KERNELS_LEVEL", asked)
        monkeypatch.setattr(library, "processor_levels", lambda levels=levels: levels)
        generation_kernels.cache_clear()
        found = generation_kernels()
        assert (found and found.level) == wanted
        # Training has no passes in AVX2, and products in AMX alone.
        trained_by = kernels()
        assert (trained_by is None) == (wanted in ("avx2", None))
        assert (trained_by is not None and trained_by.multiplies) == (wanted == "amx")
    monkeypatch.undo()
