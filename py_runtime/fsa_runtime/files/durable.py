"""Folders that appear whole or not at all.

Everything is written into a temporary neighbour, brought to the disk, and only then given its name, so that
neither a kill nor a full disk ever leaves half a file under a final name.
"""

from __future__ import annotations

import errno
import os
import re
import shutil
import socket
import uuid
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from functools import cache
from pathlib import Path

from safetensors import SafetensorError

from fsa_runtime.context import Checks
from fsa_runtime.errors import JobError

_FULL = {errno.ENOSPC: "the disk is full", errno.EDQUOT: "the disk quota is used up"}
_TOO_LARGE = "the file grew over the size allowed here (ulimit -f)"
_TEMPORARY_NAME = re.compile(r"^\.fsa-(?P<host>[0-9a-f]{8})-(?P<pid>\d+)-[0-9a-f]{8}\.tmp$")


@contextmanager
def published_folder(
    final: Path,
    *,
    checks: Checks | None,
    unless: Callable[[Path], bool] | None = None,
    makes_parents: bool = True,
) -> Iterator[Path]:
    """Gives a temporary folder to fill; it becomes `final` when the block ends well, and goes otherwise.

    `checks`: of the job, where anything in it came of files that are still being checked; they are settled
    first. A folder that is there by then is replaced, or kept where `unless` says so of it. Raises
    JobError("disk-full") when there is no room, and a clear JobError for other trouble with the file system.
    """
    with storage_errors_of(final):
        if makes_parents:
            final.parent.mkdir(parents=True, exist_ok=True)
        temporary = final.parent / temporary_name()
        temporary.mkdir()
        try:
            yield temporary
            if checks is not None:
                checks.settle()
            sync_tree(temporary)
            _put_in_place(temporary, final, unless)
            sync_folder(final.parent)
        finally:
            shutil.rmtree(temporary, ignore_errors=True)


def require_room(folder: Path, needed_bytes: int, what: str) -> None:
    """Raises JobError("disk-full") where `what` will not fit into `folder`: before the work, not in it."""
    free = shutil.disk_usage(folder).free
    if needed_bytes > free:
        raise JobError(
            "disk-full",
            f"{what} in {folder} needs about {needed_bytes / 1e6:.0f} MB and only"
            f" {free / 1e6:.0f} MB are free there. Free some space or choose another cache folder.",
        )


@contextmanager
def storage_errors_of(path: Path) -> Iterator[None]:
    """Says trouble with the file system in one sentence about `path`."""
    try:
        yield
    except (OSError, SafetensorError) as error:
        raise storage_failure(error, path) from error


def storage_failure(error: OSError | SafetensorError, path: Path) -> JobError:
    """An error of the file system as a job's failure."""
    number = error.errno if isinstance(error, OSError) else _number_in(str(error))
    if number in _FULL or number == errno.EFBIG:
        why = _FULL.get(number, _TOO_LARGE)
        return JobError(
            "disk-full",
            f"{path} could not be written: {why}. Free some space and run the same command again;"
            " what was saved before is kept.",
        )
    why = os.strerror(number) if number is not None else str(error)
    return JobError(
        "exception",
        f"{path} could not be read or written: {why}. Check the folder and who owns it, or choose another.",
    )


def remove_folder(folder: Path) -> None:
    """Removes a folder such that no half of it is ever seen under its name."""
    doomed = folder.parent / temporary_name()
    folder.rename(doomed)
    shutil.rmtree(doomed, ignore_errors=True)


def sweep_temporaries(parent: Path) -> None:
    """Removes what processes of this machine that are no more left half-written in a folder."""
    if not parent.is_dir():
        return
    for entry in parent.iterdir():
        match = _TEMPORARY_NAME.match(entry.name)
        if match and match["host"] == _host() and not _is_alive(int(match["pid"])):
            shutil.rmtree(entry, ignore_errors=True)


def sync_tree(folder: Path) -> None:
    """Brings every file and folder below (and with) `folder` to the disk."""
    for base, _, names in os.walk(folder):
        for name in names:
            descriptor = os.open(Path(base, name), os.O_RDONLY)
            try:
                os.fsync(descriptor)
            finally:
                os.close(descriptor)
        sync_folder(Path(base))


def sync_folder(folder: Path) -> None:
    """Brings a folder's list of names to the disk."""
    descriptor = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)


def _put_in_place(temporary: Path, final: Path, unless: Callable[[Path], bool] | None) -> None:
    """Renames; somebody else may put a folder there at any moment, which a rename never overwrites."""
    for _ in range(100):
        if final.exists():
            if unless is not None and unless(final):
                return
            with suppress(FileNotFoundError):
                remove_folder(final)
        try:
            temporary.rename(final)
        except OSError as error:
            if error.errno not in (errno.ENOTEMPTY, errno.EEXIST):
                raise
        else:
            return
    raise FileExistsError(errno.EEXIST, os.strerror(errno.EEXIST), str(final))


def temporary_name() -> str:
    """A name that `sweep_temporaries` knows once this process is no more."""
    return f".fsa-{_host()}-{os.getpid()}-{uuid.uuid4().hex[:8]}.tmp"


@cache
def _host() -> str:
    """Whose process numbers these are: containers and machines may share a name, and a disk."""
    machine = [socket.gethostname()]
    with suppress(OSError):
        machine.append(Path("/etc/machine-id").read_text(encoding="ascii"))
    with suppress(OSError):
        machine.append(str(Path("/proc/self/ns/pid").readlink()))
    return uuid.uuid5(uuid.NAMESPACE_DNS, " ".join(machine)).hex[:8]


def _is_alive(pid: int) -> bool:
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return False
    except OSError:
        return True
    return True


def _number_in(message: str) -> int | None:
    match = re.search(r"os error (\d+)", message)
    return int(match[1]) if match else None
