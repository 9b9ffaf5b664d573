"""Real small parts for tests of the jobs: a T5 with a trained tokenizer, Arrow files, a recording context."""

from __future__ import annotations

import hashlib
import json
import random
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pyarrow as pa
import torch
from tokenizers import Tokenizer, models, pre_tokenizers, trainers
from transformers import T5Config, T5ForConditionalGeneration, T5Tokenizer

from fsa_runtime.context import AttemptName, EpochDecision, JobCancelled
from fsa_runtime.files.digests import digest_of_folder
from fsa_runtime.files.model_folder import ModelFolder
from fsa_runtime.protocol import Protocol
from fsa_runtime.worker.find_job import find_job

Row = tuple[str, str, str]

CELL_EPOCHS = 3
DISTILL_STEPS = 7

_THINGS = ["soup", "waiter", "screen", "battery", "terrace", "keyboard", "bill", "music"]
_WORDS = {"positive": ["lovely", "superb", "quick"], "negative": ["cold", "rude", "broken"]}


ALL_RECORDED = 10**9
"""Every step's record is on disk."""


def make_rows(count: int, seed: int = 1) -> list[Row]:
    """Sentences with one to three opinions and their answers, some of several lines, of many lengths."""
    draw = random.Random(seed)
    rows = []
    for number in range(count):
        parts, answers = [], []
        for _ in range(draw.randint(1, 3)):
            thing, polarity = draw.choice(_THINGS), draw.choice(sorted(_WORDS))
            parts.append(f"the {thing} was {draw.choice(_WORDS[polarity])}")
            answers.append(f"{thing} | {polarity}")
        glue = draw.choice([", ", " and\n", ". "])
        rows.append((f"row-{number}", glue.join(parts), draw.choice(["\n", " ; "]).join(answers)))
    return rows


def write_pairs(path: Path, rows: list[Row], rows_per_batch: int = 7) -> dict[str, Any]:
    """Writes an Arrow IPC file and returns its `pairsFile` spec."""
    schema = pa.schema([(name, pa.utf8()) for name in ("id", "source", "target")])
    with pa.ipc.new_file(str(path), schema) as writer:
        for start in range(0, len(rows), rows_per_batch):
            part = rows[start : start + rows_per_batch]
            columns = [pa.array([row[i] for row in part], pa.utf8()) for i in range(3)]
            writer.write_batch(pa.record_batch(columns, schema=schema))
    sha256 = hashlib.sha256(path.read_bytes()).hexdigest()
    return {"path": str(path), "sha256": sha256, "rows": len(rows)}


def make_model(folder: Path, *, dropout: float = 0.1) -> Path:
    """A small T5 in Hugging Face's format, with more embedding rows than its tokenizer has tokens."""
    vocabulary = _train_vocabulary([text for row in make_rows(200) for text in row[1:]])
    tokenizer = T5Tokenizer(vocab=vocabulary, extra_ids=0)
    config = T5Config(
        vocab_size=len(tokenizer) + 3,
        d_model=32,
        d_kv=8,
        d_ff=64,
        num_layers=2,
        num_heads=4,
        dropout_rate=dropout,
        decoder_start_token_id=0,
    )
    with torch.random.fork_rng(devices=[]):
        torch.manual_seed(7)
        T5ForConditionalGeneration(config).save_pretrained(folder)
    tokenizer.save_pretrained(folder)
    return folder


def _train_vocabulary(texts: list[str]) -> list[tuple[str, float]]:
    tokenizer = Tokenizer(models.Unigram())
    tokenizer.pre_tokenizer = pre_tokenizers.Sequence(
        [pre_tokenizers.WhitespaceSplit(), pre_tokenizers.Metaspace()]
    )
    trainer = trainers.UnigramTrainer(
        vocab_size=90, special_tokens=["<pad>", "</s>", "<unk>"], unk_token="<unk>", show_progress=False
    )
    tokenizer.train_from_iterator(texts, trainer)
    return [(piece, score) for piece, score in json.loads(tokenizer.to_str())["model"]["vocab"]]


