"""The committed files are what the generator writes."""

from __future__ import annotations

import hashlib
import subprocess
import sys
from pathlib import Path

from sample_kit import ROOT

WEIGHTS = "models/sample/model.safetensors"


def test_committed_files_are_what_the_generator_writes(generated: dict[str, bytes]) -> None:
    differing = [
        name
        for name, content in generated.items()
        if hashlib.sha256((ROOT / name).read_bytes()).digest() != hashlib.sha256(content).digest()
    ]
    assert differing == []


def test_nothing_else_lies_in_the_sample_folders(generated: dict[str, bytes]) -> None:
    found = {
        path.relative_to(ROOT).as_posix()
        for folder in ("datasets/sample", "models/sample")
        for path in (ROOT / folder).rglob("*")
        if path.is_file()
    }
    assert found - set(generated) == {"datasets/sample/README.md", "datasets/sample/NOTE.txt", WEIGHTS}


def test_sample_is_small_enough_to_commit(generated: dict[str, bytes]) -> None:
    assert sum(map(len, generated.values())) + (ROOT / WEIGHTS).stat().st_size < 6_500_000


def test_command_checks_and_repairs_and_deletes_nothing(tmp_path: Path, generated: dict[str, bytes]) -> None:
    def run(*arguments: str) -> subprocess.CompletedProcess[str]:
        return subprocess.run(
            [sys.executable, "-m", "make_sample", "--root", str(tmp_path), *arguments],
            cwd=ROOT / "scripts",
            capture_output=True,
            text=True,
            check=False,
        )

    for name, content in generated.items():
        (tmp_path / name).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / name).write_bytes(content)
    (tmp_path / WEIGHTS).write_bytes(b"as they were")
    for page in ("README.md", "NOTE.txt"):
        (tmp_path / "datasets/sample" / page).touch()
    changed, missing = "datasets/sample/validation.json", "models/sample/config.json"
    (tmp_path / changed).write_bytes(b"{}\n")
    (tmp_path / missing).unlink()
    (tmp_path / "datasets/sample/corpus/own.json").write_bytes(b"")

    refused = run("--check")

    assert refused.returncode == 1
    assert refused.stderr.splitlines() == [
        f"{changed} differs",
        f"{missing} is missing",
        "datasets/sample/corpus/own.json is not one of the sample's files",
    ]
    repaired = run()
    assert repaired.returncode == 0
    assert repaired.stderr.splitlines() == refused.stderr.splitlines()[2:]
    written = {path.relative_to(tmp_path).as_posix() for path in tmp_path.rglob("*") if path.is_file()}
    pages = {"datasets/sample/README.md", "datasets/sample/NOTE.txt"}
    assert written == {*generated, *pages, WEIGHTS, "datasets/sample/corpus/own.json"}
    assert (tmp_path / WEIGHTS).read_bytes() == b"as they were"
    assert (tmp_path / changed).read_bytes() == generated[changed]
