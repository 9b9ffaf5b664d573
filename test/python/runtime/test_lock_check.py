"""The comparison of an environment with a lock, in this very environment."""

from __future__ import annotations

import json
import subprocess
import sys
from importlib import metadata
from pathlib import Path

import pytest

from fsa_runtime.environment import bridge_probe, lock_check


def write_lock(folder: Path, *lines: str) -> str:
    path = folder / "some.lock"
    path.write_text("# a comment\n" + "\n".join(lines) + "\n", "utf-8")
    return str(path)


def test_tells_right_wrong_and_missing_apart(tmp_path: Path) -> None:
    installed = metadata.version("pyzmq")
    lock = write_lock(
        tmp_path,
        f"pyzmq=={installed} \\\n    --hash=sha256:aa \\\n    --hash=sha256:bb",
        "PSUTIL==0.0.1 \\\n    --hash=sha256:cc",
        "surely-not-there==3.1",
        "only-elsewhere==1.0 ; sys_platform == 'nowhere'",
    )
    assert lock_check.describe([lock])["checks"] == [
        {"name": "pyzmq", "wanted": installed, "found": installed, "ok": True},
        {"name": "psutil", "wanted": "0.0.1", "found": metadata.version("psutil"), "ok": False},
        {"name": "surely-not-there", "wanted": "3.1", "found": None, "ok": False},
    ]


@pytest.mark.parametrize(("found", "fits"), [("2.13.0", True), ("2.13.0+cpu", True), ("2.13.1+cpu", False)])
def test_build_tags_fit_a_pin_without_one(found: str, fits: bool, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(lock_check.metadata, "version", lambda _name: found)
    [pin] = lock_check.read_pins("torch==2.13.0\n")
    assert lock_check.check_pin(pin) == {"name": "torch", "wanted": "2.13.0", "found": found, "ok": fits}


def test_as_a_script_says_the_same(tmp_path: Path) -> None:
    lock = write_lock(tmp_path, "psutil==0.0.1")
    run = subprocess.run([sys.executable, "-I", lock_check.__file__, lock], capture_output=True, check=True)
    assert json.loads(run.stdout) == lock_check.describe([lock])


def test_torch_and_zeromq_answer_through_the_one_door() -> None:
    torch = json.loads(bridge_probe.call("fsa_runtime.environment.bridge_probe:check_torch", "[]"))
    assert torch["ok"]
    cpu = torch["value"]["devices"][0]
    assert cpu == {"device": "cpu", "fp32": True, "bf16": True}
    assert torch["value"]["bf16Slowdown"] > 0
    zeromq = json.loads(bridge_probe.call("fsa_runtime.environment.bridge_probe:check_zeromq", "[]"))
    assert zeromq["value"]["curve"] is True


@pytest.mark.parametrize(
    ("target", "arguments", "kind"),
    [
        ("math:sqrt", "[-1]", "ValueError"),
        ("math:nothing", "[]", "AttributeError"),
        ("no.such:thing", "[]", "ModuleNotFoundError"),
        ("math:sqrt", "[", "JSONDecodeError"),
        ("builtins:float", '["nan"]', "ValueError"),
        ("sys:exit", "[]", "SystemExit"),
    ],
)
def test_errors_are_answers(target: str, arguments: str, kind: str) -> None:
    answer = json.loads(bridge_probe.call(target, arguments))
    assert (answer["ok"], answer["type"]) == (False, kind)