PLACEMENT = {"device": "cpu", "threads": 1}


def optimizer_settings(**changes: Any) -> dict[str, Any]:
    settings = {
        "batchSize": 4,
        "accumulation": 2,
        "learningRate": 3e-3,
        "finalLearningRate": 1e-5,
        "warmupSteps": 0,
        "weightDecay": 0.0,
        "clip": 1.0,
    }
    return {**settings, **changes}


def distill_spec(model: Path, folder: Path, **changes: Any) -> dict[str, Any]:
    """Two training files of 15 and 6 rows and a validation file of 5, everything else below `folder` too."""
    spec = {
        "kind": "distill",
        "placement": PLACEMENT,
        **model_fields(model),
        "modelDigest": digest_of_folder(model),
        "seed": 42,
        "precision": "fp32",
        "train": [
            write_pairs(folder / "a.arrow", make_rows(15, seed=1)),
            write_pairs(folder / "b.arrow", make_rows(6, seed=2)),
        ],
        "validation": [write_pairs(folder / "v.arrow", make_rows(5, seed=3))],
        "maxInputTokens": 24,
        "maxTargetTokens": 20,
        "cacheFolder": str(folder / "cache"),
        "steps": 10,
        "ranks": 1,
        "shards": None,
        "optimizer": optimizer_settings(),
        "validateEverySteps": 3,
        "validationBatchSize": 2,
        "checkpointEverySteps": 2,
        "checkpointEveryMinutes": 1000,
        "keepCheckpoints": 2,
        "checkpointFolder": str(folder / "checkpoints"),
        "lastRecordedStep": ALL_RECORDED,
        "modelFolder": str(folder / "result"),
    }
    return {**spec, **changes}


TEACHING = {
    "steps": 60,
    "optimizer": optimizer_settings(batchSize=11, accumulation=1, learningRate=0.1),
    "validateEverySteps": 1000,
    "checkpointEverySteps": 1000,
}
"""Changes to `distill_spec` that teach the small model something in a second."""


PROTOCOL = Protocol()


CLAIM = {"jobId": "job", "term": 1, "attempt": 1}


def run_job(context: RecordingContext, spec: dict[str, Any]) -> dict[str, Any]:
    """Runs a job as a worker would: spec and output are checked against the protocol."""
    run = {"type": "run", **CLAIM, "spec": spec}
    PROTOCOL.encode(run, "orchestratorMessages")
    output = find_job(spec["kind"])(context, spec)
    PROTOCOL.encode({"type": "result", **CLAIM, "output": output})
    return output


