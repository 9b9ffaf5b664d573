"""Makes pytest put this folder on the path: the kits here serve several folders of tests.

Every test has torch as a worker has it.
"""

from fsa_runtime.environment.torch_start import start_torch

start_torch()
