"""The limits of memory and processors that a container or a service manager sets by a control group.

Of version 1 or 2. The machine's own figures know nothing of them: a process that believes those is killed
without a word, or has more threads than it may run.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

_PROC = Path("/proc/self/cgroup")
_MOUNT = Path("/sys/fs/cgroup")


@dataclass(frozen=True)
class _Files:
    """File names of one version; `cache` is the line of memory.stat with what only caches files."""

    limit: str
    usage: str
    cache: str


_V1 = _Files("memory.limit_in_bytes", "memory.usage_in_bytes", "total_inactive_file")
_V2 = _Files("memory.max", "memory.current", "inactive_file")


@dataclass(frozen=True)
class MemoryGroup:
    """A control group with a limit."""

    folder: Path
    limit_bytes: int
    files: _Files

    def free_bytes(self) -> int:
        """What may still be used, memory that only caches files counted as free."""
        used = _read_int(self.folder / self.files.usage) or 0
        return max(0, self.limit_bytes - max(0, used - self._cache_bytes()))

    def _cache_bytes(self) -> int:
        try:
            lines = (self.folder / "memory.stat").read_text(encoding="ascii").splitlines()
        except OSError:
            return 0
        return next((int(line.split()[1]) for line in lines if line.startswith(f"{self.files.cache} ")), 0)


def find_memory_groups(machine_bytes: int, *, proc: Path = _PROC, mount: Path = _MOUNT) -> list[MemoryGroup]:
    """The groups of this process, it and those around it, whose limit is below what the machine has."""
    found = []
    for group, is_v2 in _groups_around("memory", proc, mount):
        files = _V2 if is_v2 else _V1
        limit = _read_int(group / files.limit)
        if limit is not None and limit < machine_bytes:
            found.append(MemoryGroup(group, limit, files))
    return found


def find_processors(machine: int, *, proc: Path = _PROC, mount: Path = _MOUNT) -> int:
    """Whole processors that this process may use, at least one: the machine's, or fewer by a quota."""
    quotas = [_quota_of(group, is_v2) for group, is_v2 in _groups_around("cpu", proc, mount)]
    return max(1, int(min([machine, *(quota for quota in quotas if quota is not None)])))


def _quota_of(group: Path, is_v2: bool) -> float | None:
    if is_v2:
        used, _, period = _read_text(group / "cpu.max").partition(" ")
    else:
        used, period = _read_text(group / "cpu.cfs_quota_us"), _read_text(group / "cpu.cfs_period_us")
    # `max` and -1 mean none.
    if not used.isdigit() or not period.isdigit() or int(used) == 0 or int(period) == 0:
        return None
    return int(used) / int(period)


def _groups_around(controller: str, proc: Path, mount: Path) -> Iterator[tuple[Path, bool]]:
    """The groups that limit this process, it and those around it, and whether they are of version 2."""
    for folder, root, is_v2 in _own_folders(controller, proc, mount):
        # A container often sees its own group as the root, and is still told its path on the host.
        here = folder if folder.is_dir() else root
        for group in [here, *(parent for parent in here.parents if parent.is_relative_to(root))]:
            yield group, is_v2


def _own_folders(controller: str, proc: Path, mount: Path) -> list[tuple[Path, Path, bool]]:
    try:
        lines = proc.read_text(encoding="utf-8").splitlines()
    except OSError:
        return []
    folders = []
    for line in lines:
        number, _, rest = line.partition(":")
        controllers, _, path = rest.partition(":")
        if number == "0" and controllers == "":
            root = mount if (mount / "cgroup.controllers").exists() else mount / "unified"
            folders.append((root / path.lstrip("/"), root, True))
        elif controller in controllers.split(","):
            # `cpu` and `cpuacct` are mostly mounted as one.
            root = next(
                (one for one in (mount / controllers, mount / controller) if one.is_dir()), mount / controller
            )
            folders.append((root / path.lstrip("/"), root, False))
    return folders


def _read_int(path: Path) -> int | None:
    """None where the file is missing or holds `max`."""
    try:
        return int(_read_text(path))
    except ValueError:
        return None


def _read_text(path: Path) -> str:
    """Empty where there is no such file."""
    try:
        return path.read_text(encoding="ascii").strip()
    except (OSError, ValueError):
        return ""
