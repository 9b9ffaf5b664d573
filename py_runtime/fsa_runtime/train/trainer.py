"""Optimizer steps over reference micro-batches, cut anew for speed with the same gradient."""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import partial
from typing import Any

import torch
from torch import Tensor

from fsa_runtime.errors import JobError
from fsa_runtime.kernels.library import tell_fallbacks
from fsa_runtime.t5.batching import Example, MicroBatch, WindowExample, cut_window, lay_out, read_window
from fsa_runtime.t5.dropout import Dropout
from fsa_runtime.t5.forward_backward import evaluate, forward_backward
from fsa_runtime.t5.gpu_features import GPU_FEATURES
from fsa_runtime.t5.memory import SMALLEST_BUDGET, choose_token_budget, run_in_pieces
from fsa_runtime.t5.model import T5
from fsa_runtime.train.gradient_norm import norm_of
from fsa_runtime.train.moments import Parameter
from fsa_runtime.train.optimizer import Optimizer, OptimizerName
from fsa_runtime.train.ranks import OneRank, Ranks

__all__ = ["Example", "StepResult", "Trainer"]


@dataclass(frozen=True)
class StepResult:
    """What one optimizer step saw, before its update."""

    # Mean loss of each reference micro-batch, and their mean.
    losses: list[float]
    loss: float
    # Of the whole gradient, before clipping.
    gradient_norm: float
    # Real input and target tokens.
    tokens: int


