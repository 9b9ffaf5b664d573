"""Makes the import of torch a quarter shorter.

torch registers Python's shape functions for tensors without data (`meta`), which only tracing and such
tensors ask for: `torch.export`, the compiler, transformers while it loads. `import_shape_functions` brings
them where a job needs them; what runs on real tensors never does.
"""

from __future__ import annotations

import importlib
import sys
from types import ModuleType

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


def import_shape_functions() -> None:
    """What `import_torch` left out."""
    importlib.import_module(_SHAPE_FUNCTIONS)
