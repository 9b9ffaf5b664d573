"""Weights of 8 bits: products with a weight are done in integers, by onnxruntime's own tool.

The scale of what comes in is found anew for each call ("dynamic"), over all rows of a batch. The output head,
on which most answers turn, keeps its 32 bits.
"""

from __future__ import annotations

import logging
import tempfile
from pathlib import Path
from typing import Any

import onnx
from onnx import TensorProto, helper
from onnxruntime.quantization import QuantType, quantize_dynamic

from fsa_runtime.inference.onnx.shared_weights import write_sharing


def write_quantized(names: tuple[str, ...], source: Path, target: Path) -> None:
    """Writes each `NAME.onnx` of `source` and the weights of all into `target`, in 8 bits."""
    graphs = {}
    before = logging.root.manager.disable
    # It advises steps that change nothing for graphs of this exporter.
    logging.disable(logging.WARNING)
    try:
        with tempfile.TemporaryDirectory(dir=target) as scratch:
            for name in names:
                graphs[name] = _quantize(onnx.load(source / f"{name}.onnx"), Path(scratch, name))
    finally:
        logging.disable(before)
    write_sharing(target, graphs)


def _quantize(model: Any, folder: Path) -> Any:
    folder.mkdir()
    plain, made = folder / "fp32.onnx", folder / "int8.onnx"
    # The tool turns the weight of a Gemm round in its place, which here is the embedding's, too.
    head = _Head.take_off(model.graph)
    # The exporter leaves shapes of tensors that its optimizer has since turned round.
    model.graph.ClearField("value_info")
    onnx.save_model(model, plain, save_as_external_data=True, location="fp32.bin")
    quantize_dynamic(
        plain,
        made,
        op_types_to_quantize=["MatMul"],
        per_channel=True,
        weight_type=QuantType.QInt8,
        use_external_data_format=True,
    )
    quantized = onnx.load(made)
    if head is not None:
        head.put_back(quantized.graph)
    return quantized


class _Head:
    """The product that gives the logits, with its weight; a graph without it reads them as an input."""

    def __init__(self, node: Any, weight: Any) -> None:
        self._node, self._weight = node, weight

    @classmethod
    def take_off(cls, graph: Any) -> _Head | None:
        """None where the graph has none."""
        found = [node for node in graph.node if node.op_type == "Gemm"]
        if not found:
            return None
        (node,) = found
        (weight,) = [tensor for tensor in graph.initializer if tensor.name == node.input[1]]
        head = cls(_copy(node), _copy(weight))
        graph.node.remove(node)
        # What goes into it must not be taken for something that nobody needs.
        graph.output.append(helper.make_tensor_value_info(node.input[0], TensorProto.FLOAT, [None, None]))
        graph.input.append(helper.make_tensor_value_info(node.output[0], TensorProto.FLOAT, [None, None]))
        return head

    def put_back(self, graph: Any) -> None:
        for values, name in ((graph.output, self._node.input[0]), (graph.input, self._node.output[0])):
            values.remove(next(value for value in values if value.name == name))
        readers = [place for place, node in enumerate(graph.node) if self._node.output[0] in node.input]
        graph.node.insert(min(readers), self._node)
        if all(tensor.name != self._weight.name for tensor in graph.initializer):
            graph.initializer.append(self._weight)


def _copy(message: Any) -> Any:
    return type(message).FromString(message.SerializeToString())
