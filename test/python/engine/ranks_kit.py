"""Real ranks for tests: processes that meet over gloo and do the same work."""

from __future__ import annotations

import multiprocessing
import queue
from collections.abc import Callable
from pathlib import Path
from typing import Any

import torch

from fsa_runtime.train.distributed import RankGroup
from fsa_runtime.train.meeting import join_meeting
from fsa_runtime.train.ranks import OneRank, Ranks

Work = Callable[..., Any]


def run_ranks(count: int, work: Work, *arguments: Any, folder: Path) -> list[Any]:
    """`work(ranks, *arguments)` on every rank; what each returned. One rank is this process."""
    if count == 1:
        return [work(OneRank(), *arguments)]
    context = multiprocessing.get_context("spawn")
    answers: Any = context.Queue()
    meeting = folder / f"meeting-{count}"
    processes = [
        context.Process(target=_run, args=((answers, rank, count, meeting), work, arguments))
        for rank in range(count)
    ]
    try:
        for process in processes:
            process.start()
        found: dict[int, Any] = {}
        while len(found) < count:
            try:
                rank, answer = answers.get(timeout=1)
                found[rank] = answer
            except queue.Empty:
                assert all(process.exitcode in (None, 0) for process in processes), "a rank has failed"
        return [found[rank] for rank in range(count)]
    finally:
        for process in processes:
            if process.pid is not None:
                process.kill()
                process.join()


def _run(place: tuple[Any, int, int, Path], work: Work, arguments: tuple[Any, ...]) -> None:
    answers, rank, count, meeting = place
    torch.set_num_threads(1)
    joined = join_meeting({"file": str(meeting)}, count)
    ranks: Ranks = RankGroup(rank, count, meeting=joined, device=torch.device("cpu"))
    answers.put((rank, work(ranks, *arguments)))
