"""A model that changed behind a job's back: the job may have worked on it, but nobody sees any of it."""

from __future__ import annotations

import shutil
from collections.abc import Callable
from pathlib import Path
from typing import Any, cast

import pytest
from causal_kit import make_causal_model
from jobs_kit import (
    DISTILL_STEPS,
    PLACEMENT,
    RecordingContext,
    distill_spec,
    finetune_spec,
    model_digest,
    model_fields,
    run_job,
    write_pairs,
)
from safetensors.torch import load_file, save_file

from fsa_runtime.context import AttemptName, EpochDecision, JobCancelled, JobContext
from fsa_runtime.errors import JobError
from fsa_runtime.files.digests import digest_of_file
from fsa_runtime.files.durable import published_folder
from fsa_runtime.files.verified import VerifiedFile
from fsa_runtime.inference.model_cache import MODEL_CACHE
from fsa_runtime.messages import JobOutput, MetricRecord
from fsa_runtime.worker.checked_job import checked

Spec = dict[str, Any]


@pytest.fixture
def model(taught_folder: Path, tmp_path: Path) -> Path:
    """The job's own copy, and nothing in the cache."""
    MODEL_CACHE.clear()
    return Path(shutil.copytree(taught_folder, tmp_path / "model"))


def change_weights(model: Path) -> None:
    """To others that are as good a model."""
    path = model / "model.safetensors"
    save_file(
        {name: 1.01 * value for name, value in load_file(path).items()}, path, metadata={"format": "pt"}
    )


def _asking(kind: str) -> Callable[[Path, Path], Spec]:
    own: dict[str, Spec] = {
        "predict": {"texts": ["the soup was cold"], "maxGeneratedTokens": 12, "generationBatchSize": 3},
        "score-labels": {
            "questions": [{"text": "the soup was cold", "beginning": "soup |"}],
            "labels": ["positive", "negative"],
            "batchSize": 2,
        },
        "answer": {
            "questions": [{"turns": [{"role": "user", "content": "soup?"}], "prefill": None}],
            "maxAnswerTokens": 4,
            "stop": [],
            "batchSize": 1,
        },
    }
    longest = {} if kind == "answer" else {"maxInputTokens": 24}

    def spec_of(model: Path, _folder: Path) -> Spec:
        head = {"kind": kind, "placement": PLACEMENT, "modelDigest": model_digest(model), "precision": "fp32"}
        return {**head, **model_fields(model), **longest, **own[kind]}

    return spec_of


def _generating(model: Path, folder: Path) -> Spec:
    names = ("placement", "model", "modelFiles", "modelDigest", "precision", "maxInputTokens")
    names += ("maxGeneratedTokens", "generationBatchSize")
    whole = finetune_spec(model, folder)
    return {"kind": "generate", "pairs": whole["test"], **{name: whole[name] for name in names}}


SPECS: dict[str, Callable[[Path, Path], Spec]] = {
    "finetune": finetune_spec,
    "distill": distill_spec,
    "generate": _generating,
    **{kind: _asking(kind) for kind in ("predict", "score-labels", "answer")},
}
"""Every kind of job that goes on while the weights are hashed."""


@pytest.mark.parametrize("kind", SPECS)
def test_no_kind_of_job_gives_anything_away_of_a_model_that_changed(
    kind: str, model: Path, tmp_path: Path
) -> None:
    if kind == "answer":
        shutil.rmtree(model)
        make_causal_model(model)
    spec = SPECS[kind](model, tmp_path)
    planned = digest_of_file(model / "model.safetensors")
    change_weights(model)
    context = RecordingContext()
    with pytest.raises(JobError, match=r"model\.safetensors is not the file it was") as caught:
        run_job(context, spec)
    assert caught.value.code == "bad-model"
    for digest in (planned, digest_of_file(model / "model.safetensors")):
        assert digest[:12] in caught.value.message
    assert (context.records, context.dev_texts, context.saves) == ([], {}, [])
    assert all(progress.get("loss") is None for progress in context.progresses)
    left = [path for path in tmp_path.rglob("*") if path.is_file() and path.suffix != ".arrow"]
    assert {path.relative_to(tmp_path).parts[0] for path in left} <= {"model", "cache"}


@pytest.mark.parametrize("kind", SPECS)
def test_nothing_of_a_refused_model_is_kept_for_the_next_job(kind: str, model: Path, tmp_path: Path) -> None:
    if kind == "answer":
        shutil.rmtree(model)
        make_causal_model(model)
    spec = SPECS[kind](model, tmp_path)
    right = (model / "model.safetensors").read_bytes()
    change_weights(model)
    for _ in range(2):
        with pytest.raises(JobError, match="is not the file it was"):
            run_job(RecordingContext(), spec)
    (model / "model.safetensors").write_bytes(right)
    assert run_job(RecordingContext(), spec)["kind"] == kind


