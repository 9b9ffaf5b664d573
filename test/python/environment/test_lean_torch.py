"""torch without its shape functions, and with them where a job asks."""

from __future__ import annotations

import os
import subprocess
import sys

PROGRAM = """
import sys
from fsa_runtime.environment.lean_torch import import_shape_functions, import_torch
import_torch()
import torch
print("torch._meta_registrations" in sys.modules, "torch._decomp" in sys.modules)
layer = torch.nn.Linear(2, 3)
layer(torch.ones(1, 2)).sum().backward()
import_shape_functions()
print(torch.baddbmm(*(torch.ones(2, 2, 2, device="meta") for _ in range(3))).shape)
print(torch.compiler.is_compiling(), "torch._decomp" in sys.modules)
"""


def test_shape_functions_come_when_they_are_asked_for() -> None:
    environment = {**os.environ, "PYTHONPATH": os.pathsep.join(path for path in sys.path if path)}
    done = subprocess.run(
        [sys.executable, "-c", PROGRAM], env=environment, capture_output=True, text=True, check=True
    )
    assert done.stdout.splitlines() == ["False False", "torch.Size([2, 2, 2])", "False True"]
