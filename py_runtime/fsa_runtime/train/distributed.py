"""Several processes (ranks) that train one student: each computes a share of every step, all make its update.

Every target token carries its final weight (t5/batching.py), so the gradient of a step is the plain sum over
its pieces, wherever those are computed. Ranks are dealt the pieces, sum the flat gradient, and go on from the
same numbers: their weights stay the same to the bit without ever being compared.
"""

from __future__ import annotations

import os
import time
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from datetime import timedelta

import torch
import torch.distributed as dist
from torch import Tensor

from fsa_runtime.environment.memory import is_out_of_memory
from fsa_runtime.train.meeting import ANSWER_WITHIN_SECONDS, Meeting
from fsa_runtime.train.ranks import Work


class RankLostError(Exception):
    """A rank has ended, or does not answer."""


class RankGroup:
    """This process among `count`: over gloo on CPUs, over NCCL on GPUs."""

    def __init__(self, rank: int, count: int, *, meeting: Meeting, device: torch.device) -> None:
        """Waits for all ranks. Raises RankLostError if one does not come."""
        self.rank = rank
        self.count = count
        self.sum_seconds = 0.0
        """In sums of gradients."""
        self.wait_seconds = 0.0
        """From the end of this rank's share of a step until the others have ended theirs."""
        self._device = device
        on_gpu = device.type == "cuda"
        # Nothing of it is encrypted: it keeps to the interface that the ranks met on.
        for name in ("GLOO_SOCKET_IFNAME", "NCCL_SOCKET_IFNAME"):
            os.environ[name] = meeting.interface
        with _lost_ranks_named():
            dist.init_process_group(
                "nccl" if on_gpu else "gloo",
                store=meeting.store,
                rank=rank,
                world_size=count,
                timeout=timedelta(seconds=ANSWER_WITHIN_SECONDS),
                device_id=device if on_gpu else None,
            )
            # Behind it nobody needs the meeting's file any more.
            dist.barrier()

    def sum(self, tensor: Tensor) -> None:
        began = time.monotonic()
        with _lost_ranks_named():
            dist.all_reduce(tensor)
        self.sum_seconds += time.monotonic() - began

    def smallest(self, number: int) -> int:
        tensor = torch.tensor([number], device=self._device)
        with _lost_ranks_named():
            dist.all_reduce(tensor, dist.ReduceOp.MIN)
        return int(tensor)

    def take_from_first(self, tensors: Iterable[Tensor]) -> None:
        with _lost_ranks_named():
            for tensor in tensors:
                dist.broadcast(tensor, src=0)

    def together(self, work: Work, size: int) -> Work:
        def summed(budget: int) -> Tensor:
            # The results and, behind them, how many ranks had no memory for theirs.
            control = torch.zeros(size + 1, dtype=torch.float64, device=self._device)
            try:
                control[:size] = work(budget)
            except (RuntimeError, MemoryError) as error:
                if not is_out_of_memory(error):
                    raise
                control[size] = 1
            began = time.monotonic()
            with _lost_ranks_named():
                dist.all_reduce(control)
            self.wait_seconds += time.monotonic() - began
            if control[size] > 0:
                raise MemoryError("memory ran out on a rank")
            return control[:size]

        return summed

    def leave(self, *, orderly: bool) -> None:
        """`orderly`: every rank leaves now, and none is in the middle of a sum."""
        if self._device.type == "cuda" and not orderly:
            # The usual way waits for the others.
            dist.distributed_c10d._abort_process_group()
        else:
            dist.destroy_process_group()


@contextmanager
def _lost_ranks_named() -> Iterator[None]:
    try:
        yield
    except RuntimeError as error:
        raise RankLostError((str(error).strip() or type(error).__name__).splitlines()[0]) from error
