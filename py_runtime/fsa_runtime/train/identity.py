"""What decides a training's result: a checkpoint is gone on with only where all of it is the same."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from fsa_runtime.context import JobContext
from fsa_runtime.environment.compute import compute_identity
from fsa_runtime.files.digests import digest_of_data
from fsa_runtime.messages import DECIDING_FIELDS, DistillSpec, FinetuneSpec
from fsa_runtime.train.checkpoint import CheckpointStore


def open_checkpoints(
    context: JobContext, spec: DistillSpec | FinetuneSpec, *, tokenizer: str, keep: int
) -> CheckpointStore:
    """The checkpoints of a training; `keep` of them stay. `tokenizer` as in `training_identity`."""
    return CheckpointStore(
        Path(spec["checkpointFolder"]),
        attempt=context.attempt,
        identity=training_identity(spec, tokenizer=tokenizer),
        keep=keep,
        checks=context.checks,
        on_notice=context.notice,
    )


def training_identity(spec: DistillSpec | FinetuneSpec, *, tokenizer: str) -> dict[str, Any]:
    """By names that a user knows: the kind, the fields that src/rpc/jobs marks, and where it computes.

    `tokenizer`: digest of how texts become token ids. Files of rows stand with their digests, not paths.
    """
    fields = DECIDING_FIELDS[spec["kind"]]
    return {
        "kind": spec["kind"],
        **{name: _plain(_value_at(spec, path)) for name, path in fields.items()},
        **compute_identity(spec["placement"]),
        "tokenizer": tokenizer,
    }


def _value_at(spec: Any, path: tuple[str, ...]) -> Any:
    for field in path:
        spec = spec[field]
    return spec


def _plain(value: Any) -> Any:
    if isinstance(value, list):
        return digest_of_data([_plain(one) for one in value])
    return value["sha256"] if isinstance(value, dict) else value
