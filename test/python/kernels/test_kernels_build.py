"""Compiling once per content, and going without."""

from __future__ import annotations

import os
import shutil
import signal
import subprocess
import sys
from pathlib import Path
from time import sleep

import pytest

from fsa_runtime.errors import JobError
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


_GARBAGE = 'while [ $# -gt 0 ]; do [ "$1" = -o ] && echo garbage > "$2"; shift; done'


@pytest.mark.parametrize(
    ("script", "reason"),
    [
        (_GARBAGE, "what it wrote cannot be loaded: "),
        ("exit 0", "it wrote no library"),
        ("kill -9 $$", "it was ended by signal 9"),
        ("exit 3", "it ended with code 3 and said nothing"),
        (r"printf 'no \377 header\n' >&2; exit 1", "no \ufffd header"),
        ("head -c 100000 /dev/zero | tr '\\0' x >&2; exit 1", f"{'x' * 200}…"),
        # What the compiler has started holds on to its streams.
        ("sleep 300 & sleep 300", "it took more than 1 s"),
    ],
)
def test_a_compiler_that_is_none_leaves_nothing(
    script: str, reason: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    compiler = tmp_path / "g++"
    compiler.write_text(f"#!/bin/sh\nPATH={os.environ['PATH']}\n{script}\n")
    compiler.chmod(0o755)
    monkeypatch.setattr(building, "PREBUILT", tmp_path / "none")
    monkeypatch.setattr(building, "_TIMEOUT_SECONDS", 1 if "sleep" in script else 60)
    monkeypatch.setenv("PATH", str(tmp_path))
    path, why = building.build(tmp_path / "made")
    assert path is None
    assert why is not None
    assert why.startswith(f"{compiler} could not compile them: {reason}")
    assert len(why) < 1000
    assert list((tmp_path / "made").iterdir()) == []


def test_a_library_that_does_not_load_is_made_again_or_goes(
    own: Kernels, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    cut = building.library_path(tmp_path)
    cut.write_bytes(own.path.read_bytes()[:1000])
    # Left by one that was killed.
    (tmp_path / ".build-old").mkdir()
    with monkeypatch.context() as patched:
        patched.setattr(building, "_compile", lambda _compiler, _scratch: own.path.with_name("copy"))
        own.path.with_name("copy").write_bytes(own.path.read_bytes())
        assert building.build(tmp_path) == (cut, None)
    assert cut.read_bytes() == own.path.read_bytes()
    assert list(tmp_path.iterdir()) == [cut]
    cut.write_bytes(b"")
    monkeypatch.setenv("PATH", str(tmp_path))
    assert building.build(tmp_path)[0] is None
    assert list(tmp_path.iterdir()) == []


def test_what_the_package_brings_may_be_of_no_use_here(
    own: Kernels, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    packed, made = tmp_path / "packed", tmp_path / "made"
    packed.mkdir()
    building.library_path(packed).write_text("of another system")
    monkeypatch.setattr(building, "PREBUILT", packed)
    monkeypatch.setenv("PATH", str(tmp_path))
    path, reason = building.build(made)
    assert path is None
    assert reason is not None
    assert reason.startswith("the library of the package cannot be loaded: ")
    assert reason.endswith("and there is no C++ compiler (g++, c++, clang++)")
    note = building.library_path(made).with_suffix(".unusable")
    assert note.read_text() == reason
    library_of_own = building.library_path(made)
    library_of_own.write_bytes(own.path.read_bytes())
    assert building.build(made) == (library_of_own, None)
    assert not note.exists()


def test_an_end_ends_the_compilers_and_clears_up(tmp_path: Path) -> None:
    compiler = tmp_path / "g++"
    compiler.write_text(f"#!/bin/sh\nPATH={os.environ['PATH']}\necho $$ >> {tmp_path}/pids\nsleep 300\n")
    compiler.chmod(0o755)
    made = tmp_path / "made"
    program = (
        "from pathlib import Path; from fsa_runtime.kernels import build;"
        "build.PREBUILT = Path('none'); build.main()"
    )
    child = subprocess.Popen(
        [sys.executable, "-c", program, str(made)],
        env={**os.environ, "PATH": str(tmp_path), "PYTHONPATH": str(building.SOURCE.parents[2])},
    )
    while not (tmp_path / "pids").exists() or len((tmp_path / "pids").read_text().split()) < 2:
        assert child.poll() is None
        sleep(0.05)
    child.send_signal(signal.SIGTERM)
    assert child.wait(60) == 143
    assert list(made.iterdir()) == []
    for pid in (tmp_path / "pids").read_text().split():
        assert not Path(f"/proc/{pid}").exists()


def test_a_worker_says_what_it_cannot_load_or_lacks(
    portable: Kernels, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("FSA_KERNELS", str(tmp_path))
    monkeypatch.setenv("FSA_KERNELS_LEVEL", portable.level)
    generation_kernels.cache_clear()
    assert f"are not at {library.library_path(tmp_path)}" in (library.why_without() or "")
    library.library_path(tmp_path).write_text("garbage")
    assert library.why_without() is None
    with pytest.raises(JobError, match=r"cannot be loaded: .*fsa setup"):
        generation_kernels()
    library.library_path(tmp_path).write_bytes(portable.path.read_bytes())
    assert generation_kernels() is not None
    monkeypatch.setattr(library, "processor_levels", tuple)
    assert f"does not run the C++ passes of level {portable.level}" in (library.why_without() or "")
    monkeypatch.setenv("FSA_KERNELS", "off")
    assert library.why_without() is None


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


def test_another_way_to_build_is_no_other_library(tmp_path: Path) -> None:
    room = tmp_path / "kernels"
    shutil.copytree(building.SOURCE, room / "source")
    script = room / "build.py"
    text = Path(building.__file__).read_text()

    def digest(build: str) -> str:
        script.write_text(build)
        ask = "import runpy, sys; print(runpy.run_path(sys.argv[1])['digest_of_source']())"
        return subprocess.check_output((sys.executable, "-c", ask, str(script)), text=True).strip()

    assert digest(f"{text}\n# Said in other words.\n") == building.digest_of_source()
    recipe = room / "source" / "recipe.json"
    recipe.write_text(recipe.read_text().replace("-O3", "-O2"))
    assert digest(text) != building.digest_of_source()


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
