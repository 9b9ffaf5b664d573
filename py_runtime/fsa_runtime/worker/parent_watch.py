"""No orphans: a worker and everything it started ends soon after its orchestrator.

Two watchers, because each is blind where the other sees. The *guard* is a small process of its own, forked
before anything heavy is imported: it notices the orchestrator's death at once, also while native code holds
the GIL here, and takes the whole process group along. The *watch* runs on the worker's socket thread and
notices an orchestrator that lives but has fallen silent.
"""

from __future__ import annotations

import os
import select
import signal
import sys

LOST_ORCHESTRATOR_EXIT_CODE = 6


def start_guard() -> None:
    """Forks the guard, which ends this process group when standard input closes or this process ends.

    The orchestrator alone holds the other end of standard input and never writes. Call it before any thread
    exists. Does nothing where there is no fork (Windows) or this process does not lead its group.
    """
    if not hasattr(os, "fork") or os.getpgrp() != os.getpid():
        return
    worker_pid = os.getpid()
    if os.fork() == 0:
        _guard(worker_pid)
    nothing = os.open(os.devnull, os.O_RDONLY)
    os.dup2(nothing, 0)
    os.close(nothing)


def _guard(worker_pid: int) -> None:
    try:
        for number in (signal.SIGTERM, signal.SIGINT, signal.SIGHUP):
            signal.signal(number, signal.SIG_IGN)
        # Holding the worker's log pipes open would hide its end from the orchestrator.
        nothing = os.open(os.devnull, os.O_RDWR)
        os.dup2(nothing, 1)
        os.dup2(nothing, 2)
        while os.getppid() == worker_pid:
            readable, _, _ = select.select([0], [], [], 0.5)
            if readable and os.read(0, 4096) == b"":
                break
    finally:
        _end_group()


class ParentWatch:
    """Judges, by a monotonic clock, whether the orchestrator is still there. Call `check` often."""

    def __init__(self, parent_pid: int, limit_seconds: float, now: float) -> None:
        """`limit_seconds`: silence for longer means that the orchestrator is lost, once it has to speak."""
        # On Windows the parent may be a virtual environment's launcher instead of the orchestrator.
        self._parent_pid = parent_pid if os.name == "posix" else os.getppid()
        self._limit_seconds = limit_seconds
        self._must_speak = False
        self._last_beat = now
        self._last_check = now

    def expect_words(self, now: float) -> None:
        """From now on the orchestrator has to speak: before our hello it has nothing to say."""
        self._last_beat = now
        self._must_speak = True

    def beat(self, now: float) -> None:
        self._last_beat = now

    def check(self, now: float) -> str | None:
        """Why the orchestrator counts as lost; None while it does not."""
        asleep = now - self._last_check
        self._last_check = now
        if asleep > 2:
            # We did not run ourselves (stopped, or the GIL was held): the silence was ours, not the parent's.
            self._last_beat = min(now, self._last_beat + asleep)
        if os.getppid() != self._parent_pid:
            return "the orchestrator has ended"
        silence = now - self._last_beat
        if self._must_speak and silence > self._limit_seconds:
            return f"the orchestrator has sent nothing for {silence:.0f} s"
        return None


def end_now(reason: str) -> None:
    """Ends this process and its children without ceremony: nobody is left to report to."""
    try:
        print(f"fsa worker {os.getpid()} ends: {reason}", file=sys.stderr, flush=True)
    finally:
        # Standard error is a broken pipe when the orchestrator is gone: that must not keep us alive.
        _end_group()


def _end_group() -> None:
    # Only a group of our own: started by hand from a shell, the group would be the shell's pipeline.
    if hasattr(os, "killpg") and os.getpgrp() == os.getsid(0):
        os.killpg(os.getpgrp(), signal.SIGKILL)
    os._exit(LOST_ORCHESTRATOR_EXIT_CODE)
