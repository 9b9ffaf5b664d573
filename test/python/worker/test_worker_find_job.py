"""Every kind of the protocol has a module of its name, and nothing else is found."""

from __future__ import annotations

import json

import pytest

from fsa_runtime.protocol import SCHEMA_FILE
from fsa_runtime.worker.find_job import find_job

RUN = json.loads(SCHEMA_FILE.read_text("utf-8"))["orchestratorMessages"]["run"]
KINDS = RUN["properties"]["spec"]["properties"]["kind"]["enum"]


@pytest.mark.parametrize("kind", KINDS)
def test_a_kind_of_the_protocol_has_its_module(kind: str) -> None:
    assert find_job(kind).__module__ == f"fsa_runtime.jobs.{kind.replace('-', '_')}"


def test_a_kind_that_no_module_is_named_after_is_not_found() -> None:
    with pytest.raises(ModuleNotFoundError):
        find_job("nothing")
