"""Checkpoints that are whole or absent, and never mistaken for those of another training.

A checkpoint is a folder `checkpoint-<number>-step-<step>`: one safetensors file per group of tensors, the
counters as JSON, and a manifest with the training's identity and the size and SHA-256 of every file. Nothing
in it is ever unpickled.

Each attempt at a job writes into a folder of its own, `attempt-<term>-<attempt>`, and reads those of all: a
worker that was given up, and lives on unknown to anybody, spoils nothing for the one that has its job now.
The folder is made when the attempt begins and never again: once it was taken away, because the job is done
or in other hands, whoever wakes in the middle of a checkpoint leaves nothing.
"""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Mapping
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from torch import Tensor

from fsa_runtime.context import AttemptName, Checks
from fsa_runtime.errors import JobError
from fsa_runtime.files.durable import published_folder, remove_folder, storage_errors_of, sweep_temporaries
from fsa_runtime.files.manifest import DamageError, Manifest, read_manifest, write_json, write_manifest
from fsa_runtime.files.tensor_file import tensors_in, write_tensors
from fsa_runtime.files.verified import VerifiedFile, read_verified

_COUNTERS = "counters.json"
_NAME = re.compile(r"^checkpoint-(?P<number>\d{6})-step-(?P<step>\d+)$")
_ATTEMPT_NAME = re.compile(r"^attempt-(?P<term>\d+)-(?P<attempt>\d+)$")

TensorGroups = Mapping[str, Mapping[str, Tensor]]


@dataclass(frozen=True)
class Checkpoint:
    """A checkpoint read back."""

    step: int
    path: Path
    groups: dict[str, dict[str, Tensor]]
    counters: dict[str, Any]


@dataclass(frozen=True)
class SavedCheckpoint:
    path: Path
    manifest_sha256: str


