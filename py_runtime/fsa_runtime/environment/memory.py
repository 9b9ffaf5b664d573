"""Memory of this process: how it is kept, how much is free, and what an exhausted memory looks like.

Knows nothing of torch, so that a worker whose libraries found no room can still tell.
"""

from __future__ import annotations

import ctypes
import errno
import sys
from functools import cache

import psutil  # type: ignore[import-untyped]

from fsa_runtime.environment.cgroup import MemoryGroup, find_memory_groups

_M_TRIM_THRESHOLD, _M_TOP_PAD, _M_MMAP_MAX = -1, -2, -4
_NO_MEMORY_WORDS = ("can't allocate memory", "failed to map segment from shared object")


def total_bytes() -> int:
    """What this process may use at most: of the machine, or of its control group."""
    machine = int(psutil.virtual_memory().total)
    return min([machine, *(group.limit_bytes for group in _groups())])


def available_bytes() -> int:
    """What this process may still use: of the machine, or of its control group."""
    machine = int(psutil.virtual_memory().available)
    return min([machine, *(group.free_bytes() for group in _groups())])


@cache
def _groups() -> list[MemoryGroup]:
    return find_memory_groups(int(psutil.virtual_memory().total))


def keep_freed_memory() -> None:
    """Lets glibc keep freed memory instead of giving it back at once.

    Big tensors come and go every layer; without this each of them is mapped and faulted in page by page,
    which takes a quarter of a training step. The process keeps its peak size until it ends. Elsewhere nothing
    happens.
    """
    if not sys.platform.startswith("linux"):
        return
    try:
        mallopt = ctypes.CDLL(None).mallopt
    except (OSError, AttributeError):
        return
    mallopt(_M_MMAP_MAX, 0)
    mallopt(_M_TRIM_THRESHOLD, -1)  # never
    mallopt(_M_TOP_PAD, 1 << 28)


def is_out_of_memory(error: BaseException) -> bool:
    """Whether memory ran out, in whatever words Python, torch or the dynamic linker say so."""
    # By name, so that a worker without torch can tell, too.
    names = {kind.__name__ for kind in type(error).__mro__}
    if names & {"MemoryError", "OutOfMemoryError"}:
        return True
    if isinstance(error, OSError) and error.errno == errno.ENOMEM:
        return True
    # torch's CPU allocator raises a RuntimeError; a library that finds no room, an ImportError or OSError.
    return isinstance(error, RuntimeError | ImportError | OSError) and any(
        words in str(error) for words in _NO_MEMORY_WORDS
    )
