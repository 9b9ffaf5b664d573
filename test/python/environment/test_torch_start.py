"""What torch is to a worker: the whole of it, one part of which is loaded at the first use."""

from __future__ import annotations

import json
import os
import re
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from fsa_runtime.environment.torch_start import _COME_WITH_IT, _WAITS, KNOWN_TORCH

ROOT = Path(__file__).resolve().parents[3]
START = """
import json, sys
from fsa_runtime.environment.torch_start import start_torch
start_torch()
import torch
"""
SHAPE_WITHOUT_DATA = "torch.cdist(*[torch.empty(2, 3, device='meta')] * 2).shape"


def told_by(program: str, *, start: str = START, gpus: str = "") -> Any:
    """What `program` prints as JSON, in a process of its own that has started torch."""
    environment = {**os.environ, "CUDA_VISIBLE_DEVICES": gpus}
    words = [sys.executable, "-c", start + program]
    run = subprocess.run(words, check=False, capture_output=True, text=True, env=environment)
    assert run.returncode == 0, run.stderr
    return json.loads(run.stdout.splitlines()[-1])


def test_knows_the_pinned_torch() -> None:
    pinned = re.search(
        r"^torch==(\S+)$",
        (ROOT / "py_runtime/requirements.in").read_text(),
        re.MULTILINE,
    )
    assert pinned is not None
    assert pinned[1] == KNOWN_TORCH


def test_a_step_an_answer_a_file_and_a_generator_need_none_of_what_waits() -> None:
    program = f"""
from safetensors.torch import load, save
layer = torch.nn.Linear(4, 4)
torch.nn.functional.cross_entropy(layer(torch.randn(3, 4)).softmax(-1), torch.arange(3)).backward()
with torch.inference_mode():
    torch.nn.functional.scaled_dot_product_attention(*[torch.randn(1, 2, 3, 4)] * 3).argmax(-1).tolist()
load(save({{"weight": layer.weight.detach()}}))
torch.randn(2, generator=torch.Generator().manual_seed(0))
print(json.dumps([name for name in {(_WAITS, *_COME_WITH_IT)!r} if name in sys.modules]))
"""
    assert told_by(program) == []


USES = {
    **{f"import {name}": f"import {name}" for name in (_WAITS, *_COME_WITH_IT)},
    "a part of a part": "from torch._refs.nn.functional import gelu",
    "an attribute of torch": "torch.broadcast_shapes((2, 1), (1, 3))",
    "torch.export": "torch.export.export(torch.nn.Linear(2, 2), (torch.ones(2, 2),))",
    "tensors of compilers": "torch._subclasses.fake_tensor.FakeTensorMode(); import torch._dynamo",
    "derivatives forward": "torch.func.jvp(torch.sin, (torch.ones(2),), (torch.ones(2),))",
}


@pytest.mark.parametrize("use", USES.values(), ids=USES.keys())
def test_the_first_use_loads_all(use: str) -> None:
    program = f"""
{use}
import torch._meta_registrations
def loader(name):
    return type(sys.modules[name].__spec__.loader).__name__
print(json.dumps([{SHAPE_WITHOUT_DATA}, [loader(name) for name in {(_WAITS, *_COME_WITH_IT)!r}]]))
"""
    shape, loaders = told_by(program)
    assert shape == [2, 2]
    assert set(loaders) == {"SourceFileLoader"}


def test_a_generator_draws_what_it_draws_in_the_whole_torch() -> None:
    draw = "torch.randn(3, generator=torch.Generator().manual_seed(7)).tolist()"
    before, after = told_by(f"first = {draw}\nimport torch._prims\nprint(json.dumps([first, {draw}]))")
    assert before == after


WHOLE = f"print(json.dumps([{SHAPE_WITHOUT_DATA}, 'torch._prims' in sys.modules]))"


def test_is_whole_where_a_gpu_may_be_seen() -> None:
    assert told_by(WHOLE, gpus="0") == [[2, 2], True]


def test_is_whole_where_it_is_another_version() -> None:
    other = START.replace(
        "start_torch()",
        "sys.modules[start_torch.__module__].KNOWN_TORCH = '1'; start_torch()",
    )
    assert told_by(WHOLE, start=other) == [[2, 2], True]
