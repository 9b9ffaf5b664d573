"""Starts one worker where a cluster's engine has given a place for it, and stands between the two.

    python -I pilot.py TICKET        a file of mode 0600, read once and removed
    python -I pilot.py TICKET held   the same, and the end of standard input means that we are to go
    python -I pilot.py -             the ticket on standard input, whose end means that we are to go
    python -I pilot.py environment   the ticket in FSA_TICKET, where no file of the orchestrator can be read;
                                     what the worker prints is then sent to it

The worker behaves as one that the orchestrator started itself: it leads a group of its own, and it ends when
the pilot does. Of the standard library alone, since any Python of the node may run it.
"""

from __future__ import annotations

import json
import os
import signal
import socket
import stat
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Mapping
from typing import Any

CONNECT_SECONDS = 5.0
REACH_SECONDS = 60.0
KILL_AFTER_SECONDS = 5.0
TICKET_VARIABLE = "FSA_TICKET"
LOG_SECONDS = 2.0
LOG_PATIENCE_SECONDS = 10.0
LOG_BYTES = 5_000_000
UNREACHABLE_EXIT_CODE = 9
BAD_TICKET_EXIT_CODE = 8
NO_RUNTIME_EXIT_CODE = 10
NO_TIME_EXIT_CODE = 13
WORDS_OF_THE_ENGINE = {signal.SIGUSR1: signal.SIGUSR1, signal.SIGTERM: signal.SIGUSR2}
"""What an engine says to us, in words that the worker knows (worker/worker.py)."""


class PilotError(Exception):
    """Why no worker can be started: one sentence, and the exit code."""

    def __init__(self, message: str, exit_code: int) -> None:
        super().__init__(message)
        self.exit_code = exit_code


def main(source: str, *, held: bool) -> int:
    try:
        _heed_the_engine()
        ticket = read_ticket(source)
        line = Line() if held else None
        require_runtime(ticket)
        endpoint = choose_endpoint(ticket["endpoints"])
        return fly(ticket, endpoint, source, line)
    except PilotError as error:
        print(f"fsa pilot on {node_name()}: {error}", file=sys.stderr, flush=True)
        return error.exit_code


def _heed_the_engine() -> None:
    """Says why there is no worker where the engine takes the place away before one was started."""

    def leave(*_: object) -> None:
        raise PilotError(
            "its place was taken away again before a worker was there: its time was up, or it was cancelled,"
            " or needed for others.",
            NO_TIME_EXIT_CODE,
        )

    for number in (signal.SIGUSR1, signal.SIGTERM):
        signal.signal(number, leave)


def read_ticket(source: str) -> dict[str, Any]:
    """The ticket, which nobody can read a second time. Raises PilotError."""
    if source == "-":
        text = sys.stdin.readline()
    elif source == "environment":
        text = os.environ.pop(TICKET_VARIABLE, "")
    else:
        text = _take_file(source)
    try:
        ticket: dict[str, Any] = json.loads(text)
        _ = ticket["endpoints"], ticket["python"], ticket["arguments"], ticket["env"]
    except (ValueError, KeyError, TypeError) as error:
        raise PilotError("the ticket is not one of fsa.", BAD_TICKET_EXIT_CODE) from error
    return ticket


def _take_file(path: str) -> str:
    try:
        descriptor = os.open(path, os.O_RDONLY | getattr(os, "O_NOFOLLOW", 0))
    except OSError as error:
        why = error.strerror or str(error)
        raise PilotError(
            f"the ticket {path} cannot be opened ({why}): it serves once, and needs a file system that this"
            " node shares with the machine fsa runs on.",
            BAD_TICKET_EXIT_CODE,
        ) from error
    with os.fdopen(descriptor, encoding="utf-8") as file:
        state = os.fstat(file.fileno())
        if state.st_uid != os.getuid() or stat.S_IMODE(state.st_mode) & 0o077:
            raise PilotError(f"the ticket {path} is open to other users.", BAD_TICKET_EXIT_CODE)
        text = file.read()
    os.unlink(path)
    return text


def node_name() -> str:
    """What the engine calls this machine; Slurm has names of its own."""
    return os.environ.get("SLURMD_NODENAME") or socket.gethostname()


def require_runtime(ticket: Mapping[str, Any]) -> None:
    """Raises PilotError where this machine lacks what the worker runs in."""
    package = os.path.join(ticket["env"].get("PYTHONPATH", ""), "fsa_runtime")
    for what, path, is_there in (
        ("Python runtime", ticket["python"], os.access(ticket["python"], os.X_OK)),
        ("package fsa", package, "PYTHONPATH" not in ticket["env"] or os.path.isdir(package)),
    ):
        if not is_there:
            raise PilotError(
                f"the {what} is not at {path}. This machine needs it under that very path: share the folder,"
                " or use one image for all.",
                NO_RUNTIME_EXIT_CODE,
            )


def choose_endpoint(endpoints: list[str]) -> str:
    """The first address that answers here. Raises PilotError after a while."""
    until = time.monotonic() + REACH_SECONDS
    while True:
        for endpoint in endpoints:
            host, _, port = endpoint.removeprefix("tcp://").rpartition(":")
            try:
                socket.create_connection((host.strip("[]"), int(port)), CONNECT_SECONDS).close()
            # The latter where it is no name of a host.
            except (OSError, UnicodeError):
                continue
            return endpoint
        if time.monotonic() > until:
            raise PilotError(
                f"none of {', '.join(endpoints)} can be reached from here. Set cluster.address to an address"
                " of the machine fsa runs on that the nodes reach, and cluster.port to an open port.",
                UNREACHABLE_EXIT_CODE,
            )
        time.sleep(1)


