"""Compares what is installed in this interpreter with lock files.

Run as a script it needs nothing but pip, so that a runtime in which the pinned packages are broken can
still be described: `python lock_check.py requirements.lock [more.lock]`.
"""

from __future__ import annotations

import json
import platform
import sys
import sysconfig
from importlib import metadata
from pathlib import Path
from typing import TypedDict

try:
    from packaging.requirements import Requirement
    from packaging.utils import canonicalize_name
    from packaging.version import InvalidVersion, Version
except ImportError:  # pip carries a copy of its own
    from pip._vendor.packaging.requirements import Requirement  # type: ignore[assignment]
    from pip._vendor.packaging.utils import canonicalize_name  # type: ignore[assignment]
    from pip._vendor.packaging.version import InvalidVersion, Version  # type: ignore[assignment]


class Check(TypedDict):
    """One pin that applies to this Python and system."""

    name: str
    wanted: str
    found: str | None
    ok: bool


class Report(TypedDict):
    """What `describe` says."""

    pythonVersion: str
    packages: dict[str, str]
    checks: list[Check]


def describe(lock_paths: list[str]) -> Report:
    """Every applicable pin of the locks against `importlib.metadata`, and all of the environment's own
    packages by canonical name."""
    return {
        "pythonVersion": platform.python_version(),
        "packages": own_packages(),
        "checks": [
            check_pin(pin)
            for path in lock_paths
            for pin in read_pins(Path(path).read_text("utf-8"))
            if pin.marker is None or pin.marker.evaluate()
        ],
    }


def read_pins(text: str) -> list[Requirement]:
    """The requirements of a lock file, their hashes left out."""
    lines = text.replace("\\\n", " ").splitlines()
    bare = [line.split(" --hash=")[0].strip() for line in lines]
    return [Requirement(line) for line in bare if line and not line.startswith("#")]


def check_pin(pin: Requirement) -> Check:
    """A build tag such as `+cpu` in what is installed fits a pin that has none."""
    wanted = next(iter(pin.specifier)).version
    try:
        found = metadata.version(pin.name)
        ok = pin.specifier.contains(Version(found), prereleases=True)
    except metadata.PackageNotFoundError:
        found, ok = None, False
    except InvalidVersion:
        ok = False
    return {"name": canonicalize_name(pin.name), "wanted": wanted, "found": found, "ok": ok}


def own_packages() -> dict[str, str]:
    """Versions of what lies in this environment's own site-packages, by canonical name."""
    folders = sorted({sysconfig.get_path("purelib"), sysconfig.get_path("platlib")})
    found = {canonicalize_name(each.name): each.version for each in metadata.distributions(path=folders)}
    return dict(sorted(found.items()))


if __name__ == "__main__":
    sys.stdout.write(json.dumps(describe(sys.argv[1:])))
