"""Where files come from, apart from what fetches them: that imports TLS and HTTP, which few workers need."""

from __future__ import annotations

from typing import NamedTuple


class BlobAddress(NamedTuple):
    """The orchestrator's server of files (src/workers/blobs), and what opens it."""

    host: str
    port: int
    fingerprint: str
    """Hex SHA-256 of the one certificate that is believed."""
    token: str
