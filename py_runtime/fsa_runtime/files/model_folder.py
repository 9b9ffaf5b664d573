"""A model's folder as a job may read it: the files that its spec names, each held against its digest."""

from __future__ import annotations

import tempfile
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from fsa_runtime.context import Checks
from fsa_runtime.errors import JobError
from fsa_runtime.files.digests import digest_of_file
from fsa_runtime.files.verified import VerifiedFile, read_verified
from fsa_runtime.messages import ModelFile

_WEIGHTS = ".safetensors"


@dataclass(frozen=True)
class ModelFolder:
    """`digests`: SHA-256 of every file that decides what the model computes, by its name in the folder."""

    path: Path
    digests: Mapping[str, str]
    checks: Checks | None = None
    """Of a job that goes on while opened files are hashed; None where each is checked as it is closed."""

    @classmethod
    def of_spec(cls, folder: str, files: Sequence[ModelFile], checks: Checks | None = None) -> ModelFolder:
        """As the job's spec names it. Raises JobError("bad-model") where the folder is gone."""
        if not Path(folder).is_dir():
            raise JobError("bad-model", f"There is no model folder {folder}.")
        return cls(Path(folder), {file["name"]: file["sha256"] for file in files}, checks)

    @classmethod
    def as_found(cls, folder: str | Path) -> ModelFolder:
        """All files that lie in a folder now, for callers that have no digests from before."""
        files = [path for path in Path(folder).glob("*") if path.is_file()]
        return cls(Path(folder), {path.name: digest_of_file(path) for path in sorted(files)})

    def __contains__(self, name: str) -> bool:
        return name in self.digests

    def open(self, name: str) -> VerifiedFile:
        """A file to map. It must be one of the folder's."""
        return VerifiedFile(self.path / name, self.digests[name], code="bad-model", checks=self.checks)

    def read(self, name: str) -> bytes:
        """The bytes of a small file. Raises JobError("bad-model") where it is missing or another one now."""
        if name not in self.digests:
            raise JobError("bad-model", f"{self.path} has no {name}; is this a model folder?")
        return read_verified(self.path / name, self.digests[name], code="bad-model")

    def small_digests(self) -> dict[str, str]:
        """SHA-256 of all files but the weights, by name."""
        return {
            name: digest
            for name, digest in self.digests.items()
            if not name.endswith(_WEIGHTS) and "/" not in name
        }

    def check_small_files(self) -> None:
        """Raises JobError("bad-model") where one of them is missing or another one now."""
        for name in self.small_digests():
            self.read(name)

    @contextmanager
    def small_files(self) -> Iterator[Path]:
        """A private folder with all files but the weights, as hashed, for libraries that read paths."""
        with tempfile.TemporaryDirectory(prefix="fsa-model-") as folder:
            for name in self.small_digests():
                Path(folder, name).write_bytes(self.read(name))
            yield Path(folder)
