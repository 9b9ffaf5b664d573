"""Stage one: teaches a student the teacher's answers; the last weights are the result."""

from __future__ import annotations

import time
from dataclasses import asdict, dataclass
from pathlib import Path

from fsa_runtime.context import JobContext, save_and_stop_if_asked, stop_if_asked
from fsa_runtime.environment.compute import set_up_compute
from fsa_runtime.errors import JobError
from fsa_runtime.inference.publish import publish_model
from fsa_runtime.jobs.distill_parts import (
    open_encoder,
    open_model,
    open_pairs,
    open_runner,
    open_trainer,
    validation_round,
)
from fsa_runtime.messages import DistillOutput, DistillSpec, MetricRecord
from fsa_runtime.t5.model import T5
from fsa_runtime.train.checkpoint import Checkpoint
from fsa_runtime.train.distributed import RankLostError
from fsa_runtime.train.identity import open_checkpoints
from fsa_runtime.train.rank_processes import RankProcesses, started_ranks
from fsa_runtime.train.schedule import cosine_with_warmup
from fsa_runtime.train.trainer import Trainer

# From the end of a rank that an engine has ended to the word that its machines are taken away.
_TOLD_SECONDS = 5.0


def run(context: JobContext, spec: DistillSpec) -> DistillOutput:
    """Resumes from the newest whole checkpoint.

    A resumed training ends with the same bits as one left alone (CPU, same threads, same ranks). Raises
    JobError and JobCancelled.
    """
    device = set_up_compute(spec["placement"])
    context.progress("load", done=0, total=spec["steps"])
    with started_ranks(spec["ranks"], module="fsa_runtime.jobs.distill_rank", device=device) as ranks:
        distillation = Distillation(context, spec, ranks)
        try:
            distillation.train()
        except RankLostError:
            distillation.save_what_is_whole()
            raise
    return distillation.publish()


@dataclass
class Counters:
    """What a checkpoint holds besides tensors."""

    step: int = 0
    """Optimizer steps done."""
    tokens: int = 0
    train_seconds: float = 0.0
    loss: float | None = None
    """Of the last step."""
    validation_loss: float | None = None
    """The newest."""
    unvalidated: MetricRecord | None = None
    """The record of the last step while its validation is still to be done."""


