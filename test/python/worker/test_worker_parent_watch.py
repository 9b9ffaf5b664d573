"""No orphans: the guard with real processes, the watch with a clock of its own."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path

import pytest

from fsa_runtime.worker.parent_watch import ParentWatch

RUNTIME = Path(__file__).resolve().parents[3] / "py_runtime"

# A worker that starts a child, says both ids, and then holds the GIL.
WORKER = """
from fsa_runtime.worker.parent_watch import start_guard
start_guard()
import ctypes, os, subprocess, sys, time
child = subprocess.Popen([sys.executable, "-c", "import time; time.sleep(1000)"])
print(os.getpid(), child.pid, flush=True)
if sys.argv[1] == "exit":
    os._exit(3)
ctypes.PyDLL(None).sleep(1000)
"""


def is_alive(pid: int) -> bool:
    try:
        return Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0] not in {"Z", "X"}
    except (FileNotFoundError, ProcessLookupError):
        return False


def wait_until(holds: Callable[[], bool], seconds: float = 10) -> bool:
    end = time.monotonic() + seconds
    while time.monotonic() < end:
        if holds():
            return True
        time.sleep(0.05)
    return False


def start_worker(how: str) -> tuple[subprocess.Popen[str], list[int]]:
    worker = subprocess.Popen(
        [sys.executable, "-c", WORKER, how],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
        start_new_session=True,
        env={**os.environ, "PYTHONPATH": str(RUNTIME)},
    )
    assert worker.stdout is not None
    return worker, [int(pid) for pid in worker.stdout.readline().split()]


@pytest.mark.skipif(sys.platform != "linux", reason="reads /proc")
class TestGuard:
    def test_the_end_of_standard_input_ends_the_group_though_the_gil_is_held(self) -> None:
        worker, pids = start_worker("hold")
        assert all(map(is_alive, pids))
        assert worker.stdin is not None
        worker.stdin.close()
        assert wait_until(lambda: not any(map(is_alive, pids)))
        assert worker.wait() == -signal.SIGKILL

    @pytest.mark.parametrize("how", ["exit", "killed"])
    def test_the_end_of_the_worker_ends_its_children(self, how: str) -> None:
        worker, pids = start_worker("exit" if how == "exit" else "hold")
        if how == "killed":
            worker.kill()
        worker.wait()
        assert wait_until(lambda: not any(map(is_alive, pids)))

    def test_a_worker_started_from_a_shell_has_no_guard(self) -> None:
        code = (
            "import fsa_runtime.worker.parent_watch as w, os; w.start_guard(); "
            "print(open(f'/proc/self/task/{os.getpid()}/children').read().split())"
        )
        output = subprocess.run(
            [sys.executable, "-c", code],
            env={**os.environ, "PYTHONPATH": str(RUNTIME)},
            stdin=subprocess.DEVNULL,
            capture_output=True,
            text=True,
            check=True,
        )
        assert output.stdout.strip() == "[]"


class TestWatch:
    def test_it_is_content_before_the_orchestrator_has_to_speak(self) -> None:
        watch = ParentWatch(os.getppid(), 10, 0)
        assert all(watch.check(now) is None for now in range(1000))

    def test_it_gives_up_a_silent_orchestrator(self) -> None:
        watch = ParentWatch(os.getppid(), 10, 0)
        watch.expect_words(0)
        for now in range(1, 100):
            watch.beat(now)
            assert watch.check(now) is None
        assert all(watch.check(now) is None for now in range(100, 110))
        assert "sent nothing for 11 s" in (watch.check(110) or "")

    def test_it_forgives_its_own_sleep(self) -> None:
        watch = ParentWatch(os.getppid(), 10, 0)
        watch.expect_words(0)
        watch.check(1)
        assert watch.check(5000) is None
        assert all(watch.check(now) is None for now in range(5001, 5010))
        assert watch.check(5010) is not None

    def test_it_notices_another_parent(self) -> None:
        assert ParentWatch(os.getppid() + 1, 10, 0).check(0) == "the orchestrator has ended"


def test_an_end_that_cannot_be_announced_is_an_end() -> None:
    reader, writer = os.pipe()
    worker = subprocess.Popen(
        [
            sys.executable,
            "-c",
            "from fsa_runtime.worker.parent_watch import end_now; input(); end_now('lost')",
        ],
        stdin=subprocess.PIPE,
        stderr=writer,
        start_new_session=True,
        env={**os.environ, "PYTHONPATH": str(RUNTIME)},
    )
    # The orchestrator, which read standard error, is gone.
    os.close(reader)
    os.close(writer)
    worker.communicate(b"\n", timeout=20)
    assert worker.returncode == -signal.SIGKILL
