"""The processes beside the first rank: started by it, led by it line by line, and never left behind.

They run on the same machine, or on others of the place that an engine gave (train/rank_places.py).

Only the first rank talks to the orchestrator, saves and decides. The others have no will of their own: each
reads orders from its standard input (a line of JSON each), and ends when that ends. What goes wrong there is
told on standard output; what is printed goes to the log of the worker.
"""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Any

import torch

from fsa_runtime.errors import JobError
from fsa_runtime.train.distributed import RankGroup, RankLostError
from fsa_runtime.train.meeting import Door, meeting_here, meeting_over_network
from fsa_runtime.train.orders import BEAT_SECONDS
from fsa_runtime.train.rank_places import RankPlace, places_of_others
from fsa_runtime.train.ranks import OneRank, Ranks

RANK_LOST_EXIT_CODE = 7
# Never from the working folder: what lies there is data, whatever its name (src/workers/environment.ts).
_PROGRAM = (
    "import sys; sys.path[:] = [path for path in sys.path if path];"
    "import runpy; runpy.run_module({!r}, run_name='__main__')"
)
_POLL_SECONDS = 0.2
# A rank that has ended shows itself within this time after the sum that failed for it.
_LAST_WORDS_SECONDS = 5.0
# NCCL may wait for a dead rank for ever: then nobody has asked what became of it in this time.
_STUCK_SECONDS = 60.0
# One that is stopped, or whose machine is gone, would let the others wait in a sum for ten minutes. Native
# code may keep one from speaking, too, but hardly for so long.
_SILENT_SECONDS = 180.0
# From the end of its orders to that of a rank on another machine; as long again for the engine to end it.
_END_SECONDS = 5.0
_SIGNALS = {int(one): one.name for one in signal.Signals}


class RankProcesses:
    """The ranks 1 … count - 1; with a count of 1 there are none, and every call does nothing."""

    def __init__(self, count: int, *, module: str, device: torch.device) -> None:
        """`module` is run by each. On GPUs, rank i sees only the one that the orchestrator gave it."""
        self.count = count
        self._device = device
        self._closing = threading.Event()
        self._group: RankGroup | None = None
        self._peers: list[_Peer] = []
        self.spread = False
        """Over several machines."""
        if count == 1:
            return
        places = places_of_others(count, os.environ, on_gpu=device.type != "cpu")
        self.spread = any(place.elsewhere for place in places)
        try:
            for number, place in enumerate(places):
                self._peers.append(_Peer(number + 1, module, place, self._closing))
        except BaseException:
            self.close()
            raise

    def join(self, spec: Mapping[str, Any], check: Callable[[], None]) -> Ranks:
        """Hands every rank the work and meets it; calls `check` while it waits. Raises RankLostError."""
        if self.count == 1:
            return OneRank()
        reached_by_others = self._prepare(spec, check)
        # Made when all are there: until then nobody could remove what a killed process leaves.
        place = (
            meeting_over_network(self.count, reached_by_others) if self.spread else meeting_here(self.count)
        )
        with place as (meeting, words):
            self.tell({"do": "meet", "at": words})
            self._group = RankGroup(0, self.count, meeting=meeting, device=self._device)
        return self._group

    def _prepare(self, spec: Mapping[str, Any], check: Callable[[], None]) -> list[list[str]]:
        """Waits until every rank is ready to meet; which of our addresses each has reached."""
        door = Door() if self.spread else None
        try:
            for peer in self._peers:
                order = {"rank": peer.rank, "count": self.count, "spec": spec}
                peer.tell({**order, "door": None if door is None else door.words})
            for peer in self._peers:
                while not peer.is_ready():
                    check()
        finally:
            if door is not None:
                door.close()
        return [peer.reached for peer in self._peers]

    def tell(self, order: Mapping[str, Any]) -> None:
        """Lets every rank do its share of what this one does next. Raises RankLostError."""
        for peer in self._peers:
            peer.tell(order)

    def end(self) -> None:
        """All work is done: every rank leaves the group and ends. One that has ended before is not missed."""
        self._closing.set()
        there = True
        try:
            self.tell({"do": "end"})
        except RankLostError:
            there = False
        if self._group is not None:
            self._group.leave(orderly=there)
            self._group = None

    def reason(self, lost: RankLostError) -> Exception:
        """Why a rank is lost, in its own words where it had any."""
        until = time.monotonic() + _LAST_WORDS_SECONDS
        while time.monotonic() < until and not any(peer.has_ended() for peer in self._peers):
            time.sleep(_POLL_SECONDS)
        ended = [peer for peer in self._peers if peer.has_ended()]
        for peer in ended:
            if peer.failure is not None:
                return peer.failure
        # One that met the end of another in a sum says so, too: the first to go says nothing.
        for peer in ended:
            return JobError("rank-lost", f"Rank {peer.rank} of {self.count} {peer.end}.")
        return JobError("rank-lost", f"A rank does not answer: {lost}.")

    def close(self) -> None:
        """Ends what still runs, whatever it is at. May be called twice."""
        self._closing.set()
        for peer in self._peers:
            peer.kill()
        if self._group is not None:
            with suppress(Exception):
                self._group.leave(orderly=False)
            self._group = None


