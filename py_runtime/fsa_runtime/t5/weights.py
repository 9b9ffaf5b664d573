"""All weights in one flat fp32 tensor, with a copy in the compute precision and a flat gradient.

Matrices that are applied to the same input (query, key, value; the two halves of a gated feed-forward) lie
side by side, so that one product serves them all while each keeps its Hugging Face name as a plain view. One
flat tensor also makes the optimizer, the gradient norm and a checkpoint a single pass over memory.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Literal

import torch
from torch import Tensor

from fsa_runtime.t5.config import T5Config
from fsa_runtime.t5.matrix import Matrix
from fsa_runtime.t5.row_table import RowTable, untouched_zeros

Precision = Literal["bf16", "fp32"]

# The head's columns are padded to this: odd vocabulary sizes (32,101 with one added token) make matrix units
# idle.
VOCABULARY_MULTIPLE = 64
EMBEDDING = "shared.weight"
_ALIGN_ELEMENTS = 64


@dataclass(frozen=True)
class Slot:
    """Where one named tensor lies. `padded_rows` counts rows of zeros behind it that no checkpoint sees."""

    offset: int
    shape: tuple[int, ...]
    padded_rows: int = 0

    @property
    def size(self) -> int:
        return int(torch.Size(self.shape).numel())


class Weights:
    """Named tensors of one model. `value(name)` is fp32; `matrix(...)` is in the compute precision."""

    def __init__(self, config: T5Config, *, tied: bool, device: str, precision: Precision) -> None:
        self.device = torch.device(device)
        self.precision = precision
        self.dtype = torch.bfloat16 if precision == "bf16" else torch.float32
        self.slots, total = _lay_out(config, tied=tied)
        # Only looked up, in fp32: it needs no copy, and no room for the rows that training does not use.
        self._looked_up = None if tied or self.device.type != "cpu" else EMBEDDING
        self.master = torch.zeros(total, device=self.device)
        self.compute = self.master if precision == "fp32" else self._zeros(total, self.dtype)
        self.gradient: Tensor | None = None
        self._matrices: dict[tuple[str, ...], Matrix] = {}

    def row_table(self, name: str) -> RowTable | None:
        """The weight as a table of which only some rows have gradients, if it is one."""
        found = self._matrices.get((name,))
        return found if isinstance(found, RowTable) and not found.dense else None

    def make_dense(self) -> None:
        """Before the first step: gradients will be summed with those of other processes, who use other
        rows.
        """
        self._looked_up = None
        for matrix in self._matrices.values():
            if isinstance(matrix, RowTable):
                matrix.dense = True
        self.refresh_compute()

    def value(self, name: str) -> Tensor:
        return self._view(self.master, name)

    def gradient_of(self, name: str) -> Tensor:
        """fp32, in the shape of the weight; there after the first `begin_step`."""
        assert self.gradient is not None
        return self._view(self.gradient, name)

    def compute_of(self, name: str) -> Tensor | None:
        """The copy in the compute precision, where there is one beside the fp32 weight."""
        if self.compute is self.master or name == self._looked_up:
            return None
        return self._view(self.compute, name)

    def items(self) -> Iterator[tuple[str, Tensor]]:
        """Hugging Face names and live fp32 views."""
        for name in self.slots:
            yield name, self.value(name)

    def first_not_finite(self) -> str | None:
        """The first tensor that holds NaN or infinity; one pass where there is none."""
        if self.master.numel() == 0 or bool(torch.stack(torch.aminmax(self.master)).isfinite().all()):
            return None
        return next((name for name, value in self.items() if not bool(value.isfinite().all())), None)

    def refresh_compute(self) -> None:
        """Brings the compute copy up to date after the fp32 weights were written from outside."""
        if self.compute is self.master:
            return
        for name in self.slots:
            copy = self.compute_of(name)
            if copy is not None:
                copy.copy_(self.value(name))

    def matrix(self, *names: str) -> Matrix:
        """The named matrices stacked by rows; they must be neighbours. Padded rows are included."""
        if names not in self._matrices:
            kind = RowTable if names == (self._looked_up,) else Matrix
            self._matrices[names] = kind(self._stack(self.compute, names), self._gradient_of(names))
        return self._matrices[names]

    def products(self, *, tied: bool) -> Iterator[Matrix]:
        """Every matrix that rows are multiplied with; the embedding only where it is the head too."""
        for key, matrix in self._matrices.items():
            if key[0] != "fp32" and (tied or key != (EMBEDDING,)):
                yield matrix

    def vector(self, name: str) -> Matrix:
        """A small weight used in fp32 itself, such as a norm's scale or the position biases."""
        key = ("fp32", name)
        if key not in self._matrices:
            self._matrices[key] = Matrix(self.value(name), self._gradient_of((name,), stack=False))
        return self._matrices[key]

    def begin_step(self) -> None:
        """Forgets the gradients of the step before; the first call makes room for them."""
        if self.gradient is None:
            self.gradient = self._zeros(len(self.master), torch.float32)
            for key, matrix in self._matrices.items():
                fp32 = key[0] == "fp32"
                matrix.gradient = self._gradient_of(key[1:] if fp32 else key, stack=not fp32)
        for matrix in self._matrices.values():
            matrix.begin_step()

    def zero_gradient(self) -> None:
        """For a step that adds nothing to it."""
        assert self.gradient is not None
        self.gradient.zero_()

    def _zeros(self, count: int, dtype: torch.dtype) -> Tensor:
        if self._looked_up is None:
            return torch.zeros(count, dtype=dtype, device=self.device)
        return untouched_zeros(count, dtype=dtype)

    def _gradient_of(self, names: tuple[str, ...], *, stack: bool = True) -> Tensor | None:
        if self.gradient is None:
            return None
        return self._stack(self.gradient, names) if stack else self._view(self.gradient, names[0])

    def _view(self, flat: Tensor, name: str) -> Tensor:
        slot = self.slots[name]
        return flat[slot.offset : slot.offset + slot.size].view(slot.shape)

    def _stack(self, flat: Tensor, names: tuple[str, ...]) -> Tensor:
        slots = [self.slots[name] for name in names]
        columns = slots[0].shape[1]
        rows = sum(slot.shape[0] + slot.padded_rows for slot in slots)
        expected = slots[0].offset
        for slot in slots:
            if slot.offset != expected:
                raise ValueError(f"{names} do not lie side by side")
            expected += (slot.shape[0] + slot.padded_rows) * columns
        return flat[slots[0].offset : expected].view(rows, columns)


