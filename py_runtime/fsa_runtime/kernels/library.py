"""The compiled library as Python calls it, and whether this process has one.

`FSA_KERNELS` names the folder that `build` compiled into; `off` or nothing leaves everything to torch. What a
processor runs depends on its level: `amx` everything, `avx512` all but products, `avx2` generation alone.
`FSA_KERNELS_LEVEL` names the one that a run stands on, so that workers on other machines compute the same
or leave it to torch. Work that a shape rules out is counted, and said once.
"""

from __future__ import annotations

import ctypes
import os
import platform
import sys
from collections import Counter
from collections.abc import Callable
from functools import cache
from pathlib import Path
from typing import Literal

from fsa_runtime.errors import JobError
from fsa_runtime.kernels.build import library_path

Level = Literal["amx", "avx512", "avx2"]

_AVX512 = {"avx512f", "avx512bw", "avx512vl", "avx512dq", "avx512_bf16", "aes", "vaes", "fma"}
# What each level of `source/recipe.json` was compiled with, in Linux's words, the best first.
_NEEDED: dict[Level, set[str]] = {
    "amx": {*_AVX512, "amx_tile", "amx_bf16"},
    "avx512": _AVX512,
    "avx2": {"avx2", "fma"},
}
# arch_prctl(ARCH_REQ_XCOMP_PERM, XFEATURE_XTILEDATA): the kernel saves tiles only for who has asked.
_ARCH_PRCTL, _ASK_FOR_STATE, _TILE_DATA = 158, 0x1023, 18

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
    "mask": (_POINTER, _LONG, _LONG, _INT, *_DROPOUT),
    "mask_scaled": (_POINTER, _LONG, _LONG, _FLOAT, *_DROPOUT),
}
# Of `attention.cpp` and `choice.cpp`, which are there once for each level with products of bf16.
_PAIRED: dict[str, tuple[type, ...]] = {
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
    "pack": (_POINTER, _LONG, _LONG, _POINTER, _INT, _INT),
    "choose": (_POINTER, _LONG, _LONG, _POINTER, _LONG, *(_POINTER,) * 4, _INT),
}
# Matrix products, of level `amx` alone.
_PRODUCTS: dict[str, tuple[type, ...]] = {
    "weight_gradient": (_POINTER, _LONG, _POINTER, _LONG, _POINTER, _LONG, _LONG, _LONG, _INT),
    "product": (_POINTER, _LONG, _LONG, _POINTER, _LONG, _INT, _POINTER, _INT),
}
# Of `decoding.cpp`, which is there once for each level.
_PORTABLE: dict[str, tuple[type, ...]] = {
    "attend": (
        *(_POINTER, _LONG, _INT, _POINTER, *(_LONG,) * 5, _POINTER),
        *(_POINTER, _LONG, _POINTER, _POINTER, *(_LONG,) * 3, _INT),
    ),
    "sum_norm": (*(_POINTER,) * 4, _LONG, _LONG, _FLOAT, _FLOAT, _INT),
    "best": (_POINTER, *(_LONG,) * 4, _POINTER, _POINTER, _INT),
}


class Kernels:
    """One loaded library. `fallbacks` counts what torch did instead, by what ruled it out."""

    def __init__(self, path: Path, level: Level) -> None:
        self.path = path
        self.level = level
        self.fallbacks: Counter[str] = Counter()
        self.told = False
        library = ctypes.CDLL(str(path))
        self._functions = {}
        whole = _ARGUMENTS | (_PRODUCTS if level == "amx" else {})
        names = {name: (f"fsa_{name}", arguments) for name, arguments in whole.items()}
        by_level = _PORTABLE | (_PAIRED if level != "avx2" else {})
        names |= {name: (f"fsa_{name}_{level}", arguments) for name, arguments in by_level.items()}
        for name, (symbol, arguments) in names.items():
            function = getattr(library, symbol)
            function.argtypes, function.restype = arguments, None
            self._functions[name] = function

    def call(self, name: str, *arguments: float | None) -> None:
        """Runs one function of `source/`, which says what it takes; addresses are those of live tensors."""
        self._functions[name](*arguments)

    @property
    def trains(self) -> bool:
        """Whether the passes of training are for this processor."""
        return self.level != "avx2"

    @property
    def multiplies(self) -> bool:
        """Whether the matrix products of `source` are for this processor."""
        return self.level == "amx"

    def fall_back(self, what: str) -> None:
        """Takes note of work that torch does because its shape is not one of ours."""
        self.fallbacks[what] += 1


def kernels() -> Kernels | None:
    """This process's library for training, which needs AVX-512; None where torch does everything."""
    own = generation_kernels()
    return own if own is not None and own.trains else None


@cache
def generation_kernels() -> Kernels | None:
    """This process's library, loaded at the first call, for generation; None where torch does everything."""
    path, level = _path_told(), _level_asked_for()
    if path is None or level is None or not path.exists():
        return None
    try:
        return Kernels(path, level)
    except (OSError, AttributeError) as error:
        raise JobError("exception", f"The C++ passes cannot be loaded: {error}. {_ADVICE}") from error


_ADVICE = "Run `fsa setup` there, which makes them again, or set FSA_KERNELS=off to go without."


def why_without() -> str | None:
    """A sentence where this process was told of C++ passes and has none: other last bits than elsewhere."""
    path = _path_told()
    if path is None:
        return None
    if not path.exists():
        lack = f"the C++ passes that this run stands on are not at {path}"
    elif _level_asked_for() is None:
        asked = os.environ.get("FSA_KERNELS_LEVEL") or "any"
        lack = f"this processor does not run the C++ passes of level {asked}"
    else:
        return None
    return f"On {platform.node()} torch computes alone, slower and with other last bits: {lack}."


def _path_told() -> Path | None:
    """Where the library is to lie; None where this process is to go without."""
    folder = os.environ.get("FSA_KERNELS", "off")
    return None if folder in ("", "off") else library_path(Path(folder))


def _level_asked_for() -> Level | None:
    asked = os.environ.get("FSA_KERNELS_LEVEL") or processor_level()
    return next((level for level in processor_levels() if level == asked), None)


def tell_fallbacks(notice: Callable[[str], None] | None) -> None:
    """Says once what torch does because its shape is not one of ours."""
    own = kernels()
    if own is None or notice is None or own.told or not own.fallbacks:
        return
    own.told = True
    notice(f"torch computes what the C++ passes do not take, slower: {', '.join(sorted(own.fallbacks))}.")


def processor_level() -> Level | None:
    """The best level that this processor runs."""
    return next(iter(processor_levels()), None)


@cache
def processor_levels() -> tuple[Level, ...]:
    """The levels whose instructions Linux says that this processor has and lets us use, the best first."""
    try:
        text = Path("/proc/cpuinfo").read_text(encoding="utf-8")
    except OSError:
        return ()
    line = next((line for line in text.splitlines() if line.startswith("flags")), "")
    flags = set(line.split())
    return tuple(
        level for level, needed in _NEEDED.items() if flags >= needed and (level != "amx" or _may_use_tiles())
    )


def _may_use_tiles() -> bool:
    """Asks the kernel, once for all threads of this process and for good."""
    if sys.platform != "linux":
        return False
    answer: int = ctypes.CDLL(None).syscall(_ARCH_PRCTL, _ASK_FOR_STATE, _TILE_DATA)
    return answer == 0