class Distillation:
    """One distillation from start or checkpoint to the model folder, as its first rank."""

    def __init__(self, context: JobContext, spec: DistillSpec, ranks: RankProcesses) -> None:
        self._context = context
        self._spec = spec
        self._ranks = ranks
        self._tokenizer, encoder = open_encoder(spec)
        self._store = open_checkpoints(context, spec, tokenizer=encoder.digest, keep=spec["keepCheckpoints"])
        checkpoint = self._store.load_newest(last_recorded_step=spec["lastRecordedStep"])
        train = open_pairs(context, spec, spec["train"], encoder)
        self._validation = open_pairs(context, spec, spec["validation"], encoder)
        if len(train) == 0:
            raise JobError("bad-data", "There is no row to train on.")
        self._counters = Counters()
        self._saved_step = 0
        self._saved_at = time.monotonic()
        self._validation_seconds: float | None = None
        self._model, self._trainer = self._open_model(checkpoint)
        self._runner = open_runner(spec, self._trainer, train)

    def train(self) -> None:
        """From here to the last step."""
        counters = self._counters
        self._finish_validation()
        while counters.step < self._spec["steps"]:
            self._stop_if_asked()
            self._train_step()
            self._finish_validation()
            if self._is_time_to_save():
                self._save()

    def save_what_is_whole(self) -> None:
        """A rank was lost in a step, of which nothing has come into the weights yet: saves those before it.

        An engine that takes a place away may end the ranks on its other machines before this one is told.
        Raises JobCancelled where that is so.
        """
        self._save()
        until = time.monotonic() + _TOLD_SECONDS
        while self._ranks.spread and time.monotonic() < until:
            stop_if_asked(self._context)
            time.sleep(0.1)

    def publish(self) -> DistillOutput:
        """Writes the Hugging Face folder."""
        counters, folder = self._counters, self._spec["modelFolder"]
        assert counters.loss is not None
        self._context.progress("save", done=counters.step, total=self._spec["steps"])
        self._context.await_recorded()  # no more checkpoints stay than are to be kept
        return {
            "kind": "distill",
            "modelFolder": folder,
            "modelDigest": publish_model(self._model, self._tokenizer, Path(folder), self._context.checks),
            "steps": counters.step,
            "finalLoss": counters.loss,
            "validationLoss": counters.validation_loss,
            "tokens": counters.tokens,
            "trainSeconds": counters.train_seconds,
        }

    # ------------------------------------------------------------ start

    def _open_model(self, checkpoint: Checkpoint | None) -> tuple[T5, Trainer]:
        stop_if_asked(self._context)
        model = open_model(self._context, self._spec, self._tokenizer)
        if checkpoint is not None:
            model.load_weights(checkpoint.groups["weights"])
        group = self._ranks.join(self._spec, lambda: stop_if_asked(self._context))
        trainer = open_trainer(self._spec, model, group, self._context.notice)
        if checkpoint is not None:
            trainer.load_state(checkpoint.groups["trainer"], checkpoint.counters["trainer"])
            self._counters = Counters(**checkpoint.counters["job"])
            self._saved_step = checkpoint.step
            self._context.notice(f"Training goes on from the checkpoint at step {checkpoint.step}.")
        trainer.take_from_first()
        return model, trainer

    # ------------------------------------------------------------ training

    def _train_step(self) -> None:
        counters, settings = self._counters, self._spec["optimizer"]
        learning_rate = cosine_with_warmup(
            counters.step,
            total_steps=self._spec["steps"],
            warmup_steps=settings["warmupSteps"],
            peak=settings["learningRate"],
            final=settings["finalLearningRate"],
        )
        self._ranks.tell({"do": "step", "step": counters.step, "learningRate": learning_rate})
        outcome = self._runner.run_step(counters.step, learning_rate)
        counters.step += 1
        counters.tokens += outcome.record["tokens"]
        counters.train_seconds += outcome.seconds
        counters.loss = outcome.record["loss"]
        counters.unvalidated = outcome.record
        self._context.progress(
            "train",
            done=counters.step,
            total=self._spec["steps"],
            epoch=outcome.record["epoch"],
            loss=counters.loss,
            tokens_per_second=self._runner.throughput.tokens_per_second,
            seconds_left=self._seconds_left(),
        )

    def _finish_validation(self) -> None:
        """Completes and sends the record of the last step; validates first where that is due."""
        counters = self._counters
        if counters.unvalidated is None:
            return
        if self._is_validation_due():
            counters.validation_loss = self._validate()
            counters.unvalidated["validationLoss"] = counters.validation_loss
        self._context.metrics(counters.unvalidated)
        counters.unvalidated = None

    def _is_validation_due(self) -> bool:
        step = self._counters.step
        at_step = step % self._spec["validateEverySteps"] == 0 or step == self._spec["steps"]
        return at_step and len(self._validation) > 0

    def _validate(self) -> float:
        """Loss on the validation rows: the mean over micro-batches, each weighted by its rows."""
        began = time.monotonic()
        rows, done, total = len(self._validation), 0, 0.0
        while done < rows:
            self._stop_if_asked()
            self._ranks.tell({"do": "validate", "from": done})
            batches = validation_round(self._spec, rows, done)
            losses = self._trainer.losses([self._validation.examples(batch) for batch in batches])
            for batch, loss in zip(batches, losses, strict=True):
                total += len(batch) * loss
            done = batches[-1][-1] + 1
            self._context.progress("validate", done=done, total=rows, seconds_left=self._seconds_left())
        self._validation_seconds = time.monotonic() - began
        return total / rows

    def _seconds_left(self) -> float | None:
        """Over the whole job: steps and validations still to come."""
        per_step = self._runner.throughput.seconds_per_step
        if per_step is None:
            return None
        steps_left = int(self._spec["steps"]) - self._counters.step
        validations_left = -(-steps_left // int(self._spec["validateEverySteps"]))
        return steps_left * per_step + validations_left * (self._validation_seconds or 0.0)

    # ------------------------------------------------------------ saving

    def _stop_if_asked(self) -> None:
        save_and_stop_if_asked(self._context, self._save)

    def _is_time_to_save(self) -> bool:
        step = self._counters.step
        minutes = (time.monotonic() - self._saved_at) / 60
        return bool(
            step % self._spec["checkpointEverySteps"] == 0
            or step == self._spec["steps"]
            or minutes >= self._spec["checkpointEveryMinutes"]
        )

    def _save(self) -> None:
        counters = self._counters
        if self._saved_step == counters.step:
            return
        self._context.progress("save", done=counters.step, total=self._spec["steps"])
        tensors, scalars = self._trainer.state()
        saved = self._store.save(
            counters.step,
            {"weights": self._model.weights(), "trainer": tensors},
            {"job": asdict(counters), "trainer": scalars},
            # The record of the last step waits for its validation, and is carried along.
            records_to=counters.step - (0 if counters.unvalidated is None else 1),
        )
        self._saved_step, self._saved_at = counters.step, time.monotonic()
        self._context.saved(
            step=counters.step,
            path=str(saved.path),
            manifest_sha256=saved.manifest_sha256,
            when_recorded=lambda: self._store.rely_on(saved),
        )
