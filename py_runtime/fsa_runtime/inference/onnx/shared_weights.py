"""One file for the weights of several graphs: each distinct tensor once, at the start of a page."""

from __future__ import annotations

import hashlib
from pathlib import Path
from typing import Any

import onnx
from onnx import numpy_helper
from onnx.external_data_helper import set_external_data

WEIGHTS = "weights.bin"
_PAGE_BYTES = 4096
_SMALL_BYTES = 1024
"""Smaller tensors stay in their graph: shapes and indices, which its optimizer wants to see."""


def write_sharing(folder: Path, graphs: dict[str, Any]) -> None:
    """Writes `NAME.onnx` for each graph (an onnx ModelProto) and the weights of all beside them."""
    places: dict[bytes, tuple[int, int]] = {}
    with (folder / WEIGHTS).open("wb") as weights:
        for name, graph in graphs.items():
            for tensor in graph.graph.initializer:
                content = _raw_bytes(tensor)
                if len(content) < _SMALL_BYTES:
                    continue
                digest = hashlib.sha256(content).digest()
                if digest not in places:
                    weights.write(b"\0" * (-weights.tell() % _PAGE_BYTES))
                    places[digest] = (weights.tell(), len(content))
                    weights.write(content)
                offset, length = places[digest]
                tensor.raw_data = content
                set_external_data(tensor, WEIGHTS, offset=offset, length=length)
                tensor.ClearField("raw_data")
            onnx.save_model(graph, folder / f"{name}.onnx")


def _raw_bytes(tensor: Any) -> bytes:
    return bytes(numpy_helper.to_array(tensor).tobytes())
