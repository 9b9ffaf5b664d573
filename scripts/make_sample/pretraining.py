"""The student's schooling before any text: to say parts of a row of random tokens again.

It can copy then, but knows no word: tokens are drawn evenly from the whole vocabulary, so that nothing is
learnt about the words they spell. In earnest distillation starts from a pretrained model; a model of noise
would first have to find out how to copy, and never would from a few hundred sentences.

The weights are the same on every run with one thread on one kind of processor, not from one kind to another.
"""

from __future__ import annotations

import tempfile
from collections.abc import Callable, Sequence
from pathlib import Path

import numpy as np
import torch
from numpy.typing import NDArray
from safetensors.numpy import save

from fsa_runtime.t5.model import load_model
from fsa_runtime.train.schedule import cosine_with_warmup
from fsa_runtime.train.trainer import Example, Trainer
from make_sample.files import json_object
from make_sample.student import student_config, student_weights

STEPS = 1500
BATCH_SIZE = 32
LEARNING_RATE = 3e-2
FINAL_LEARNING_RATE = 1e-4
LENGTHS = (6, 24)
SPAN_LENGTHS = (2, 6)
SPANS = (1, 4)
#: So many tokens serve as separators between spans.
SEPARATORS = 8
FIRST_WORD, END = 3, 1


def pretrain_student(vocabulary_size: int, seed: int, report: Callable[[str], None]) -> bytes:
    """`model.safetensors` of the student in half precision; takes a minute or two."""
    torch.set_num_threads(1)
    torch.use_deterministic_algorithms(True)
    with tempfile.TemporaryDirectory() as folder:
        Path(folder, "config.json").write_bytes(json_object(student_config(vocabulary_size)))
        Path(folder, "model.safetensors").write_bytes(save(student_weights(vocabulary_size, seed)))
        model = load_model(folder, device="cpu", precision="fp32")
    trainer = Trainer(model, optimizer="adamw_scale", clip=1.0, seed=seed)
    random = np.random.RandomState(seed)
    separators = random.randint(FIRST_WORD, vocabulary_size, size=SEPARATORS).tolist()
    for step in range(STEPS):
        rate = cosine_with_warmup(
            step, total_steps=STEPS, warmup_steps=0, peak=LEARNING_RATE, final=FINAL_LEARNING_RATE
        )
        batch = [draw_copy(random, vocabulary_size, separators) for _ in range(BATCH_SIZE)]
        result = trainer.step([batch], rate)
        if (step + 1) % 200 == 0:
            report(f"pretraining: step {step + 1} of {STEPS}, loss {result.loss:.3f}")
    weights: dict[str, NDArray[np.float16]] = {
        name: tensor.cpu().numpy().astype(np.float16) for name, tensor in model.weights().items()
    }
    return save(weights, metadata={"format": "pt"})


def draw_copy(random: np.random.RandomState, vocabulary_size: int, separators: Sequence[int]) -> Example:
    """A row of random tokens, and some spans of it, a separator after each."""
    length = random.randint(*LENGTHS)
    row = random.randint(FIRST_WORD, vocabulary_size, size=length).tolist()
    said: list[int] = []
    for _ in range(random.randint(*SPANS)):
        span = random.randint(*SPAN_LENGTHS)
        start = random.randint(0, max(1, length - span))
        said += [*row[start : start + span], separators[random.randint(len(separators))]]
    return [*row, END], [*said, END]
