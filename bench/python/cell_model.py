"""The model that cells start from: a T5 of a given shape that writes answers in the task's form. Made once.

It has the sample's tokenizer, the vocabulary size of T5, and has seen the training sentences of the datasets,
so that its generation ends where an answer ends. Prints the folder.
"""

from __future__ import annotations

import argparse
import hashlib
import random
import shutil
import sys
import tempfile
from pathlib import Path

import bench_models
import cell_data
import torch
from transformers import AutoTokenizer, T5Config, T5ForConditionalGeneration

import scenarios
from fsa_runtime.t5.batching import Example
from fsa_runtime.t5.model import load_model, save_model
from fsa_runtime.train.trainer import Trainer

_STEPS = 80
_BATCH = 32
_PEAK_RATE = 1e-2


def main() -> None:
    parser = argparse.ArgumentParser()
    parser.add_argument("--shape", choices=tuple(scenarios.SHAPES), required=True)
    parser.add_argument("--tokenizer", type=Path, required=True)
    parser.add_argument("--device", default="cpu")
    parser.add_argument("--cache", type=Path, required=True)
    parser.add_argument("--dataset", type=Path, action="append", required=True)
    options = parser.parse_args()
    folder = options.cache / f"cell-{options.shape}-{_digest(options)}"
    if not (folder / "model.safetensors").exists():
        _make(options, folder)
    scenarios.say({"folder": str(folder)})


def _make(options: argparse.Namespace, folder: Path) -> None:
    options.cache.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory(dir=options.cache) as scratch:
        start, done = Path(scratch) / "start", Path(scratch) / "done"
        torch.manual_seed(0)
        config = T5Config(
            **scenarios.SHAPES[options.shape],
            vocab_size=scenarios.VOCABULARY,
            dropout_rate=0.1,
            decoder_start_token_id=0,
        )
        T5ForConditionalGeneration(config).save_pretrained(start)
        model = load_model(
            start, device=options.device, precision=bench_models.training_precision(options.device)
        )
        examples = _read_examples(options)
        trainer = Trainer(model, optimizer="adamw_scale")
        draw = random.Random(0)
        loss = 0.0
        for step in range(_STEPS):
            rate = _PEAK_RATE * min(1.0, (step + 1) / 10, 2 - 2 * step / _STEPS)
            loss = trainer.step([draw.sample(examples, _BATCH)], rate).loss
        print(f"{options.shape} for cells learnt to a loss of {loss:.3f}", file=sys.stderr)
        save_model(model, done)
        for name in ("tokenizer.json", "tokenizer_config.json", "generation_config.json"):
            shutil.copy(options.tokenizer / name, done / name)
        done.rename(folder)


def _read_examples(options: argparse.Namespace) -> list[Example]:
    tokenizer = AutoTokenizer.from_pretrained(options.tokenizer)
    rows = [row for each in options.dataset for row in cell_data.read_rows(each, "train")]
    inputs = tokenizer([row.sentence for row in rows])["input_ids"]
    targets = tokenizer([row.target for row in rows])["input_ids"]
    return list(zip(inputs, targets, strict=True))


def _digest(options: argparse.Namespace) -> str:
    """Of what the model is made from, so that a changed sample makes a new one."""
    digest = hashlib.sha256(f"{_STEPS} {_BATCH} {_PEAK_RATE}".encode())
    files = [options.tokenizer / "tokenizer.json", *(each / "train.json" for each in options.dataset)]
    for file in files:
        digest.update(file.read_bytes())
    return digest.hexdigest()[:12]


if __name__ == "__main__":
    main()
