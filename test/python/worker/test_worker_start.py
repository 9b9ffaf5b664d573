"""A worker's start: nothing looks for garbage among what imports make, neither during them nor ever after."""

from __future__ import annotations

import subprocess
import sys

PROGRAM = """
import gc
from fsa_runtime.__main__ import describe_host

during = gc.isenabled()
describe_host()
print(during, gc.isenabled(), gc.get_freeze_count() > 50_000)
"""


def test_garbage_is_looked_for_from_the_hello_on() -> None:
    run = subprocess.run([sys.executable, "-c", PROGRAM], check=True, capture_output=True, text=True)
    assert run.stdout.split() == ["False", "True", "True"]


def test_what_speaks_tls_is_imported_where_files_are_sent_alone() -> None:
    program = "import sys, fsa_runtime.worker.worker; print(*sys.modules.keys() & {'ssl', 'http.client'})"
    run = subprocess.run([sys.executable, "-c", program], check=True, capture_output=True, text=True)
    assert run.stdout.split() == []
