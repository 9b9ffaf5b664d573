"""From the torch modules to the two graphs, by torch's own exporter."""

from __future__ import annotations

import logging
import warnings
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import torch
from torch import Tensor
from torch.export import Dim

from fsa_runtime.inference.onnx.graphs import Encoder, Step
from fsa_runtime.t5.model import T5

OPSET = 20

# Sizes of the example that is traced: all different and none 0 or 1, which the exporter would take for fixed.
_ROWS, _INPUTS, _POSITIONS, _TOKENS = 2, 7, 3, 11


def build_encoder(model: T5, max_input_tokens: int) -> Any:
    """ids, rows, at, places, mask int64 -> `cross.N.key`, `cross.N.value`; an onnx ModelProto."""
    token, place = ((_TOKENS,), {0: Dim.DYNAMIC}), ((_ROWS, _INPUTS), {0: Dim.DYNAMIC, 1: Dim.DYNAMIC})
    inputs = {"ids": token, "rows": token, "at": token, "places": place, "mask": place}
    return export_graph(
        Encoder(model, max_input_tokens),
        {name: torch.ones(*size, dtype=torch.int64) for name, (size, _) in inputs.items()},
        shapes={name: changing for name, (_, changing) in inputs.items()},
        inputs=list(inputs),
        outputs=names_of("cross", model.config.num_decoder_layers),
    )


def build_step(model: T5, max_positions: int) -> Any:
    """tokens, mask int64, `past.N.*`, `cross.N.*` -> `next` int64, `newest.N.*`; an onnx ModelProto."""
    config = model.config
    layers = config.num_decoder_layers

    def parts(*sizes: int) -> list[Tensor]:
        return [torch.zeros(*sizes, config.d_kv) for _ in range(2 * layers)]

    return export_graph(
        Step(model, max_positions),
        {
            "tokens": torch.ones(_ROWS, dtype=torch.int64),
            "mask": torch.ones(_ROWS, _INPUTS, dtype=torch.int64),
            "past": parts(_POSITIONS, _ROWS, config.num_heads),
            "crossing": parts(_ROWS, config.num_heads, _INPUTS),
        },
        shapes={
            "tokens": {0: Dim.DYNAMIC},
            "mask": {0: Dim.DYNAMIC, 1: Dim.DYNAMIC},
            "past": [{0: Dim.DYNAMIC, 1: Dim.DYNAMIC}] * (2 * layers),
            "crossing": [{0: Dim.DYNAMIC, 2: Dim.DYNAMIC}] * (2 * layers),
        },
        inputs=["tokens", "mask", *names_of("past", layers), *names_of("cross", layers)],
        outputs=["next", *names_of("newest", layers)],
    )


def names_of(what: str, layers: int) -> list[str]:
    return [f"{what}.{layer}.{part}" for layer in range(layers) for part in ("key", "value")]


def export_graph(
    module: torch.nn.Module,
    example: dict[str, Any],
    *,
    shapes: dict[str, Any],
    inputs: list[str],
    outputs: list[str],
) -> Any:
    """The module as an onnx ModelProto; `shapes` names the sizes that may change, by input."""
    with _quiet(), torch.no_grad():
        program = torch.onnx.export(
            module.eval(),
            kwargs=example,
            dynamic_shapes=shapes,
            input_names=inputs,
            output_names=outputs,
            opset_version=OPSET,
            dynamo=True,
            verbose=False,
        )
    assert program is not None
    return program.model_proto


@contextmanager
def _quiet() -> Iterator[None]:
    """The exporter speaks of its own insides; what goes wrong comes as an exception."""
    before = logging.root.manager.disable
    logging.disable(logging.WARNING)
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            yield
    finally:
        logging.disable(before)
