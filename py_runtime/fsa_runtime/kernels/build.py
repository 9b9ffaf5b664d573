"""Compiles `source/` into a folder, once per content: `python build.py FOLDER`, with nothing but Python.

Nothing is compiled where the package brings the library of these sources, in `prebuilt/`, and it loads here.
Prints one line of JSON: `path` of the library or null, and `reason` why there is none.
"""

from __future__ import annotations

import contextlib
import hashlib
import json
import os
import platform
import shutil
import signal
import subprocess
import sys
import tempfile
from collections.abc import Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import TypedDict

SOURCE = Path(__file__).resolve().parent / "source"
# Filled when the package is packed; see scripts/prebuild-kernels.mjs.
PREBUILT = SOURCE.parent / "prebuilt"
_COMPILERS = ("g++", "c++", "clang++")
_TIMEOUT_SECONDS = 300
_LOAD_SECONDS = 30
_LINES_SHOWN = 3
_CHARACTERS_SHOWN = 200
_LOAD = "import ctypes, sys; ctypes.CDLL(sys.argv[1])"
_SCRATCH = ".build-"


class _Recipe(TypedDict):
    """How the sources are compiled: `recipe.json` among them, so that their digest tells of it, too."""

    flags: list[str]
    """Of every source. No contraction behind our backs: what is fused says so."""
    levels: dict[str, list[str]]
    """What `library` asks a processor for before it calls anything of a level."""
    compiledFor: dict[str, list[str]]
    """Which levels a source is compiled for, if not AVX-512 alone.

    What is written without instructions of one processor is for every one, each under names of its own.
    """


class _RefusedError(Exception):
    """Why there is no library, as a clause."""


def digest_of_source() -> str:
    """SHA-256 of the sources and their recipe by name; line endings do not count."""
    texts = [file.read_bytes().replace(b"\r\n", b"\n") for file in sorted(SOURCE.iterdir())]
    return hashlib.sha256(b"\0".join(texts)).hexdigest()


def library_path(folder: Path) -> Path:
    """Where the library of today's sources lies, whether or not it is there."""
    return folder / f"fsa-kernels-{digest_of_source()[:16]}.so"


def build(folder: Path) -> tuple[Path | None, str | None]:
    """The library, packed or compiled where none is there that loads; or None and why there can be none."""
    if sys.platform != "linux" or platform.machine() not in ("x86_64", "AMD64"):
        return None, f"they are written for Linux on x86-64, not {sys.platform} on {platform.machine()}"
    packed, own = library_path(PREBUILT), library_path(folder)
    # Read by findKernels (runtime/kernels.ts): what the package brings is of no use here.
    note = own.with_suffix(".unusable")
    try:
        unusable = _why_not(packed) if packed.exists() else None
        if packed.exists() and unusable is None:
            note.unlink(missing_ok=True)
            return packed, None
        try:
            if not own.exists() or _why_not(own) is not None:
                own.unlink(missing_ok=True)
                _make(folder, own)
            note.unlink(missing_ok=True)
            return own, None
        except _RefusedError as refused:
            if unusable is None:
                return None, str(refused)
            reason = f"the library of the package {unusable}, and {refused}"
            folder.mkdir(parents=True, exist_ok=True)
            note.write_text(reason, encoding="utf-8")
            return None, reason
    except OSError as error:
        return None, f"{error.filename or folder} cannot be written: {error.strerror or error}"


def _make(folder: Path, path: Path) -> None:
    compiler = next((found for name in _COMPILERS if (found := shutil.which(name))), None)
    if compiler is None:
        raise _RefusedError(f"there is no C++ compiler ({', '.join(_COMPILERS)})")
    folder.mkdir(parents=True, exist_ok=True)
    with _alone_in(folder):
        if path.exists():
            return
        # In a folder of its own until it is whole.
        with tempfile.TemporaryDirectory(dir=folder, prefix=_SCRATCH) as scratch:
            try:
                whole = _compile(compiler, Path(scratch))
            except _RefusedError as refused:
                raise _RefusedError(f"{compiler} could not compile them: {refused}") from refused
            whole.replace(path)


@contextlib.contextmanager
def _alone_in(folder: Path) -> Iterator[None]:
    """Lets one process compile, and clears away what those that were killed have left; the others wait."""
    # There is none on Windows, where this module is imported too.
    import fcntl  # noqa: PLC0415

    descriptor = os.open(folder, os.O_RDONLY)
    try:
        # Some shared disks have no locks: there two may compile the same, each in a folder of its own.
        with contextlib.suppress(OSError):
            fcntl.flock(descriptor, fcntl.LOCK_EX)
            for left in folder.glob(f"{_SCRATCH}*"):
                shutil.rmtree(left, ignore_errors=True)
        yield
    finally:
        os.close(descriptor)


