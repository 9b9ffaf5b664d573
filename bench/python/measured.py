"""Runs a command to its end and writes its wall and processor seconds, its children's included, to a file.

`measured.py RESULT COMMAND...`: what the command says passes through, and so does its exit code.
"""

from __future__ import annotations

import json
import resource
import subprocess
import sys
import time
from pathlib import Path


def main() -> int:
    result, *command = sys.argv[1:]
    began = time.perf_counter()
    code = subprocess.run(command, check=False).returncode
    wall = time.perf_counter() - began
    used = resource.getrusage(resource.RUSAGE_CHILDREN)
    Path(result).write_text(json.dumps({"seconds": wall, "cpuSeconds": used.ru_utime + used.ru_stime}))
    return code if code >= 0 else 128 - code


if __name__ == "__main__":
    sys.exit(main())
