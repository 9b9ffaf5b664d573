"""The pilot: whose tickets it takes, and what it makes of signals."""

from __future__ import annotations

import json
import os
import signal
import socket
import subprocess
import sys
import time
from pathlib import Path
from typing import Any

import pytest

from fsa_runtime import pilot

PILOT = Path(pilot.__file__)
# Says which signals it was sent, and ends on the third.
WORKER = """
import os, signal, sys, time
heard = []
for number in (signal.SIGUSR1, signal.SIGUSR2):
    signal.signal(number, lambda n, _: heard.append(signal.Signals(n).name))
names = ("FSA_WORKER_NODE", "FSA_WORKER_REMOTE", "HIDDEN", "CUDA_VISIBLE_DEVICES")
seen = [os.environ.get(name) for name in names]
print("ready", *seen, flush=True)
while len(heard) < 2:
    time.sleep(0.01)
print(*heard, flush=True)
sys.exit(7)
"""


@pytest.fixture
def listening() -> Any:
    with socket.create_server(("127.0.0.1", 0)) as server:
        yield f"tcp://127.0.0.1:{server.getsockname()[1]}"


def ticket_for(endpoint: str) -> dict[str, Any]:
    return {
        "endpoints": ["tcp://127.0.0.1:1", endpoint],
        "python": sys.executable,
        "arguments": ["-c", WORKER],
        "inherit": ["PATH"],
        "gpu": True,
        "env": {"A": "b"},
    }


def write_ticket(path: Path, ticket: Any, mode: int = 0o600) -> str:
    path.write_text(json.dumps(ticket))
    path.chmod(mode)
    return str(path)


def test_a_ticket_is_read_once(tmp_path: Path) -> None:
    path = write_ticket(tmp_path / "t", ticket_for("tcp://127.0.0.1:2"))
    assert pilot.read_ticket(path)["env"] == {"A": "b"}
    assert not Path(path).exists()
    with pytest.raises(pilot.PilotError, match="it serves once"):
        pilot.read_ticket(path)


def test_a_ticket_that_others_may_read_or_that_is_a_link_is_refused(tmp_path: Path) -> None:
    path = write_ticket(tmp_path / "t", ticket_for("tcp://127.0.0.1:2"), 0o640)
    with pytest.raises(pilot.PilotError, match="open to other users"):
        pilot.read_ticket(path)
    Path(path).chmod(0o600)
    (tmp_path / "link").symlink_to(path)
    with pytest.raises(pilot.PilotError, match="cannot be opened"):
        pilot.read_ticket(str(tmp_path / "link"))
    with pytest.raises(pilot.PilotError, match="not one of fsa"):
        pilot.read_ticket(write_ticket(tmp_path / "u", {"endpoints": []}))


def test_it_hands_signals_on_in_the_words_of_the_worker_and_ends_as_the_worker_does(
    tmp_path: Path, listening: str
) -> None:
    path = write_ticket(tmp_path / "t", ticket_for(listening))
    environment = {**os.environ, "HIDDEN": "secret", "CUDA_VISIBLE_DEVICES": "3", "SLURMD_NODENAME": "n3"}
    with subprocess.Popen(
        [sys.executable, "-I", str(PILOT), path], stdout=subprocess.PIPE, text=True, env=environment
    ) as process:
        assert process.stdout is not None
        assert f"a worker for {listening}" in process.stdout.readline()
        # Of the variables only those that the ticket names; the name and the GPUs are those of the engine.
        assert process.stdout.readline().split() == ["ready", "n3", "1", "None", "3"]
        for number in (signal.SIGUSR1, signal.SIGTERM):
            process.send_signal(number)
            told = f"fsa pilot on n3: {number.name} came, and the worker is told."
            assert process.stdout.readline().strip() == told
        assert process.stdout.readline().split() == ["SIGUSR1", "SIGUSR2"]
        assert process.wait(10) == 7


