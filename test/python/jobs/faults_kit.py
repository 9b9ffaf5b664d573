"""Faults at a chosen moment of a job."""

from __future__ import annotations

from collections.abc import Callable


class FaultError(Exception):
    pass


def fail_after(events: int) -> Callable[[str, int], None]:
    """For a context to ask: fails at the last of so many events, whatever they are."""
    events_left = events

    def fail_at_last(_kind: str, _count: int) -> None:
        nonlocal events_left
        events_left -= 1
        if events_left == 0:
            raise FaultError

    return fail_at_last
