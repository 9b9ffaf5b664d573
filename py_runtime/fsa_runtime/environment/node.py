"""What this machine is called."""

from __future__ import annotations

import os
import socket


def node_name() -> str:
    """As the engine that placed us calls it (fsa_runtime/pilot.py), else as it calls itself."""
    return os.environ.get("FSA_WORKER_NODE") or socket.gethostname()
