"""The files of an export, in the layout that is asked for."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from fsa_runtime.inference.onnx.build import OPSET, build_encoder, build_step
from fsa_runtime.inference.onnx.shared_weights import write_sharing
from fsa_runtime.messages import ExportSpec
from fsa_runtime.t5.model import T5


@dataclass(frozen=True)
class Written:
    opset: int
    ir_version: int


def write_graphs(model: T5, folder: Path, spec: ExportSpec, reach: Callable[[int], None]) -> Written:
    """Builds both graphs and writes them with their weights; `reach` hears of each stage that is done."""
    reach(1)
    encoder = build_encoder(model, spec["maxInputTokens"])
    reach(2)
    step = build_step(model, spec["maxGeneratedTokens"])
    reach(3)
    write_sharing(folder, {"encoder": encoder, "step": step})
    reach(4)
    return Written(opset=OPSET, ir_version=int(encoder.ir_version))
