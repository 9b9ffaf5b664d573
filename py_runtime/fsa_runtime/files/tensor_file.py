"""Tensors in safetensors files, written piece by piece.

The format (a length, a JSON header, the raw bytes) is written here rather than by the library so that
tensors which are views of one another need no copies in memory, the digest is known without reading the
file again, and a full disk comes as an ordinary OSError. Reading makes tensors of a
file's mapped bytes, which can so be hashed without reading them twice.
"""

from __future__ import annotations

import hashlib
import json
import math
import os
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import torch
from torch import Tensor

from fsa_runtime.files.manifest import FileEntry

_DTYPE_NAMES = {
    torch.float64: "F64",
    torch.float32: "F32",
    torch.float16: "F16",
    torch.bfloat16: "BF16",
    torch.int64: "I64",
    torch.int32: "I32",
    torch.int16: "I16",
    torch.int8: "I8",
    torch.uint8: "U8",
    torch.bool: "BOOL",
}

_DTYPES = {name: dtype for dtype, name in _DTYPE_NAMES.items()}
_MOST_HEADER_BYTES = 100_000_000


def write_tensors(tensors: Mapping[str, Tensor], path: Path) -> FileEntry:
    """Writes a safetensors file, brings it to the disk, and returns its size and SHA-256.

    Tensors may be of any device, layout and shape, zero-dimensional and empty ones too.
    """
    header = _header_of(tensors)
    digest = hashlib.sha256()
    with path.open("wb", buffering=0) as file:
        for piece in (len(header).to_bytes(8, "little"), header):
            _write_all(file.fileno(), memoryview(piece))
            digest.update(piece)
        for name in sorted(tensors):
            raw = _raw_bytes_of(tensors[name])
            _write_all(file.fileno(), raw)
            digest.update(raw)
        os.fsync(file.fileno())
        return FileEntry(file.tell(), digest.hexdigest())


class TensorFileError(ValueError):
    """Why some bytes are no safetensors file: half a sentence."""


def tensors_in(data: memoryview) -> dict[str, Tensor]:
    """The tensors of a safetensors file's writable bytes, sharing their memory. Raises TensorFileError."""
    begin, entries = _read_header(data)
    tensors = {}
    expected = 0
    for name, (dtype, shape, start, end) in sorted(entries.items(), key=lambda item: item[1][2:]):
        count = math.prod(shape)
        if start != expected or end - start != count * dtype.itemsize or begin + end > len(data):
            raise TensorFileError(f"tensor {name} does not lie where its header says")
        expected = end
        part = data[begin + start : begin + end]
        if count == 0:
            tensors[name] = torch.empty(shape, dtype=dtype)
        elif (begin + start) % dtype.itemsize:
            tensors[name] = torch.frombuffer(bytearray(part), dtype=dtype).reshape(shape)
        else:
            tensors[name] = torch.frombuffer(part, dtype=dtype).reshape(shape)
    if begin + expected != len(data):
        raise TensorFileError(f"it has {len(data)} bytes where its header says {begin + expected}")
    return tensors


_Entry = tuple[torch.dtype, tuple[int, ...], int, int]


def _read_header(data: memoryview) -> tuple[int, dict[str, _Entry]]:
    """Where the data begin, and type, shape and place of each tensor."""
    size = int.from_bytes(data[:8], "little")
    if len(data) < 8 or size > min(len(data) - 8, _MOST_HEADER_BYTES):
        raise TensorFileError("its header is cut off or too large")
    try:
        header = json.loads(bytes(data[8 : 8 + size]))
        header.pop("__metadata__", None)
        return 8 + size, {name: _read_entry(entry) for name, entry in header.items()}
    except (ValueError, KeyError, TypeError, AttributeError, RecursionError) as error:
        raise TensorFileError("its header cannot be read") from error


def _read_entry(entry: dict[str, Any]) -> _Entry:
    start, end = entry["data_offsets"]
    numbers = (*entry["shape"], start, end)
    if not all(isinstance(number, int) and number >= 0 for number in numbers):
        raise ValueError("a size is no natural number")
    return _DTYPES[entry["dtype"]], tuple(entry["shape"]), start, end


def _header_of(tensors: Mapping[str, Tensor]) -> bytes:
    entries = {}
    begin = 0
    for name in sorted(tensors):
        tensor = tensors[name]
        end = begin + tensor.numel() * tensor.element_size()
        shape = list(tensor.shape)
        entries[name] = {
            "dtype": _DTYPE_NAMES[tensor.dtype],
            "shape": shape,
            "data_offsets": [begin, end],
        }
        begin = end
    text = json.dumps(entries, separators=(",", ":")).encode()
    return text + b" " * (-len(text) % 8)  # the data begin at a multiple of eight bytes


def _raw_bytes_of(tensor: Tensor) -> memoryview:
    flat = tensor.detach().cpu().contiguous().reshape(-1)
    return flat.view(torch.uint8).numpy().data if flat.numel() > 0 else memoryview(b"")


def _write_all(descriptor: int, data: memoryview) -> None:
    data = data.cast("B")
    while len(data) > 0:
        data = data[os.write(descriptor, data) :]