@contextmanager
def started_ranks(count: int, *, module: str, device: torch.device) -> Iterator[RankProcesses]:
    """`RankProcesses` for a block of work. Raises JobError("rank-lost"), or what a rank died of."""
    processes = RankProcesses(count, module=module, device=device)
    try:
        yield processes
        processes.end()
    except RankLostError as lost:
        raise processes.reason(lost) from lost
    finally:
        processes.close()


class _Peer:
    """One rank's process."""

    def __init__(self, rank: int, module: str, place: RankPlace, closing: threading.Event) -> None:
        self.rank = rank
        self.failure: Exception | None = None
        self.reached: list[str] = []
        """Addresses of ours, once it is ready."""
        self._elsewhere = place.elsewhere
        self._closing = closing
        self._ready = threading.Event()
        self._heard_at = 0.0
        self._is_silent = False
        self._process = subprocess.Popen(
            [*place.starter, sys.executable, "-c", _PROGRAM.format(module)],
            env=_environment(place),
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
            encoding="utf-8",
        )
        self._listener = threading.Thread(target=self._listen, daemon=True)
        self._listener.start()

    @property
    def end(self) -> str:
        """How it ended, as a clause."""
        if self._is_silent:
            return f"said nothing for {_SILENT_SECONDS:.0f} s (stopped or frozen) and was ended"
        code = self._process.returncode
        # An engine's command says by its own code how the process over there ended.
        number = -code if code is not None and code < 0 else (code or 0) - 128 if self._elsewhere else 0
        if number in _SIGNALS:
            return f"was killed by {_SIGNALS[number]}; if nobody did that, memory ran out"
        return f"exited with code {code}"

    def is_ready(self) -> bool:
        """Whether it has said so; waits a moment. Raises RankLostError."""
        if self._ready.wait(_POLL_SECONDS):
            return True
        if self.has_ended():
            raise RankLostError(f"rank {self.rank} {self.end}")
        return False

    def tell(self, order: Mapping[str, Any]) -> None:
        assert self._process.stdin is not None
        try:
            self._process.stdin.write(json.dumps(order) + "\n")
            self._process.stdin.flush()
        except OSError as error:
            raise RankLostError(f"rank {self.rank} takes no orders: {error}") from error

    def has_ended(self) -> bool:
        """And all that it said has been heard."""
        return not self._listener.is_alive()

    def kill(self) -> None:
        assert self._process.stdin is not None
        if self._elsewhere:
            # It ends with its orders; an engine's command that is killed may need longer to end it.
            with suppress(OSError):
                self._process.stdin.close()
            with suppress(subprocess.TimeoutExpired):
                self._process.wait(_END_SECONDS)
            self._process.terminate()
            with suppress(subprocess.TimeoutExpired):
                self._process.wait(_END_SECONDS)
        self._process.kill()
        self._process.wait()
        with suppress(OSError):
            self._process.stdin.close()

    def _listen(self) -> None:
        assert self._process.stdout is not None
        with self._process.stdout as words:
            for line in words:
                said = json.loads(line)
                self._heard_at = time.monotonic()
                if said["is"] == "failed":
                    self.failure = _failure_of(said)
                elif said["is"] == "ready":
                    self.reached = said["reached"]
                    self._ready.set()
                    threading.Thread(target=self._end_if_silent, daemon=True).start()
        self._process.wait()
        if not self._closing.is_set():
            threading.Thread(target=self._end_if_stuck, daemon=True).start()

    def _end_if_silent(self) -> None:
        """From when it is ready on: what is imported before may keep a process silent for long."""
        looked_at = time.monotonic()
        while not self._closing.wait(_POLL_SECONDS) and not self.has_ended():
            now = time.monotonic()
            # It was this process that did not run, if so.
            self._heard_at += max(0.0, now - looked_at - 2 * BEAT_SECONDS)
            looked_at = now
            if now - self._heard_at > _SILENT_SECONDS:
                self._is_silent = True
                self._process.kill()
                return

    def _end_if_stuck(self) -> None:
        if not self._closing.wait(_STUCK_SECONDS):
            print(f"fsa worker {os.getpid()} ends: rank {self.rank} {self.end}", file=sys.stderr, flush=True)
            os._exit(RANK_LOST_EXIT_CODE)


def words_of_failure(error: BaseException) -> dict[str, Any]:
    """An error as a rank tells it to the first."""
    if isinstance(error, JobError):
        facts = {"code": error.code, "message": error.message, "retryable": error.retryable}
        return {"is": "failed", "job": {**facts, "step": error.step}}
    if isinstance(error, OSError):
        return {"is": "failed", "system": [error.errno, error.strerror, error.filename]}
    return {"is": "failed", "other": f"{type(error).__name__}: {error}"}


def _failure_of(said: Mapping[str, Any]) -> Exception:
    if "job" in said:
        return JobError(**said["job"])
    if "system" in said:
        return OSError(*said["system"])
    return JobError("exception", f"A rank failed: {said['other']}"[:2000])


def _environment(place: RankPlace) -> dict[str, str]:
    folders = [str(Path(__file__).resolve().parents[2]), os.environ.get("PYTHONPATH", "")]
    path = os.pathsep.join(folder for folder in folders if folder)
    return {**os.environ, "PYTHONPATH": path, **place.environment}
