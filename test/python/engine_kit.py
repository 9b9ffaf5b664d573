"""Small Hugging Face models, seeded examples and the golden values for the tests of the engine."""

from __future__ import annotations

import json
import os
from functools import cache
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch
from transformers import AutoModelForSeq2SeqLM, PreTrainedModel
from transformers.models.mt5 import MT5Config, MT5ForConditionalGeneration
from transformers.models.t5 import T5Config, T5ForConditionalGeneration
from transformers.models.umt5 import UMT5Config, UMT5ForConditionalGeneration

Pair = tuple[list[int], list[int]]

# Every kind of checkpoint: original T5, an untied head, v1.1 and Flan, a rarer activation, an odd vocabulary,
# the multilingual ones (published with heads of their own; a tied one is not scaled either).
VARIANTS: dict[str, dict[str, Any]] = {
    "t5": {},
    "untied": {"tie_word_embeddings": False, "own_head": True},
    "v1.1": {"feed_forward_proj": "gated-gelu", "tie_word_embeddings": False, "own_head": True},
    "gated-tied": {"feed_forward_proj": "gated-silu"},
    "odd": {"vocab_size": 301, "num_decoder_layers": 3, "feed_forward_proj": "gelu"},
    "mt5": {"model_type": "mt5", "feed_forward_proj": "gated-gelu", "own_head": True},
    "mt5-tied": {"model_type": "mt5", "feed_forward_proj": "gated-gelu"},
    "umt5": {"model_type": "umt5", "feed_forward_proj": "gated-gelu", "own_head": True},
    "umt5-tied": {"model_type": "umt5", "num_decoder_layers": 3},
}

_CLASSES: dict[str, tuple[type[Any], type[Any]]] = {
    "t5": (T5Config, T5ForConditionalGeneration),
    "mt5": (MT5Config, MT5ForConditionalGeneration),
    "umt5": (UMT5Config, UMT5ForConditionalGeneration),
}

_SHAPE = {
    "vocab_size": 320,
    "d_model": 48,
    "d_kv": 12,
    "d_ff": 96,
    "num_layers": 2,
    "num_heads": 4,
    "decoder_start_token_id": 0,
}


def make_folder(folder: Path, *, variant: str = "t5", dropout: float = 0.0, **changes: Any) -> Path:
    """Writes a seeded model as transformers saves it."""
    settings = {**_SHAPE, "dropout_rate": dropout, **VARIANTS[variant], **changes}
    own_head = settings.pop("own_head", False)
    config, architecture = _CLASSES[settings.pop("model_type", "t5")]
    torch.manual_seed(3)
    model = architecture(config(**settings))
    if own_head:
        model.lm_head.weight = torch.nn.Parameter(0.3 * torch.randn_like(model.shared.weight))
    model.save_pretrained(folder)
    return folder


def reference(folder: Path) -> PreTrainedModel:
    """transformers' own model of a folder, in training mode (which from_pretrained does not set)."""
    model: PreTrainedModel = AutoModelForSeq2SeqLM.from_pretrained(folder).train()
    if model.config.model_type == "umt5":
        # transformers 5.23 says of every umT5 that its head is tied, and takes that as a reason to multiply
        # its logits by d_model**-0.5, which umT5 was not trained with: measured against the plain product.
        model.config.tie_word_embeddings = False
    return model


def draw_pairs(count: int, *, seed: int = 0, vocabulary: int = 300, longest: int = 40) -> list[Pair]:
    random = np.random.default_rng(seed)

    def ids() -> list[int]:
        return [*random.integers(2, vocabulary, random.integers(1, longest)).tolist(), 1]

    return [(ids(), ids()) for _ in range(count)]


def padded(pairs: list[Pair]) -> dict[str, torch.Tensor]:
    """A batch as transformers takes it."""
    width, height = (max(len(pair[side]) for pair in pairs) for side in (0, 1))
    return {
        "input_ids": torch.tensor([a + [0] * (width - len(a)) for a, _ in pairs]),
        "attention_mask": torch.tensor([[1] * len(a) + [0] * (width - len(a)) for a, _ in pairs]),
        "labels": torch.tensor([b + [-100] * (height - len(b)) for _, b in pairs]),
    }


@cache
def golden() -> dict[str, Any]:
    """What the published implementation gives; skips the test where the shared folder is not there."""
    default = Path(__file__).resolve().parents[3] / "shared"
    path = Path(os.environ.get("FSA_SHARED", default)) / "golden" / "training.json"
    if not path.exists():
        assert "FSA_REQUIRE_ALL" not in os.environ, f"there are no golden values at {path}"
        pytest.skip("the shared folder with the golden values is not there")
    values: dict[str, Any] = json.loads(path.read_text(encoding="utf-8"))
    return values