def tensor_shapes(config: T5Config, *, tied: bool) -> Iterator[tuple[str, tuple[int, ...]]]:
    """Every weight under its Hugging Face name, neighbours in the order in which they lie side by side."""
    yield EMBEDDING, (config.vocab_size, config.d_model)
    if not tied:
        yield "lm_head.weight", (config.vocab_size, config.d_model)
    yield from _stack_shapes(config, "encoder", config.num_layers)
    yield from _stack_shapes(config, "decoder", config.num_decoder_layers)


def _stack_shapes(config: T5Config, stack: str, layers: int) -> Iterator[tuple[str, tuple[int, ...]]]:
    model, inner = config.d_model, config.inner_dim
    attentions = ["SelfAttention"] if stack == "encoder" else ["SelfAttention", "EncDecAttention"]
    for layer in range(layers):
        prefix = f"{stack}.block.{layer}.layer"
        for position, attention in enumerate(attentions):
            for letter in "qkv":
                yield f"{prefix}.{position}.{attention}.{letter}.weight", (inner, model)
            yield f"{prefix}.{position}.{attention}.o.weight", (model, inner)
            if attention == "SelfAttention" and (layer == 0 or config.family.bias_per_layer):
                buckets = (config.relative_attention_num_buckets, config.num_heads)
                yield f"{prefix}.0.SelfAttention.relative_attention_bias.weight", buckets
            yield f"{prefix}.{position}.layer_norm.weight", (model,)
        last = len(attentions)
        for name in ("wi_0", "wi_1") if config.gated else ("wi",):
            yield f"{prefix}.{last}.DenseReluDense.{name}.weight", (config.d_ff, model)
        yield f"{prefix}.{last}.DenseReluDense.wo.weight", (model, config.d_ff)
        yield f"{prefix}.{last}.layer_norm.weight", (model,)
    yield f"{stack}.final_layer_norm.weight", (model,)


def _lay_out(config: T5Config, *, tied: bool) -> tuple[dict[str, Slot], int]:
    slots: dict[str, Slot] = {}
    offset = 0
    padded_rows = -config.vocab_size % VOCABULARY_MULTIPLE
    for name, shape in tensor_shapes(config, tied=tied):
        slot = Slot(
            offset, shape, padded_rows if shape[0] == config.vocab_size and name.count(".") == 1 else 0
        )
        slots[name] = slot
        columns = shape[1] if len(shape) == 2 else 1
        end = offset + slot.size + slot.padded_rows * columns
        # Fused neighbours touch: only sizes that break the alignment leave a gap, and only after odd widths.
        fused = name.endswith((".q.weight", ".k.weight", ".wi_0.weight"))
        offset = end if fused else end + -end % _ALIGN_ELEMENTS
    return slots, offset
