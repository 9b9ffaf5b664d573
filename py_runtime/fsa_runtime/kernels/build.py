"""Compiles `source/` into a folder, once per content: `python build.py FOLDER`, with nothing but Python.

Prints one line of JSON: `path` of the library or null, and `reason` why there is none.
"""

from __future__ import annotations

import hashlib
import json
import os
import platform
import shutil
import subprocess
import sys
from pathlib import Path

SOURCE = Path(__file__).resolve().parent / "source"
# No contraction behind our backs: what is fused says so. AVX-512 and vector AES, which `library` asks for.
_FLAGS = (
    *("-O3", "-std=c++17", "-fPIC", "-shared", "-fopenmp", "-ffp-contract=off", "-Wall", "-Wextra"),
    *("-Wno-maybe-uninitialized", "-Wno-uninitialized", "-fvisibility=default"),
    *("-mavx512f", "-mavx512bw", "-mavx512vl", "-mavx512dq", "-mavx512bf16", "-maes", "-mvaes", "-mfma"),
)
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
    """The library, compiled where it is not there yet; or None and why it cannot be."""
    if sys.platform != "linux" or platform.machine() not in ("x86_64", "AMD64"):
        return None, f"they are written for Linux on x86-64, not {sys.platform} on {platform.machine()}"
    path = library_path(folder)
    if path.exists():
        return path, None
    compiler = next((found for name in _COMPILERS if (found := shutil.which(name))), None)
    if compiler is None:
        return None, f"there is no C++ compiler ({', '.join(_COMPILERS)})"
    folder.mkdir(parents=True, exist_ok=True)
    # Under a name of its own until it is whole: another process may compile the same.
    partial = path.with_suffix(f".{os.getpid()}.part")
    try:
        sources = [str(file) for file in sorted(SOURCE.glob("*.cpp"))]
        command = [compiler, *_FLAGS, "-o", str(partial), *sources]
        done = subprocess.run(
            command,
            check=False,
            capture_output=True,
            text=True,
            timeout=_TIMEOUT_SECONDS,
            stdin=subprocess.DEVNULL,
        )
        if done.returncode != 0:
            said = " / ".join(done.stderr.strip().splitlines()[:_LINES_SHOWN])
            return None, f"{compiler} could not compile them: {said}"
        partial.replace(path)
    except (OSError, subprocess.SubprocessError) as error:
        return None, f"{compiler} could not compile them: {error}"
    finally:
        partial.unlink(missing_ok=True)
    return path, None


def main() -> None:
    path, reason = build(Path(sys.argv[1]))
    print(json.dumps({"path": None if path is None else str(path), "reason": reason}))


if __name__ == "__main__":
    main()
