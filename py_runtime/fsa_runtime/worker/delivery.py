"""Messages that arrive once and in order, whatever becomes of the connection: twin of src/rpc/delivery.ts."""

from __future__ import annotations

import struct
from collections import deque
from typing import NamedTuple

_HEADER = struct.Struct(">III")
_PATIENCE_BEATS = 3
"""A message is sent again after so many intervals of beats without word of it, and then ever less often."""
_MOST_DOUBLINGS = 3


class Header(NamedTuple):
    """Goes beside every message."""

    number: int
    """Of this message; 0 where it may be dropped."""
    given: int
    """The highest number that its sender has given out: what is missing is on its way."""
    received: int
    """The highest number up to which its sender has everything of ours."""

    def encode(self) -> bytes:
        return _HEADER.pack(*self)

    @staticmethod
    def decode(data: bytes) -> Header | None:
        """None where these bytes are no header."""
        return Header(*_HEADER.unpack(data)) if len(data) == _HEADER.size else None


class Kept(NamedTuple):
    number: int
    frame: bytes


class Delivery:
    """One side's half of the conversation. Times are monotonic seconds. For one thread."""

    def __init__(self) -> None:
        self.beat_seconds = 1.0
        self._given = 0
        self._received = 0
        self._kept: deque[Kept] = deque()
        self._sent = 0
        self._waiting_since = 0.0
        self._last_heard: float | None = None
        self._doublings = 0

    def add(self, frame: bytes) -> None:
        """Takes a message that must arrive."""
        self._given += 1
        self._kept.append(Kept(self._given, frame))

    def next(self) -> Kept | None:
        """What goes out next; None where all has been sent."""
        return self._kept[self._sent] if self._sent < len(self._kept) else None

    def went(self, now: float) -> None:
        """The transport took what `next` gave."""
        if self._sent == 0:
            self._waiting_since = now
        self._sent += 1

    def header(self, number: int) -> Header:
        """For a message of this number; 0 where it may be dropped."""
        return Header(number, self._given, self._received)

    def arrived(self, header: Header, now: float) -> bool:
        """Whether the message that came with the header is new and next in order."""
        self._last_heard = now
        self._acknowledge(header.received, now)
        if header.number == 0:
            return True
        if header.number != self._received + 1:
            return False
        self._received = header.number
        return True

    def send_again_if_due(self, now: float) -> bool:
        """Starts again with what was sent and not acknowledged, where the peer has spoken since."""
        if self._sent == 0:
            return False
        patience = _PATIENCE_BEATS * self.beat_seconds * 2**self._doublings
        spoke = self._last_heard is None or self._last_heard > self._waiting_since
        if not spoke or now - self._waiting_since < patience:
            return False
        self._sent = 0
        self._doublings = min(_MOST_DOUBLINGS, self._doublings + 1)
        return True

    def _acknowledge(self, received: int, now: float) -> None:
        while self._kept and self._kept[0].number <= received:
            self._kept.popleft()
            self._sent = max(0, self._sent - 1)
            self._doublings = 0
            self._waiting_since = now
