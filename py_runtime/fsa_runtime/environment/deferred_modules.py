"""Modules that stand in `sys.modules` and are loaded once somebody asks something of one of them.

A stand-in is the module itself, not yet executed: its loading fills the same object, so that whoever bound it
holds the real one. Whoever asks for an attribute, a submodule or another module of the package has all loaded
first, in the order in which they were first imported: every module meets the others as it would have without
this.
"""

from __future__ import annotations

import importlib
import sys
from collections.abc import Callable, Mapping, Sequence
from importlib.abc import Loader, MetaPathFinder
from importlib.machinery import ModuleSpec, PathFinder
from types import ModuleType
from typing import Any

_bootstrap: Any = importlib._bootstrap
"""Its locks know of circles among threads. They are not public, and are the same from Python 3.10 to 3.14."""

_KNOWN = frozenset(
    {"__class__", "__spec__", "__name__", "__package__", "__loader__", "__path__", "__file__", "__cached__"}
)
"""What importing asks of a module that is there already; true of a stand-in as well."""
_read = ModuleType.__getattribute__

PROMISE = object()
"""What a stand-in gives for a promised name."""


class DeferredModules(MetaPathFinder):
    """The modules of a package that wait. Not for two packages at once."""

    def __init__(self, package: str, names: Sequence[str], promised: Mapping[str, Sequence[str]]) -> None:
        """`promised`: names that the package takes from a module while it is itself imported. It is given
        `PROMISE` for them; whoever imports it sees that this is seen by nobody.
        """
        self._prefix = f"{package}."
        self._names = frozenset(names)
        self._promised = promised
        self._waiting: list[ModuleType] = []
        self._then: Callable[[], None] | None = None
        self._whole = _bootstrap._ModuleLock(f"what waits of {package}")
        self._at_it = False

    def install(self) -> None:
        """From now on the modules stand in; each is still loaded alone, should the package need it itself."""
        sys.meta_path.insert(0, self)

    def uninstall(self) -> None:
        """Whatever is imported from now on is loaded at once."""
        if self in sys.meta_path:
            sys.meta_path.remove(self)

    def watch(self, then: Callable[[], None]) -> None:
        """The package is imported: from now on, what is asked of one module loads all, and calls `then`."""
        self._then = then

    def load(self) -> None:
        """Loads what waits, or waits for the thread that is at it."""
        if self._then is None or not _acquire(self._whole):
            return
        try:
            # Loading asks for modules itself, in this very thread.
            if self._then is not None and not self._at_it:
                self._at_it = True
                try:
                    self._execute_all(self._then)
                finally:
                    self._at_it = False
        finally:
            self._whole.release()

    def _execute_all(self, then: Callable[[], None]) -> None:
        for module in tuple(self._waiting):
            self._execute(module)
        self.uninstall()
        self._then = None
        then()

    def find_spec(
        self, name: str, path: Sequence[str] | None, target: ModuleType | None = None
    ) -> ModuleSpec | None:
        """Implements `MetaPathFinder`."""
        if not name.startswith(self._prefix):
            return None
        waits = name in self._names
        parent = sys.modules.get(name.rpartition(".")[0])
        if not waits and self._then is None and not isinstance(parent, _StandIn):
            return None
        spec = PathFinder.find_spec(name, path, target)
        if spec is None or spec.loader is None:
            return None
        # Nothing is loaded in here: the one lock of all finders is held.
        if waits:
            spec.loader_state = self
            spec.loader = _Later(spec.loader, self._waiting)
        else:
            spec.loader = _AfterAll(spec.loader, lambda: self._load_around(parent))
        return spec

    def _load_around(self, parent: ModuleType | None) -> None:
        self.load()
        if isinstance(parent, _StandIn):
            self._execute(parent)

    def asked(self, module: ModuleType, name: str) -> Any:
        """What `module`, a stand-in, gives for `name`."""
        if self._then is None and name in self._promised.get(_read(module, "__name__"), ()):
            return PROMISE
        self.load()
        self._execute(module)
        return _read(module, name)

    def _execute(self, module: ModuleType) -> None:
        spec: Any = _read(module, "__spec__")
        lock = _bootstrap._get_module_lock(spec.name)
        if not _acquire(lock):
            return
        try:
            if not isinstance(spec.loader, _Later):
                return
            later = spec.loader
            spec.loader = module.__loader__ = later.loader
            try:
                later.loader.exec_module(module)
            except BaseException:
                spec.loader = module.__loader__ = later
                raise
            spec.loader_state = None
            module.__class__ = ModuleType
            self._waiting.remove(module)
        finally:
            lock.release()


def _acquire(lock: Any) -> bool:
    """False in a circle of threads, where importing goes on with what there is of a module."""
    try:
        lock.acquire()
    except _bootstrap._DeadlockError:
        return False
    return True


class _StandIn(ModuleType):
    def __getattribute__(self, name: str) -> Any:
        if name in _KNOWN:
            return _read(self, name)
        state = _read(self, "__spec__").loader_state
        # None: another thread has just loaded it.
        return _read(self, name) if state is None else state.asked(self, name)


class _Later(Loader):
    """Makes a stand-in of a module; `loader` is its own."""

    def __init__(self, loader: Any, waiting: list[ModuleType]) -> None:
        self.loader = loader
        self._waiting = waiting

    def create_module(self, spec: ModuleSpec) -> ModuleType | None:  # noqa: ARG002
        return None

    def exec_module(self, module: ModuleType) -> None:
        self._waiting.append(module)
        module.__class__ = _StandIn


class _AfterAll(Loader):
    """Loads a module that never waited, after those that do."""

    def __init__(self, loader: Any, load_others: Callable[[], None]) -> None:
        self._loader = loader
        self._load_others = load_others
        self._own_spec: ModuleSpec | None = None

    def create_module(self, spec: ModuleSpec) -> ModuleType | None:
        # The thread that is loading the others may need this one, too: let it.
        own = _bootstrap._get_module_lock(spec.name)
        own.release()
        try:
            self._load_others()
        finally:
            own.acquire()
        present = sys.modules.get(spec.name)
        if present is not None:
            # One of the others has just loaded it.
            self._own_spec = present.__spec__
            return present
        module: ModuleType | None = self._loader.create_module(spec)
        return module

    def exec_module(self, module: ModuleType) -> None:
        if self._own_spec is not None:
            module.__spec__ = self._own_spec
            return
        spec = module.__spec__
        assert spec is not None
        spec.loader = module.__loader__ = self._loader
        self._loader.exec_module(module)
