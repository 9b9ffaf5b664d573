"""Types that messages, specs and outputs have in common.

Generated from src/rpc by `npm run generate`. Do not edit.
"""

from __future__ import annotations

from typing import TypedDict


class Device(TypedDict):
    name: str
    description: str
    memoryBytes: int
    freeBytes: int
