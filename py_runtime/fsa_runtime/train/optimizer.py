"""AdamW and AdamWScale in one pass over the weights, without a device synchronisation.

The weights are walked in pieces that fit the processor's cache: clipping, update, weight decay, the copy in
the compute precision and the next step's RMS all see a piece while it is there. The arithmetic itself is
torch's fused kernel, which computes a whole update in registers.
"""

from __future__ import annotations

from collections.abc import Sequence
from functools import partial
from typing import Literal

import torch
from torch import Tensor

from fsa_runtime.kernels.library import Kernels, kernels
from fsa_runtime.train.moments import Moments, Parameter, RowMoments

OptimizerName = Literal["adamw_scale", "adamw"]

_SMALLEST_SCALE = 1e-3
_UNDECAYED = ("bias", "layer_norm", "ln")


class Optimizer:
    """Adam with decoupled weight decay.

    `adamw` is torch's AdamW: the decay comes before the step and touches every tensor. `adamw_scale`
    multiplies each tensor's step by max(1e-3, RMS of the tensor), and decays after the step, not for names
    with bias, layer_norm or ln (arXiv 2412.18552; the scaling is Adafactor's, arXiv 1804.04235).
    """

    def __init__(
        self,
        parameters: Sequence[Parameter],
        *,
        kind: OptimizerName,
        weight_decay: float,
        betas: tuple[float, float] = (0.9, 0.999),
        epsilon: float = 1e-6,
    ) -> None:
        self.kind = kind
        self.weight_decay = weight_decay
        self.betas = betas
        self.epsilon = epsilon
        self.steps = 0
        device = parameters[0].value.device
        self._step_count = torch.zeros((), device=device)
        copies = all(one.compute is not None for one in parameters if one.table is None)
        self._own = kernels() if copies and device.type == "cpu" else None
        self._slots = [
            Moments.of(one) if one.table is None else RowMoments(one, one.table, copied=self._own is not None)
            for one in parameters
        ]
        if kind == "adamw_scale":
            self.measure()

    @torch.no_grad()
    def measure(self) -> None:
        """Takes the weights' RMS anew; needed after they were written from outside."""
        for state in self._slots:
            self._measure(state)

    def _measure(self, state: Moments) -> None:
        if self._own is not None:
            sums = state.own_square_sum
            self._own.call("square_sum", state.value.data_ptr(), state.count, sums.data_ptr())
            state.square_sum.copy_(sums)
            return
        state.square_sum.zero_()
        for piece in state.pieces:
            state.square_sum += _square_sum(piece.value)

    @torch.no_grad()
    def step(self, learning_rate: float, *, clip_factor: Tensor | None = None) -> None:
        """One update from the parameters' gradients, each multiplied by `clip_factor` (a tensor without
        axes).
        """
        self.steps += 1
        self._step_count.fill_(self.steps)
        divisor = None if clip_factor is None else 1.0 / clip_factor
        for state in self._slots:
            rate: Tensor | float = learning_rate
            if self.kind == "adamw_scale":
                rms = (state.square_sum / state.count).sqrt_().clamp_(min=_SMALLEST_SCALE)
                rate = learning_rate * rms
            update = partial(self._update, rate=rate, plain_rate=learning_rate, gradient_divisor=divisor)
            if not isinstance(state, RowMoments):
                update(state)
                continue
            state.update(update, all_move=self.weight_decay > 0)
            if self.kind == "adamw_scale":
                self._measure(state)

    def _update(
        self,
        state: Moments,
        *,
        rate: Tensor | float,
        plain_rate: float,
        gradient_divisor: Tensor | None,
    ) -> None:
        scaled = self.kind == "adamw_scale"
        first, second = self.betas
        # AdamWScale adds epsilon before the second moment's bias correction, torch's kernel after it.
        epsilon = self.epsilon / (1 - second**self.steps) ** 0.5 if scaled else self.epsilon
        decay_after = plain_rate * self.weight_decay if scaled and _decays(state.name) else 0.0
        if self._own is not None:
            decay_before = 0.0 if scaled else plain_rate * self.weight_decay
            factor = 1.0 if gradient_divisor is None else 1.0 / float(gradient_divisor)
            factors = (1.0 - decay_before, 1.0 - decay_after, factor)
            self._update_by(self._own, state, rate=float(rate), epsilon=epsilon, factors=factors)
            return
        if scaled:
            state.square_sum.zero_()
        for piece in state.pieces:
            torch._fused_adamw_(
                [piece.value],
                [piece.gradient],
                [piece.first],
                [piece.second],
                [],
                [self._step_count],
                lr=rate,
                beta1=first,
                beta2=second,
                weight_decay=0.0 if scaled else self.weight_decay,
                eps=epsilon,
                amsgrad=False,
                maximize=False,
                grad_scale=gradient_divisor,
                found_inf=None,
            )
            if decay_after:
                piece.value.mul_(1.0 - decay_after)
            if piece.compute is not None:
                piece.compute.copy_(piece.value)
            if scaled:
                state.square_sum += _square_sum(piece.value)

    def _update_by(
        self,
        own: Kernels,
        state: Moments,
        *,
        rate: float,
        epsilon: float,
        factors: tuple[float, float, float],
    ) -> None:
        """The same update in one pass, which differs from torch's kernel by a bit at the end.

        `factors` stand before the weights, before the new weights, and before the gradient.
        """
        assert state.compute is not None
        first, second = self.betas
        tensors = (state.value, state.gradient, state.first, state.second, state.compute)
        own.call(
            "adam",
            *(tensor.data_ptr() for tensor in tensors),
            state.count,
            rate / (1 - first**self.steps),
            1 / (1 - second**self.steps) ** 0.5,
            epsilon,
            first,
            second,
            *factors,
            state.own_square_sum.data_ptr(),
        )
        if self.kind == "adamw_scale":
            state.square_sum.copy_(state.own_square_sum)

    def state(self) -> dict[str, Tensor]:
        """The moments under `first.NAME` and `second.NAME`: live views, save or clone them before the next
        step.
        """
        tensors: dict[str, Tensor] = {}
        for state in self._slots:
            tensors[f"first.{state.name}"] = state.first
            tensors[f"second.{state.name}"] = state.second
        return tensors

    @torch.no_grad()
    def load_state(self, tensors: dict[str, Tensor], steps: int) -> None:
        """Takes over moments saved by `state`; the weights must have been loaded already."""
        for state in self._slots:
            state.load(tensors[f"first.{state.name}"], tensors[f"second.{state.name}"])
        self.steps = steps
        if self.kind == "adamw_scale":
            self.measure()


def _decays(name: str) -> bool:
    return not any(word in name for word in _UNDECAYED)


def _square_sum(piece: Tensor) -> Tensor:
    return torch.dot(piece, piece)
