"""How much fits: tokens per micro-batch and rows per generation, by the free memory; half if it does not."""

from __future__ import annotations

from collections.abc import Callable
from typing import TypeVar

import torch

from fsa_runtime.environment.memory import available_bytes, is_out_of_memory
from fsa_runtime.errors import JobError
from fsa_runtime.t5.config import T5Config
from fsa_runtime.t5.loss import block_rows

Result = TypeVar("Result")

# More tokens at once bring nothing on a CPU; a GPU wants more to fill it.
_CPU_TOKENS = 6144
_CUDA_TOKENS = 32768
SMALLEST_BUDGET = 64
_USABLE_SHARE = 0.6
_GENERATED_ROWS = 256
_CACHE_SHARE = 0.3


def choose_token_budget(config: T5Config, device: torch.device, element_bytes: int, *, ranks: int = 1) -> int:
    """Tokens per micro-batch: a fixed number, so that results do not depend on it, unless memory is too
    small. `ranks` on CPUs share one memory.
    """
    wanted = _CPU_TOKENS if device.type == "cpu" else _CUDA_TOKENS
    logits = block_rows(config.vocab_size) * config.vocab_size * element_bytes
    sharing = ranks if device.type == "cpu" else 1
    room = free_bytes(device) / sharing * _USABLE_SHARE - logits
    fits = int(room / bytes_per_token(config, element_bytes))
    return max(SMALLEST_BUDGET, min(wanted, fits))


def bytes_per_token(config: T5Config, element_bytes: int) -> int:
    """About what one token's activations take while its micro-batch is between forward and backward.

    Measured on corpus lengths: 256 kB for t5-small in bf16, 408 kB in fp32. Residual sums are fp32 in both,
    dropout masks bytes.
    """
    always = 18 * config.d_model + 2 * config.inner_dim + config.d_ff + config.num_heads * 300
    by_precision = 6 * config.d_model + 4 * config.inner_dim + 3 * config.d_ff + config.num_heads * 700
    per_layer = always + element_bytes * by_precision
    return per_layer * max(config.num_layers, config.num_decoder_layers)


def free_bytes(device: torch.device) -> int:
    if device.type == "cuda":
        return int(torch.cuda.mem_get_info(device)[0])
    return available_bytes()


def run_in_pieces(
    work: Callable[[int], Result], size: int, *, smallest: int, device: torch.device
) -> tuple[Result, int]:
    """`work(size)`, begun anew with half the size for as long as memory runs out; also the size that did.

    JobError("out-of-memory") if even the smallest does not fit.
    """
    while True:
        try:
            return work(size), size
        except (RuntimeError, MemoryError) as error:
            if not is_out_of_memory(error):
                raise
            if size <= smallest:
                raise JobError(
                    "out-of-memory", "Even one example at a time does not fit into memory.", retryable=True
                ) from None
            size = max(smallest, size // 2)
        # Behind the handler, where the failed work's tensors are gone.
        if device.type == "cuda":
            torch.cuda.empty_cache()


def rows_together(config: T5Config, device: torch.device, max_length: int, element_bytes: int) -> int:
    """How many inputs to generate for at once: a fixed number, unless memory is too small for their keys and
    values.
    """
    layers = config.num_layers + config.num_decoder_layers
    row_bytes = 2 * layers * config.inner_dim * max_length * element_bytes
    fits = int(free_bytes(device) * _CACHE_SHARE / row_bytes)
    return max(1, min(_GENERATED_ROWS, fits))
