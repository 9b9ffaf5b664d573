"""Records of metrics as tests compare them."""

from __future__ import annotations

from typing import Any


def bare_records(records: list[dict[str, Any]]) -> list[dict[str, Any]]:
    """Metrics without what depends on the clock."""
    return [{**record, "tokensPerSecond": None} for record in records]


def joined_records(parts: list[list[dict[str, Any]]]) -> list[dict[str, Any]]:
    """metrics.jsonl as the orchestrator keeps it: a step that comes again replaces it and all after it."""
    kept: list[dict[str, Any]] = []
    for record in (one for part in parts for one in part):
        kept = [*(old for old in kept if old["step"] < record["step"]), record]
    return bare_records(kept)
