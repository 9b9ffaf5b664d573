"""What pays on a GPU alone, behind one switch.

Each feature is on where the device is a GPU, and off for the rest of the process once it has failed: the same
numbers are then computed the plain way, and it is said once.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, Literal

import torch
from torch import Tensor

from fsa_runtime.environment.memory import is_out_of_memory

# attention: torch's memory-efficient kernel instead of kept probabilities. compiling: chains of small
# operations as one kernel. graphs: a decoding step launched as a whole.
Feature = Literal["attention", "compiling", "graphs"]

_MOST_WORDS_OF_ERROR = 20


class GpuFeatures:
    """`forced` names the features to use whatever the device (tests); None leaves it to the device."""

    def __init__(self) -> None:
        self.forced: frozenset[Feature] | None = None
        self._failed: set[Feature] = set()
        self._tell: Callable[[str], None] | None = None

    def is_on(self, feature: Feature, device: torch.device) -> bool:
        if feature in self._failed:
            return False
        return device.type == "cuda" if self.forced is None else feature in self.forced

    def tell(self, notice: Callable[[str], None] | None) -> None:
        """Who is to hear of a feature that fails."""
        self._tell = notice

    def turn_off(self, feature: Feature, error: BaseException) -> None:
        """Takes note of a failure; goes on failing where memory ran out, which is no fault of the feature."""
        if is_out_of_memory(error):
            raise error
        self._failed.add(feature)
        if self._tell is not None:
            words = " ".join(str(error).split()[:_MOST_WORDS_OF_ERROR])
            self._tell(
                f"This GPU goes on without {feature}, with the same results but slower: "
                f"{type(error).__name__}: {words}"
            )


GPU_FEATURES = GpuFeatures()


class Compiled:
    """A function of tensors, the first of which tells the device; compiled there if it pays."""

    def __init__(self, plain: Callable[..., Any]) -> None:
        self._plain = plain
        self._compiled: Callable[..., Any] | None = None

    def __call__(self, first: Tensor, *others: Any) -> Any:
        if not GPU_FEATURES.is_on("compiling", first.device):
            return self._plain(first, *others)
        if self._compiled is None:
            # Row counts change with every micro-batch: one kernel for all of them.
            self._compiled = torch.compile(self._plain, dynamic=True)
        try:
            return self._compiled(first, *others)
        except Exception as error:
            GPU_FEATURES.turn_off("compiling", error)
            return self._plain(first, *others)
