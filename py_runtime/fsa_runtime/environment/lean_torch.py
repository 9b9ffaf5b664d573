"""Makes the import of torch a quarter shorter.

torch registers Python's shape functions for tensors without data (`meta`), which only tracing and such
tensors ask for: `torch.export`, the compiler, transformers while it loads. A generator of random numbers needs
what comes with them, too. `import_shape_functions` brings them where a job needs them.
"""

from __future__ import annotations

import importlib
import sys
from types import ModuleType
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import torch

_SHAPE_FUNCTIONS = "torch._meta_registrations"


def import_torch() -> None:
    """Imports torch for the first time in this process; does nothing where it is there already."""
    if "torch" in sys.modules:
        return
    sys.modules[_SHAPE_FUNCTIONS] = ModuleType(_SHAPE_FUNCTIONS)
    try:
        importlib.import_module("torch")
    finally:
        del sys.modules[_SHAPE_FUNCTIONS]


def random_generator(device: torch.device | str = "cpu") -> torch.Generator:
    """A generator of random numbers of its own."""
    import_shape_functions()
    return importlib.import_module("torch").Generator(device)  # type: ignore[no-any-return]


def import_shape_functions() -> None:
    """What `import_torch` left out."""
    importlib.import_module(_SHAPE_FUNCTIONS)
