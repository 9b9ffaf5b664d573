"""Times how a job begins: a model folder is loaded, held against its digests or not, and one step is done.

Prints a line of JSON. The step is one of fine-tuning, the shortest that there is.
"""

from __future__ import annotations

import mmap
import time
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, cast

import bench_models
import torch
from devices import settle

import scenarios
from fsa_runtime.context import Checks
from fsa_runtime.environment.memory import keep_freed_memory
from fsa_runtime.files.model_folder import ModelFolder
from fsa_runtime.t5.model import load_model
from fsa_runtime.train.trainer import Trainer

if TYPE_CHECKING:
    from fsa_runtime.files.verified import VerifiedFile

SENTENCES = 16


class MappedFile:
    """A file as the loader maps it, and nothing more: nobody hashes it."""

    def __init__(self, path: Path) -> None:
        self._path = path

    def __enter__(self) -> MappedFile:
        with self._path.open("rb") as file:
            self.data = memoryview(mmap.mmap(file.fileno(), 0, access=mmap.ACCESS_COPY))
        return self

    def __exit__(self, *_: object) -> None:
        """The tensors that share the mapping keep it."""


@dataclass(frozen=True)
class TrustedFolder(ModelFolder):
    """A model's folder whose weights are taken as they are."""

    def open(self, name: str) -> VerifiedFile:
        return cast("VerifiedFile", MappedFile(self.path / name))


def main() -> None:
    options = scenarios.read_options()
    torch.set_num_threads(options.threads)
    keep_freed_memory()
    # As found: every byte was read just now, so that neither side waits for the disk.
    found = ModelFolder.as_found(bench_models.model_folder(options.shape, options.cache, dropout=0.1))
    checks = Checks()
    kind = ModelFolder if options.digests == "checked" else TrustedFolder
    folder = kind(found.path, found.digests, checks)
    pairs = scenarios.draw_pairs("sentences", SENTENCES, options.seed)
    begin, cpu_begin = time.perf_counter(), time.process_time()

    def clocked() -> dict[str, float]:
        return {"seconds": time.perf_counter() - begin, "cpuSeconds": time.process_time() - cpu_begin}

    model = load_model(folder, device=options.device, precision=options.precision)
    loaded = clocked()
    Trainer(model, optimizer="adamw", weight_decay=0.01).step([pairs], 1e-4)
    settle(options.device)
    # As a job does before it says what came of the step.
    checks.settle()
    scenarios.say({"loaded": loaded, "stepped": clocked(), "bytes": model.parameters.master.nbytes})


if __name__ == "__main__":
    main()
