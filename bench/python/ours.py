"""Times this project's engine in one scenario and prints one line of JSON."""

from __future__ import annotations

import argparse
import time
from typing import Any

import bench_models
import torch
from devices import peak_bytes, settle
from products import table_of_products
from profiling import Shares

import scenarios
from fsa_runtime.environment.memory import keep_freed_memory
from fsa_runtime.kernels.library import generation_kernels
from fsa_runtime.t5.decoding import generate_greedy
from fsa_runtime.t5.model import load_model
from fsa_runtime.train.trainer import Trainer


def main() -> None:
    options = scenarios.read_options()
    torch.set_num_threads(options.threads)
    keep_freed_memory()
    tasks = {
        "train": time_training,
        "decode": time_decoding,
        "profile": profile_step,
        "products": list_products,
    }
    result = tasks[options.task](options)
    scenarios.say(
        {"side": "ours", **scenarios.describe(options), **result, "peakBytes": peak_bytes(options.device)}
    )


def make_trainer(options: argparse.Namespace, *, device: str | None = None, **more: Any) -> Trainer:
    """`more`: further settings of the trainer."""
    folder = bench_models.model_folder(options.shape, options.cache, dropout=options.dropout)
    model = load_model(folder, device=device or options.device, precision=options.precision)
    kind = "adamw_scale" if options.optimizer == "adamw_scale" else "adamw"
    return Trainer(model, optimizer=kind, weight_decay=0.0 if kind == "adamw_scale" else 0.01, **more)


def profile_step(options: argparse.Namespace) -> dict[str, Any]:
    """The last of the steps; those before it warm up."""
    trainer = make_trainer(options)
    warm_up, steps = scenarios.training_steps(options)
    for step in [warm_up, *steps[:-1]]:
        trainer.step(step, 1e-4)
    shares = Shares()
    with shares.measure(options.device):
        trainer.step(steps[-1], 1e-4)
    return {"shares": shares.by_kind}


def list_products(options: argparse.Namespace) -> dict[str, Any]:
    trainer = make_trainer(options)
    warm_up, steps = scenarios.training_steps(options)
    for step in [warm_up, steps[0]]:
        trainer.step(step, 1e-4)
    return table_of_products(trainer, steps, options)


def time_training(options: argparse.Namespace) -> dict[str, Any]:
    trainer = make_trainer(options)
    warm_up, steps = scenarios.training_steps(options)
    # The yardstick has its memory after one long batch; ours, which lays out a step as a whole, after a step.
    for step in [warm_up, steps[0]]:
        trainer.step(step, 1e-4)
    seconds, cpu_seconds, tokens, losses = [], [], [], []
    for step in steps:
        begin, cpu_begin = time.perf_counter(), time.process_time()
        result = trainer.step(step, 1e-4)
        settle(options.device)
        seconds.append(time.perf_counter() - begin)
        cpu_seconds.append(time.process_time() - cpu_begin)
        tokens.append(result.tokens)
        losses.append(result.loss)
    return {
        "seconds": seconds,
        "cpuSeconds": cpu_seconds,
        "tokens": tokens,
        "losses": losses,
        "flops": scenarios.step_flops(options, steps),
    }


def time_decoding(options: argparse.Namespace) -> dict[str, Any]:
    folder = bench_models.learnt_folder(options)
    model = load_model(folder, device=options.device, precision=options.precision)
    inputs = [pair[0] for pair in scenarios.lookup_pairs(options.sentences, seed=7)]
    generate_greedy(model, inputs[:8], max_length=20, batch_size=8)
    begin, cpu_begin = time.perf_counter(), time.process_time()
    outputs = generate_greedy(model, inputs, max_length=100, batch_size=options.batch)
    cpu_seconds = time.process_time() - cpu_begin
    seconds = time.perf_counter() - begin
    return {
        "seconds": [seconds],
        "cpuSeconds": [cpu_seconds],
        "outputs": outputs,
        "products": _products_of(options),
    }


def _products_of(options: argparse.Namespace) -> str:
    """What multiplied: the tokens are compared whatever it was, but who reads the row should know."""
    own = generation_kernels() if options.device == "cpu" else None
    if own is None or not own.multiplies:
        chosen = own is not None and own.trains and options.precision == "fp32"
        return "torch's products" + (", tokens chosen in bf16 as far as that decides" if chosen else "")
    return "our products of bf16" + (
        "" if options.precision == "bf16" else ", three for one of fp32, doubtful texts once more in fp32"
    )


if __name__ == "__main__":
    main()
