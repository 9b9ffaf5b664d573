"""The files of an export, in the layout that is asked for."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from fsa_runtime.files.model_folder import ModelFolder
from fsa_runtime.inference.onnx.build import OPSET, build_encoder, build_step
from fsa_runtime.inference.onnx.quantize import write_quantized
from fsa_runtime.inference.onnx.shared_weights import write_sharing
from fsa_runtime.inference.onnx.transformers_js import write_transformers_js
from fsa_runtime.messages import ExportSpec
from fsa_runtime.t5.model import T5


@dataclass(frozen=True)
class Written:
    opset: int
    ir_version: int


def write_graphs(
    model: T5, source: ModelFolder, folder: Path, spec: ExportSpec, reach: Callable[[int], None]
) -> Written:
    """Builds both graphs and writes them with their weights; `reach` hears of each of four stages.

    Raises JobError("bad-model") where the layout cannot hold the model.
    """
    limits = spec["maxInputTokens"], spec["maxGeneratedTokens"]
    if spec["layout"] == "transformers-js":
        ir_version = write_transformers_js(model, source, folder, limits, reach)
        return Written(opset=OPSET, ir_version=ir_version)
    reach(1)
    encoder = build_encoder(model, limits[0])
    reach(2)
    step = build_step(model, limits[1])
    reach(3)
    write_sharing(folder, {"encoder": encoder, "step": step})
    if spec["int8Folder"] is not None:
        write_quantized(("encoder", "step"), folder, Path(spec["int8Folder"]))
    reach(4)
    return Written(opset=OPSET, ir_version=int(encoder.ir_version))
