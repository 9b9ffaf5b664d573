"""Writes a model of some shape with the initial weights of transformers: SHAPE, FOLDER, DROPOUT."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import Any

import torch
from transformers import T5Config, T5ForConditionalGeneration
from transformers.models.mt5 import MT5Config, MT5ForConditionalGeneration

import scenarios


def main() -> None:
    shape, folder, dropout = sys.argv[1:]
    write_model(shape, Path(folder), dropout=float(dropout))


def write_model(shape: str, folder: Path, *, dropout: float) -> None:
    torch.manual_seed(0)
    config: dict[str, Any] = {
        **scenarios.SHAPES[shape],
        "vocab_size": scenarios.vocabulary_of(shape),
        "dropout_rate": dropout,
        "decoder_start_token_id": 0,
    }
    if shape in scenarios.MULTILINGUAL_VOCABULARIES:
        model = MT5ForConditionalGeneration(MT5Config(**config))
        # As published: the head is not the embedding.
        model.lm_head.weight = torch.nn.Parameter(0.05 * torch.randn_like(model.shared.weight))
        model.save_pretrained(folder)
    else:
        T5ForConditionalGeneration(T5Config(**config)).save_pretrained(folder)


if __name__ == "__main__":
    main()
