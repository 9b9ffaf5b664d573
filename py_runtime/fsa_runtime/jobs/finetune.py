"""Stage two: fine-tunes on a benchmark; the epoch that the orchestrator finds best is tested once."""

from __future__ import annotations

import time
from dataclasses import asdict, dataclass
from pathlib import Path

from torch import Tensor

from fsa_runtime.context import JobCancelled, JobContext, save_and_stop_if_asked, stop_if_asked
from fsa_runtime.data.dataset import TokenisedPairs
from fsa_runtime.data.pair_encoder import PairEncoder
from fsa_runtime.data.pairs import PairsFile, read_batches
from fsa_runtime.data.sampler import EpochSampler
from fsa_runtime.data.student_tokenizer import load_tokenizer
from fsa_runtime.data.token_cache import ROWS_PER_BATCH
from fsa_runtime.data.token_rows import TokenRows
from fsa_runtime.environment.compute import set_up_compute
from fsa_runtime.errors import JobError
from fsa_runtime.files.model_folder import ModelFolder
from fsa_runtime.inference.generate import generate_texts, read_inputs
from fsa_runtime.inference.model_cache import MODEL_CACHE, copy_weights, require_rows_for
from fsa_runtime.inference.publish import publish_model
from fsa_runtime.jobs.prepare import encoder_of_spec
from fsa_runtime.messages import FinetuneOutput, FinetuneSpec
from fsa_runtime.train.checkpoint import Checkpoint
from fsa_runtime.train.identity import open_checkpoints
from fsa_runtime.train.schedule import linear_decay
from fsa_runtime.train.step_runner import StepRunner
from fsa_runtime.train.trainer import Trainer

_EPOCH_END_SAVE_SECONDS = 60.0
"""At an epoch's end a checkpoint is written when the last one is older than this."""


def run(context: JobContext, spec: FinetuneSpec) -> FinetuneOutput:
    """Resumes from the newest whole checkpoint.

    On resuming, the dev texts of an epoch may be sent a second time: the same texts, to be given the same
    decision. Raises JobError and JobCancelled.
    """
    return FineTuning(context, spec).run()


@dataclass
class Counters:
    """What a checkpoint holds besides tensors."""

    step: int = 0
    """Optimizer steps done."""
    epochs_judged: int = 0
    best_epoch: int | None = None
    stopped: bool = False
    """The orchestrator wanted no further epoch."""
    tokens: int = 0
    train_seconds: float = 0.0
    generate_seconds: float = 0.0