class Trainer:
    """Trains `model` in place. The same seed gives the same numbers, on a CPU bit for bit per thread count.

    `clip`: largest gradient norm, 0 for none. `token_budget`: tokens per micro-batch, by default chosen from
    the free memory. `notice` is told once if memory ran out and the work goes on in smaller pieces.

    `shards`: a step is cut into a multiple of so many pieces, which are dealt to the `ranks`; how many ranks
    there are then changes a result by rounding alone. Every rank makes the same calls.
    """

    def __init__(
        self,
        model: T5,
        *,
        optimizer: OptimizerName,
        weight_decay: float = 0.0,
        clip: float = 1.0,
        seed: int = 42,
        betas: tuple[float, float] = (0.9, 0.999),
        epsilon: float = 1e-6,
        token_budget: int | None = None,
        shards: int = 1,
        ranks: Ranks | None = None,
        notice: Callable[[str], None] | None = None,
    ) -> None:
        GPU_FEATURES.tell(notice)
        self.model = model
        self.steps = 0
        self._clip = clip
        self._seed = seed
        self._notice = notice
        self._shards = shards
        self._ranks: Ranks = ranks or OneRank()
        if self._ranks.count > 1:
            model.parameters.make_dense()
        model.parameters.begin_step()
        self._optimizer = Optimizer(
            list(_parameters(model)), kind=optimizer, weight_decay=weight_decay, betas=betas, epsilon=epsilon
        )
        # Behind the gradient and the moments, which are larger than all else with a large vocabulary.
        self.token_budget = token_budget or choose_token_budget(
            model.config, model.device, model.parameters.dtype.itemsize, ranks=self._ranks.count
        )

    def step(self, micro_batches: Sequence[Sequence[Example]], learning_rate: float) -> StepResult:
        """One update from the mean over micro-batches of the mean loss over each one's target tokens.

        JobError("not-finite") before anything has changed if the loss or the gradient is not finite.
        """
        window = read_window(micro_batches)
        work = partial(self._gradients, window, len(micro_batches))
        losses = self._in_pieces(self._ranks.together(work, len(micro_batches)))
        tell_fallbacks(self._notice)
        gradient = self.model.parameters.gradient
        assert gradient is not None
        self._ranks.sum(gradient)
        norm = norm_of(gradient)
        by_micro_batch = losses.tolist()
        loss, gradient_norm = math.fsum(by_micro_batch) / len(by_micro_batch), float(norm)
        if not (math.isfinite(loss) and math.isfinite(gradient_norm)):
            raise JobError(
                "not-finite",
                f"The loss was {loss} and the gradient norm {gradient_norm} in step {self.steps + 1}; "
                "try a smaller learning rate, or precision fp32.",
                step=self.steps + 1,
            )
        self._optimizer.step(learning_rate, clip_factor=self._clip_factor(norm, gradient_norm))
        self.steps += 1
        tokens = sum(len(example.inputs) + len(example.targets) for example in window)
        return StepResult(by_micro_batch, loss, gradient_norm, tokens)

    def validation_loss(self, micro_batches: Sequence[Sequence[Example]]) -> float:
        """The mean over micro-batches of the mean loss over each one's target tokens, without dropout."""
        total = 0.0
        for examples in micro_batches:
            window = read_window([examples])
            total += float(self._in_pieces(partial(self._losses, window)))
        return total / max(1, len(micro_batches))

    def losses(self, micro_batches: Sequence[Sequence[Example]]) -> list[float]:
        """As `validation_loss` of each micro-batch, which are dealt to the ranks."""
        work = partial(self._dealt_losses, micro_batches)
        losses: list[float] = self._in_pieces(self._ranks.together(work, len(micro_batches))).tolist()
        return losses

    def take_from_first(self) -> None:
        """Makes weights, moments and numbers those of the first rank, whatever was loaded here."""
        if self._ranks.count == 1:
            return
        self._ranks.take_from_first([self.model.parameters.master, *self._optimizer.state().values()])
        self.model.parameters.refresh_compute()
        numbers = torch.tensor([self.steps, self._seed, self.token_budget], device=self.model.device)
        self._ranks.take_from_first([numbers])
        steps, seed, budget = numbers.tolist()
        if steps == 0:
            budget = self._ranks.smallest(self.token_budget)
        self.load_state(self._optimizer.state(), {"steps": steps, "seed": seed, "token_budget": budget})

    def weights_changed(self) -> None:
        """To be called after the model's weights were written from outside the trainer."""
        self._optimizer.measure()

    def state(self) -> tuple[dict[str, Tensor], dict[str, Any]]:
        """Optimizer tensors (live views: save them before the next step) and what else a resume needs."""
        scalars = {"steps": self.steps, "seed": self._seed, "token_budget": self.token_budget}
        return self._optimizer.state(), scalars

    def load_state(self, tensors: dict[str, Tensor], scalars: dict[str, Any]) -> None:
        """Goes on where `state` was taken; the model's weights must have been loaded before."""
        self.steps = int(scalars["steps"])
        self._seed = int(scalars["seed"])
        self.token_budget = int(scalars["token_budget"])
        self._optimizer.load_state(tensors, self.steps)

    def _gradients(self, window: Sequence[WindowExample], micro_batches: int, token_budget: int) -> Tensor:
        """Fills the gradient; returns the mean loss of each reference micro-batch, in float64.

        Both are this rank's share of the sum over all ranks.
        """
        self.model.parameters.begin_step()
        sums = torch.zeros(micro_batches, dtype=torch.float64, device=self.model.device)
        rate = self.model.config.dropout_rate
        pieces = cut_window(window, token_budget, multiple=self._shards)
        own = range(self._ranks.rank, len(pieces), self._ranks.count)
        if len(own) == 0:
            self.model.parameters.zero_gradient()
        for index in own:
            batch = self._lay_out(pieces[index])
            # By its place among all pieces: masks do not depend on which rank draws them.
            seed = (self._seed, self.steps, index)
            dropout = Dropout(rate, device=self.model.device, training=True, seed=seed)
            losses = forward_backward(self.model, batch, dropout)
            weighted = (losses * batch.label_weights).double()
            sums.index_add_(0, batch.label_micro_batches, weighted)
        return sums * micro_batches

    def _dealt_losses(self, micro_batches: Sequence[Sequence[Example]], token_budget: int) -> Tensor:
        losses = torch.zeros(len(micro_batches), dtype=torch.float64, device=self.model.device)
        for index in range(self._ranks.rank, len(micro_batches), self._ranks.count):
            losses[index] = self._losses(read_window([micro_batches[index]]), token_budget)
        return losses

    def _losses(self, window: Sequence[WindowExample], token_budget: int) -> Tensor:
        total = torch.zeros((), dtype=torch.float64, device=self.model.device)
        for examples in cut_window(window, token_budget):
            batch = self._lay_out(examples)
            total += (evaluate(self.model, batch) * batch.label_weights).double().sum()
        return total

    def _lay_out(self, examples: Sequence[WindowExample]) -> MicroBatch:
        config = self.model.config
        return lay_out(examples, config, device=self.model.device, heads=config.num_heads)

    def _clip_factor(self, norm: Tensor, gradient_norm: float) -> Tensor | None:
        if self._clip <= 0 or gradient_norm + 1e-6 <= self._clip:
            return None
        return self._clip / (norm + 1e-6)

    def _in_pieces(self, work: Callable[[int], Tensor]) -> Tensor:
        """`work(token_budget)`, and from here on with a smaller budget if memory ran out."""
        before = self.token_budget
        result, self.token_budget = run_in_pieces(
            work, before, smallest=SMALLEST_BUDGET, device=self.model.device
        )
        if self.token_budget != before and self._notice is not None:
            self._notice(
                f"Memory ran out: from here on {self.token_budget} instead of {before} tokens are "
                "computed at a time, with the same gradient."
            )
        return result


def _parameters(model: T5) -> list[Parameter]:
    weights = model.parameters
    return [
        Parameter(
            name,
            weights.value(name),
            weights.gradient_of(name),
            weights.compute_of(name),
            weights.row_table(name),
        )
        for name in weights.slots
    ]
