"""Makes pytest put this folder on the path: the kits here serve several folders of tests.

Every test has torch as a worker without a GPU has it, where there is none.
"""

import os

from fsa_runtime.environment.torch_start import start_torch

if not os.path.exists("/dev/nvidiactl"):
    os.environ.setdefault("CUDA_VISIBLE_DEVICES", "")
start_torch()
