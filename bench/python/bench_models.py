"""The models that both sides load, made once and kept in the cache folder."""

from __future__ import annotations

import argparse
import subprocess
import sys
from pathlib import Path

import scenarios
from fsa_runtime.environment.devices import cpu_multiplies_bf16
from fsa_runtime.t5.model import load_model, save_model
from fsa_runtime.train.trainer import Trainer

LEARNING_STEPS = 60
_LEARNING_RATE = 1e-2
_SURE_LOSS = 0.05


def model_folder(shape: str, cache: Path, *, dropout: float) -> Path:
    """A checkpoint with transformers' own initial weights, made once per shape.

    In a process of its own: neither side's memory is to hold what made the model, nor ours transformers.
    """
    folder = cache / f"{shape}-{dropout}"
    if not (folder / "model.safetensors").exists():
        script = Path(__file__).with_name("write_model.py")
        subprocess.run([sys.executable, str(script), shape, str(folder), str(dropout)], check=True)
    return folder


def training_precision(device: str) -> str:
    """What a model is taught in where nobody measures it: the quicker one."""
    return "fp32" if device == "cpu" and not cpu_multiplies_bf16() else "bf16"


def learnt_folder(options: argparse.Namespace) -> Path:
    """A model that has learnt `lookup_pairs`, trained once per shape."""
    if options.shape == "tiny":
        # Too small to learn it in so few steps; it serves checks of the scripts, not figures.
        return model_folder(options.shape, options.cache, dropout=0.0)
    folder = Path(options.cache) / f"{options.shape}-learnt"
    if (folder / "model.safetensors").exists():
        return folder
    start = model_folder(options.shape, options.cache, dropout=0.0)
    model = load_model(start, device=options.device, precision=training_precision(options.device))
    trainer = Trainer(model, optimizer="adamw_scale")
    for step in range(LEARNING_STEPS):
        rate = _LEARNING_RATE * min(1.0, (step + 1) / 10, 2 - 2 * step / LEARNING_STEPS)
        loss = trainer.step([scenarios.lookup_pairs(32, seed=100 + step)], rate).loss
    print(f"{options.shape} learnt to a loss of {loss:.4f}", file=sys.stderr)
    if loss > _SURE_LOSS:
        raise SystemExit(f"{options.shape} has not learnt its task: the loss is {loss:.3f}")
    save_model(model, folder)
    return folder