class CheckpointStore:
    """The checkpoints of one job in one folder; the newest `keep` of this and earlier attempts are kept.

    So is the newest whose records are known to be written down: of a later one they may be lost with whoever
    keeps them, and then it is passed over (`load_newest`). As long as the answers come, it is the newest.
    """

    def __init__(
        self,
        folder: Path,
        *,
        attempt: AttemptName,
        identity: Mapping[str, Any],
        keep: int,
        checks: Checks,
        on_notice: Callable[[str], None],
    ) -> None:
        """`identity`: plain data, everything that changes the result, by names that a user knows.

        `checks`: of the job; settled before a checkpoint is seen.
        """
        self._folder = folder
        self._attempt = attempt
        self._own = folder / f"attempt-{attempt.term}-{attempt.attempt}"
        self._identity = dict(identity)
        self._keep = keep
        self._checks = checks
        self._on_notice = on_notice
        self._torn: set[Path] = set()
        self._relied_on: Path | None = None
        with storage_errors_of(self._own):
            self._own.mkdir(parents=True, exist_ok=True)

    def save(
        self, step: int, groups: TensorGroups, counters: Mapping[str, Any], *, records_to: int | None = None
    ) -> SavedCheckpoint:
        """Writes a checkpoint and removes those too many. Raises JobError("disk-full").

        `records_to`: the last step whose record was sent before; `step` where it is not given.
        """
        if not self._own.is_dir():
            raise JobError(
                "exception",
                f"{self._own} was taken away: this job is done, or somebody else has it now."
                " Nothing is saved any more.",
            )
        number = max((_number_of(path) for path in _checkpoints_in(self._own)), default=0) + 1
        final = self._own / f"checkpoint-{number:06d}-step-{step}"
        with published_folder(final, checks=self._checks, makes_parents=False) as temporary:
            files = {
                f"{group}.safetensors": write_tensors(tensors, temporary / f"{group}.safetensors")
                for group, tensors in groups.items()
            }
            files[_COUNTERS] = write_json(temporary / _COUNTERS, counters)
            facts = {
                "step": step,
                "recordsTo": step if records_to is None else records_to,
                "identity": self._identity,
            }
            manifest_sha256 = write_manifest(temporary, facts, files)
        if self._relied_on is None:
            # Of the first nothing better is known than of those after it, and least is lost before it.
            self._relied_on = final
        self._remove_surplus()
        return SavedCheckpoint(final, manifest_sha256)

    def rely_on(self, saved: SavedCheckpoint) -> None:
        """The records before it are known to be written down: no older one is needed for their sake."""
        self._relied_on = saved.path
        self._remove_surplus()

    def load_newest(self, *, last_recorded_step: int) -> Checkpoint | None:
        """The newest whole checkpoint whose steps all have their records; others are named and passed over.

        A checkpoint is written without waiting for the records before it to be on disk: where the other side
        died in between, they are lost unless its steps are done again (with the same numbers).
        `last_recorded_step`: up to here every step's record is on disk; 0 where there is none.
        Raises JobError("mismatch") when the newest whole one belongs to another training.
        """
        for folder in self._folders():
            sweep_temporaries(folder)
        for path in reversed(self._all()):
            try:
                manifest = read_manifest(path)
                if int(manifest.facts.get("recordsTo", manifest.facts["step"])) > last_recorded_step:
                    self._pass_over_unrecorded(path, manifest.facts["step"])
                    continue
                checkpoint = self._read(path)
                self._relied_on = path
                return checkpoint
            except DamageError as torn:
                self._torn.add(path)
                self._on_notice(f"The checkpoint {path} is damaged ({torn}) and is passed over.")
        return None

    def _pass_over_unrecorded(self, path: Path, step: int) -> None:
        self._on_notice(
            f"The records up to step {step} are not all there: its checkpoint is passed over,"
            " its steps are done again."
        )
        self._remove(path)

    def _read(self, path: Path) -> Checkpoint:
        manifest = read_manifest(path)
        try:
            groups = {
                name.removesuffix(".safetensors"): _read_group(path, name, manifest)
                for name in manifest.files
                if name.endswith(".safetensors")
            }
            sha256 = manifest.files[_COUNTERS].sha256
            counters = json.loads(read_verified(path / _COUNTERS, sha256, code="mismatch"))
        except JobError as error:
            raise DamageError(error.message) from error
        except (KeyError, ValueError, OSError) as error:
            raise DamageError(f"it cannot be read: {error}") from error
        self._check_identity(manifest.facts["identity"], path)
        return Checkpoint(manifest.facts["step"], path, groups, counters)

    def _check_identity(self, found: Mapping[str, Any], path: Path) -> None:
        differences = [
            f"{name} was {_shown(found.get(name))} and is now {_shown(self._identity.get(name))}"
            for name in sorted({*found, *self._identity})
            if found.get(name) != self._identity.get(name)
        ]
        if differences:
            raise JobError(
                "mismatch",
                f"The checkpoint {path} was made by a training that differs from this one:"
                f" {'; '.join(differences)}. Go back to the earlier settings to resume it,"
                " or start in another run folder.",
            )

    def _folders(self) -> list[Path]:
        """Those of this attempt and all before it; an earlier version had checkpoints in the top folder."""
        with storage_errors_of(self._folder):
            if not self._folder.is_dir():
                return []
            before = [path for path in self._folder.iterdir() if _attempt_of(path) <= self._attempt]
            return [self._folder, *(path for path in before if _ATTEMPT_NAME.match(path.name))]

    def _all(self) -> list[Path]:
        """The checkpoints of `_folders`, the furthest last."""
        return sorted((path for folder in self._folders() for path in _checkpoints_in(folder)), key=_age_of)

    def _remove_surplus(self) -> None:
        whole = [path for path in self._all() if path not in self._torn]
        surplus = [path for path in whole[: -self._keep] if path != self._relied_on]
        for path in [*self._torn, *surplus]:
            self._remove(path)
        self._torn.clear()
        for folder in self._folders():
            if folder not in (self._folder, self._own):
                with suppress(OSError):  # only where nothing is left in it
                    folder.rmdir()

    def _remove(self, path: Path) -> None:
        """What another attempt has may go at any moment, by its own hand."""
        with storage_errors_of(self._folder), suppress(FileNotFoundError):
            remove_folder(path)


def _read_group(folder: Path, name: str, manifest: Manifest) -> dict[str, Tensor]:
    """Tensors of our own, of bytes that were hashed as they were copied."""
    with VerifiedFile(folder / name, manifest.files[name].sha256, code="mismatch") as file:
        return {tensor: value.clone() for tensor, value in tensors_in(file.data).items()}


def _checkpoints_in(folder: Path) -> list[Path]:
    try:
        return [path for path in folder.iterdir() if _NAME.match(path.name)]
    except FileNotFoundError:
        return []


def _number_of(path: Path) -> int:
    match = _NAME.match(path.name)
    return int(match["number"]) if match else 0


def _attempt_of(folder: Path) -> AttemptName:
    match = _ATTEMPT_NAME.match(folder.name)
    return AttemptName(int(match["term"]), int(match["attempt"])) if match else AttemptName(0, 0)


def _age_of(path: Path) -> tuple[int, AttemptName, int]:
    match = _NAME.match(path.name)
    return int(match["step"]) if match else 0, _attempt_of(path.parent), _number_of(path)


def _shown(value: Any) -> str:
    """A value as a user would write it; digests shortened."""
    if value is None:
        return "absent"
    if isinstance(value, str):
        return value if len(value) <= 20 else f"{value[:12]}…"
    text = json.dumps(value)
    return text if len(text) <= 60 else f"{text[:57]}…"
