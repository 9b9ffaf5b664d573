"""One optimizer step of any training job: rows in, a metrics record out, and a clear end for NaN."""

from __future__ import annotations

import math
from dataclasses import dataclass

from fsa_runtime.data.dataset import TokenisedPairs
from fsa_runtime.data.sampler import EpochSampler
from fsa_runtime.errors import JobError
from fsa_runtime.messages import MetricRecord
from fsa_runtime.train.throughput import Throughput
from fsa_runtime.train.trainer import Trainer

_IDS_NAMED = 10


@dataclass(frozen=True)
class StepOutcome:
    """A step that was done: its record for metrics.jsonl and the seconds it took."""

    record: MetricRecord
    seconds: float


class StepRunner:
    """Runs the steps of a sampler over a data set."""

    def __init__(self, trainer: Trainer, data: TokenisedPairs, sampler: EpochSampler) -> None:
        self._trainer = trainer
        self._data = data
        self._sampler = sampler
        self.throughput = Throughput()

    def run_step(self, step: int, learning_rate: float) -> StepOutcome:
        """Runs optimizer step `step`, counted from 0.

        Raises JobError("not-finite") naming the step and its rows when loss or gradients are NaN or infinite.
        """
        rows = self._sampler.rows_of_step(step)
        self.throughput.begin_step()
        micro_batches = [self._data.examples(one) for one in rows.micro_batches]
        try:
            result = self._trainer.step(micro_batches, learning_rate)
        except JobError as error:
            if error.code == "not-finite":
                raise self._with_row_ids(error, step + 1, rows.micro_batches) from error
            raise
        seconds = self.throughput.end_step(result.tokens)
        record: MetricRecord = {
            "step": step + 1,
            "epoch": rows.epoch,
            "loss": result.loss,
            "validationLoss": None,
            "learningRate": learning_rate,
            "gradientNorm": result.gradient_norm,
            "tokens": result.tokens,
            "tokensPerSecond": self.throughput.tokens_per_second,
        }
        return StepOutcome(record, seconds)

    def _with_row_ids(self, error: JobError, step: int, micro_batches: list[list[int]]) -> JobError:
        """The same failure with the rows it came from: those of bad loss, else all of the step."""
        offending = [rows for rows in micro_batches if not self._has_finite_loss(rows)]
        rows = [row for one in offending or micro_batches for row in one]
        ids = ", ".join(self._data.ids(rows[:_IDS_NAMED]))
        more = f" and {len(rows) - _IDS_NAMED} more" if len(rows) > _IDS_NAMED else ""
        return JobError("not-finite", f"{error.message} The rows of this step: {ids}{more}.", step=step)

    def _has_finite_loss(self, rows: list[int]) -> bool:
        """The trainer leaves the weights as they were before a step that is not finite."""
        return math.isfinite(self._trainer.validation_loss([self._data.examples(rows)]))
