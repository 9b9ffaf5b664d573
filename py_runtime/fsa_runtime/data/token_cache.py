"""Pairs as token ids on disk, made once per content, tokenizer and lengths, then memory-mapped.

A cache is a folder named by its key, with four flat arrays (ids and offsets of inputs and of targets) and a
manifest with the size and SHA-256 of each. Readers check all of it, so a torn or edited cache is made again.
Two processes that make the same one at once write apart; the first to finish wins and the other uses it.
"""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Iterable
from contextlib import ExitStack
from dataclasses import asdict, dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from fsa_runtime.data.pair_encoder import PairEncoder
from fsa_runtime.data.pairs import PairsFile, read_batches
from fsa_runtime.data.token_rows import EncodedBatch, EncodedColumn, TokenRows
from fsa_runtime.errors import JobError
from fsa_runtime.files.digests import digest_of_data
from fsa_runtime.files.durable import published_folder, require_room, storage_errors_of, sweep_temporaries
from fsa_runtime.files.manifest import (
    MANIFEST_NAME,
    DamageError,
    FileEntry,
    HashedFile,
    Manifest,
    read_manifest,
    write_manifest,
)

ROWS_PER_BATCH = 4096
_FORMAT = 1
"""Part of the key: another layout of the files is another cache."""
_FILES = ("inputs.bin", "input-offsets.bin", "targets.bin", "target-offsets.bin")

_checked: dict[Path, tuple[object, ...]] = {}
"""Caches whose bytes this process has verified, with the state of their files at that time."""


@dataclass(frozen=True)
class CacheCounts:
    """What a cache holds; tokens include the end tokens."""

    rows: int
    input_tokens: int
    target_tokens: int
    cut_inputs: int
    cut_targets: int


@dataclass(frozen=True)
class TokenCache:
    """An opened cache of one file of pairs."""

    folder: Path
    counts: CacheCounts
    inputs: TokenRows
    targets: TokenRows
    reused: bool


def open_cache(
    pairs: PairsFile,
    encoder: PairEncoder,
    cache_folder: Path,
    *,
    on_rows: Callable[[int], None],
    on_notice: Callable[[str], None],
) -> TokenCache:
    """The token cache of a file, made where there is none that is whole.

    `on_rows` hears the rows done so far, also while files are checked (it may raise to stop the work).
    Raises JobError("bad-data") for a wrong file and JobError("disk-full").
    """
    folder = cache_folder / _key_of(pairs, encoder)
    if folder.exists():
        try:
            return _open_whole(folder, reused=True)
        except DamageError as damage:
            on_notice(f"The token cache {folder} is damaged ({damage}); it is made again.")
    else:
        sweep_temporaries(cache_folder)
    _make(pairs, encoder, folder, on_rows)
    try:
        return _open_whole(folder, reused=False)
    except DamageError as damage:
        raise JobError(
            "exception", f"The token cache {folder} was damaged as it was made ({damage}).", retryable=True
        ) from damage


def _key_of(pairs: PairsFile, encoder: PairEncoder) -> str:
    key = {"format": _FORMAT, "pairs": pairs.sha256, "rows": pairs.rows, "encoder": encoder.digest}
    return digest_of_data(key)[:40]


# ---------------------------------------------------------------- making


def _make(pairs: PairsFile, encoder: PairEncoder, folder: Path, on_rows: Callable[[int], None]) -> None:
    with published_folder(folder, checks=None, unless=_is_whole) as temporary:
        batches = encoder.encode_all(read_batches(pairs, ROWS_PER_BATCH))
        counts, files = _write_arrays(batches, temporary, pairs.rows, on_rows)
        write_manifest(temporary, {"dtype": np.dtype(encoder.dtype).name, "counts": asdict(counts)}, files)