def test_on_a_connection_it_ends_with_the_connection(listening: str) -> None:
    with subprocess.Popen(
        [sys.executable, "-I", str(PILOT), "-"], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
    ) as process:
        assert process.stdin is not None
        assert process.stdout is not None
        sleeper = ["-c", "import time; print(1, flush=True); time.sleep(99)"]
        ticket = {**ticket_for(listening), "arguments": sleeper}
        process.stdin.write(json.dumps(ticket) + "\n")
        process.stdin.flush()
        process.stdout.readline()
        assert process.stdout.readline() == "1\n"
        process.stdin.close()
        assert process.wait(20) != 0


def test_on_a_connection_that_ends_it_looks_for_no_address_any_more() -> None:
    with subprocess.Popen(
        [sys.executable, "-I", str(PILOT), "-"], stdin=subprocess.PIPE, stdout=subprocess.PIPE
    ) as process:
        assert process.stdin is not None
        ticket = ticket_for("tcp://127.0.0.1:2")
        process.stdin.write(json.dumps(ticket).encode() + b"\n")
        process.stdin.close()
        assert process.wait(20) == pilot.UNREACHABLE_EXIT_CODE


@pytest.mark.parametrize(
    ("given", "first", "others"),
    [("3", "3", ""), ("3,GPU-5,7", "3", "GPU-5,7"), (None, "", "")],
)
def test_the_worker_sees_one_gpu_and_its_ranks_the_others(
    given: str | None, first: str, others: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delenv("CUDA_VISIBLE_DEVICES", raising=False)
    if given is not None:
        monkeypatch.setenv("CUDA_VISIBLE_DEVICES", given)
    ticket = {"inherit": ["PATH"], "gpu": True, "env": {"FSA_RANK_GPUS": ""}}
    environment = pilot.worker_environment(ticket, "tcp://127.0.0.1:1")
    assert (environment["CUDA_VISIBLE_DEVICES"], environment["FSA_RANK_GPUS"]) == (first, others)
    blind = pilot.worker_environment({**ticket, "gpu": False}, "tcp://127.0.0.1:1")
    assert (blind["CUDA_VISIBLE_DEVICES"], blind["FSA_RANK_GPUS"]) == ("", "")


@pytest.mark.parametrize(
    ("change", "words"),
    [
        ({"python": "/no/such/python"}, "the Python runtime is not at /no/such/python"),
        ({"env": {"PYTHONPATH": "/no/such"}}, "the package fsa is not at /no/such/fsa_runtime"),
    ],
)
def test_a_machine_without_what_the_worker_runs_in_is_told_in_one_sentence(
    tmp_path: Path, listening: str, change: dict[str, Any], words: str
) -> None:
    path = write_ticket(tmp_path / "t", {**ticket_for(listening), **change})
    ended = subprocess.run(
        [sys.executable, "-I", str(PILOT), path], capture_output=True, text=True, check=False
    )
    assert ended.returncode == pilot.NO_RUNTIME_EXIT_CODE
    (line,) = ended.stderr.splitlines()
    assert f"fsa pilot on {socket.gethostname()}: {words}" in line


@pytest.mark.parametrize("number", [signal.SIGUSR1, signal.SIGTERM])
def test_a_place_that_is_taken_away_before_a_worker_was_there_is_told(tmp_path: Path, number: int) -> None:
    path = write_ticket(tmp_path / "t", ticket_for("tcp://127.0.0.1:2"))
    # It looks for an address that answers for a minute.
    command = [sys.executable, "-I", str(PILOT), path]
    with subprocess.Popen(command, stderr=subprocess.PIPE, text=True) as process:
        while Path(path).exists():
            time.sleep(0.01)
        process.send_signal(number)
        _, said = process.communicate()
    assert (process.returncode, said.count("\n")) == (13, 1)
    assert "its place was taken away again before a worker was there" in said


def test_an_address_that_is_no_name_is_passed_over(monkeypatch: pytest.MonkeyPatch) -> None:
    with socket.create_server(("127.0.0.1", 0)) as server:
        here = f"tcp://127.0.0.1:{server.getsockname()[1]}"
        assert pilot.choose_endpoint(["tcp://no..name:1", here]) == here
    monkeypatch.setattr(pilot, "REACH_SECONDS", 0)
    with pytest.raises(pilot.PilotError, match="can be reached from here"):
        pilot.choose_endpoint(["tcp://no..name:1"])
