"""Times steps that ranks share, and prints one line of JSON: `ranks.py train --ranks N`."""

from __future__ import annotations

import argparse
import multiprocessing
import os
import tempfile
import time
from concurrent.futures import ProcessPoolExecutor
from pathlib import Path
from typing import Any

import bench_models
import torch
from ours import make_trainer

import scenarios
from fsa_runtime.environment.memory import keep_freed_memory
from fsa_runtime.train.distributed import RankGroup
from fsa_runtime.train.meeting import join_meeting
from fsa_runtime.train.ranks import OneRank

SHARDS = 2


def main() -> None:
    options = scenarios.read_options()
    results = [time_steps(0, options, None)] if options.ranks == 1 else time_ranks(options)
    first = results[0]
    scenarios.say({**first, "cpuSeconds": sum(one["cpuSeconds"] for one in results)})


def time_ranks(options: argparse.Namespace) -> list[dict[str, Any]]:
    # Made once, before all ask for it.
    bench_models.model_folder(options.shape, options.cache, dropout=options.dropout)
    context = multiprocessing.get_context("spawn")
    with (
        tempfile.TemporaryDirectory(prefix="fsa-bench-ranks-") as folder,
        ProcessPoolExecutor(options.ranks, mp_context=context) as pool,
    ):
        meeting = Path(folder, "meeting")
        timings = [pool.submit(time_steps, rank, options, meeting) for rank in range(options.ranks)]
        return [timing.result() for timing in timings]


def time_steps(rank: int, options: argparse.Namespace, meeting: Path | None) -> dict[str, Any]:
    torch.set_num_threads(options.threads)
    keep_freed_memory()
    device = torch.device(options.device)
    group = None
    if meeting is not None:
        if device.type == "cuda":
            device = torch.device(options.device, rank)
            torch.cuda.set_device(device)
        joined = join_meeting({"file": str(meeting)}, options.ranks)
        group = RankGroup(rank, options.ranks, meeting=joined, device=device)
    trainer = make_trainer(options, shards=SHARDS, ranks=group or OneRank(), device=str(device))
    trainer.take_from_first()
    warm_up, steps = scenarios.training_steps(options)
    trainer.step(warm_up, 1e-4)
    sums, waits = (group.sum_seconds, group.wait_seconds) if group else (0.0, 0.0)
    begin, cpu_begin = time.perf_counter(), time.process_time()
    for step in steps:
        trainer.step(step, 1e-4)
    count = len(steps)
    gradient = trainer.model.parameters.gradient
    assert gradient is not None
    return {
        "seconds": (time.perf_counter() - begin) / count,
        "cpuSeconds": (time.process_time() - cpu_begin) / count,
        "sumSeconds": (group.sum_seconds - sums) / count if group else 0.0,
        "waitSeconds": (group.wait_seconds - waits) / count if group else 0.0,
        "gradientBytes": gradient.nbytes,
    }


if __name__ == "__main__":
    # Threads that wait for another rank must not take its processor.
    os.environ.setdefault("OMP_WAIT_POLICY", "PASSIVE")
    main()
