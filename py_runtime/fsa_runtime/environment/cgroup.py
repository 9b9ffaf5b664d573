"""The memory limit that a container or a service manager sets by a control group (version 1 or 2).

The machine's own figures know nothing of it: a process that believes them is killed without a word.
"""

from __future__ import annotations

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
    for folder, root, files in _own_folders(proc, mount):
        # A container often sees its own group as the root, and is still told its path on the host.
        here = folder if folder.is_dir() else root
        for group in [here, *(parent for parent in here.parents if parent.is_relative_to(root))]:
            limit = _read_int(group / files.limit)
            if limit is not None and limit < machine_bytes:
                found.append(MemoryGroup(group, limit, files))
    return found


def _own_folders(proc: Path, mount: Path) -> list[tuple[Path, Path, _Files]]:
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
            folders.append((root / path.lstrip("/"), root, _V2))
        elif "memory" in controllers.split(","):
            folders.append((mount / "memory" / path.lstrip("/"), mount / "memory", _V1))
    return folders


def _read_int(path: Path) -> int | None:
    """None where the file is missing or holds `max`."""
    try:
        return int(path.read_text(encoding="ascii"))
    except (OSError, ValueError):
        return None
