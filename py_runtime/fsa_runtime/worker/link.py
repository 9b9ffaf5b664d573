"""The worker's end of the wire: a thread that owns the DEALER socket, so that work never delays a message."""

from __future__ import annotations

import socket
import threading
import time
import traceback
from collections import deque
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass
from os import _exit

import zmq

TICK_MILLISECONDS = 100
CRASHED_EXIT_CODE = 70


@dataclass(frozen=True, kw_only=True)
class Address:
    """Where the orchestrator listens and how to prove who we are (keys in Z85)."""

    endpoint: str
    identity: bytes
    server_key: bytes
    public_key: bytes
    secret_key: bytes


class Link:
    """Frames to and from the orchestrator.

    `on_frame(parts)` and `on_tick(now)` run on the link's thread: one per received message, and several times
    a second whatever happens. They must not block.
    """

    def __init__(
        self,
        address: Address,
        *,
        max_message_bytes: int,
        on_frame: Callable[[list[bytes]], None],
        on_tick: Callable[[float], None],
    ) -> None:
        self._address = address
        self._max_message_bytes = max_message_bytes
        self._on_frame = on_frame
        self._on_tick = on_tick
        self._waiting: deque[bytes] = deque()
        self._closing = threading.Event()
        self._wake_reader, self._wake_writer = socket.socketpair()
        self._wake_reader.setblocking(False)
        self._wake_writer.setblocking(False)
        self._thread = threading.Thread(target=self._run, name="fsa-link", daemon=True)

    def start(self) -> None:
        self._thread.start()

    def post(self, frame: bytes) -> None:
        """Sends a frame for certain and in order, as soon as the socket takes it. From any thread."""
        self._waiting.append(frame)
        self._wake()

    def offer(self, frame: bytes) -> bool:
        """Sends a frame if that can be done now; False when it was dropped. From the link's thread alone."""
        return not self._waiting and self._try_send(frame)

    def idle(self) -> bool:
        """Whether everything posted is on its way."""
        return not self._waiting

    def close(self, timeout_seconds: float) -> None:
        """Sends what waits, then closes. From any thread but the link's."""
        self._closing.set()
        self._wake()
        self._thread.join(timeout_seconds)

    def _wake(self) -> None:
        with suppress(BlockingIOError):  # a full pipe means that it is awake already
            self._wake_writer.send(b"\0")

    def _run(self) -> None:
        try:
            with zmq.Context() as context, context.socket(zmq.DEALER) as dealer:
                self._dealer = dealer
                self._connect()
                self._loop()
        except BaseException:  # a worker that cannot speak must not live on
            try:
                traceback.print_exc()
            finally:
                _exit(CRASHED_EXIT_CODE)

    def _connect(self) -> None:
        dealer, address = self._dealer, self._address
        dealer.setsockopt(zmq.IDENTITY, address.identity)
        dealer.setsockopt(zmq.LINGER, 2000)
        dealer.setsockopt(zmq.MAXMSGSIZE, self._max_message_bytes)
        dealer.curve_serverkey = address.server_key
        dealer.curve_publickey = address.public_key
        dealer.curve_secretkey = address.secret_key
        dealer.connect(address.endpoint)

    def _loop(self) -> None:
        poller = zmq.Poller()
        poller.register(self._wake_reader, zmq.POLLIN)
        while not (self._closing.is_set() and not self._waiting):
            poller.register(self._dealer, zmq.POLLIN | (zmq.POLLOUT if self._waiting else 0))
            poller.poll(TICK_MILLISECONDS)
            self._drain_wakes()
            self._receive_all()
            while self._waiting and self._try_send(self._waiting[0]):
                self._waiting.popleft()
            self._on_tick(time.monotonic())

    def _drain_wakes(self) -> None:
        with suppress(BlockingIOError):
            while self._wake_reader.recv(4096):
                pass

    def _receive_all(self) -> None:
        # Bounded, so that a flood cannot keep the beats from going out.
        for _ in range(1000):
            try:
                parts = self._dealer.recv_multipart(zmq.NOBLOCK)
            except zmq.Again:
                return
            self._on_frame(parts)

    def _try_send(self, frame: bytes) -> bool:
        try:
            self._dealer.send(frame, zmq.NOBLOCK)
        except zmq.Again:
            return False
        return True
