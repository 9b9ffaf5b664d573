"""Tests run on torch as workers import it: without its shape functions, until a job asks for them."""

from __future__ import annotations

from fsa_runtime.environment.lean_torch import import_torch

import_torch()