class RecordingContext:
    """A `Speaker` that remembers everything, checks it against the protocol, and can ask the job to end.

    `ask` hears every event as (kind, number so far of that kind) and may answer "stop" or "save-and-stop",
    or raise to break the job off as a fault would.
    """

    def __init__(
        self,
        *,
        attempt: int = 1,
        ask: Callable[[str, int], str | None] = lambda _kind, _count: None,
        judge: Callable[[int, list[str]], EpochDecision] = lambda _epoch, _texts: EpochDecision(
            best=True, stop=False
        ),
    ) -> None:
        self.attempt = AttemptName(1, attempt)
        self.progresses: list[dict[str, Any]] = []
        self.records: list[dict[str, Any]] = []
        self.saves: list[dict[str, Any]] = []
        self.notices: list[str] = []
        self.dev_texts: dict[int, list[str]] = {}
        self._ask = ask
        self._judge = judge
        self._unrecorded: list[Callable[[], None]] = []
        self._counts: dict[str, int] = {}
        self._cancel = "no"

    def progress(self, phase: str, **details: Any) -> None:
        assert details["done"] <= details["total"]
        self.await_recorded()
        names = {"tokens_per_second": "tokensPerSecond", "seconds_left": "secondsLeft"}
        optional = {"epoch": None, "loss": None, "tokensPerSecond": None, "secondsLeft": None}
        said = {names.get(name, name): value for name, value in details.items()}
        self._say({"type": "progress", "phase": phase, **optional, **said})
        self.progresses.append({"phase": phase, **details})
        self._happened(phase)

    def metrics(self, record: dict[str, Any]) -> None:
        self._say({"type": "metrics", "records": [record]})
        self.records.append(dict(record))
        self._happened("metrics")

    def generated(self, *, epoch: int, texts: list[str]) -> EpochDecision:
        self.check_cancelled()
        self._say({"type": "generated", "epoch": epoch, "texts": texts})
        self.dev_texts[epoch] = texts
        self._happened("generated")
        self.check_cancelled()
        return self._judge(epoch, texts)

    def saved(self, *, step: int, path: str, manifest_sha256: str, when_recorded: Callable[[], None]) -> None:
        manifest = Path(path, "manifest.json").read_bytes()
        assert hashlib.sha256(manifest).hexdigest() == manifest_sha256
        self._say({"type": "saved", "step": step, "path": path, "manifestSha256": manifest_sha256})
        self.saves.append({"step": step, "path": path})
        self._happened("saved")
        self._unrecorded.append(when_recorded)

    def await_recorded(self) -> None:
        for when_recorded in self._unrecorded:
            when_recorded()
        self._unrecorded.clear()

    def notice(self, message: str) -> None:
        self._say({"type": "notice", "message": message})
        self.notices.append(message)

    def cancel_requested(self) -> str:
        return self._cancel

    def check_cancelled(self) -> None:
        if self._cancel == "stop":
            raise JobCancelled

    def _say(self, message: dict[str, Any]) -> None:
        PROTOCOL.encode({**CLAIM, **message})

    def _happened(self, kind: str) -> None:
        self._counts[kind] = self._counts.get(kind, 0) + 1
        self._cancel = self._ask(kind, self._counts[kind]) or self._cancel

    def count(self, kind: str) -> int:
        return self._counts.get(kind, 0)


def model_digest(folder: Path) -> str:
    return digest_of_folder(folder)


def model_fields(folder: Path) -> dict[str, Any]:
    """`model` and `modelFiles` of a spec."""
    digests = ModelFolder.as_found(folder).digests
    files = [{"name": name, "sha256": sha256} for name, sha256 in digests.items()]
    return {"model": str(folder), "modelFiles": files}


def flat(rows: list[Row]) -> list[Row]:
    """As benchmark rows: no line breaks."""
    return [(row[0], row[1].replace("\n", " "), row[2].replace("\n", " ; ")) for row in rows]


def finetune_spec(model: Path, folder: Path) -> dict[str, Any]:
    """A small cell in fp32: 14 rows to train on, four steps an epoch."""
    return {
        "kind": "finetune",
        "placement": PLACEMENT,
        **model_fields(model),
        "modelDigest": model_digest(model),
        "seed": 42,
        "precision": "fp32",
        "train": write_pairs(folder / "train.arrow", flat(make_rows(14, seed=1))),
        "dev": write_pairs(folder / "dev.arrow", flat(make_rows(5, seed=2))),
        "test": write_pairs(folder / "test.arrow", flat(make_rows(7, seed=3))),
        "maxInputTokens": 64,
        "maxTargetTokens": 64,
        "maxGeneratedTokens": 12,
        "generationBatchSize": 3,
        "epochs": CELL_EPOCHS,
        "optimizer": optimizer_settings(accumulation=1, weightDecay=0.01),
        "checkpointEveryMinutes": 1000,
        "checkpointFolder": str(folder / "checkpoints"),
        "lastRecordedStep": ALL_RECORDED,
        "modelFolder": None,
    }


def elsewhere(spec: dict[str, Any], name: str, **changes: Any) -> dict[str, Any]:
    """The same training with a folder of its own for checkpoints and result."""
    folder = Path(spec["modelFolder"]).parent / name
    places = {"checkpointFolder": str(folder / "checkpoints"), "modelFolder": str(folder / "result")}
    return {**spec, **places, **changes}


def weights_of(spec: dict[str, Any]) -> bytes:
    return Path(spec["modelFolder"], "model.safetensors").read_bytes()
