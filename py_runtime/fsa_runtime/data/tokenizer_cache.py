"""Tokenizers as transformers built them, kept beside the runtime whose libraries they depend on.

An entry is a folder named by its key: the definition, the files of a model folder, and a manifest with the
digest of each. It is a hint: one that is missing, damaged or cannot be written is built anew.
"""

from __future__ import annotations

import hashlib
import shutil
import sys
from collections.abc import Mapping
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from fsa_runtime.errors import JobError
from fsa_runtime.files.digests import digest_of_data
from fsa_runtime.files.durable import published_folder, sweep_temporaries
from fsa_runtime.files.manifest import DamageError, FileEntry, read_manifest, write_bytes, write_manifest

_DEFINITION = "definition.json"
_MOST_ENTRIES = 32
_BUILDERS = ("built_tokenizer.py", "family_tokenizer.py", "student_tokenizer.py")


@dataclass(frozen=True)
class Kept:
    """`facts`: plain data that go with the definition."""

    facts: dict[str, Any]
    definition: str
    files: Mapping[str, bytes]


def key_of(digests: Mapping[str, str], *, newline_token: bool) -> str:
    """Of the model's files by their SHA-256, and of the code that builds; the libraries are the runtime's."""
    room = Path(__file__).parent
    code = {name: hashlib.sha256((room / name).read_bytes()).hexdigest() for name in _BUILDERS}
    return digest_of_data({"files": dict(digests), "newlineToken": newline_token, "code": code})[:40]


def read(key: str) -> Kept | None:
    """The entry, or None where there is none that is whole."""
    home = _home()
    if home is None:
        return None
    folder = home / key
    try:
        manifest = read_manifest(folder)
        files = {name: _checked(folder / name, entry) for name, entry in manifest.files.items()}
        return Kept(manifest.facts, files.pop(_DEFINITION).decode(), files)
    except (DamageError, OSError, KeyError, UnicodeDecodeError):
        return None


def keep(key: str, entry: Kept) -> None:
    """Writes an entry for the next worker; a full disk or a runtime that is read only changes nothing."""
    home = _home()
    if home is None:
        return
    with suppress(JobError, OSError):
        _make_room(home)
        with published_folder(home / key, checks=None) as folder:
            contents = {**entry.files, _DEFINITION: entry.definition.encode()}
            written = {name: write_bytes(folder / name, data) for name, data in contents.items()}
            write_manifest(folder, entry.facts, written)


def _home() -> Path | None:
    """Beside the environment that this process runs in, where `fsa setup` made it."""
    runtime = Path(sys.prefix).parent
    return runtime / "tokenizers" if (runtime / "runtime.json").is_file() else None


def _checked(path: Path, entry: FileEntry) -> bytes:
    data = path.read_bytes()
    if len(data) != entry.size or hashlib.sha256(data).hexdigest() != entry.sha256:
        raise DamageError(f"{path.name} has other bytes")
    return data


def _make_room(home: Path) -> None:
    """Another entry fits below the limit; the oldest go."""
    if not home.is_dir():
        return
    sweep_temporaries(home)
    entries = sorted((path.stat().st_mtime, path) for path in home.iterdir() if not path.name.startswith("."))
    for _, path in entries[: max(0, len(entries) - _MOST_ENTRIES + 1)]:
        shutil.rmtree(path, ignore_errors=True)
