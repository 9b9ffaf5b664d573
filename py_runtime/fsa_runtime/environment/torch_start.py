"""How a worker imports torch: without what no job needs, which is two fifths of the time.

`import torch` also imports the compiler's front ends, kernels for tensors without data and obsolete parts.
They stand in (deferred_modules.py) and are loaded together once somebody asks for one, imports a part of
torch that is not there, or makes a tensor without data.
"""

from __future__ import annotations

import sys
from collections.abc import Callable, Mapping
from importlib import import_module
from importlib.machinery import PathFinder
from importlib.metadata import PackageNotFoundError, version
from types import ModuleType
from typing import Any

from fsa_runtime.environment.deferred_modules import PROMISE, DeferredModules

KNOWN_TORCH = "2.13.0"
"""The pinned one (requirements.in). What may wait was found out for it alone: any other is imported whole."""

_DEFERRED = (
    "torch.utils.data",
    "torch.distributions",
    "torch.profiler",
    "torch.ao",
    "torch.nn.intrinsic",
    "torch.nn.qat",
    "torch.nn.quantizable",
    "torch.nn.quantized",
    "torch.quantization",
    "torch.masked",
    "torch.export",
    "torch.func",
    "torch._higher_order_ops",
    "torch.distributed._meta_registrations",
    "torch._meta_registrations",
    "torch.compiler",
)
_PROMISED = {"torch._higher_order_ops": ("cond", "while_loop"), "torch.func": ("vmap",)}
"""Functions of theirs that torch has in its own namespace."""


def start_torch() -> None:
    """Imports torch."""
    if "torch" in sys.modules or _torch_release() != KNOWN_TORCH:
        import torch  # noqa: PLC0415

        return
    deferred = DeferredModules("torch", _DEFERRED, _PROMISED)
    deferred.install()
    try:
        import torch  # noqa: PLC0415
    except BaseException:
        deferred.uninstall()
        raise
    kernels = _watch_for_tensors_without_data(torch, deferred.load)
    unhook = _find_missing_names(torch, deferred.load)

    def restore() -> None:
        kernels._destroy()
        unhook()

    deferred.watch(restore)


def _torch_release() -> str | None:
    try:
        return version("torch").partition("+")[0]
    except PackageNotFoundError:
        return None


def _find_missing_names(torch: Any, load: Callable[[], None]) -> Callable[[], None]:
    """Lets torch's packages find the promised functions, and submodules that only what waits would bind.

    torch.save asks for `torch._subclasses.fake_tensor`, say, and imports neither. Returns what ends this.
    """
    promised = {name: module for module, names in _PROMISED.items() for name in names}
    for name in promised:
        if vars(torch)[name] is PROMISE:
            delattr(torch, name)
    names = [name for name in sys.modules if name == "torch" or name.startswith("torch.")]
    packages = [sys.modules[name] for name in names if name not in _DEFERRED]
    undo = [
        _hook(each, promised if each is torch else {}, load)
        for each in packages
        # The namespaces of operators find their names themselves.
        if type(each) is ModuleType and "__path__" in vars(each)
    ]

    def unhook() -> None:
        for each in undo:
            each()

    return unhook


def _hook(package: Any, promised: Mapping[str, str], load: Callable[[], None]) -> Callable[[], None]:
    own: Callable[[str], Any] | None = vars(package).get("__getattr__")

    def find(name: str) -> Any:
        if name in promised or _is_submodule(package, name):
            load()
            if name in promised:
                return getattr(sys.modules[promised[name]], name)
            # Not from the package itself: another thread may just be loading it.
            return import_module(f"{package.__name__}.{name}")
        if own is not None:
            return own(name)
        raise AttributeError(f"module {package.__name__!r} has no attribute {name!r}")

    package.__getattr__ = find

    def unhook() -> None:
        for name, module in promised.items():
            setattr(package, name, getattr(sys.modules[module], name))
        if own is None:
            del package.__getattr__
        else:
            package.__getattr__ = own

    return unhook


def _is_submodule(package: Any, name: str) -> bool:
    return (
        not name.startswith("__")
        and PathFinder.find_spec(f"{package.__name__}.{name}", package.__path__) is not None
    )


def _watch_for_tensors_without_data(torch: Any, load: Callable[[], None]) -> Any:
    """Every tensor on the device `meta` is made by one of two kernels: the first one asked for calls `load`.

    Returns what `_destroy` ends this with.
    """
    kernels = torch.library.Library("aten", "IMPL", "Meta")

    def first(kernel: Any) -> Callable[..., Any]:
        def make(*args: Any, **kwargs: Any) -> Any:
            # First of all: loading makes such tensors, too.
            kernels._destroy()
            load()
            return kernel(*args, **kwargs)

        return make

    aten = torch.ops.aten
    for kernel in (aten.empty.memory_format, aten.empty_strided.default):
        kernels.impl(kernel, first(kernel))
    return kernels