class FineTuning:
    """One cell from start or checkpoint to the texts of the test set."""

    def __init__(self, context: JobContext, spec: FinetuneSpec) -> None:
        self._context = context
        self._spec = spec
        set_up_compute(spec["placement"])
        # First of all: its files are hashed while everything else is opened.
        self._model = MODEL_CACHE.borrow(spec, context.checks, will_change=True)
        self._tokenizer = load_tokenizer(
            ModelFolder.of_spec(spec["model"], spec["modelFiles"]), newline_token=False
        )
        encoder = encoder_of_spec(self._tokenizer, spec, newline_token=False)
        self._store = open_checkpoints(context, spec, tokenizer=encoder.digest, keep=1)
        checkpoint = self._store.load_newest(last_recorded_step=spec["lastRecordedStep"])
        train = _read_pairs(PairsFile.of_spec(spec["train"]), encoder)
        if len(train) == 0:
            raise JobError("bad-data", f"{spec['train']['path']} has no row to train on.")
        self._dev = read_inputs(PairsFile.of_spec(spec["dev"]), encoder)
        self._test = read_inputs(PairsFile.of_spec(spec["test"]), encoder)
        sampler = EpochSampler(
            len(train),
            batch_size=spec["optimizer"]["batchSize"],
            accumulation=spec["optimizer"]["accumulation"],
            seed=spec["seed"],
        )
        self._steps_per_epoch = sampler.steps_per_epoch
        self._total_steps = int(spec["epochs"]) * sampler.steps_per_epoch
        context.progress("load", done=0, total=self._total_steps)
        stop_if_asked(context)
        self._counters = Counters()
        self._best_weights: dict[str, Tensor] | None = None
        self._saved: Counters | None = None
        self._saved_at = time.monotonic()
        self._open_trainer(checkpoint)
        self._runner = StepRunner(self._trainer, train, sampler)

    def run(self) -> FinetuneOutput:
        counters = self._counters
        while not self._is_finished():
            self._stop_if_asked()
            if counters.step == self._steps_per_epoch * (counters.epochs_judged + 1):
                self._judge_epoch()
                if time.monotonic() - self._saved_at >= _EPOCH_END_SAVE_SECONDS:
                    self._save()
            else:
                self._train_step()
                if time.monotonic() - self._saved_at >= self._spec["checkpointEveryMinutes"] * 60:
                    self._save()
        assert self._best_weights is not None
        assert counters.best_epoch is not None
        self._model.load_weights(self._best_weights)
        texts = self._generate(self._test, epoch=None)
        if self._spec["modelFolder"] is not None:
            self._context.progress("save", done=counters.step, total=self._total_steps)
            publish_model(self._model, self._tokenizer, Path(self._spec["modelFolder"]), self._context.checks)
        return {
            "kind": "finetune",
            "bestEpoch": counters.best_epoch,
            "testTexts": texts,
            "steps": counters.step,
            "tokens": counters.tokens,
            "trainSeconds": counters.train_seconds,
            "generateSeconds": counters.generate_seconds,
        }

    def _is_finished(self) -> bool:
        return self._counters.stopped or self._counters.epochs_judged == self._spec["epochs"]

    def _open_trainer(self, checkpoint: Checkpoint | None) -> None:
        spec = self._spec
        require_rows_for(self._tokenizer, self._model)
        if checkpoint is not None:
            self._model.load_weights(checkpoint.groups["weights"])
        self._trainer = Trainer(
            self._model,
            optimizer="adamw",
            weight_decay=spec["optimizer"]["weightDecay"],
            clip=spec["optimizer"]["clip"],
            seed=spec["seed"],
            notice=self._context.notice,
        )
        if checkpoint is not None:
            self._trainer.load_state(checkpoint.groups["trainer"], checkpoint.counters["trainer"])
            self._counters = Counters(**checkpoint.counters["job"])
            self._saved = Counters(**checkpoint.counters["job"])
            self._best_weights = checkpoint.groups.get("best")
            self._context.notice(f"Training goes on from the checkpoint at step {checkpoint.step}.")

    # ------------------------------------------------------------ one step, one epoch

    def _train_step(self) -> None:
        counters = self._counters
        peak = self._spec["optimizer"]["learningRate"]
        learning_rate = linear_decay(counters.step, total_steps=self._total_steps, peak=peak)
        outcome = self._runner.run_step(counters.step, learning_rate)
        counters.step += 1
        counters.tokens += outcome.record["tokens"]
        counters.train_seconds += outcome.seconds
        self._context.metrics(outcome.record)
        self._context.progress(
            "train",
            done=counters.step,
            total=self._total_steps,
            epoch=outcome.record["epoch"],
            loss=outcome.record["loss"],
            tokens_per_second=self._runner.throughput.tokens_per_second,
            seconds_left=self._seconds_left(),
        )

    def _judge_epoch(self) -> None:
        """Sends the dev texts and does what the decision says; the first epoch is the best until then."""
        counters = self._counters
        epoch = counters.epochs_judged + 1
        texts = self._generate(self._dev, epoch=epoch)
        decision = self._context.generated(epoch=epoch, texts=texts)
        counters.epochs_judged = epoch
        counters.stopped = decision.stop
        if decision.best or counters.best_epoch is None:
            counters.best_epoch = epoch
            self._best_weights = copy_weights(self._model)

    def _generate(self, inputs: TokenRows, *, epoch: int | None) -> list[str]:
        began = time.monotonic()
        try:
            texts = generate_texts(
                self._context,
                self._model,
                self._tokenizer,
                inputs,
                self._spec,
                epoch=epoch,
                seconds_left_after=self._seconds_left_after_dev if epoch is not None else lambda _: 0.0,
            )
        except JobCancelled:
            self._stop_if_asked()  # saves first, where that was asked for
            raise
        self._counters.generate_seconds += time.monotonic() - began
        return texts

    def _seconds_left(self) -> float:
        """Over the whole job: steps, dev generations and the test as far as their speed is known."""
        return self._seconds_for(self._dev_sets_left(), seconds_per_row=0.0)

    def _seconds_left_after_dev(self, seconds_per_row: float) -> float:
        """Behind the dev set that is being generated, whose speed stands for the first of all."""
        return self._seconds_for(self._dev_sets_left() - 1, seconds_per_row=seconds_per_row)

    def _dev_sets_left(self) -> int:
        return int(self._spec["epochs"]) - self._counters.epochs_judged

    def _seconds_for(self, dev_sets: int, *, seconds_per_row: float) -> float:
        """Steps that are left, so many dev sets, and the test; `seconds_per_row` until one is measured."""
        counters = self._counters
        generated_rows = counters.epochs_judged * len(self._dev)
        if generated_rows > 0:
            seconds_per_row = counters.generate_seconds / generated_rows
        steps_left = self._total_steps - counters.step
        rows = dev_sets * len(self._dev) + len(self._test)
        return steps_left * (self._runner.throughput.seconds_per_step or 0.0) + rows * seconds_per_row

    # ------------------------------------------------------------ saving

    def _stop_if_asked(self) -> None:
        save_and_stop_if_asked(self._context, self._save)

    def _save(self) -> None:
        counters = self._counters
        if self._saved == counters or counters.step == 0:
            return
        self._context.progress("save", done=counters.step, total=self._total_steps)
        tensors, scalars = self._trainer.state()
        groups = {"weights": self._model.weights(), "trainer": tensors}
        if self._best_weights is not None:
            groups["best"] = self._best_weights
        saved = self._store.save(counters.step, groups, {"job": asdict(counters), "trainer": scalars})
        self._saved, self._saved_at = Counters(**asdict(counters)), time.monotonic()
        self._context.saved(
            step=counters.step,
            path=str(saved.path),
            manifest_sha256=saved.manifest_sha256,
            when_recorded=lambda: self._store.rely_on(saved),
        )


def _read_pairs(pairs: PairsFile, encoder: PairEncoder) -> TokenisedPairs:
    batches = [encoder.encode(batch) for batch in read_batches(pairs, ROWS_PER_BATCH)]
    inputs = TokenRows.collect(batch.inputs for batch in batches)
    targets = TokenRows.collect(batch.targets for batch in batches)
    return TokenisedPairs([pairs], [(inputs, targets)])
