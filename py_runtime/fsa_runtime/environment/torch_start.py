"""How a worker on a processor imports torch: without kernels that only tensors without data have.

`import torch` ends with `torch._meta_registrations`, which says in Python what shape every operation gives on
the device `meta`, and on its way defines hundreds of operations for compilers: a third of the time that torch
takes to import. Jobs compute with data. Here it waits until it or a part that comes with it is imported, as
compilers do (`torch.compile`, `torch.export`), and as whoever makes models without data has to do by name.
"""

from __future__ import annotations

import os
import sys
from importlib import import_module
from importlib.abc import Loader, MetaPathFinder
from importlib.machinery import ModuleSpec
from importlib.metadata import PackageNotFoundError, version
from types import ModuleType
from typing import Any

KNOWN_TORCH = "2.13.0"
"""The pinned one (requirements.in). What may wait was found out for it alone: any other is imported whole."""

_WAITS = "torch._meta_registrations"
_COME_WITH_IT = (
    "torch._decomp",
    "torch._prims",
    "torch._prims_common.wrappers",
    "torch._refs",
    "torch.utils._content_store",
)
"""They import each other in circles: in any other order than that module's they fail."""


def start_torch() -> None:
    """Imports torch; whole where a GPU may be seen or where it is another version."""
    if "torch" in sys.modules or _may_see_gpu() or _release_of_torch() != KNOWN_TORCH:
        import torch  # noqa: PLC0415

        return
    sys.modules[_WAITS] = ModuleType(_WAITS)
    try:
        import torch  # noqa: PLC0415
    finally:
        del sys.modules[_WAITS]
    del torch._meta_registrations
    sys.meta_path.insert(0, _LoadsAll())
    _find_late_parts(torch)
    _allow_generators(torch)


def _may_see_gpu() -> bool:
    return os.environ.get("CUDA_VISIBLE_DEVICES") != ""


def _release_of_torch() -> str | None:
    try:
        return version("torch").partition("+")[0]
    except PackageNotFoundError:
        return None


def _find_late_parts(torch: Any) -> None:
    """Whoever asks torch for one of them imports it: torch's own way for other parts."""
    torch._lazy_modules.update(name.removeprefix("torch.") for name in (_WAITS, *_COME_WITH_IT))


def _allow_generators(torch: Any) -> None:
    """What `torch.Generator` refuses to be made without, and `torch._prims` would do when imported."""
    from torch._opaque_base import OpaqueBaseMeta  # noqa: PLC0415

    torch._C._set_generator_metaclass(OpaqueBaseMeta)


class _LoadsAll(MetaPathFinder, Loader):
    """The first part that is imported brings all, in the order in which `import torch` has them."""

    def __init__(self) -> None:
        self._own_spec: ModuleSpec | None = None

    def find_spec(self, name: str, *_: object) -> ModuleSpec | None:
        """Implements `MetaPathFinder`."""
        return ModuleSpec(name, self) if name in (_WAITS, *_COME_WITH_IT) else None

    def create_module(self, spec: ModuleSpec) -> ModuleType:
        """Implements `Loader`: not in `find_spec`, where no other thread can import."""
        if self in sys.meta_path:
            sys.meta_path.remove(self)
        import_module(_WAITS)
        module = sys.modules[spec.name]
        self._own_spec = module.__spec__
        return module

    def exec_module(self, module: ModuleType) -> None:
        """Implements `Loader`: it is executed already."""
        module.__spec__ = self._own_spec
