"""Times what a user would otherwise run: transformers' Seq2SeqTrainer and generate. One line of JSON.

bf16 autocast, dynamic padding, the same model, examples, batch sizes, dropout and optimizer settings.
"""

from __future__ import annotations

import argparse
import itertools
import tempfile
import time
from typing import Any

import bench_models
import torch
from devices import peak_bytes, settle
from profiling import Shares
from torch.utils.data import SequentialSampler
from transformers import (
    AutoModelForSeq2SeqLM,
    PreTrainedModel,
    Seq2SeqTrainer,
    Seq2SeqTrainingArguments,
    T5ForConditionalGeneration,
    TrainerCallback,
)

import scenarios


def main() -> None:
    options = scenarios.read_options()
    torch.set_num_threads(options.threads)
    tasks = {"train": time_training, "decode": time_decoding, "profile": profile_step}
    result = tasks[options.task](options)
    scenarios.say(
        {
            "side": "yardstick",
            **scenarios.describe(options),
            **result,
            "peakBytes": peak_bytes(options.device),
        }
    )


class PublishedAdamWScale(torch.optim.Optimizer):
    """AdamWScale as such optimizers are usually written: one tensor after another, in plain operations."""

    def __init__(self, parameters: Any, lr: float) -> None:
        super().__init__(parameters, {"lr": lr})

    @torch.no_grad()
    def step(self, closure: Any = None) -> None:  # noqa: ARG002 - torch's signature
        for group in self.param_groups:
            for weight in group["params"]:
                if weight.grad is None:
                    continue
                state = self.state[weight]
                if not state:
                    state.update(step=0, first=torch.zeros_like(weight), second=torch.zeros_like(weight))
                state["step"] += 1
                state["first"].mul_(0.9).add_(weight.grad, alpha=0.1)
                state["second"].mul_(0.999).addcmul_(weight.grad, weight.grad, value=0.001)
                size = group["lr"] * (1 - 0.999 ** state["step"]) ** 0.5 / (1 - 0.9 ** state["step"])
                size *= max(1e-3, (weight.norm(2) / weight.numel() ** 0.5).item())
                weight.addcdiv_(state["first"], state["second"].sqrt().add_(1e-6), value=-size)


class StepClock(TrainerCallback):
    """The seconds of every optimizer step but the first, which warms up."""

    def __init__(self, device: str) -> None:
        self.device = device
        self.ends: list[tuple[float, float]] = []

    def on_step_end(self, *_: Any, **__: Any) -> None:
        settle(self.device)
        self.ends.append((time.perf_counter(), time.process_time()))

    def seconds(self, clock: int) -> list[float]:
        """`clock` 0: wall, 1: all threads' processor time."""
        return [end[clock] - begin[clock] for begin, end in itertools.pairwise(self.ends)]


class InOrder(Seq2SeqTrainer):
    """Both sides see the same examples in the same order."""

    def _get_train_sampler(self, *_: Any, **__: Any) -> SequentialSampler:
        return SequentialSampler(self.train_dataset)  # type: ignore[arg-type]


class ProfiledStep(TrainerCallback):
    """Profiles the step of that number, counted from 1."""

    def __init__(self, number: int, device: str) -> None:
        self.number = number
        self.shares = Shares()
        self._measured = self.shares.measure(device)

    def on_step_begin(self, _: Any, state: Any, *__: Any, **___: Any) -> None:
        if state.global_step == self.number - 1:
            self._measured.__enter__()

    def on_step_end(self, _: Any, state: Any, *__: Any, **___: Any) -> None:
        if state.global_step == self.number:
            self._measured.__exit__(None, None, None)


def time_training(options: argparse.Namespace) -> dict[str, Any]:
    warm_up, steps = scenarios.training_steps(options)
    clock = StepClock(options.device)
    train(options, [warm_up, *steps], clock)
    tokens = [sum(len(a) + len(b) for batch in step for a, b in batch) for step in steps]
    return {
        "seconds": clock.seconds(0),
        "cpuSeconds": clock.seconds(1),
        "tokens": tokens,
        "flops": scenarios.step_flops(options, steps),
    }


