"""How fast a job goes and how long it will take."""

from __future__ import annotations

import time
from collections import deque
from collections.abc import Callable

_WINDOW_SECONDS = 30.0
_WINDOW_STEPS = 200


class Throughput:
    """Tokens per second and seconds per step over the last steps: half a minute, at least two steps.

    Time spent between steps (validation, saving) counts only where `begin_step` was not called after it.
    """

    def __init__(self, clock: Callable[[], float] = time.monotonic) -> None:
        self._clock = clock
        self._steps: deque[tuple[float, float, int]] = deque(maxlen=_WINDOW_STEPS)
        self._began = clock()

    def begin_step(self) -> None:
        self._began = self._clock()

    def end_step(self, tokens: int) -> float:
        """Notes a step; returns the seconds that it took."""
        now = self._clock()
        seconds = now - self._began
        self._steps.append((now, seconds, tokens))
        while len(self._steps) > 2 and now - self._steps[0][0] > _WINDOW_SECONDS:
            self._steps.popleft()
        self._began = now
        return seconds

    @property
    def tokens_per_second(self) -> float | None:
        seconds = sum(step[1] for step in self._steps)
        return sum(step[2] for step in self._steps) / seconds if seconds > 0 else None

    @property
    def seconds_per_step(self) -> float | None:
        return sum(step[1] for step in self._steps) / len(self._steps) if self._steps else None