def _why_not(library: Path) -> str | None:
    """Why this machine cannot load it, in the words of the loader: another system's, cut, lacking libgomp."""
    # In a process of its own: what is no library of ours may end it.
    try:
        loaded = subprocess.run(
            (sys.executable, "-I", "-c", _LOAD, str(library)),
            check=False,
            stdin=subprocess.DEVNULL,
            capture_output=True,
            timeout=_LOAD_SECONDS,
        )
    except subprocess.TimeoutExpired:
        return "cannot be loaded: the loader does not come back"
    if loaded.returncode == 0:
        return None
    said = _shown(loaded.stderr.splitlines()[-1:]) or _end_of(loaded.returncode)
    return f"cannot be loaded: {said.removeprefix('OSError: ').removeprefix(f'{library}: ')}"


def _compile(compiler: str, scratch: Path) -> Path:
    """Every source for its levels, two at a time, then one library of all."""
    recipe: _Recipe = json.loads((SOURCE / "recipe.json").read_text(encoding="utf-8"))
    objects, commands = [], []
    for source in sorted(SOURCE.glob("*.cpp")):
        for level in recipe["compiledFor"].get(source.name, ["avx512"]):
            objects.append(str(scratch / f"{source.stem}-{level}.o"))
            flags = (*recipe["flags"], *recipe["levels"][level], f"-DFSA_LEVEL={level}")
            commands.append((compiler, *flags, "-c", str(source), "-o", objects[-1]))
    whole = scratch / "whole.so"
    running: set[subprocess.Popen[bytes]] = set()
    with ThreadPoolExecutor(max_workers=2) as workers:
        try:
            list(workers.map(lambda command: _run(command, scratch, running), commands))
            _run((compiler, "-shared", "-s", "-fopenmp", "-o", str(whole), *objects), scratch, running)
        finally:
            # After a failure, or where we are to end, nobody waits for the others.
            for child in list(running):
                _end_group(child)
    if not whole.exists():
        raise _RefusedError("it wrote no library")
    unusable = _why_not(whole)
    if unusable is not None:
        raise _RefusedError(f"what it wrote {unusable}")
    return whole


def _run(command: Sequence[str], scratch: Path, running: set[subprocess.Popen[bytes]]) -> None:
    # A file, not a pipe: what the compiler has started may hold that open after its end.
    with tempfile.TemporaryFile(dir=scratch) as said:
        try:
            child = subprocess.Popen(
                command, stdin=subprocess.DEVNULL, stdout=said, stderr=said, start_new_session=True
            )
        except OSError as error:
            raise _RefusedError(f"it could not be started ({error.strerror})") from error
        running.add(child)
        try:
            code = child.wait(_TIMEOUT_SECONDS)
        except subprocess.TimeoutExpired as error:
            _end_group(child)
            raise _RefusedError(f"it took more than {_TIMEOUT_SECONDS} s") from error
        finally:
            running.discard(child)
        if code == 0:
            return
        said.seek(0)
        head = said.read(_LINES_SHOWN * _CHARACTERS_SHOWN * 4)
        raise _RefusedError(_shown(head.strip().splitlines()) or _end_of(code))


def _end_group(child: subprocess.Popen[bytes]) -> None:
    """A compiler, and what it has started."""
    if child.returncode is None:
        with contextlib.suppress(ProcessLookupError):
            os.killpg(child.pid, signal.SIGKILL)
    child.wait()


def _shown(lines: Sequence[bytes]) -> str:
    """The first lines, in whatever encoding: what is no UTF-8 is marked, what is long is cut."""
    texts = [line.decode("utf-8", "replace").strip() for line in lines[:_LINES_SHOWN]]
    return " / ".join(
        text if len(text) <= _CHARACTERS_SHOWN else f"{text[:_CHARACTERS_SHOWN]}…" for text in texts
    )


def _end_of(code: int) -> str:
    return f"it was ended by signal {-code}" if code < 0 else f"it ended with code {code} and said nothing"


def main() -> None:
    # Like Ctrl-C: the compilers end, and what they wrote goes.
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(143))
    path, reason = build(Path(sys.argv[1]))
    print(json.dumps({"path": None if path is None else str(path), "reason": reason}))


if __name__ == "__main__":
    main()
