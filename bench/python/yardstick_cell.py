"""One eval cell as scripts do it: Seq2SeqTrainer, the dev set generated after every epoch, then the tests.

The best epoch's model is saved, loaded anew for the test, and each of the five subsets is generated and
scored by itself. Says what took how long in one line of JSON.
"""

from __future__ import annotations

import argparse
import itertools
import tempfile
import time
from pathlib import Path
from typing import Any

import torch
from cell_data import Row, f1_of, read_rows, read_subsets
from transformers import (
    AutoTokenizer,
    DataCollatorForSeq2Seq,
    Seq2SeqTrainer,
    Seq2SeqTrainingArguments,
    T5ForConditionalGeneration,
    TrainerCallback,
    set_seed,
)

import scenarios

_GENERATION_BATCH = 64


def main() -> None:
    options = read_options()
    torch.set_num_threads(options.threads)
    set_seed(options.seed)
    tokenizer = AutoTokenizer.from_pretrained(options.model)
    model = T5ForConditionalGeneration.from_pretrained(options.model)
    dev = read_rows(options.dataset, "dev")
    with tempfile.TemporaryDirectory() as scratch:
        keep_best = KeepBest(tokenizer, dev, options, Path(scratch) / "best")
        began = time.perf_counter()
        trainer_of(model, tokenizer, options, keep_best, scratch).train()
        train_seconds = time.perf_counter() - began - keep_best.seconds
        began = time.perf_counter()
        model = T5ForConditionalGeneration.from_pretrained(keep_best.folder).to(options.device)
        scores = {
            name: f1_of(generate(model, tokenizer, rows, options), rows)
            for name, rows in read_subsets(options.dataset).items()
        }
    scenarios.say(
        {
            "trainSeconds": train_seconds,
            "devSeconds": keep_best.seconds,
            "testSeconds": time.perf_counter() - began,
            "epochSeconds": [after - before for before, after in itertools.pairwise(keep_best.ends)],
            "devF1": keep_best.scores,
            "f1": scores,
        }
    )


def read_options() -> argparse.Namespace:
    parser = argparse.ArgumentParser()
    parser.add_argument("--model", type=Path, required=True)
    parser.add_argument("--dataset", type=Path, required=True)
    parser.add_argument("--seed", type=int, required=True)
    parser.add_argument("--epochs", type=int, required=True)
    parser.add_argument("--device", default="cpu")
    parser.add_argument("--precision", choices=("bf16", "fp32"), default="bf16")
    parser.add_argument("--threads", type=int, required=True)
    return parser.parse_args()


class KeepBest(TrainerCallback):
    """Generates and scores the dev set after every epoch; saves the model where it is better than before."""

    def __init__(self, tokenizer: Any, dev: list[Row], options: argparse.Namespace, folder: Path) -> None:
        self.tokenizer, self.dev, self.options, self.folder = tokenizer, dev, options, folder
        self.scores: list[float] = []
        self.seconds = 0.0
        self.ends: list[float] = []

    def on_epoch_end(self, *_: Any, model: Any, **__: Any) -> None:
        began = time.perf_counter()
        model.eval()
        score = f1_of(generate(model, self.tokenizer, self.dev, self.options), self.dev)
        model.train()
        if all(score > earlier for earlier in self.scores):
            model.save_pretrained(self.folder)
        self.scores.append(score)
        self.ends.append(time.perf_counter())
        self.seconds += self.ends[-1] - began


def trainer_of(
    model: Any, tokenizer: Any, options: argparse.Namespace, keep_best: KeepBest, scratch: str
) -> Seq2SeqTrainer:
    rows = read_rows(options.dataset, "train")
    inputs = tokenizer([row.sentence for row in rows], truncation=True, max_length=512)["input_ids"]
    targets = tokenizer([row.target for row in rows], truncation=True, max_length=512)["input_ids"]
    arguments = Seq2SeqTrainingArguments(
        scratch,
        use_cpu=options.device == "cpu",
        bf16=options.precision == "bf16",
        seed=options.seed,
        num_train_epochs=options.epochs,
        per_device_train_batch_size=16,
        learning_rate=3e-4,
        lr_scheduler_type="linear",
        weight_decay=0.01,
        adam_epsilon=1e-6,
        max_grad_norm=1.0,
        report_to=[],
        save_strategy="no",
        disable_tqdm=True,
        logging_strategy="no",
    )
    return Seq2SeqTrainer(
        model=model,
        args=arguments,
        train_dataset=[{"input_ids": a, "labels": b} for a, b in zip(inputs, targets, strict=True)],  # type: ignore[arg-type]
        data_collator=DataCollatorForSeq2Seq(tokenizer, model=model),
        callbacks=[keep_best],
    )


def generate(model: Any, tokenizer: Any, rows: list[Row], options: argparse.Namespace) -> list[str]:
    texts: list[str] = []
    for start in range(0, len(rows), _GENERATION_BATCH):
        sentences = [row.sentence for row in rows[start : start + _GENERATION_BATCH]]
        batch = tokenizer(sentences, return_tensors="pt", padding=True).to(options.device)
        bf16 = options.precision == "bf16"
        with torch.no_grad(), torch.autocast(options.device, torch.bfloat16, enabled=bf16):
            ids = model.generate(
                input_ids=batch["input_ids"],
                attention_mask=batch["attention_mask"],
                max_length=100,
                num_beams=1,
                do_sample=False,
            )
        texts += tokenizer.batch_decode(ids, skip_special_tokens=True)
    return texts


if __name__ == "__main__":
    main()
