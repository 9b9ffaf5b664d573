"""The limits of a control group are seen, in both versions, from inside a container and outside."""

from __future__ import annotations

from pathlib import Path

import pytest

from fsa_runtime.environment.cgroup import find_memory_groups, find_processors
from fsa_runtime.environment.memory import available_bytes, total_bytes

MACHINE = 8_000_000_000


def write(path: Path, text: str) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(text, encoding="ascii")


def make_group(folder: Path, version: int, *, limit: str, usage: int, cached: int) -> None:
    names = (
        ("memory.max", "memory.current", "")
        if version == 2
        else (
            "memory.limit_in_bytes",
            "memory.usage_in_bytes",
            "total_",
        )
    )
    write(folder / names[0], f"{limit}\n")
    write(folder / names[1], f"{usage}\n")
    write(folder / "memory.stat", f"anon 5\n{names[2]}inactive_file {cached}\n")


def free_bytes(tmp_path: Path, line: str) -> list[int]:
    write(tmp_path / "proc", line)
    groups = find_memory_groups(MACHINE, proc=tmp_path / "proc", mount=tmp_path / "mount")
    return [group.free_bytes() for group in groups]


@pytest.mark.parametrize("inside", [True, False])
def test_a_limit_of_version_2_is_seen_less_what_is_used_and_no_cache(tmp_path: Path, inside: bool) -> None:
    mount = tmp_path / "mount"
    write(mount / "cgroup.controllers", "memory\n")
    group = mount if inside else mount / "system.slice/job"
    make_group(group, 2, limit="1000000", usage=700_000, cached=200_000)
    # From inside, the path on the host leads nowhere.
    assert free_bytes(tmp_path, "0::/system.slice/job\n") == [500_000]


@pytest.mark.parametrize("inside", [True, False])
def test_a_limit_of_version_1_is_seen(tmp_path: Path, inside: bool) -> None:
    group = tmp_path / "mount/memory" / ("" if inside else "docker/abc")
    make_group(group, 1, limit="3000000", usage=1_000_000, cached=0)
    lines = "12:cpu,cpuacct:/docker/abc\n5:memory:/docker/abc\n1:name=systemd:/docker/abc\n"
    assert free_bytes(tmp_path, lines) == [2_000_000]


def test_the_groups_around_count_too(tmp_path: Path) -> None:
    mount = tmp_path / "mount"
    write(mount / "cgroup.controllers", "memory\n")
    make_group(mount / "outer", 2, limit="900", usage=800, cached=0)
    make_group(mount / "outer/inner", 2, limit="max", usage=700, cached=0)
    assert free_bytes(tmp_path, "0::/outer/inner\n") == [100]


def test_no_limit_and_a_limit_above_the_machine_are_none(tmp_path: Path) -> None:
    make_group(tmp_path / "mount/memory", 1, limit=str(2**63 - 4096), usage=1, cached=0)
    assert free_bytes(tmp_path, "5:memory:/\n") == []
    assert find_memory_groups(MACHINE, proc=tmp_path / "missing", mount=tmp_path) == []


def test_what_may_be_used_lies_within_what_there_is() -> None:
    assert 0 < available_bytes() <= total_bytes()


@pytest.mark.parametrize(
    ("quota", "processors"), [("150000 100000", 1), ("300000 100000", 3), ("max 100000", 4)]
)
def test_a_processor_quota_of_version_2_is_seen(tmp_path: Path, quota: str, processors: int) -> None:
    mount = tmp_path / "mount"
    write(mount / "cgroup.controllers", "cpu\n")
    write(mount / "job/cpu.max", f"{quota}\n")
    write(tmp_path / "proc", "0::/job/step\n")
    (mount / "job/step").mkdir()
    assert find_processors(4, proc=tmp_path / "proc", mount=mount) == processors


@pytest.mark.parametrize("folder", ["cpu,cpuacct", "cpu"])
def test_a_processor_quota_of_version_1_is_seen(tmp_path: Path, folder: str) -> None:
    mount = tmp_path / "mount"
    write(mount / folder / "cpu.cfs_quota_us", "250000\n")
    write(mount / folder / "cpu.cfs_period_us", "100000\n")
    # From inside a container, the path on the host leads nowhere.
    write(tmp_path / "proc", "12:cpu,cpuacct:/docker/abc\n5:memory:/docker/abc\n")
    assert find_processors(4, proc=tmp_path / "proc", mount=mount) == 2
    write(mount / folder / "cpu.cfs_quota_us", "-1\n")
    assert find_processors(4, proc=tmp_path / "proc", mount=mount) == 4