def _write_arrays(
    batches: Iterable[EncodedBatch], folder: Path, rows: int, on_rows: Callable[[int], None]
) -> tuple[CacheCounts, dict[str, FileEntry]]:
    done = cut_inputs = cut_targets = 0
    with ExitStack() as stack:
        arrays = [stack.enter_context(HashedFile(folder / name)) for name in _FILES]
        inputs, targets = _ColumnWriter(*arrays[:2]), _ColumnWriter(*arrays[2:])
        for batch in batches:
            if done == 0:
                _check_room(batch, folder, rows)
            inputs.append(batch.inputs)
            targets.append(batch.targets)
            cut_inputs += batch.inputs.cut
            cut_targets += batch.targets.cut
            done += len(batch.inputs.lengths)
            on_rows(done)
        files = {name: array.entry() for name, array in zip(_FILES, arrays, strict=True)}
    return CacheCounts(done, inputs.tokens, targets.tokens, cut_inputs, cut_targets), files


class _ColumnWriter:
    """Writes ids, and where each row ends."""

    def __init__(self, ids: HashedFile, offsets: HashedFile) -> None:
        self.tokens = 0
        self._ids = ids
        self._offsets = offsets
        offsets.write(np.zeros(1, np.int64))

    def append(self, column: EncodedColumn) -> None:
        self._ids.write(column.ids)
        self._offsets.write(self.tokens + np.cumsum(column.lengths, dtype=np.int64))
        self.tokens += len(column.ids)


def _check_room(first: EncodedBatch, folder: Path, rows: int) -> None:
    """Finds out before the work, from its first rows, whether the whole cache will fit."""
    rows_seen = len(first.inputs.lengths)
    bytes_seen = first.inputs.ids.nbytes + first.targets.ids.nbytes + 16 * rows_seen
    needed = bytes_seen * rows // max(rows_seen, 1)
    require_room(folder.parent, needed, "The token cache")


# ---------------------------------------------------------------- opening


def _is_whole(folder: Path) -> bool:
    try:
        _open_whole(folder, reused=True)
    except DamageError:
        return False
    return True


def _open_whole(folder: Path, *, reused: bool) -> TokenCache:
    """Opens a cache after checking every byte of it. Raises DamageError."""
    with storage_errors_of(folder):
        manifest = read_manifest(folder)
        counts = CacheCounts(**manifest.facts["counts"])
        dtype = np.dtype(manifest.facts["dtype"])
        # What is mapped is what is checked: another file that takes a name later is never seen.
        mapped = {name: _map_file(folder / name) for name in _FILES}
        _check_bytes(folder, mapped, manifest)
        inputs, targets = (
            TokenRows(mapped[ids].view(dtype), mapped[offsets].view(np.int64))
            for ids, offsets in (_FILES[:2], _FILES[2:])
        )
    return TokenCache(folder, counts, inputs, targets, reused)


def _map_file(path: Path) -> NDArray[np.uint8]:
    try:
        if path.stat().st_size == 0:  # an empty file cannot be mapped
            return np.zeros(0, np.uint8)
        return np.memmap(path, np.uint8, mode="r")
    except FileNotFoundError as error:
        raise DamageError(f"{path.name} is missing") from error


def _check_bytes(folder: Path, mapped: dict[str, NDArray[np.uint8]], manifest: Manifest) -> None:
    """Checks every byte, once for files that have not been touched since this process last did."""
    state = _state_of_files(folder)
    if _checked.get(folder) == state:
        return
    for name, entry in manifest.files.items():
        data = mapped.get(name)
        if data is None:
            raise DamageError(f"{name} is unknown")
        if data.size != entry.size:
            raise DamageError(f"{name} has another size")
        if hashlib.sha256(data.data).hexdigest() != entry.sha256:
            raise DamageError(f"{name} has other bytes")
    if _state_of_files(folder) != state:
        raise DamageError("it was written to while it was read")
    _checked[folder] = state


def _state_of_files(folder: Path) -> tuple[object, ...]:
    try:
        stats = [(folder / name).stat() for name in (*_FILES, MANIFEST_NAME)]
    except FileNotFoundError as error:
        raise DamageError(f"{Path(error.filename).name} is missing") from error
    return tuple((one.st_ino, one.st_size, one.st_mtime_ns) for one in stats)
