"""A worker: says hello, runs one job after another, and ends when told to."""

from __future__ import annotations

import gc
import os
import queue
import signal
import sys
import threading
import time
import traceback
from collections.abc import Callable
from contextlib import ExitStack, suppress
from typing import TYPE_CHECKING

import zmq

from fsa_runtime.context import JobCancelled, JobFunction
from fsa_runtime.environment.memory import is_out_of_memory
from fsa_runtime.environment.node import node_name
from fsa_runtime.kernels.library import why_without
from fsa_runtime.messages import (
    CancelledMessage,
    EpochDecisionMessage,
    FailedMessage,
    JobSpec,
    OrchestratorMessage,
    ResultMessage,
    RunMessage,
    WorkerMessage,
)
from fsa_runtime.protocol import MessageError, Protocol
from fsa_runtime.worker.claim import Claim
from fsa_runtime.worker.failures import failed_message
from fsa_runtime.worker.job_files import RunFunction, job_files
from fsa_runtime.worker.link import Link
from fsa_runtime.worker.parent_watch import ParentWatch, end_now
from fsa_runtime.worker.placement import check_placement, no_files_words
from fsa_runtime.worker.running_job import RunningJob
from fsa_runtime.worker.settings import LEAVING_REASONS, Settings

if TYPE_CHECKING:
    from fsa_runtime.environment.devices import HostDescription

METRICS_SECONDS = 1.0
"""Records are sent together, even where progress is told more often."""
REFUSED_EXIT_CODE = 5
NO_FILES_EXIT_CODE = 11
NO_MEMORY_EXIT_CODE = 12
"""Memory ran out before there was anything to say it with; ENOMEM, as src/workers/errors.ts knows."""


