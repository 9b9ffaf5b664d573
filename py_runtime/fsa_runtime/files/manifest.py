"""What a folder of ours holds, with the size and SHA-256 of every file and of the manifest itself."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from fsa_runtime.files.digests import digest_of_data

MANIFEST_NAME = "manifest.json"
_SCHEMA = 1


@dataclass(frozen=True)
class FileEntry:
    size: int
    sha256: str


@dataclass(frozen=True)
class Manifest:
    """`facts`: plain data that go with the files."""

    facts: dict[str, Any]
    files: dict[str, FileEntry]


class DamageError(Exception):
    """Why a folder cannot be used: half a sentence for the user."""


class HashedFile:
    """A new file whose digest is made as it is written."""

    def __init__(self, path: Path) -> None:
        self._file = path.open("wb")
        self._hash = hashlib.sha256()
        self._size = 0

    def write(self, array: NDArray[Any]) -> None:
        """Adds an array's bytes."""
        data = np.ascontiguousarray(array).view(np.uint8).data
        self._file.write(data)
        self._hash.update(data)
        self._size += len(data)

    def entry(self) -> FileEntry:
        """What the manifest should say of the file; asked when all is written."""
        return FileEntry(self._size, self._hash.hexdigest())

    def __enter__(self) -> HashedFile:
        return self

    def __exit__(self, *_: object) -> None:
        self._file.close()


def write_bytes(path: Path, data: bytes) -> FileEntry:
    """Writes a whole file and returns what the manifest should say of it."""
    path.write_bytes(data)
    return FileEntry(len(data), hashlib.sha256(data).hexdigest())


def write_json(path: Path, data: Mapping[str, Any]) -> FileEntry:
    """Writes plain data (without NaN) and returns what the manifest should say of it."""
    text = json.dumps(data, indent=1, sort_keys=True, allow_nan=False).encode()
    return write_bytes(path, text)


def write_manifest(folder: Path, facts: Mapping[str, Any], files: Mapping[str, FileEntry]) -> str:
    """Writes the manifest of a folder and returns the SHA-256 of its file."""
    data = {
        "schema": _SCHEMA,
        "facts": dict(facts),
        "files": {name: {"size": entry.size, "sha256": entry.sha256} for name, entry in files.items()},
    }
    return write_json(folder / MANIFEST_NAME, {**data, "sha256": digest_of_data(data)}).sha256


def read_manifest(folder: Path) -> Manifest:
    """Reads a manifest. Raises DamageError if it is missing or is not what was written."""
    try:
        data = json.loads((folder / MANIFEST_NAME).read_text(encoding="utf-8"))
        sha256 = data.pop("sha256")
        whole = sha256 == digest_of_data(data) and data["schema"] == _SCHEMA
        files = {name: FileEntry(entry["size"], entry["sha256"]) for name, entry in data["files"].items()}
    except (OSError, ValueError, KeyError, TypeError, AttributeError) as error:
        raise DamageError("its manifest cannot be read") from error
    if not whole or any("/" in name or name in ("", ".", "..") for name in files):
        raise DamageError("its manifest is not what was written")
    return Manifest(data["facts"], files)
