"""A weight of which a step uses few rows: an input embedding whose head is another table.

Rows that no example named have no gradient, and no moments. Their memory lies in pages that nobody has
written to, which the system does not give out before: of mT5's 250,112 rows a training needs some thousands.
"""

from __future__ import annotations

import mmap
from dataclasses import dataclass, field

import torch
from torch import Tensor

from fsa_runtime.t5.matrix import Matrix


def untouched_zeros(count: int, *, dtype: torch.dtype = torch.float32) -> Tensor:
    """Zeros [count] on the CPU that take memory page by page as they are written, not as they are read."""
    if count == 0:
        return torch.zeros(0, dtype=dtype)
    # What is shared would be given out as it is read.
    memory = mmap.mmap(-1, count * dtype.itemsize, flags=mmap.MAP_PRIVATE | mmap.MAP_ANONYMOUS)
    # A page of 2 MB would be given out whole for its first row.
    if hasattr(mmap, "MADV_NOHUGEPAGE"):
        memory.madvise(mmap.MADV_NOHUGEPAGE)
    # The tensor keeps the memory; as it is writable, torch has nothing to warn of.
    return torch.frombuffer(memory, dtype=dtype)


@dataclass(eq=False)
class RowTable(Matrix):
    """A matrix [rows, columns] that is only looked up. Its gradient is zero but for `rows()`.

    With `dense` it is a matrix like any other.
    """

    dense: bool = False
    _named: list[Tensor] = field(default_factory=list)

    def begin_step(self) -> None:
        """Zeros the rows that the step before has used, and nothing else."""
        super().begin_step()
        if self._named and self.gradient is not None:
            self.gradient.index_fill_(0, self.rows(), 0.0)
        self._named.clear()

    def add_rows(self, rows: Tensor, values: Tensor) -> None:
        if self.dense:
            super().add_rows(rows, values)
            return
        assert self.gradient is not None
        self._named.append(rows)
        self.gradient.index_add_(0, rows, values)

    def rows(self) -> Tensor:
        """Each row [n] that got a gradient since the step began, once, in their order."""
        return torch.unique(torch.cat(self._named)) if self._named else torch.zeros(0, dtype=torch.int64)
