"""Writes a student as ONNX graphs; needs the packages of requirements-export.lock."""

from __future__ import annotations

import time
from importlib import metadata
from pathlib import Path

from fsa_runtime.context import JobContext, stop_if_asked
from fsa_runtime.data.student_tokenizer import load_tokenizer
from fsa_runtime.environment.compute import set_up_compute
from fsa_runtime.files.model_folder import ModelFolder
from fsa_runtime.inference.text_reader import TextReader
from fsa_runtime.messages import ExportOutput, ExportSpec
from fsa_runtime.t5.model import load_model

_STAGES = 4


def run(context: JobContext, spec: ExportSpec) -> ExportOutput:
    """Raises JobError and JobCancelled."""
    # Its packages are in the runtime of exports alone; the job is known to every worker.
    from fsa_runtime.inference.onnx.check import check_transformers_js  # noqa: PLC0415
    from fsa_runtime.inference.onnx.write import write_graphs  # noqa: PLC0415

    set_up_compute(spec["placement"])
    began = time.monotonic()
    context.progress("load", done=0, total=_STAGES)
    files = ModelFolder.of_spec(spec["model"], spec["modelFiles"])
    tokenizer = load_tokenizer(files, newline_token=False)
    model = load_model(files, device="cpu", precision="fp32")
    folder = Path(spec["folder"])

    def reach(stage: int) -> None:
        stop_if_asked(context)
        context.progress("save", done=stage, total=_STAGES)

    written = write_graphs(model, files, folder, spec, reach)
    # As the runtime uses it, which is not always as the model's folder has it.
    for made in (spec["folder"], spec["int8Folder"]):
        if made is not None:
            Path(made, "tokenizer.json").write_text(tokenizer.definition, encoding="utf-8")
    if spec["layout"] == "transformers-js":
        inputs = TextReader(files, spec["maxInputTokens"]).read(spec["checkTexts"])
        longest = spec["maxGeneratedTokens"]
        check_transformers_js(model, folder, list(inputs.rows), longest, lambda: stop_if_asked(context))
    config = model.config
    return {
        "kind": "export",
        "opset": written.opset,
        "irVersion": written.ir_version,
        "layers": config.num_decoder_layers,
        "heads": config.num_heads,
        "width": config.d_kv,
        "startToken": config.decoder_start_token_id,
        "endToken": config.eos_token_id,
        "padToken": config.pad_token_id,
        "truncationSide": tokenizer.truncation_side,
        "versions": {
            "torch": metadata.version("torch"),
            "onnx": metadata.version("onnx"),
            "onnxscript": metadata.version("onnxscript"),
            "onnxruntime": metadata.version("onnxruntime"),
        },
        "seconds": time.monotonic() - began,
    }
