"""SHA-256 of files, of plain data and of model folders."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

_CHUNK_BYTES = 4 * 1024 * 1024


def digest_of_file(path: Path, on_chunk: Callable[[int], None] | None = None) -> str:
    """SHA-256 of a file as hex, read in pieces. `on_chunk` hears the size of each piece (it may raise)."""
    digest = hashlib.sha256()
    with path.open("rb", buffering=0) as file:
        buffer = bytearray(_CHUNK_BYTES)
        view = memoryview(buffer)
        while (size := file.readinto(buffer)) > 0:
            digest.update(view[:size])
            if on_chunk is not None:
                on_chunk(size)
    return digest.hexdigest()


def digest_of_data(data: Any) -> str:
    """SHA-256 of plain data as hex: the same for equal data, whatever the order of keys."""
    text = json.dumps(data, sort_keys=True, separators=(",", ":"), ensure_ascii=True, allow_nan=False)
    return hashlib.sha256(text.encode()).hexdigest()


def digest_of_folder(folder: Path) -> str:
    """One digest for a folder's files: SHA-256 over `<name>\\n<sha256>\\n` of each file, names sorted.

    Names are paths below the folder with `/`; hidden files and folders do not count.
    """
    files = sorted(path for path in folder.rglob("*") if path.is_file())
    named = {path.relative_to(folder).as_posix(): path for path in files}
    visible = {
        name: digest_of_file(path)
        for name, path in named.items()
        if not any(part.startswith(".") for part in name.split("/"))
    }
    return digest_of_names(visible)


def digest_of_names(digests: Mapping[str, str]) -> str:
    """The digest of a set of files given each one's name and SHA-256."""
    listing = "".join(f"{name}\n{digests[name]}\n" for name in sorted(digests))
    return hashlib.sha256(listing.encode()).hexdigest()
