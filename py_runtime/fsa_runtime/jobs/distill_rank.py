"""A rank of a distillation beside the first: does its share of what it is told (train/rank_processes.py)."""

from __future__ import annotations

from fsa_runtime.train.orders import Orders

# First of all: whoever started us may be gone before torch is imported.
if __name__ == "__main__":
    ORDERS = Orders()

import os
import sys
import traceback
from typing import Any, Literal

from fsa_runtime.context import AttemptName, Checks, EpochDecision
from fsa_runtime.environment.compute import set_up_compute
from fsa_runtime.errors import JobError
from fsa_runtime.jobs.distill_parts import (
    open_encoder,
    open_model,
    open_pairs,
    open_runner,
    open_trainer,
    validation_round,
)
from fsa_runtime.messages import DistillSpec
from fsa_runtime.train.distributed import RankGroup, RankLostError
from fsa_runtime.train.meeting import join_meeting, reached
from fsa_runtime.train.rank_processes import words_of_failure

FAILED_EXIT_CODE = 1


class Rank:
    """Data, student and trainer as the first rank has them, whose weights and moments it takes over."""

    def __init__(self, orders: Orders) -> None:
        first = orders.next()
        spec: DistillSpec = first["spec"]
        self._spec = spec
        device = set_up_compute(spec["placement"])
        silent = SilentContext()
        tokenizer, encoder = open_encoder(spec)
        train = open_pairs(silent, spec, spec["train"], encoder)
        self._validation = open_pairs(silent, spec, spec["validation"], encoder)
        model = open_model(silent, spec, tokenizer)
        silent.checks.settle()
        orders.answer({"is": "ready", "reached": [] if first["door"] is None else reached(first["door"])})
        meeting = join_meeting(orders.next()["at"], first["count"])
        self._group = RankGroup(first["rank"], first["count"], meeting=meeting, device=device)
        self._trainer = open_trainer(spec, model, self._group, silent.notice)
        self._trainer.take_from_first()
        self._runner = open_runner(spec, self._trainer, train)

    def do(self, order: dict[str, Any]) -> None:
        if order["do"] == "step":
            try:
                self._runner.run_step(order["step"], order["learningRate"])
            except JobError as error:
                # The first rank found the same, and says so.
                if error.code != "not-finite":
                    raise
        elif order["do"] == "validate":
            batches = validation_round(self._spec, len(self._validation), order["from"])
            self._trainer.losses([self._validation.examples(batch) for batch in batches])
        else:
            self._group.leave(orderly=True)


class SilentContext:
    """A `JobContext` for a rank that talks to nobody: what it could tell, the first rank tells, too."""

    attempt = AttemptName(0, 0)

    def __init__(self) -> None:
        self.checks = Checks()

    def progress(self, *_: Any, **__: Any) -> None:
        pass

    def metrics(self, *_: Any) -> None:
        pass

    def saved(self, **_: Any) -> None:
        pass

    def await_recorded(self) -> None:
        pass

    def generated(self, **_: Any) -> EpochDecision:
        return EpochDecision(best=False, stop=False)

    def notice(self, message: str) -> None:
        print(message, file=sys.stderr, flush=True)

    def cancel_requested(self) -> Literal["no", "stop", "save-and-stop"]:
        return "no"

    def check_cancelled(self) -> None:
        pass


def main(orders: Orders) -> int:
    """Does what it is told until the end of the work."""
    try:
        rank = Rank(orders)
        while True:
            order = orders.next()
            rank.do(order)
            if order["do"] == "end":
                return 0
    except RankLostError as error:
        print(f"fsa rank {os.getpid()} ends: {error}", file=sys.stderr, flush=True)
    except BaseException as error:
        traceback.print_exc()
        orders.answer(words_of_failure(error))
    return FAILED_EXIT_CODE


if __name__ == "__main__":
    exit_code = main(ORDERS)
    sys.stderr.flush()
    os._exit(exit_code)