class Worker:
    """Connects the link's thread with the main thread, where jobs run."""

    def __init__(
        self,
        settings: Settings,
        *,
        find_job: Callable[[str], JobFunction],
        describe_host: Callable[[], HostDescription],
    ) -> None:
        """`describe_host` gives `versions` and `devices` of the hello; it may take long (importing torch)."""
        self._find_job = find_job
        self._describe_host = describe_host
        self._protocol = Protocol()
        self._watch = ParentWatch(settings.parent_pid, settings.orphan_after_seconds, time.monotonic())
        self._link = Link(
            settings.address,
            max_message_bytes=self._protocol.max_message_bytes,
            on_frame=self._receive,
            on_malformed=lambda reason: self._object(MessageError(reason)),
            on_tick=self._tick,
            on_signal=self._signalled,
        )
        self._grace_seconds = settings.grace_seconds
        self._lack = why_without()
        """Told with the first job that it matters to."""
        files = settings.files
        self._files = None if files is None or files.sees_disk() else files
        self._own_keys = zmq.curve_keypair() if settings.remote else None
        self._runs: queue.SimpleQueue[RunMessage | None] = queue.SimpleQueue()
        self._job: RunningJob | None = None
        # A job's last message and "no job" are one step, as seen from the link's thread.
        self._turnover = threading.Lock()
        self._finished_units = 0
        self._device_names: set[str] = set()
        self._exit_code = 0
        self._heartbeat_seconds: float | None = None
        self._report_seconds = 0.0
        self._heartbeat_sequence = 0
        self._next_heartbeat = 0.0
        self._next_progress = 0.0
        self._next_metrics = 0.0

    def serve(self) -> int:
        """Runs until shutdown; the process's exit code. For the main thread."""
        if self._own_keys is not None:
            self._heed_the_pilot()
        self._link.start()
        try:
            host = self._describe_host()
        except BaseException as error:
            if not is_out_of_memory(error):
                raise
            with suppress(MemoryError):
                traceback.print_exc()
            return NO_MEMORY_EXIT_CODE
        self._device_names = {device["name"] for device in host["devices"]}
        with ExitStack() as stack:
            try:
                run_function = stack.enter_context(job_files(self._files))
            except OSError as error:
                # Before the hello: whoever cannot keep files is no worker, and its place is given up.
                print(no_files_words(error, self._files), file=sys.stderr, flush=True)
                return NO_FILES_EXIT_CODE
            self._say_hello(host)
            while (run := self._runs.get()) is not None:
                self._run_job(run, run_function)
        self._link.close(timeout_seconds=5)
        return self._exit_code

    # ------------------------------------------------------------ main thread

    def _say_hello(self, host: HostDescription) -> None:
        self._watch.expect_words(time.monotonic())
        self._post(
            {
                "type": "hello",
                "protocolVersion": self._protocol.version,
                "schemaHash": self._protocol.schema_hash,
                "pid": os.getpid(),
                "hostname": node_name(),
                "ownKey": None if self._own_keys is None else self._own_keys[0].decode(),
                "sharesDisk": self._files is None,
                "roomBytes": None if self._files is None else self._files.room_bytes(),
                "versions": host["versions"],
                "devices": host["devices"],
            }
        )

    def _heed_the_pilot(self) -> None:
        """An engine ends every process of a job alike; what that means for the work is the pilot's to say."""
        signal.signal(signal.SIGTERM, signal.SIG_IGN)
        for number in LEAVING_REASONS:
            # The handler does nothing: the link's thread sees the signal, also while native code runs here.
            signal.signal(number, lambda *_: None)
        self._link.watch_signals()

    def _run_job(self, run: RunMessage, run_function: RunFunction) -> None:
        job = self._job
        assert job is not None
        ending = self._work(job, run["spec"], run_function)
        try:
            job.flush_metrics()
            frame = self._protocol.encode(ending)
        except MessageError as error:
            frame = self._protocol.encode(failed_message(job.claim, error, job.last_step))
        with self._turnover:
            self._link.post(frame)
            self._finished_units += job.work_units + 1
            self._job = None

    def _work(
        self, job: RunningJob, spec: JobSpec, run_function: RunFunction
    ) -> ResultMessage | CancelledMessage | FailedMessage:
        """Runs the job; its last message. No exception of a job ends the worker."""
        try:
            check_placement(spec["placement"], self._device_names)
            if self._lack is not None and spec["placement"]["device"] == "cpu":
                job.notice(self._lack)
                self._lack = None
            output = run_function(job, spec, self._find_job(spec["kind"]))
            return {"type": "result", **job.claim.fields, "output": output}
        except JobCancelled:
            return {"type": "cancelled", **job.claim.fields, "step": job.last_step}
        except BaseException as error:
            message = failed_message(job.claim, error, job.last_step)
            print(message["traceback"], file=sys.stderr, flush=True)
            # The traceback's frames hold tensors: let go of them before the next job.
            error.__traceback__ = None
            return message
        finally:
            _free_memory()

    # ------------------------------------------------------------ link's thread

    def _receive(self, frame: bytes) -> None:
        self._watch.beat(time.monotonic())
        try:
            self._handle(self._protocol.decode(frame))
        except MessageError as error:
            self._object(error)

    def _object(self, error: MessageError) -> None:
        self._watch.beat(time.monotonic())
        self._post({"type": "protocol-error", "message": error.reason, "about": error.about})

    def _handle(self, message: OrchestratorMessage) -> None:
        if message["type"] == "welcome":
            self._heartbeat_seconds = message["heartbeatSeconds"]
            self._report_seconds = message["reportSeconds"]
            self._link.expect_beats(self._heartbeat_seconds)
            if self._own_keys is not None:
                self._link.prove_by(*self._own_keys)
        elif message["type"] == "run":
            self._accept(message)
        elif message["type"] == "epoch-decision":
            if not self._job_of(message).answer(message):
                raise MessageError(f"no decision is awaited for epoch {message['epoch']}", message["type"])
        elif message["type"] == "recorded":
            job = self._job
            # The job may just have ended, and needs no word of it any more.
            if job is not None and job.claim == Claim.of(message) and not job.recorded():
                raise MessageError("no checkpoint waits for that word", message["type"])
        elif message["type"] == "cancel":
            job = self._job
            # The job may just have ended: then there is nothing to cancel, and its result is on the way.
            if job is not None and job.claim == Claim.of(message):
                job.cancel(save=message["save"])
        elif message["type"] == "shutdown":
            self._shut_down()
        elif message["type"] == "protocol-error":
            print(f"fsa worker: the orchestrator objects: {message['message']}", file=sys.stderr, flush=True)
            if self._heartbeat_seconds is None:
                self._exit_code = REFUSED_EXIT_CODE

    def _accept(self, run: RunMessage) -> None:
        if self._heartbeat_seconds is None:
            raise MessageError("a job came before the welcome", "run")
        with self._turnover:
            if self._job is not None:
                raise MessageError(f"job {self._job.claim.job_id} is still running", "run")
            self._job = RunningJob(Claim.of(run), self._post)
        self._runs.put(run)

    def _job_of(self, message: EpochDecisionMessage) -> RunningJob:
        if self._job is None or self._job.claim != Claim.of(message):
            raise MessageError(f"job {message['jobId']} does not run here", message["type"])
        return self._job

    def _signalled(self, number: int) -> None:
        reason = LEAVING_REASONS.get(number)
        if reason is not None:
            seconds = self._grace_seconds if reason == "time-limit" else None
            self._post({"type": "leaving", "reason": reason, "seconds": seconds})

    def _shut_down(self) -> None:
        if self._job is not None:
            self._job.cancel(save=False)
        self._runs.put(None)

    def _tick(self, now: float) -> None:
        lost = self._watch.check(now)
        if lost is not None:
            end_now(lost)
        with self._turnover:
            if self._job is not None:
                self._report(self._job, now)
        if self._heartbeat_seconds is not None and now >= self._next_heartbeat:
            self._next_heartbeat = now + self._heartbeat_seconds
            self._send_heartbeat()

    def _report(self, job: RunningJob, now: float) -> None:
        if now >= self._next_metrics:
            self._next_metrics = now + max(METRICS_SECONDS, self._report_seconds)
            try:
                job.flush_metrics()
            except MessageError as error:
                message = f"Some metrics were left out: {error.reason}"
                self._post({"type": "notice", **job.claim.fields, "message": message})
        if now >= self._next_progress:
            self._next_progress = now + self._report_seconds
            self._offer(job.take_progress())

    def _send_heartbeat(self) -> None:
        with self._turnover:
            job = self._job
            if not self._link.idle():
                # A heartbeat must not overtake a result: "no job" would then read as "the result was lost".
                return
        self._heartbeat_sequence += 1
        self._offer(
            {
                "type": "worker-heartbeat",
                "sequence": self._heartbeat_sequence,
                "jobId": None if job is None else job.claim.job_id,
                "workUnits": self._finished_units + (0 if job is None else job.work_units),
            }
        )

    def _offer(self, message: WorkerMessage | None) -> None:
        if message is None:
            return
        try:
            self._link.offer(self._protocol.encode(message))
        except MessageError as error:
            print(f"fsa worker: a message was left out: {error.reason}", file=sys.stderr, flush=True)

    # ------------------------------------------------------------ any thread

    def _post(self, message: WorkerMessage) -> None:
        self._link.post(self._protocol.encode(message))


def _free_memory() -> None:
    gc.collect()
    torch = sys.modules.get("torch")
    if torch is not None and torch.cuda.is_initialized():
        torch.cuda.empty_cache()
