"""Where ranks find each other: at a file on one machine, at a port of the first rank's over a network.

Neither is encrypted. The file is this user's alone; the port is open at one address of the first rank's
machine, the first that all others reach, and gradients go through the interface that has it.
"""

from __future__ import annotations

import shutil
import socket
import tempfile
from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager, suppress
from datetime import timedelta
from pathlib import Path
from typing import Any, NamedTuple

import psutil  # type: ignore[import-untyped]
import torch.distributed as dist

from fsa_runtime.errors import JobError
from fsa_runtime.files.durable import sweep_temporaries, temporary_name

ANSWER_WITHIN_SECONDS = 600.0
"""Ranks compute shares of like size: one that is so late is stopped, or gone without a word."""
_REACH_SECONDS = 3.0
_LOOPBACK = "127.0.0.1"


class Meeting(NamedTuple):
    """What a process needs to meet the others."""

    store: Any
    """A torch Store."""
    interface: str
    """Of the network, for sums."""


class Door:
    """Open on every address of this machine, to find out which of them others reach."""

    def __init__(self) -> None:
        self._socket = socket.create_server(("", 0), backlog=128)

    @property
    def words(self) -> dict[str, Any]:
        """What another rank's `reached` takes."""
        return {"addresses": _own_addresses(), "port": self._socket.getsockname()[1]}

    def close(self) -> None:
        self._socket.close()


def reached(door: Mapping[str, Any]) -> list[str]:
    """The addresses of a `Door` that answer here."""
    found = []
    for address in door["addresses"]:
        with suppress(OSError), socket.create_connection((address, door["port"]), _REACH_SECONDS):
            found.append(address)
    return found


@contextmanager
def meeting_here(count: int) -> Iterator[tuple[Meeting, dict[str, Any]]]:
    """For ranks of one machine, as its first: the meeting, and what `join_meeting` of the others takes."""
    everybodys = Path(tempfile.gettempdir())
    sweep_temporaries(everybodys)
    folder = everybodys / temporary_name()
    folder.mkdir(mode=0o700)
    try:
        words = {"file": str(folder / "meeting")}
        yield join_meeting(words, count), words
    finally:
        shutil.rmtree(folder, ignore_errors=True)


@contextmanager
def meeting_over_network(
    count: int, reached_by_others: Sequence[Sequence[str]]
) -> Iterator[tuple[Meeting, dict[str, Any]]]:
    """As `meeting_here`, for ranks that reached such addresses of this machine. Raises JobError."""
    address = _common(reached_by_others)
    # The listener is ours: the store's own would be open at every address.
    listener = socket.create_server((address, 0), backlog=128)
    port = listener.getsockname()[1]
    store = dist.TCPStore(  # type: ignore[attr-defined]
        address,
        port,
        count,
        is_master=True,
        timeout=_timeout(),
        wait_for_workers=False,
        master_listen_fd=listener.detach(),
    )
    yield Meeting(store, _interface_of(address)), {"address": address, "port": port}


def join_meeting(words: Mapping[str, Any], count: int) -> Meeting:
    """`words` as the first rank has said them."""
    if "file" in words:
        return Meeting(dist.FileStore(words["file"], count), _interface_of(_LOOPBACK))  # type: ignore[attr-defined]
    address, port = words["address"], words["port"]
    store = dist.TCPStore(address, port, count, is_master=False, timeout=_timeout())  # type: ignore[attr-defined]
    return Meeting(store, _interface_of(_address_towards(address)))


def _timeout() -> timedelta:
    return timedelta(seconds=ANSWER_WITHIN_SECONDS)


def _common(reached_by_others: Sequence[Sequence[str]]) -> str:
    for address in _own_addresses():
        if all(address in reached_ for reached_ in reached_by_others):
            return address
    raise JobError(
        "mismatch",
        f"Not all ranks reach {socket.gethostname()}, where the first is, at one of"
        f" {', '.join(_own_addresses())}: the machines of a place have to reach each other at any port.",
    )


def _own_addresses() -> list[str]:
    found = [one.address for one in _ipv4_addresses() if not one.address.startswith("127.")]
    return found or [_LOOPBACK]


def _address_towards(address: str) -> str:
    """Which of ours a packet to there would come from; nothing is sent."""
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as asking:
        asking.connect((address, 9))
        return str(asking.getsockname()[0])


def _interface_of(address: str) -> str:
    names = [one.interface for one in _ipv4_addresses() if one.address == address]
    return names[0] if names else socket.gethostname()


class _Address(NamedTuple):
    interface: str
    address: str


def _ipv4_addresses() -> Iterable[_Address]:
    states = psutil.net_if_stats()
    for name, addresses in psutil.net_if_addrs().items():
        for one in addresses:
            if one.family == socket.AF_INET and (name not in states or states[name].isup):
                yield _Address(name, one.address)