def worker_environment(ticket: Mapping[str, Any], endpoint: str) -> dict[str, str]:
    """What the node has of `inherit`, and what the orchestrator sets; the GPUs are those of the engine."""
    inherited = {name: os.environ[name] for name in ticket["inherit"] if name in os.environ}
    gpus = os.environ.get("CUDA_VISIBLE_DEVICES", "") if ticket["gpu"] else ""
    # The worker sees one; the others are for the ranks that it starts.
    first, _, others = gpus.partition(",")
    own = {
        "CUDA_VISIBLE_DEVICES": first,
        "FSA_RANK_GPUS": others,
        "FSA_WORKER_ENDPOINT": endpoint,
        "FSA_WORKER_NODE": node_name(),
        "FSA_WORKER_PARENT_PID": str(os.getpid()),
        "FSA_WORKER_REMOTE": "1",
    }
    return {**inherited, **ticket["env"], **own}


class Line:
    """Standard input as the line to whoever started us: where it breaks, nobody else can end the worker."""

    def __init__(self) -> None:
        self._starting = threading.Lock()
        self._worker: subprocess.Popen[bytes] | None = None
        threading.Thread(target=self._watch, daemon=True).start()

    def start(self, start: Callable[[], subprocess.Popen[bytes]]) -> subprocess.Popen[bytes]:
        with self._starting:
            self._worker = start()
            return self._worker

    def _watch(self) -> None:
        while sys.stdin.readline():
            pass
        with self._starting:
            worker = self._worker
            if worker is None:
                os._exit(UNREACHABLE_EXIT_CODE)
        _tell(worker, signal.SIGUSR2)
        try:
            worker.wait(KILL_AFTER_SECONDS)
        except subprocess.TimeoutExpired:
            os.killpg(worker.pid, signal.SIGKILL)


def fly(ticket: Mapping[str, Any], endpoint: str, source: str, line: Line | None) -> int:
    """Runs the worker to its end; its exit code.

    `source` is where the ticket came from, `line` what ends the worker when it breaks.
    """
    sends_log = source == "environment"
    print(f"fsa pilot {os.getpid()} on {node_name()}: a worker for {endpoint}", flush=True)

    def start() -> subprocess.Popen[bytes]:
        return subprocess.Popen(
            [ticket["python"], *ticket["arguments"]],
            env=worker_environment(ticket, endpoint),
            # Open and empty for as long as we live: its end tells the worker's guard that we are gone.
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE if sends_log else None,
            stderr=subprocess.STDOUT if sends_log else None,
            start_new_session=True,
        )

    worker = start() if line is None else line.start(start)
    # It is then for the orchestrator to save, hand over and end; the engine makes an end of it if that takes
    # too long.
    for heard in WORDS_OF_THE_ENGINE:
        signal.signal(heard, lambda came, _: _pass_on(worker, signal.Signals(came)))
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    if sends_log:
        _send_log(worker, ticket, endpoint)
    code = worker.wait()
    return code if code >= 0 else 128 - code


def _send_log(worker: subprocess.Popen[bytes], ticket: Mapping[str, Any], endpoint: str) -> None:
    """Passes on what the worker prints until it ends, and sends it every few seconds."""
    kept = bytearray()
    over = threading.Event()

    def read() -> None:
        assert worker.stdout is not None
        while piece := os.read(worker.stdout.fileno(), 65536):
            os.write(1, piece)
            kept.extend(piece[: LOG_BYTES - len(kept)])
        over.set()

    threading.Thread(target=read, daemon=True).start()
    sys.path.insert(0, ticket["env"]["PYTHONPATH"])
    from fsa_runtime.files.blob_address import BlobAddress  # noqa: PLC0415
    from fsa_runtime.files.blob_client import BlobClient, BlobError  # noqa: PLC0415

    settings = json.loads(ticket["env"]["FSA_WORKER_FILES"])
    host = endpoint.removeprefix("tcp://").rpartition(":")[0].strip("[]")
    address = BlobAddress(host, settings["port"], settings["fingerprint"], settings["token"])
    client = BlobClient(address, patience_seconds=LOG_PATIENCE_SECONDS)
    sent = 0
    while True:
        is_over = over.wait(LOG_SECONDS)
        try:
            while sent < len(kept) and (there := client.add_to_log(bytes(kept[sent:]), sent)) > sent:
                sent = there
        except BlobError as error:
            print(f"fsa pilot: the log cannot be sent: {error}", flush=True)
            if is_over:
                return
        if is_over:
            return


def _pass_on(worker: subprocess.Popen[bytes], came: signal.Signals) -> None:
    """Says in the log, too, why the worker leaves."""
    # Not by print, which this handler may have interrupted.
    os.write(1, f"fsa pilot on {node_name()}: {came.name} came, and the worker is told.\n".encode())
    _tell(worker, WORDS_OF_THE_ENGINE[came])


def _tell(worker: subprocess.Popen[bytes], number: int) -> None:
    if worker.poll() is None:
        worker.send_signal(number)


if __name__ == "__main__":
    sys.exit(main(sys.argv[1], held=sys.argv[1] == "-" or sys.argv[2:] == ["held"]))
