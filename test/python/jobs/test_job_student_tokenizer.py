"""Tokenizers that are built once: what workers read afterwards is the same, and takes no transformers."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from fsa_runtime.data import tokenizer_cache
from fsa_runtime.data.built_tokenizer import build_tokenizer
from fsa_runtime.data.student_tokenizer import NEWLINE_TOKEN, StudentTokenizer, load_tokenizer
from fsa_runtime.errors import JobError
from fsa_runtime.files.model_folder import ModelFolder

TEXTS = ["the soup , cold .", "", "  two  spaces ", "soup\nwas\tcold", "ﬁne Ünïcode 😍", "[NL]</s><pad>"]


@pytest.fixture(autouse=True)
def home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A runtime's folder of this test alone."""
    runtime = tmp_path / "runtime"
    (runtime / "venv-1").mkdir(parents=True)
    (runtime / "runtime.json").write_text("{}")
    monkeypatch.setattr(sys, "prefix", str(runtime / "venv-1"))
    return runtime / "tokenizers"


@pytest.mark.parametrize("newline_token", [False, True])
def test_what_is_read_is_what_was_built(
    model_folder: Path, home: Path, tmp_path: Path, newline_token: bool
) -> None:
    folder = ModelFolder.as_found(model_folder)
    built = load_tokenizer(folder, newline_token=newline_token)
    assert len(list(home.iterdir())) == 1
    read = load_tokenizer(folder, newline_token=newline_token)
    assert read == built

    original = build_tokenizer(folder, added=[NEWLINE_TOKEN] if newline_token else [])
    rows = [original(text).input_ids for text in TEXTS]
    assert [read.library.encode(text).ids for text in TEXTS] == rows
    assert [read.words(text) for text in TEXTS] == [row[:-1] for row in rows]
    assert read.decode(rows) == [
        original.decode(row, skip_special_tokens=True, clean_up_tokenization_spaces=False) for row in rows
    ]
    assert len(read) == len(original)

    original.save_pretrained(tmp_path / "original")
    (tmp_path / "saved").mkdir()
    read.save(tmp_path / "saved")
    assert contents(tmp_path / "saved") == contents(tmp_path / "original")


def test_reading_takes_no_transformers(model_folder: Path, home: Path) -> None:
    load_tokenizer(ModelFolder.as_found(model_folder), newline_token=True)
    program = (
        "import sys; from pathlib import Path; sys.prefix = sys.argv[2]\n"
        "from fsa_runtime.data.student_tokenizer import load_tokenizer\n"
        "from fsa_runtime.files.model_folder import ModelFolder\n"
        "load_tokenizer(ModelFolder.as_found(Path(sys.argv[1])), newline_token=True)\n"
        "print('transformers' in sys.modules)"
    )
    environment = {**os.environ, "PYTHONPATH": os.pathsep.join(path for path in sys.path if path)}
    done = subprocess.run(
        [sys.executable, "-c", program, str(model_folder), str(home.parent / "venv-1")],
        env=environment,
        capture_output=True,
        text=True,
        check=True,
    )
    assert done.stdout.strip() == "False"


def test_a_damaged_entry_is_built_anew(model_folder: Path, home: Path) -> None:
    folder = ModelFolder.as_found(model_folder)
    built = load_tokenizer(folder, newline_token=False)
    [entry] = home.iterdir()
    (entry / "definition.json").write_text("{}")
    assert load_tokenizer(folder, newline_token=False) == built
    assert tokenizer_cache.read(entry.name) is not None


def test_a_folder_that_changed_is_refused_all_the_same(model_folder: Path, tmp_path: Path) -> None:
    copy = tmp_path / "copy"
    shutil.copytree(model_folder, copy)
    folder = ModelFolder.as_found(copy)
    load_tokenizer(folder, newline_token=False)
    (copy / "tokenizer_config.json").write_text("{}")
    with pytest.raises(JobError, match="is not the file it was"):
        load_tokenizer(folder, newline_token=False)


def test_other_files_are_another_entry(model_folder: Path) -> None:
    changed = ModelFolder.as_found(model_folder)
    other = ModelFolder(changed.path, {**changed.digests, "tokenizer.json": "0" * 64})
    keys = {
        tokenizer_cache.key_of(one.small_digests(), newline_token=mark)
        for one in (changed, other)
        for mark in (False, True)
    }
    assert len(keys) == 4


def test_old_entries_go(model_folder: Path, home: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(tokenizer_cache, "_MOST_ENTRIES", 2)
    made = StudentTokenizer.of(build_tokenizer(ModelFolder.as_found(model_folder)))
    for number in range(4):
        tokenizer_cache.keep(f"entry-{number}", tokenizer_cache.Kept({}, made.definition, {}))
        os.utime(home / f"entry-{number}", (number, number))
    assert sorted(path.name for path in home.iterdir()) == ["entry-2", "entry-3"]


def test_a_runtime_that_cannot_be_written_to_is_no_failure(model_folder: Path, home: Path) -> None:
    home.write_text("a file where the folder would be")
    assert len(load_tokenizer(ModelFolder.as_found(model_folder), newline_token=False)) > 0
    home.unlink()
    (home.parent / "runtime.json").unlink()
    load_tokenizer(ModelFolder.as_found(model_folder), newline_token=False)
    assert not home.exists()


def contents(folder: Path) -> dict[str, bytes]:
    return {path.name: path.read_bytes() for path in folder.iterdir()}
