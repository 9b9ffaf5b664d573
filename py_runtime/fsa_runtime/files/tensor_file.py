"""Tensors in safetensors files, written piece by piece.

The format (a length, a JSON header, the raw bytes) is written here rather than by the library so that
tensors which are views of one another need no copies in memory, the digest is known without reading the
file again, and a full disk comes as an ordinary OSError. Reading is the library's.
"""

from __future__ import annotations

import hashlib
import json
import os
from collections.abc import Mapping
from pathlib import Path

import torch
from safetensors.torch import load_file
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


def read_tensors(path: Path) -> dict[str, Tensor]:
    """All tensors of a safetensors file, on the CPU. Raises SafetensorError for a damaged file."""
    return load_file(path, device="cpu")


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
