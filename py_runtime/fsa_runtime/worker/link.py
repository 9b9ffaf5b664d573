"""The worker's end of the wire: a thread that owns the DEALER socket, so that work never delays a message."""

from __future__ import annotations

import signal
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

from fsa_runtime.worker.delivery import Delivery, Header

TICK_MILLISECONDS = 100
WAKES = 4096
"""Read at once."""
CONNECT_MILLISECONDS = 3000
CRASHED_EXIT_CODE = 70


@dataclass(frozen=True, kw_only=True)
class Address:
    """Where the orchestrator listens and how to prove who we are (keys in Z85)."""

    endpoint: str
    identity: bytes
    server_key: bytes
    public_key: bytes
    secret_key: bytes
    silent_after_seconds: float
    """A connection over which nothing comes for so long is given up for a new one."""


class Link:
    """Frames to and from the orchestrator.

    `on_frame(frame)`, `on_malformed(why)` and `on_tick(now)` run on the link's thread: once per message, and
    several times a second whatever happens. They must not block. `on_signal(number)` runs there, too, for
    each signal of `watch_signals`, even while the main thread is in native code.
    """

    def __init__(
        self,
        address: Address,
        *,
        max_message_bytes: int,
        on_frame: Callable[[bytes], None],
        on_malformed: Callable[[str], None],
        on_tick: Callable[[float], None],
        on_signal: Callable[[int], None],
    ) -> None:
        self._address = address
        self._max_message_bytes = max_message_bytes
        self._on_frame = on_frame
        self._on_malformed = on_malformed
        self._on_tick = on_tick
        self._on_signal = on_signal
        self._posted: deque[bytes] = deque()
        self._delivery = Delivery()
        self._new_keys: tuple[bytes, bytes] | None = None
        self._closing = threading.Event()
        self._wake_reader, self._wake_writer = socket.socketpair()
        self._wake_reader.setblocking(False)
        self._wake_writer.setblocking(False)
        self._thread = threading.Thread(target=self._run, name="fsa-link", daemon=True)

    def start(self) -> None:
        self._thread.start()

    def post(self, frame: bytes) -> None:
        """Sends a frame so that it arrives once and in order. From any thread."""
        self._posted.append(frame)
        self._wake()

    def offer(self, frame: bytes) -> bool:
        """Sends a frame if that can be done now; False when it was dropped. From the link's thread alone."""
        return self.idle() and self._try_send(frame, self._delivery.header(0))

    def idle(self) -> bool:
        """Whether everything posted is on its way. From the link's thread alone."""
        return not self._posted and self._delivery.next() is None

    def expect_beats(self, seconds: float) -> None:
        """The orchestrator speaks at this interval. From the link's thread alone."""
        self._delivery.beat_seconds = seconds

    def prove_by(self, public_key: bytes, secret_key: bytes) -> None:
        """Connects anew with other keys (Z85), when this turn is over. From the link's thread alone."""
        self._new_keys = (public_key, secret_key)

    def watch_signals(self) -> None:
        """Lets `on_signal` see the signals that have a Python handler. From the main thread."""
        signal.set_wakeup_fd(self._wake_writer.fileno(), warn_on_full_buffer=False)

    def close(self, timeout_seconds: float) -> None:
        """Sends what was posted, then closes. From any thread but the link's."""
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
        # TCP alone would find out minutes later that a connection is gone, and ask for it ever less often.
        silent = round(1000 * address.silent_after_seconds)
        dealer.setsockopt(zmq.HEARTBEAT_IVL, max(100, silent // 5))
        dealer.setsockopt(zmq.HEARTBEAT_TIMEOUT, silent)
        dealer.setsockopt(zmq.CONNECT_TIMEOUT, CONNECT_MILLISECONDS)
        dealer.curve_serverkey = address.server_key
        dealer.curve_publickey = address.public_key
        dealer.curve_secretkey = address.secret_key
        dealer.connect(address.endpoint)

    def _connect_anew(self) -> None:
        if self._new_keys is None:
            return
        self._dealer.disconnect(self._address.endpoint)
        self._dealer.curve_publickey, self._dealer.curve_secretkey = self._new_keys
        self._dealer.connect(self._address.endpoint)
        self._new_keys = None

    def _loop(self) -> None:
        poller = zmq.Poller()
        poller.register(self._wake_reader, zmq.POLLIN)
        while not (self._closing.is_set() and self.idle()):
            poller.register(self._dealer, zmq.POLLIN | (0 if self.idle() else zmq.POLLOUT))
            ready = dict(poller.poll(TICK_MILLISECONDS))
            # Asked in vain, each would raise and be caught, which is most of what a turn costs.
            if self._wake_reader.fileno() in ready:
                self._drain_wakes()
            if ready.get(self._dealer, 0) & zmq.POLLIN:
                self._receive_all()
            self._connect_anew()
            now = time.monotonic()
            self._delivery.send_again_if_due(now)
            self._send_all(now)
            self._on_tick(now)

    def _drain_wakes(self) -> None:
        with suppress(BlockingIOError):
            while woken := self._wake_reader.recv(WAKES):
                for number in woken.replace(b"\0", b""):
                    self._on_signal(number)
                if len(woken) < WAKES:
                    return

    def _receive_all(self) -> None:
        # Bounded, so that a flood cannot keep the beats from going out.
        for _ in range(1000):
            parts = self._dealer.recv_multipart(zmq.NOBLOCK)
            header = Header.decode(parts[1]) if len(parts) == 2 else None
            if header is None:
                self._on_malformed("a message is two frames: itself and its header of 12 bytes")
            elif self._delivery.arrived(header, time.monotonic()):
                self._on_frame(parts[0])
            if not int(self._dealer.getsockopt(zmq.EVENTS)) & zmq.POLLIN:
                return

    def _send_all(self, now: float) -> None:
        while self._posted:
            self._delivery.add(self._posted.popleft())
        while (kept := self._delivery.next()) is not None:
            if not self._try_send(kept.frame, self._delivery.header(kept.number)):
                return
            self._delivery.went(now)

    def _try_send(self, frame: bytes, header: Header) -> bool:
        try:
            self._dealer.send_multipart([frame, header.encode()], zmq.NOBLOCK)
        except zmq.Again:
            return False
        return True
