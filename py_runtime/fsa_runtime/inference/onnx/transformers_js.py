"""The graphs as transformers.js looks for them: the encoder's states, and logits of one more token.

It keeps the decoder's own keys and values; those over the encoder's states are computed anew for every token,
because the first call of its loop could not give any.
"""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import onnx
import torch
from torch import Tensor, nn
from torch.export import Dim

from fsa_runtime.errors import JobError
from fsa_runtime.files.model_folder import ModelFolder
from fsa_runtime.inference.onnx.build import export_graph
from fsa_runtime.inference.onnx.graphs import Encoder, Step
from fsa_runtime.inference.onnx.kept import Whole
from fsa_runtime.inference.onnx.places import Padded
from fsa_runtime.t5.model import T5

# Those of the family that transformers.js knows.
_KNOWN = ("t5", "mt5")
_MOST_POSITIONS = 1024
"""Its pipelines ask for more tokens than a student writes, where their caller names no number."""
_MOST_BYTES = 2**31 - 1
"""Of one protobuf message: the weights lie inside the graphs."""
ENCODER, DECODER = "onnx/encoder_model.onnx", "onnx/decoder_model_merged.onnx"

# As in build.py: sizes that the exporter takes for no constants.
_ROWS, _INPUTS, _POSITIONS = 2, 7, 3


class _States(nn.Module):
    def __init__(self, model: T5, max_input_tokens: int) -> None:
        super().__init__()
        self._encoder = Encoder(model, max_input_tokens)

    def forward(self, input_ids: Tensor, attention_mask: Tensor) -> Tensor:
        rows = self._encoder.embedding[input_ids]
        return self._encoder.states(rows, attention_mask, Padded())


class _Token(nn.Module):
    """input_ids [batch, 1] -> logits [batch, 1, vocabulary] and the decoder's keys and values so far."""

    def __init__(self, model: T5, max_positions: int) -> None:
        super().__init__()
        self._step = Step(model, max_positions)

    def forward(
        self, input_ids: Tensor, mask: Tensor, states: Tensor, past: list[Tensor]
    ) -> tuple[Tensor, list[Tensor]]:
        kept = Whole(past)
        logits = self._step.logits(input_ids[:, 0], mask, kept, self._step.crossings(states))
        return logits[:, None, :], kept.made


def write_transformers_js(
    model: T5,
    source: ModelFolder,
    folder: Path,
    limits: tuple[int, int],
    reach: Callable[[int], None],
) -> int:
    """Writes graphs and configuration, without the tokenizer; the IR version. `limits`: tokens in, out.

    Raises JobError("bad-model") for a model that transformers.js does not know or that is too large.
    """
    kind = model.config.model_type
    if kind not in _KNOWN:
        known = " and ".join(_KNOWN)
        raise JobError("bad-model", f"transformers.js runs no {kind}: this layout is for {known}.")
    (folder / "onnx").mkdir()
    reach(1)
    encoder = _build_states(model, limits[0])
    reach(2)
    decoder = _build_token(model, max(limits[1], _MOST_POSITIONS))
    reach(3)
    for name, graph in ((ENCODER, encoder), (DECODER, decoder)):
        if graph.ByteSize() > _MOST_BYTES:
            raise JobError(
                "bad-model", "The model is too large for this layout, whose graphs hold 2 GB at most."
            )
        onnx.save_model(graph, folder / name)
    _write_configs(model, source, folder, limits)
    reach(4)
    return int(encoder.ir_version)


def _write_configs(model: T5, source: ModelFolder, folder: Path, limits: tuple[int, int]) -> None:
    (folder / "config.json").write_bytes(source.read("config.json"))
    config = model.config
    generation = {
        "decoder_start_token_id": config.decoder_start_token_id,
        "eos_token_id": config.eos_token_id,
        "pad_token_id": config.pad_token_id,
        "max_new_tokens": limits[1] - 1,
    }
    tokenizer = json.loads(source.read("tokenizer_config.json"))
    tokenizer["model_max_length"] = limits[0]
    for name, value in (("generation_config.json", generation), ("tokenizer_config.json", tokenizer)):
        (folder / name).write_text(json.dumps(value, indent=2) + "\n", encoding="utf-8")


def _build_states(model: T5, max_input_tokens: int) -> Any:
    ids = torch.ones(_ROWS, _INPUTS, dtype=torch.int64)
    sizes = {0: Dim.DYNAMIC, 1: Dim.DYNAMIC}
    return export_graph(
        _States(model, max_input_tokens),
        {"input_ids": ids, "attention_mask": torch.ones_like(ids)},
        shapes={"input_ids": sizes, "attention_mask": sizes},
        inputs=["input_ids", "attention_mask"],
        outputs=["last_hidden_state"],
    )


def _build_token(model: T5, max_positions: int) -> Any:
    config = model.config
    layers = config.num_decoder_layers
    kept = (_ROWS, config.num_heads, _POSITIONS, config.d_kv)
    changing = {0: Dim.DYNAMIC, 1: Dim.DYNAMIC}
    return export_graph(
        _Token(model, max_positions),
        {
            "input_ids": torch.ones(_ROWS, 1, dtype=torch.int64),
            "mask": torch.ones(_ROWS, _INPUTS, dtype=torch.int64),
            "states": torch.zeros(_ROWS, _INPUTS, config.d_model),
            "past": [torch.zeros(*kept) for _ in range(2 * layers)],
        },
        shapes={
            "input_ids": {0: Dim.DYNAMIC},
            "mask": changing,
            "states": changing,
            "past": [{0: Dim.DYNAMIC, 2: Dim.DYNAMIC}] * (2 * layers),
        },
        inputs=[
            "input_ids",
            "encoder_attention_mask",
            "encoder_hidden_states",
            *kept_names("past_key_values", layers),
        ],
        outputs=["logits", *kept_names("present", layers)],
    )


def kept_names(what: str, layers: int) -> list[str]:
    """`present.0.decoder.key`, `present.0.decoder.value`, …"""
    return [f"{what}.{layer}.decoder.{part}" for layer in range(layers) for part in ("key", "value")]
