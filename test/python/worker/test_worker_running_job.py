"""What a job says through its context, and what comes back."""

from __future__ import annotations

import threading
import time
from typing import Any

import pytest

from fsa_runtime.context import JobCancelled
from fsa_runtime.protocol import Message, Protocol
from fsa_runtime.worker.claim import Claim
from fsa_runtime.worker.running_job import METRICS_PER_MESSAGE, RunningJob

CLAIM = Claim(job_id="job", term=1, attempt=1)


class Wire:
    """Validates what a job posts, as the worker does, and keeps it."""

    def __init__(self) -> None:
        self.messages: list[Message] = []
        self._protocol = Protocol()

    def post(self, message: Message) -> None:
        self._protocol.encode(message)
        self.messages.append(message)

    @property
    def types(self) -> list[str]:
        return [message["type"] for message in self.messages]


@pytest.fixture
def wire() -> Wire:
    return Wire()


@pytest.fixture
def job(wire: Wire) -> RunningJob:
    return RunningJob(CLAIM, wire.post)


def record(step: int, **changes: Any) -> dict[str, Any]:
    usual = dict.fromkeys(
        ["epoch", "loss", "validationLoss", "learningRate", "gradientNorm", "tokensPerSecond"]
    )
    return {**usual, "step": step, "tokens": 1, **changes}


def test_progress_is_kept_until_taken_and_only_the_newest(job: RunningJob, wire: Wire) -> None:
    for step in range(1, 1001):
        job.progress("train", done=step, total=1000, loss=float("nan"))
    assert wire.messages == []
    taken = job.take_progress()
    assert taken is not None
    assert (taken["done"], taken["loss"]) == (1000, None)
    assert job.take_progress() is None
    assert job.work_units == 1000
    assert job.last_step == 1000


def test_progress_of_other_phases_is_no_step(job: RunningJob) -> None:
    job.progress("generate", done=5, total=9)
    assert job.last_step is None


def test_metrics_come_in_batches_and_none_is_lost(job: RunningJob, wire: Wire) -> None:
    for step in range(2 * METRICS_PER_MESSAGE + 10):
        job.metrics(record(step, loss=float("inf")))
    assert len(wire.messages) == 2
    job.flush_metrics()
    job.flush_metrics()
    sent = [entry for message in wire.messages for entry in message["records"]]
    assert [entry["step"] for entry in sent] == list(range(2 * METRICS_PER_MESSAGE + 10))
    assert all(entry["loss"] is None for entry in sent)


def test_metrics_go_before_what_relies_on_them(job: RunningJob, wire: Wire) -> None:
    job.metrics(record(1))
    job.saved(step=1, path="/c", manifest_sha256="a" * 64, when_recorded=lambda: None)
    job.metrics(record(2))
    job.cancel(save=False)
    with pytest.raises(JobCancelled):
        job.generated(epoch=1, texts=[])
    job.flush_metrics()
    assert wire.types == ["metrics", "saved", "metrics"]


def saved(job: RunningJob, step: int, heard: list[int]) -> None:
    job.saved(step=step, path="/c", manifest_sha256="a" * 64, when_recorded=lambda: heard.append(step))


def test_a_checkpoint_hears_that_it_is_recorded_in_the_thread_of_the_job(job: RunningJob) -> None:
    heard: list[int] = []
    assert not job.recorded()
    saved(job, 1, heard)
    saved(job, 2, heard)
    assert job.recorded()
    assert heard == []
    job.progress("train", done=3, total=9)
    assert heard == [1]
    assert job.recorded()
    assert not job.recorded()
    job.await_recorded()
    assert heard == [1, 2]


def test_waiting_for_the_record_ends_with_its_word_or_a_plain_stop(job: RunningJob) -> None:
    heard: list[int] = []
    saved(job, 1, heard)
    job.cancel(save=True)
    answer = threading.Timer(0.1, job.recorded)
    answer.start()
    job.await_recorded()
    answer.join()
    assert heard == [1]
    saved(job, 2, heard)
    job.cancel(save=False)
    with pytest.raises(JobCancelled):
        job.await_recorded()


def test_generated_waits_for_the_verdict_of_its_epoch(job: RunningJob, wire: Wire) -> None:
    answers: list[bool] = []

    def answer() -> None:
        while "generated" not in wire.types:
            time.sleep(0.01)
        answers.append(job.answer({"epoch": 1, "best": False, "stop": False}))
        answers.append(job.answer({"epoch": 2, "best": True, "stop": True}))

    thread = threading.Thread(target=answer)
    thread.start()
    verdict = job.generated(epoch=2, texts=["a"])
    thread.join()
    assert (verdict.best, verdict.stop) == (True, True)
    assert answers == [False, True]
    assert not job.answer({"epoch": 2, "best": True, "stop": True})


def test_a_plain_stop_ends_the_wait_for_a_verdict(job: RunningJob) -> None:
    threading.Timer(0.3, lambda: job.cancel(save=False)).start()
    with pytest.raises(JobCancelled):
        job.generated(epoch=1, texts=[])


def test_a_request_to_save_first_lets_the_verdict_come(job: RunningJob) -> None:
    threading.Timer(0.1, lambda: job.cancel(save=True)).start()
    threading.Timer(0.6, lambda: job.answer({"epoch": 1, "best": True, "stop": False})).start()
    assert job.generated(epoch=1, texts=[]).best
    assert job.cancel_requested() == "save-and-stop"
    job.check_cancelled()


def test_a_plain_stop_outranks_a_request_to_save(job: RunningJob) -> None:
    job.cancel(save=True)
    job.cancel(save=False)
    job.cancel(save=True)
    assert job.cancel_requested() == "stop"
    with pytest.raises(JobCancelled):
        job.check_cancelled()
