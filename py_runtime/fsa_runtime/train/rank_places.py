"""Where the ranks beside the first run, and what starts each there: here, or on other machines of the place.

The orchestrator says how many ranks a machine has, and by which command the engine starts a process on
another one (src/workers/launchers/engine.ts).
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass

from fsa_runtime.errors import JobError

PER_NODE = "FSA_RANKS_PER_NODE"
COMMAND = "FSA_RANK_COMMAND"
"""A JSON list of words; `{node}` stands for the number of the machine, of which the first rank's is 0."""


@dataclass(frozen=True)
class RankPlace:
    """Where one rank runs."""

    starter: tuple[str, ...]
    """Words before its own command; none for a child process of ours."""
    environment: Mapping[str, str]
    """What it has besides ours."""

    @property
    def elsewhere(self) -> bool:
        return bool(self.starter)


def places_of_others(count: int, environment: Mapping[str, str], *, on_gpu: bool) -> list[RankPlace]:
    """Those of the ranks 1 … count - 1. Raises JobError where there are too few GPUs for those here."""
    per_node = int(environment.get(PER_NODE) or count)
    here = min(count, per_node) - 1
    words: list[str] = json.loads(environment.get(COMMAND) or "[]")
    gpus = _gpus_here(environment, here, count) if on_gpu else [""] * here
    places = [RankPlace((), {"CUDA_VISIBLE_DEVICES": gpu}) for gpu in gpus]
    for rank in range(here + 1, count):
        node, number = divmod(rank, per_node)
        starter = tuple(word.replace("{node}", str(node)) for word in words)
        # The engine says which GPUs a process there sees; of those it takes one (train/orders.py).
        own = {"FSA_RANK_GPU": str(number)} if on_gpu else {"CUDA_VISIBLE_DEVICES": ""}
        places.append(RankPlace(starter, own))
    return places


def _gpus_here(environment: Mapping[str, str], needed: int, count: int) -> list[str]:
    gpus = [gpu for gpu in environment.get("FSA_RANK_GPUS", "").split(",") if gpu]
    if len(gpus) < needed:
        message = f"{count} ranks need {needed + 1} GPUs here, but this worker was given {len(gpus) + 1}."
        raise JobError("mismatch", message)
    return gpus[:needed]
