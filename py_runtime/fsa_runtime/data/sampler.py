"""Which rows each optimizer step trains on, from counters alone.

The published trainer draws a new random order of all rows for every epoch, cuts it into micro-batches and
keeps the last, shorter one. Gradients of `accumulation` micro-batches make a step; the count starts afresh
with every epoch, so the last step of an epoch may have fewer micro-batches (Lightning steps on the last
batch of an epoch in any case). The same holds here. One thing differs: there such a short step is still
divided by the full `accumulation`, which makes its gradient smaller; here it is the mean of the
micro-batches that it has, like every other step.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray


@dataclass(frozen=True)
class StepRows:
    """The rows of one optimizer step."""

    epoch: int
    """Counted from 1."""
    micro_batches: list[list[int]]


class EpochSampler:
    """A seeded order over all rows for each epoch; any step can be asked for in any order."""

    def __init__(self, rows: int, *, batch_size: int, accumulation: int, seed: int) -> None:
        """`rows` must be at least 1."""
        self._rows = rows
        self._batch_size = batch_size
        self._accumulation = accumulation
        self._seed = seed
        self._order: tuple[int, NDArray[np.int64]] | None = None
        self.micro_batches_per_epoch = -(-rows // batch_size)
        self.steps_per_epoch = -(-self.micro_batches_per_epoch // accumulation)

    def rows_of_step(self, step: int) -> StepRows:
        """The rows of optimizer step `step`, counted from 0 over all epochs."""
        epoch, step_in_epoch = divmod(step, self.steps_per_epoch)
        order = self._order_of(epoch)
        first = step_in_epoch * self._accumulation
        last = min(first + self._accumulation, self.micro_batches_per_epoch)
        size = self._batch_size
        return StepRows(epoch + 1, [order[i * size : (i + 1) * size].tolist() for i in range(first, last)])

    def _order_of(self, epoch: int) -> NDArray[np.int64]:
        if self._order is None or self._order[0] != epoch:
            generator = np.random.Generator(np.random.PCG64(np.random.SeedSequence([self._seed, epoch])))
            self._order = (epoch, generator.permutation(self._rows))
        return self._order[1]
