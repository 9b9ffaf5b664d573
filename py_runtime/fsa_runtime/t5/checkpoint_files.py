"""Reads the weights of an ordinary Hugging Face folder. Only safetensors: a pickle can run code."""

from __future__ import annotations

import json
from contextlib import ExitStack
from pathlib import Path

import torch
from torch import Tensor

from fsa_runtime.errors import JobError
from fsa_runtime.files.model_folder import ModelFolder
from fsa_runtime.files.tensor_file import TensorFileError, tensors_in
from fsa_runtime.t5.config import T5Config
from fsa_runtime.t5.weights import tensor_shapes

_SINGLE = "model.safetensors"
_INDEX = "model.safetensors.index.json"
_COPIES_OF_SHARED = ("encoder.embed_tokens.weight", "decoder.embed_tokens.weight")
# Old T5 files carry one that no T5 has used since.
_IGNORED = ("decoder.block.0.layer.1.EncDecAttention.relative_attention_bias.weight",)


def read_tensors(folder: ModelFolder, config: T5Config, files: ExitStack) -> tuple[dict[str, Tensor], bool]:
    """All weights under their Hugging Face names, and whether the head is tied to the embedding.

    They share the memory of mapped files, which `files` holds open and holds against their digests when it
    closes. JobError("bad-model") when a file is missing or broken, or a tensor is missing, unknown or of
    another shape.
    """
    tensors: dict[str, Tensor] = {}
    for name in weight_files(folder):
        data = files.enter_context(folder.open(name)).data
        try:
            tensors.update(tensors_in(data))
        except TensorFileError as error:
            raise JobError(
                "bad-model", f"{folder.path / name} cannot be read ({error}); download or save it again."
            ) from None
    return _arrange(tensors, config, folder.path)


def weight_files(folder: ModelFolder) -> list[str]:
    """The names of the safetensors files of a folder. JobError("bad-model") where it has none."""
    if _SINGLE in folder:
        return [_SINGLE]
    if _INDEX in folder:
        index = folder.path / _INDEX
        try:
            names = sorted(set(json.loads(folder.read(_INDEX))["weight_map"].values()))
        except (ValueError, KeyError, TypeError, AttributeError):
            raise JobError("bad-model", f"{index} is not a valid index of weight files.") from None
        missing = [name for name in names if name not in folder]
        if missing:
            raise JobError("bad-model", f"{index} names {missing[0]!r}, which is not in {folder.path}.")
        return names
    pickled = next(
        (name for name in ("pytorch_model.bin", "pytorch_model.bin.index.json") if name in folder), None
    )
    hint = f"; {pickled} is a pickle, which is never opened: save the model as safetensors" if pickled else ""
    raise JobError("bad-model", f"{folder.path} has no {_SINGLE}{hint}.")


def _arrange(tensors: dict[str, Tensor], config: T5Config, folder: Path) -> tuple[dict[str, Tensor], bool]:
    for name in _IGNORED:
        tensors.pop(name, None)
    copies = {name: tensors.pop(name) for name in _COPIES_OF_SHARED if name in tensors}
    if "shared.weight" not in tensors:
        source = next(iter(copies.values()), tensors.get("lm_head.weight"))
        if source is not None:
            tensors["shared.weight"] = source
    head, shared = tensors.get("lm_head.weight"), tensors.get("shared.weight")
    for name, copy in copies.items():
        if shared is None or not torch.equal(copy, shared):
            raise JobError("bad-model", f"{folder}: {name} differs from shared.weight, which T5 does not do.")
    tied = head is None or (shared is not None and torch.equal(head, shared))
    if tied:
        tensors.pop("lm_head.weight", None)
    _check_shapes(tensors, config, folder, tied=tied)
    return tensors, tied


def _check_shapes(tensors: dict[str, Tensor], config: T5Config, folder: Path, *, tied: bool) -> None:
    kind, expected = config.model_type, dict(tensor_shapes(config, tied=tied))
    missing = [name for name in expected if name not in tensors]
    unknown = [name for name in tensors if name not in expected]
    for names, what in ((missing, "lacks"), (unknown, f"has, unlike the {kind} of its config.json,")):
        if names:
            more = f" and {len(names) - 1} more" if len(names) > 1 else ""
            raise JobError("bad-model", f"The checkpoint in {folder} {what} {names[0]}{more}.")
    for name, shape in expected.items():
        found = tensors[name]
        if tuple(found.shape) != shape or not found.is_floating_point():
            kind = f"{found.dtype} {list(found.shape)}"
            raise JobError(
                "bad-model", f"{folder}: {name} is {kind}, but config.json asks for {list(shape)}."
            )
