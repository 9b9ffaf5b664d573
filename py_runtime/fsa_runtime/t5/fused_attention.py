"""Attention of one group by torch's own kernel, for GPUs.

Of torch's kernels the memory-efficient one alone takes a bias and gives its gradient, and it keeps no
probabilities. torch chooses it by itself.
"""

from __future__ import annotations

import torch
from torch import Tensor
from torch.nn import functional

from fsa_runtime.t5.dropout import Dropout


class FusedAttention:
    """query, key, value [examples * heads, length, width]; `bias` broadcasts to [examples, heads, queries,
    keys].

    Dropout is drawn inside the kernel, from torch's generator, and scaled there.
    """

    def __init__(
        self,
        query: Tensor,
        key: Tensor,
        value: Tensor,
        bias: Tensor | None,
        dropout: Dropout,
        *,
        examples: int,
    ) -> None:
        heads = [part.detach().view(examples, -1, *part.shape[1:]) for part in (query, key, value)]
        self._inputs = heads if bias is None else [*heads, bias.detach()]
        for tensor in self._inputs:
            tensor.requires_grad_(dropout.training)
        shape = (examples, heads[0].shape[1], query.shape[1], key.shape[1])
        with torch.set_grad_enabled(dropout.training):
            self.output = functional.scaled_dot_product_attention(
                self._inputs[0],
                self._inputs[1],
                self._inputs[2],
                attn_mask=None if bias is None else self._inputs[3].expand(shape),
                dropout_p=dropout.rate,
                scale=1.0,
            )

    def backward(self, gradient: Tensor, *, of_bias: bool) -> tuple[Tensor, ...]:
        """Gradients of query, key, value and, if asked for, of the bias in its own shape."""
        inputs = self._inputs if of_bias else self._inputs[:3]
        gradients = torch.autograd.grad(self.output, inputs, gradient.view(self.output.shape))
        return tuple(gradients)