def profile_step(options: argparse.Namespace) -> dict[str, Any]:
    """The last of the steps; those before it warm up."""
    warm_up, steps = scenarios.training_steps(options)
    profiled = ProfiledStep(1 + len(steps), options.device)
    train(options, [warm_up, *steps], profiled)
    return {"shares": profiled.shares.by_kind}


def train(options: argparse.Namespace, steps: list[scenarios.Step], callback: TrainerCallback) -> None:
    """One optimizer step after another, over the examples as they come."""
    folder = bench_models.model_folder(options.shape, options.cache, dropout=options.dropout)
    model = AutoModelForSeq2SeqLM.from_pretrained(folder)
    pairs = [pair for step in steps for batch in step for pair in batch]
    with tempfile.TemporaryDirectory() as scratch:
        arguments = Seq2SeqTrainingArguments(
            scratch,
            use_cpu=options.device == "cpu",
            bf16=options.precision == "bf16",
            per_device_train_batch_size=options.batch,
            gradient_accumulation_steps=options.accumulation,
            max_steps=len(steps),
            learning_rate=1e-4,
            lr_scheduler_type="constant",
            max_grad_norm=1.0,
            weight_decay=0.01 if options.optimizer == "adamw" else 0.0,
            report_to=[],
            save_strategy="no",
            disable_tqdm=True,
            logging_strategy="no",
        )
        optimizer = (
            PublishedAdamWScale(model.parameters(), 1e-4) if options.optimizer == "adamw_scale" else None
        )
        InOrder(
            model=model,
            args=arguments,
            train_dataset=[{"input_ids": inputs, "labels": targets} for inputs, targets in pairs],  # type: ignore[arg-type]
            data_collator=_Collator(model),
            optimizers=(optimizer, None),
            callbacks=[callback],
        ).train()


class _Collator:
    """DataCollatorForSeq2Seq's dynamic padding, which would want a tokenizer for nothing else."""

    def __init__(self, model: PreTrainedModel) -> None:
        self.model = model

    def __call__(self, features: list[dict[str, list[int]]]) -> dict[str, torch.Tensor]:
        width = max(len(feature["input_ids"]) for feature in features)
        height = max(len(feature["labels"]) for feature in features)
        ids = torch.tensor([f["input_ids"] + [0] * (width - len(f["input_ids"])) for f in features])
        labels = torch.tensor([f["labels"] + [-100] * (height - len(f["labels"])) for f in features])
        mask = torch.tensor(
            [[1] * len(f["input_ids"]) + [0] * (width - len(f["input_ids"])) for f in features]
        )
        return {"input_ids": ids, "attention_mask": mask, "labels": labels}


def time_decoding(options: argparse.Namespace) -> dict[str, Any]:
    folder = bench_models.learnt_folder(options)
    model = T5ForConditionalGeneration.from_pretrained(folder).eval().to(options.device)
    inputs = [pair[0] for pair in scenarios.lookup_pairs(options.sentences, seed=7)]
    _generate(model, inputs[:8], options, max_length=20)
    begin, cpu_begin = time.perf_counter(), time.process_time()
    outputs: list[list[int]] = []
    for start in range(0, len(inputs), options.batch):
        outputs += _generate(model, inputs[start : start + options.batch], options, max_length=100)
    cpu_seconds = time.process_time() - cpu_begin
    return {"seconds": [time.perf_counter() - begin], "cpuSeconds": [cpu_seconds], "outputs": outputs}


def _generate(
    model: T5ForConditionalGeneration,
    inputs: list[list[int]],
    options: argparse.Namespace,
    *,
    max_length: int,
) -> list[list[int]]:
    width = max(len(ids) for ids in inputs)
    ids = torch.tensor([row + [0] * (width - len(row)) for row in inputs], device=options.device)
    mask = torch.tensor([[1] * len(row) + [0] * (width - len(row)) for row in inputs], device=options.device)
    with torch.no_grad(), torch.autocast(options.device, torch.bfloat16, enabled=options.precision == "bf16"):
        rows = model.generate(
            input_ids=ids, attention_mask=mask, max_length=max_length, num_beams=1, do_sample=False
        )
    return [row[1 : row.index(1) if 1 in row else None] for row in rows.tolist()]


if __name__ == "__main__":
    main()
