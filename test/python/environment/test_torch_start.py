"""What torch is to a worker: the whole of it, whose unused parts are loaded at the first use."""

from __future__ import annotations

import json
import re
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from fsa_runtime.environment.torch_start import KNOWN_TORCH

ROOT = Path(__file__).resolve().parents[3]
START = """
import json, sys
from fsa_runtime.environment.torch_start import start_torch
from fsa_runtime.environment import deferred_modules
waiting = lambda: [n for n, m in sys.modules.items() if type(m) is deferred_modules._StandIn]
start_torch()
import torch
"""


def told_by(program: str, *, start: str = START) -> Any:
    """What `program`, which follows the start in a process of its own, prints as JSON."""
    words = [sys.executable, "-c", start + program]
    run = subprocess.run(words, check=False, capture_output=True, text=True)
    assert run.returncode == 0, run.stderr
    return json.loads(run.stdout.splitlines()[-1])


def test_knows_the_pinned_torch() -> None:
    pinned = re.search(r"^torch==(\S+)$", (ROOT / "py_runtime/requirements.in").read_text(), re.MULTILINE)
    assert pinned is not None
    assert pinned[1] == KNOWN_TORCH


def test_a_step_an_answer_and_a_file_of_tensors_need_none_of_what_waits() -> None:
    program = """
from safetensors.torch import load, save
before = waiting()
layer = torch.nn.Linear(4, 4)
torch.nn.functional.cross_entropy(layer(torch.randn(3, 4)).softmax(-1), torch.arange(3)).backward()
with torch.inference_mode():
    torch.nn.functional.scaled_dot_product_attention(*[torch.randn(1, 2, 3, 4)] * 3).argmax(-1).tolist()
load(save({"weight": layer.weight.detach()}))
print(json.dumps([before, waiting()]))
"""
    before, after = told_by(program)
    assert len(before) > 10
    assert after == before


USES = {
    "an attribute": "torch.masked.masked_tensor",
    "a name imported from a module": "exec('from torch.export import export')",
    "a submodule": "__import__('torch.export.exported_program')",
    "a part of torch that is not there": "__import__('torch._dynamo')",
    "a submodule that nobody imported": "torch._subclasses.fake_tensor.FakeTensor",
    "a promised function": "torch.vmap(torch.sin)(torch.ones(2))",
    "its names": "dir(torch.compiler)",
    "its dictionary": "vars(torch.func)['grad']",
    "a tensor without data": "torch.cdist(*[torch.empty(2, 3, device='meta')] * 2)",
    "data taken off": "torch.nn.functional.layer_norm(torch.ones(3, 4).to('meta'), (4,))",
    "torch.save": "torch.save(torch.ones(2), __import__('io').BytesIO())",
    "an optimizer of torch": "torch.optim.SGD([torch.ones(1)])",
    "a picture of a tensor": "str(torch.ones(1))",
}


@pytest.mark.parametrize("use", USES.values(), ids=USES.keys())
def test_the_first_use_loads_all(use: str) -> None:
    program = f"""
held = [sys.modules[name] for name in waiting()]
{use}
same = all(sys.modules[each.__name__] is each and type(each) is type(sys) for each in held)
print(json.dumps([same, waiting(), "find" in torch.__getattr__.__name__]))
"""
    assert told_by(program) == [True, [], False]


NAMES = """
torch.compiler.is_compiling()
from types import ModuleType
is_torch = lambda name: name == "torch" or name.startswith("torch.")
print(json.dumps({
    name: sorted(vars(module)) for name, module in sys.modules.items()
    if is_torch(name) and isinstance(module, ModuleType)
}))
"""


def test_a_loaded_torch_is_the_one_that_import_gives() -> None:
    plain = told_by(NAMES, start="import json, sys, torch")
    assert told_by(NAMES) == plain
    assert len(plain) > 500


def test_nobody_kept_a_promise() -> None:
    program = """
promise = id(deferred_modules.PROMISE)
holders = [
    name for name, module in sys.modules.items()
    if name.startswith("torch") and name not in waiting() and promise in map(id, vars(module).values())
]
print(json.dumps([holders, torch.cond is torch._higher_order_ops.cond, torch.vmap is torch.func.vmap]))
"""
    assert told_by(program) == [[], True, True]


def test_threads_that_ask_at_once_all_get_the_whole() -> None:
    program = """
import threading
uses = [
    lambda: torch.export.export, lambda: torch.func.grad, lambda: torch.vmap, lambda: torch.compiler.disable,
    lambda: __import__("torch._dynamo"), lambda: torch._subclasses.fake_tensor.FakeTensor,
    lambda: __import__("torch._decomp"), lambda: torch.quantization.QConfig,
]
gate, errors = threading.Barrier(len(uses)), []
def work(use):
    gate.wait()
    try:
        use()
    except BaseException as error:
        errors.append(repr(error))
threads = [threading.Thread(target=work, args=(use,)) for use in uses]
for each in threads: each.start()
for each in threads: each.join()
print(json.dumps([errors, waiting()]))
"""
    for _ in range(3):
        assert told_by(program) == [[], []]


def test_another_torch_is_imported_whole() -> None:
    program = "print(json.dumps([waiting(), 'torch.export' in sys.modules]))"
    other = START.replace(
        "start_torch()", "sys.modules[start_torch.__module__].KNOWN_TORCH = '1'; start_torch()"
    )
    assert told_by(program, start=other) == [[], True]


def test_what_fails_to_load_can_be_asked_again() -> None:
    program = """
from importlib.machinery import SourceFileLoader
real = SourceFileLoader.exec_module
def fail(self, module):
    if module.__name__ == "torch._meta_registrations":
        raise MemoryError
    real(self, module)
SourceFileLoader.exec_module = fail
try:
    torch.masked.masked_tensor
except MemoryError:
    failed = waiting()
SourceFileLoader.exec_module = real
print(json.dumps([failed, torch.cdist(*[torch.empty(2, 3, device="meta")] * 2).shape, waiting()]))
"""
    failed, shape, after = told_by(program)
    assert "torch._meta_registrations" in failed
    assert (shape, after) == ([2, 2], [])
