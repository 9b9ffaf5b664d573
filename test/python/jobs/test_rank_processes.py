"""How ranks end, and what is said of it: with real processes that end in every way."""

from __future__ import annotations

import errno
import os
import subprocess
import sys
import tempfile
import time
from pathlib import Path
from typing import Any

import psutil
import pytest
import torch
from jobs_kit import CLAIM

from fsa_runtime.context import JobCancelled
from fsa_runtime.errors import JobError
from fsa_runtime.files import durable
from fsa_runtime.train import rank_processes
from fsa_runtime.train.meeting import meeting_here
from fsa_runtime.train.rank_processes import started_ranks, words_of_failure
from fsa_runtime.worker.claim import Claim
from fsa_runtime.worker.failures import failed_message

HERE = Path(__file__).resolve().parent
RUNTIME = HERE.parents[2] / "py_runtime"
CPU = torch.device("cpu")


@pytest.fixture(autouse=True)
def _nothing_is_left(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Any:
    monkeypatch.setenv("PYTHONPATH", str(HERE))
    monkeypatch.setattr(tempfile, "tempdir", str(tmp_path))
    # Other tests in this process may have started children of their own.
    before = set(psutil.Process().children())
    yield
    assert set(psutil.Process().children()) <= before
    assert list(tmp_path.iterdir()) == []


def meet(act: str, *, count: int = 3) -> None:
    with started_ranks(count, module="scripted_rank", device=CPU) as ranks:
        ranks.join({"act": act}, lambda: None)


def test_a_full_disk_on_a_rank_is_told_like_one_on_the_first() -> None:
    with pytest.raises(OSError, match="No space") as caught:
        meet("full-disk")
    assert caught.value.errno == errno.ENOSPC
    message = failed_message(Claim.of(CLAIM), caught.value, None)
    assert message["code"] == "disk-full"
    assert "/cache/tokens" in message["message"]


def test_a_rank_that_fails_says_why() -> None:
    with pytest.raises(JobError, match="A rank failed: ValueError: no such thing") as caught:
        meet("fail")
    assert caught.value.code == "exception"


def test_a_killed_rank_is_lost() -> None:
    with pytest.raises(JobError, match=r"Rank [12] of 3 was killed by SIGKILL") as caught:
        meet("die")
    assert caught.value.code == "rank-lost"


def test_a_job_that_is_cancelled_takes_its_ranks_along() -> None:
    def cancel() -> None:
        raise JobCancelled

    with (
        pytest.raises(JobCancelled),
        started_ranks(3, module="scripted_rank", device=CPU) as ranks,
    ):
        ranks.join({"act": "sleep"}, cancel)


def test_gpus_that_were_not_given_are_missed_at_once(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("FSA_RANK_GPUS", "1")
    with (
        pytest.raises(JobError, match="3 ranks need 3 GPUs here, but this worker was given 2"),
        started_ranks(3, module="scripted_rank", device=torch.device("cuda:0")),
    ):
        pass


def test_each_rank_sees_its_own_gpu_alone(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("FSA_RANK_GPUS", "GPU-b,3")
    before = set(psutil.Process().children())
    with started_ranks(3, module="scripted_rank", device=torch.device("cuda:0")):
        ranks = set(psutil.Process().children()) - before
        seen = {child.environ()["CUDA_VISIBLE_DEVICES"] for child in ranks}
    assert seen == {"GPU-b", "3"}


@pytest.mark.parametrize(
    "error",
    [
        JobError("not-finite", "too large", step=3),
        JobError("out-of-memory", "no room", retryable=True),
        OSError(errno.EDQUOT, "Quota exceeded", "/somewhere"),
    ],
)
def test_errors_survive_the_way_to_the_first_rank(error: Any) -> None:
    found = rank_processes._failure_of(words_of_failure(error))
    assert type(found) is type(error)
    assert vars(found) == vars(error)
    assert (str(found), getattr(found, "errno", None)) == (str(error), getattr(error, "errno", None))


def run_alone(program: str) -> subprocess.Popen[str]:
    path = os.pathsep.join([str(RUNTIME), str(HERE)])
    return subprocess.Popen(
        [sys.executable, "-c", program],
        stdout=subprocess.PIPE,
        text=True,
        env={**os.environ, "PYTHONPATH": path, "TMPDIR": tempfile.gettempdir()},
    )


ABANDONED = """
import os, psutil, time, torch
from fsa_runtime.train.rank_processes import RankProcesses
ranks = RankProcesses(2, module="fsa_runtime.jobs.distill_rank", device=torch.device("cpu"))
print(*[child.pid for child in psutil.Process().children()], flush=True)
time.sleep(1000)
"""


def test_a_rank_ends_when_its_worker_is_killed_and_leaves_nothing() -> None:
    worker = run_alone(ABANDONED)
    assert worker.stdout is not None
    (rank,) = [psutil.Process(int(pid)) for pid in worker.stdout.readline().split()]
    # By then it is in the midst of its imports, or past them.
    time.sleep(0.5)
    worker.kill()
    worker.wait()
    psutil.wait_procs([rank], timeout=600)
    assert not rank.is_running() or rank.status() == psutil.STATUS_ZOMBIE


def test_what_one_left_that_was_killed_as_its_ranks_met_goes_with_the_next() -> None:
    kept = Path(tempfile.gettempdir(), durable.temporary_name())
    kept.mkdir()
    ended = subprocess.Popen(["true"])
    ended.wait()
    left = kept.with_name(kept.name.replace(f"-{os.getpid()}-", f"-{ended.pid}-"))
    left.mkdir()
    with meeting_here(2) as (_, words):
        assert Path(words["file"]).parent.stat().st_mode & 0o077 == 0
        assert not left.exists()
        assert kept.exists(), "its process is still there"
    kept.rmdir()


STUCK = """
import tempfile, time, torch
from fsa_runtime.train import rank_processes
from fsa_runtime.train.meeting import meeting_here
rank_processes._STUCK_SECONDS = 0.2
class Waits:
    def __init__(self, *_, **__):
        ranks.tell({"do": "step"})
        time.sleep(1000)
rank_processes.RankGroup = Waits
ranks = rank_processes.RankProcesses(2, module="scripted_rank", device=torch.device("cpu"))
ranks.join({"act": "die-later"}, lambda: None)
"""


def test_a_worker_that_waits_for_a_dead_rank_for_ever_ends() -> None:
    worker = run_alone(STUCK)
    assert worker.wait(timeout=600) == rank_processes.RANK_LOST_EXIT_CODE
    # It ended while they met: what it left goes with the next meeting.
    durable.sweep_temporaries(Path(tempfile.gettempdir()))
    assert worker.stdout is not None
    worker.stdout.close()
