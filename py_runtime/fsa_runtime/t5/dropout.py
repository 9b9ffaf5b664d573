"""Dropout masks from seeded random bytes.

A byte decides over one element: it is dropped when the byte lies under a threshold. The wanted probability is
seldom a multiple of 1/256, so the threshold itself is drawn once per micro-batch between the two neighbours,
which makes each element's probability exactly the configured one. What survives is not scaled here: the scale
1/(1-p) is one number per micro-batch and rides along with a multiplication that is made anyway.

Masks depend on (seed, step, micro-batch) alone, so a resumed or repeated step draws what it would have drawn.
"""

from __future__ import annotations

import math

import numpy as np
import torch
from torch import Tensor

from fsa_runtime.t5.gpu_features import Compiled


class Dropout:
    """The masks of one micro-batch, drawn one after another. `rate` 0 draws nothing.

    `training` says whether a backward will follow, that is whether layers keep what it needs.
    """

    def __init__(
        self, rate: float, *, device: torch.device, training: bool = False, seed: tuple[int, ...] = ()
    ) -> None:
        self.training = training
        self.active = training and rate > 0.0
        self._device = device
        self.scale = 1.0
        self._streams = 0
        # The configured probability, for kernels that draw and scale by themselves.
        self.rate = rate if self.active else 0.0
        if not self.active:
            return
        sequence = np.random.SeedSequence(seed)
        self._source = np.random.SFC64(sequence)
        choice = np.random.Generator(self._source).random()
        self._threshold = math.floor(rate * 256) + (choice < rate * 256 % 1)
        # Scaling by the configured probability, not by the drawn threshold, would bias each micro-batch.
        self.scale = 256.0 / (256 - self._threshold)
        if device.type != "cpu":
            self._generator = torch.Generator(device)
            number = int(sequence.generate_state(1, np.uint64)[0]) >> 1
            self._generator.manual_seed(number)
            torch.cuda.manual_seed(number)

    def kept(self, *shape: int) -> Tensor | None:
        """A mask of bytes, 1 where an element is kept; None when nothing is dropped."""
        if not self.active:
            return None
        mask = self._random_bytes(math.prod(shape))
        return torch.ge(mask, self._threshold, out=mask).view(shape)

    def next_stream(self) -> tuple[int, int, int]:
        """Seed, number and threshold of one more mask that a kernel draws by itself, forward and backward."""
        if not self.active:
            return 0, 0, 0
        if self._streams == 0:
            self._kernel_seed = int(self._source.random_raw())
        self._streams += 1
        return self._kernel_seed, self._streams, self._threshold

    def _random_bytes(self, count: int) -> Tensor:
        if self._device.type == "cpu":
            words = self._source.random_raw((count + 7) // 8)
            return torch.from_numpy(words.view(np.uint8))[:count]
        return torch.empty(count, dtype=torch.uint8, device=self._device).random_(generator=self._generator)


def add_kept(rows: Tensor, output: Tensor, kept: Tensor | None, scale: float) -> Tensor:
    """rows + scale * what is kept of `output` (which is overwritten)."""
    sum_: Tensor = _add_kept(rows, output, kept, scale)
    return sum_


def kept_gradient(gradient: Tensor, kept: Tensor | None, scale: float, dtype: torch.dtype) -> Tensor:
    """The gradient of `output` in `add_kept`, from that of the sum."""
    result: Tensor = _kept_gradient(gradient, kept, scale, dtype)
    return result


def apply_mask(values: Tensor, kept: Tensor | None) -> Tensor:
    """Zeroes in place what is not kept."""
    return values if kept is None else values.mul_(kept.to(values.dtype))


@Compiled
def _add_kept(rows: Tensor, output: Tensor, kept: Tensor | None, scale: float) -> Tensor:
    return torch.add(rows, apply_mask(output, kept), alpha=scale)


@Compiled
def _kept_gradient(gradient: Tensor, kept: Tensor | None, scale: float, dtype: torch.dtype) -> Tensor:
    return apply_mask((gradient * scale).to(dtype), kept)
