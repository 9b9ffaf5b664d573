"""Learning rates per optimizer step (steps count from 0; the rate returned is the one this step uses)."""

from __future__ import annotations

import math


def cosine_with_warmup(step: int, *, total_steps: int, warmup_steps: int, peak: float, final: float) -> float:
    """Linear warm-up from half the peak over `warmup_steps`, then a cosine from `peak` down to `final`."""
    if step < warmup_steps:
        return peak * (0.5 + 0.5 * step / warmup_steps)
    falling_steps = max(1, total_steps - warmup_steps)
    progress = min(1.0, (step - warmup_steps) / falling_steps)
    return final + (peak - final) * (1.0 + math.cos(math.pi * progress)) / 2.0


def linear_decay(step: int, *, total_steps: int, peak: float) -> float:
    """A straight line from `peak` at step 0 to zero at `total_steps`."""
    return peak * max(0.0, (total_steps - step) / max(1, total_steps))
