"""What the first rank says to another, and how that one answers; without torch, to listen from the start."""

from __future__ import annotations

import json
import os
import queue
import signal
import sys
import threading
import time
from collections.abc import Mapping, MutableMapping
from contextlib import suppress
from typing import Any

# An engine that ends a job signals every process of it: what that means is for the first rank to hear.
_SIGNALS = ("SIGINT", "SIGTERM", "SIGUSR1", "SIGUSR2")
BEAT_SECONDS = 2.0


class Orders:
    """Lines of JSON on standard input. Their end ends this process, whatever it is at."""

    def __init__(self) -> None:
        """Standard output is kept for `answer`: what is printed goes to standard error."""
        _see_one_gpu(os.environ)
        for name in _SIGNALS:
            if hasattr(signal, name):
                signal.signal(getattr(signal, name), signal.SIG_IGN)
        self._words = os.fdopen(os.dup(1), "w", encoding="utf-8")
        os.dup2(2, 1)
        self._orders: queue.SimpleQueue[dict[str, Any]] = queue.SimpleQueue()
        self._speaking = threading.Lock()
        threading.Thread(target=self._listen, daemon=True).start()
        threading.Thread(target=self._beat, daemon=True).start()

    def next(self) -> dict[str, Any]:
        """Waits for it."""
        return self._orders.get()

    def answer(self, message: Mapping[str, Any]) -> None:
        with self._speaking:
            self._words.write(json.dumps(message) + "\n")
            self._words.flush()

    def _beat(self) -> None:
        """Says that this process is not stopped, whatever it is at."""
        with suppress(OSError):
            while True:
                time.sleep(BEAT_SECONDS)
                self.answer({"is": "beat"})

    def _listen(self) -> None:
        for line in sys.stdin:
            self._orders.put(json.loads(line))
        os._exit(0)


def _see_one_gpu(environment: MutableMapping[str, str]) -> None:
    """Where an engine shows all GPUs of a machine to each of its ranks, each takes one."""
    number = environment.pop("FSA_RANK_GPU", None)
    gpus = environment.get("CUDA_VISIBLE_DEVICES", "").split(",")
    if number is not None:
        environment["CUDA_VISIBLE_DEVICES"] = gpus[int(number) % len(gpus)]
