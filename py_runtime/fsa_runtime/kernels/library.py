"""The compiled library as Python calls it, and whether this process has one.

`FSA_KERNELS` names the folder that `build` compiled into; `off`, nothing, or a processor without AVX-512 and
bf16 leaves everything to torch. Work that a shape rules out is counted, and said once.
"""

from __future__ import annotations

import ctypes
import os
from collections import Counter
from collections.abc import Callable
from functools import cache
from pathlib import Path

from fsa_runtime.kernels.build import library_path

_NEEDED = {"avx512f", "avx512bw", "avx512vl", "avx512dq", "avx512_bf16", "aes", "vaes", "fma"}

_POINTER, _INT, _LONG, _FLOAT, _WORD = (
    ctypes.c_void_p,
    ctypes.c_int,
    ctypes.c_int64,
    ctypes.c_float,
    ctypes.c_uint64,
)
_DROPOUT = (_WORD, _WORD, _INT)
_ARGUMENTS: dict[str, tuple[type, ...]] = {
    "loss": (_POINTER, _LONG, _POINTER, _LONG, _LONG, _POINTER, _POINTER),
    "add_norm": (*(_POINTER,) * 6, _LONG, _LONG, _FLOAT, _FLOAT, _FLOAT, *_DROPOUT),
    "norm_backward": (*(_POINTER,) * 6, _LONG, _LONG, _FLOAT, _POINTER, _FLOAT, *_DROPOUT),
    "square_sum": (_POINTER, _LONG, _POINTER),
    "adam": (*(_POINTER,) * 5, _LONG, *(_FLOAT,) * 8, _POINTER),
    "attention": (
        *(*(_POINTER,) * 3, _LONG, _LONG, _POINTER, _LONG, _POINTER),
        *(*(_LONG,) * 5, _POINTER, _INT, _POINTER, _LONG, *_DROPOUT),
    ),
    "attention_backward": (
        *(
            *(_POINTER,) * 3,
            _LONG,
            _LONG,
            _POINTER,
            _POINTER,
            _LONG,
            _POINTER,
            *(_POINTER,) * 3,
            _LONG,
            _LONG,
        ),
        *(*(_LONG,) * 5, _POINTER, _INT, _POINTER, _POINTER, _LONG, *_DROPOUT),
    ),
    "mask": (_POINTER, _LONG, _LONG, _INT, *_DROPOUT),
    "mask_scaled": (_POINTER, _LONG, _LONG, _FLOAT, *_DROPOUT),
}


class Kernels:
    """One loaded library. `fallbacks` counts what torch did instead, by what ruled it out."""

    def __init__(self, path: Path) -> None:
        self.path = path
        self.fallbacks: Counter[str] = Counter()
        self.told = False
        library = ctypes.CDLL(str(path))
        self._functions = {}
        for name, arguments in _ARGUMENTS.items():
            function = getattr(library, f"fsa_{name}")
            function.argtypes, function.restype = arguments, None
            self._functions[name] = function

    def call(self, name: str, *arguments: float | None) -> None:
        """Runs one function of `source/`, which says what it takes; addresses are those of live tensors."""
        self._functions[name](*arguments)

    def fall_back(self, what: str) -> None:
        """Takes note of work that torch does because its shape is not one of ours."""
        self.fallbacks[what] += 1


@cache
def kernels() -> Kernels | None:
    """This process's library, loaded at the first call; None where torch does everything."""
    folder = os.environ.get("FSA_KERNELS", "off")
    if folder in ("", "off"):
        return None
    path = library_path(Path(folder))
    if not path.exists() or not processor_runs_them():
        return None
    return Kernels(path)


def tell_fallbacks(notice: Callable[[str], None] | None) -> None:
    """Says once what torch does because its shape is not one of ours."""
    own = kernels()
    if own is None or notice is None or own.told or not own.fallbacks:
        return
    own.told = True
    notice(f"torch computes what the C++ passes do not take, slower: {', '.join(sorted(own.fallbacks))}.")


@cache
def processor_runs_them() -> bool:
    """Whether Linux says that this processor has every instruction the library was compiled with."""
    try:
        text = Path("/proc/cpuinfo").read_text(encoding="utf-8")
    except OSError:
        return False
    flags = next((line for line in text.splitlines() if line.startswith("flags")), "")
    return set(flags.split()) >= _NEEDED
