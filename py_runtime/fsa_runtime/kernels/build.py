"""Compiles `source/` into a folder, once per content: `python build.py FOLDER`, with nothing but Python.

Nothing is compiled where the package brings the library of these sources, in `prebuilt/`. Prints one line of
JSON: `path` of the library or null, and `reason` why there is none.
"""

from __future__ import annotations

import hashlib
import json
import platform
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

SOURCE = Path(__file__).resolve().parent / "source"
# Filled when the package is packed; see scripts/prebuild-kernels.mjs.
PREBUILT = SOURCE.parent / "prebuilt"
# No contraction behind our backs: what is fused says so.
_FLAGS = (
    *("-O3", "-std=c++17", "-fPIC", "-fopenmp", "-ffp-contract=off", "-fno-math-errno", "-Wall", "-Wextra"),
    *("-Wno-maybe-uninitialized", "-Wno-uninitialized", "-fvisibility=default"),
)
_AVX512 = (
    *("-mavx512f", "-mavx512bw", "-mavx512vl", "-mavx512dq", "-mavx512bf16", "-maes", "-mvaes", "-mfma"),
    "-mprefer-vector-width=512",
)
# What `library` asks a processor for before it calls anything of a level.
LEVELS = {
    "amx": (*_AVX512, "-mamx-tile", "-mamx-bf16"),
    "avx512": _AVX512,
    "avx2": ("-mavx2", "-mfma"),
}
# Which levels a source is compiled for, if not AVX-512 alone: what is written without instructions of one
# processor for every one, each under names of its own.
_COMPILED_FOR = {
    "attention.cpp": ("amx", "avx512"),
    "choice.cpp": ("amx", "avx512"),
    "decoding.cpp": tuple(LEVELS),
    "generation.cpp": ("amx",),
    "weight_gradient.cpp": ("amx",),
}
_COMPILERS = ("g++", "c++", "clang++")
_TIMEOUT_SECONDS = 300
_LINES_SHOWN = 3


def digest_of_source() -> str:
    """SHA-256 of this file, which has the flags, and of the sources by name; line endings do not count."""
    files = [Path(__file__), *sorted(SOURCE.iterdir())]
    texts = [file.read_bytes().replace(b"\r\n", b"\n") for file in files]
    return hashlib.sha256(b"\0".join(texts)).hexdigest()


def library_path(folder: Path) -> Path:
    """Where the library of today's sources lies, whether or not it is there."""
    return folder / f"fsa-kernels-{digest_of_source()[:16]}.so"


def build(folder: Path) -> tuple[Path | None, str | None]:
    """The library, as packed or compiled where it is not there yet; or None and why it cannot be."""
    if sys.platform != "linux" or platform.machine() not in ("x86_64", "AMD64"):
        return None, f"they are written for Linux on x86-64, not {sys.platform} on {platform.machine()}"
    for path in (library_path(PREBUILT), library_path(folder)):
        if path.exists():
            return path, None
    compiler = next((found for name in _COMPILERS if (found := shutil.which(name))), None)
    if compiler is None:
        return None, f"there is no C++ compiler ({', '.join(_COMPILERS)})"
    folder.mkdir(parents=True, exist_ok=True)
    # In a folder of its own until it is whole: another process may compile the same.
    with tempfile.TemporaryDirectory(dir=folder, prefix=".build-") as scratch:
        try:
            whole = _compile(compiler, Path(scratch))
            whole.replace(path)
        except subprocess.CalledProcessError as error:
            said = " / ".join(error.stderr.strip().splitlines()[:_LINES_SHOWN])
            return None, f"{compiler} could not compile them: {said}"
        except (OSError, subprocess.SubprocessError) as error:
            return None, f"{compiler} could not compile them: {error}"
    return path, None


def _compile(compiler: str, scratch: Path) -> Path:
    """Every source for its levels, two at a time, then one library of all."""
    objects, commands = [], []
    for source in sorted(SOURCE.glob("*.cpp")):
        for level in _COMPILED_FOR.get(source.name, ("avx512",)):
            objects.append(str(scratch / f"{source.stem}-{level}.o"))
            flags = (*_FLAGS, *LEVELS[level], f"-DFSA_LEVEL={level}")
            commands.append((compiler, *flags, "-c", str(source), "-o", objects[-1]))
    with ThreadPoolExecutor(max_workers=2) as workers:
        list(workers.map(_run, commands))
    whole = scratch / "whole.so"
    _run((compiler, "-shared", "-s", "-fopenmp", "-o", str(whole), *objects))
    return whole


def _run(command: Sequence[str]) -> None:
    subprocess.run(
        command,
        check=True,
        capture_output=True,
        text=True,
        timeout=_TIMEOUT_SECONDS,
        stdin=subprocess.DEVNULL,
    )


def main() -> None:
    path, reason = build(Path(sys.argv[1]))
    print(json.dumps({"path": None if path is None else str(path), "reason": reason}))


if __name__ == "__main__":
    main()
