"""What a worker is told before it runs: by its environment, and by signals of the pilot."""

from __future__ import annotations

import json
import os
import shutil
import signal
import tempfile
from collections.abc import MutableMapping
from dataclasses import dataclass
from pathlib import Path
from secrets import token_hex

from fsa_runtime.files.blob_address import BlobAddress
from fsa_runtime.messages import LeavingReason
from fsa_runtime.worker.link import Address

# What the pilot says by a signal (fsa_runtime/pilot.py).
LEAVING_REASONS: dict[int, LeavingReason] = (
    {signal.SIGUSR1: "time-limit", signal.SIGUSR2: "preempted"} if hasattr(signal, "SIGUSR1") else {}
)


@dataclass(frozen=True, kw_only=True)
class FileSettings:
    """Where files come from for a worker that may not see the orchestrator's disk."""

    address: BlobAddress
    probe: tuple[str, str] | None
    """A file of the orchestrator and what stands in it: who reads that there needs nothing sent."""
    cache_folder: Path
    cache_bytes: int

    @staticmethod
    def of(text: str, endpoint: str) -> FileSettings:
        """`text`: JSON as src/workers/launchers/remote.ts writes it."""
        data = json.loads(text)
        host = endpoint.removeprefix("tcp://").rpartition(":")[0].strip("[]")
        folder = data["cacheFolder"] or f"{tempfile.gettempdir()}/fsa-files-{os.getuid()}"
        return FileSettings(
            address=BlobAddress(host, data["port"], data["fingerprint"], data["token"]),
            probe=None if data["probe"] is None else (data["probe"]["path"], data["probe"]["word"]),
            cache_folder=Path(folder),
            cache_bytes=data["cacheBytes"],
        )

    def sees_disk(self) -> bool:
        if self.probe is None:
            return False
        path, word = self.probe
        try:
            return Path(path).read_text(encoding="utf-8").strip() == word
        except (OSError, UnicodeDecodeError):
            return False

    def room_bytes(self) -> int:
        """What is free in the cache's folder, which is there."""
        return shutil.disk_usage(self.cache_folder).free


@dataclass(frozen=True, kw_only=True)
class Settings:
    """What the orchestrator gives a worker through its environment."""

    address: Address
    parent_pid: int
    orphan_after_seconds: float
    """An orchestrator that is silent for longer counts as lost."""
    grace_seconds: float | None
    """How long the pilot's word that the machine is taken away comes before that; None where nobody knows."""
    remote: bool
    """Started by a pilot on a machine that a cluster lends, not by the orchestrator itself."""
    files: FileSettings | None
    """None where the orchestrator's disk is ours, too."""

    @staticmethod
    def take_from(environment: MutableMapping[str, str]) -> Settings:
        """Reads the settings and removes the keys, so that no child process inherits them."""

        def take(name: str) -> str:
            return environment.pop(f"FSA_WORKER_{name}")

        remote = take("REMOTE") == "1"
        address = Address(
            endpoint=take("ENDPOINT"),
            # A ticket may be in more hands than one: two workers must not pass for one that connects anew.
            identity=(take("IDENTITY") + (f".{token_hex(8)}" if remote else "")).encode(),
            server_key=take("SERVER_KEY").encode(),
            public_key=take("PUBLIC_KEY").encode(),
            secret_key=take("SECRET_KEY").encode(),
            silent_after_seconds=float(take("SILENT_AFTER_SECONDS")),
        )
        return Settings(
            address=address,
            parent_pid=int(take("PARENT_PID")),
            orphan_after_seconds=float(take("ORPHAN_AFTER_SECONDS")),
            grace_seconds=float(grace) if (grace := take("GRACE_SECONDS")) else None,
            remote=remote,
            files=FileSettings.of(files, address.endpoint) if (files := take("FILES")) else None,
        )
