"""Writes a student of t5-small's shape with random weights: FOLDER, TOKENIZER (a folder with its files).

The tokenizer gets the published number of pieces, which no text uses. The head is as large as the embedding
and not tied to it: a tied one that has learnt nothing says its input again. No row ends before the limit.
"""

from __future__ import annotations

import json
import shutil
import sys
from pathlib import Path
from typing import Any

import torch
from transformers import T5Config, T5ForConditionalGeneration

import scenarios

PIECES = 32_100


def main() -> None:
    folder, tokenizer = map(Path, sys.argv[1:])
    folder.mkdir()
    write_tokenizer(folder, tokenizer)
    torch.manual_seed(7)
    model = T5ForConditionalGeneration(
        T5Config(
            vocab_size=32_128,
            **scenarios.SHAPES["t5-small"],
            decoder_start_token_id=0,
            tie_word_embeddings=False,
        )
    )
    with torch.no_grad():
        model.lm_head.weight = torch.nn.Parameter(torch.randn_like(model.shared.weight))
        model.shared.weight *= 0.3
        model.lm_head.weight[1] = 0
        model.lm_head.weight[PIECES:] = 0
    model.save_pretrained(folder)


def write_tokenizer(folder: Path, tokenizer: Path) -> None:
    definition: dict[str, Any] = json.loads((tokenizer / "tokenizer.json").read_text(encoding="utf-8"))
    vocabulary = definition["model"]["vocab"]
    vocabulary.extend([f"\u2581{number}", -20.0] for number in range(len(vocabulary), PIECES))
    (folder / "tokenizer.json").write_text(json.dumps(definition), encoding="utf-8")
    shutil.copy(tokenizer / "tokenizer_config.json", folder)


if __name__ == "__main__":
    main()
