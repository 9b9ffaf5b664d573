"""The worker of either tree with cells that train nothing: what it says of them is all that they cost."""

from __future__ import annotations

try:
    from fsa_runtime.worker.parent_watch import start_guard
except ImportError:  # before workers had a folder of their own
    from fsa_runtime.parent_watch import start_guard

start_guard()

import gc  # noqa: E402
import inspect  # noqa: E402
import os  # noqa: E402
import time  # noqa: E402
from typing import Any  # noqa: E402

try:
    from fsa_runtime.worker.settings import Settings
    from fsa_runtime.worker.worker import Worker
except ImportError:
    from fsa_runtime.worker import Settings, Worker

try:
    from fsa_runtime.messages.wire import Versions

    VERSIONS = frozenset(Versions.__annotations__)
except ImportError:  # before messages had types
    VERSIONS = frozenset({"python", "torch", "transformers", "pyzmq"})

EPOCHS = 20
STEPS = 50
EPOCH_SECONDS = 0.02
EPOCHS_BETWEEN_SAVES = 4
"""As of a cell that takes five minutes: a worker saves at most once a minute at an epoch's end."""
DEV_TEXTS = [f"service number {row} | positive ; food | negative" for row in range(150)]
TEST_TEXTS = [f"service number {row} | positive ; food | negative" for row in range(800)]


def cell(context: Any, spec: dict[str, Any]) -> dict[str, Any]:
    best = 0
    # Before checkpoints were answered nobody waited for that.
    takes_answer = "when_recorded" in inspect.signature(context.saved).parameters
    answered = {"when_recorded": lambda: None} if takes_answer else {}
    for epoch in range(1, EPOCHS + 1):
        for step in range((epoch - 1) * STEPS + 1, epoch * STEPS + 1):
            context.progress("train", done=step, total=EPOCHS * STEPS, epoch=epoch, loss=1 / step)
            context.metrics(
                {
                    "step": step,
                    "epoch": epoch,
                    "loss": 1 / step,
                    "validationLoss": None,
                    "learningRate": 3e-4,
                    "gradientNorm": 1 + 1 / step,
                    "tokens": 1000,
                    "tokensPerSecond": 12345.678,
                }
            )
        time.sleep(EPOCH_SECONDS)
        if context.generated(epoch=epoch, texts=DEV_TEXTS).best:
            best = epoch
        if epoch % EPOCHS_BETWEEN_SAVES == 0:
            context.saved(step=epoch * STEPS, path="/nowhere", manifest_sha256="ab" * 32, **answered)
    output = {"kind": spec["kind"], "bestEpoch": best, "testTexts": TEST_TEXTS, "steps": EPOCHS * STEPS}
    return {**output, "tokens": 1000, "trainSeconds": 1.0, "generateSeconds": 1.0}


def describe_host() -> dict[str, Any]:
    known = {"python": "3", "torch": "none", "transformers": "none", "pyzmq": "27", "lock": None}
    versions = {name: version for name, version in known.items() if name in VERSIONS}
    # As the worker's own: what imports made is no part of what words cost.
    gc.freeze()
    device = {"name": "cpu", "description": "no device", "memoryBytes": 0, "freeBytes": 0}
    return {"versions": versions, "devices": [device]}


if __name__ == "__main__":
    settings = Settings.take_from(os.environ)
    code = Worker(settings, find_job=lambda _: cell, describe_host=describe_host).serve()
    os._exit(code)