def test_a_job_that_only_has_to_publish_looks_at_its_model_all_the_same(model: Path, tmp_path: Path) -> None:
    spec = distill_spec(model, tmp_path, steps=DISTILL_STEPS)
    run_job(RecordingContext(), spec)
    shutil.rmtree(spec["modelFolder"])
    change_weights(model)
    context = RecordingContext(attempt=2)
    with pytest.raises(JobError, match="is not the file it was"):
        run_job(context, spec)
    assert context.records == []
    assert not Path(spec["modelFolder"]).exists()


def test_a_cancelled_job_leaves_no_unchecked_model_behind(model: Path, tmp_path: Path) -> None:
    spec = finetune_spec(model, tmp_path)
    change_weights(model)
    with pytest.raises(JobCancelled):
        run_job(RecordingContext(ask=lambda kind, _: "stop" if kind == "load" else None), spec)
    with pytest.raises(JobError, match="is not the file it was"):
        run_job(RecordingContext(), spec)


# ---------------------------------------------------------------- the gate itself

RECORD = MetricRecord(
    step=1,
    epoch=1,
    loss=0.5,
    validationLoss=None,
    learningRate=0.1,
    gradientNorm=1.0,
    tokens=3,
    tokensPerSecond=1.0,
)


def _publish(context: JobContext, folder: Path) -> None:
    with published_folder(folder / "out", checks=context.checks) as temporary:
        (temporary / "file").write_text("what came of it")


def _break(_context: JobContext, _folder: Path) -> None:
    raise ZeroDivisionError


WAYS_OUT: dict[str, Callable[[JobContext, Path], object]] = {
    "result": lambda _context, _folder: None,
    "metrics": lambda context, _: context.metrics(RECORD),
    "loss": lambda context, _: context.progress("train", done=1, total=2, loss=0.5),
    "texts": lambda context, _: context.generated(epoch=1, texts=["one"]),
    "checkpoint": lambda context, _: context.saved(
        step=1, path="c", manifest_sha256="0" * 64, when_recorded=lambda: None
    ),
    "folder": _publish,
    "error": _break,
}


class Listener:
    """A `Speaker` that notes which of its methods were called."""

    attempt = AttemptName(1, 1)

    def __init__(self) -> None:
        self.heard: list[str] = []

    def __getattr__(self, name: str) -> Any:
        def hear(*_: object, **__: object) -> EpochDecision:
            self.heard.append(name)
            return EpochDecision(best=True, stop=False)

        return hear


@pytest.mark.parametrize("way", WAYS_OUT)
def test_whatever_a_job_does_first_with_a_file_that_it_should_not_have_ends_it(
    way: str, tmp_path: Path
) -> None:
    path = tmp_path / "file"
    path.write_bytes(b"other bytes")

    def run(context: JobContext, _spec: Any) -> JobOutput:
        with VerifiedFile(path, "0" * 64, code="bad-model", checks=context.checks) as file:
            assert bytes(file.data) == b"other bytes"
        WAYS_OUT[way](context, tmp_path)
        return cast(JobOutput, {})

    listener = Listener()
    with pytest.raises(JobError, match="is not the file it was"):
        checked(run)(cast(Any, listener), {})
    assert listener.heard == []
    assert not (tmp_path / "out").exists()


def test_a_job_with_the_right_file_says_what_it_has_to_say(tmp_path: Path) -> None:
    path = write_pairs(tmp_path / "a.arrow", [])["path"]

    def run(context: JobContext, _spec: Any) -> JobOutput:
        with VerifiedFile(Path(path), digest_of_file(Path(path)), code="bad-data", checks=context.checks):
            pass
        for way in ("metrics", "loss", "texts", "checkpoint", "folder"):
            WAYS_OUT[way](context, tmp_path)
        return cast(JobOutput, {"kind": "probe"})

    listener = Listener()
    assert checked(run)(cast(Any, listener), {}) == {"kind": "probe"}
    assert listener.heard == ["metrics", "progress", "generated", "saved"]
    assert (tmp_path / "out" / "file").exists()


def test_files_of_a_job_that_are_not_asked_about_are_closed(tmp_path: Path) -> None:
    path = tmp_path / "file"
    path.write_bytes(b"x" * 50_000_000)
    before = len(list(Path("/proc/self/fd").iterdir()))

    def run(context: JobContext, _spec: Any) -> JobOutput:
        with VerifiedFile(path, "0" * 64, code="bad-model", checks=context.checks):
            pass
        raise JobCancelled

    with pytest.raises(JobCancelled):
        checked(run)(cast(Any, Listener()), {})
    assert len(list(Path("/proc/self/fd").iterdir())) == before
