"""One micro-batch through the model: forward for the loss, forward and backward for gradients."""

from __future__ import annotations

import torch
from torch import Tensor

from fsa_runtime.t5.batching import MicroBatch
from fsa_runtime.t5.dropout import Dropout
from fsa_runtime.t5.loss import cross_entropy
from fsa_runtime.t5.model import T5


@torch.no_grad()
def evaluate(model: T5, batch: MicroBatch) -> Tensor:
    """The loss of every target token [labels], without dropout."""
    dropout = Dropout(0.0, device=model.device)
    memory, _ = model.encoder.forward(batch.inputs, dropout)
    output, _ = model.decoder.forward(batch.targets, dropout, memory, batch.cross_index)
    hidden = output.index_select(0, batch.label_rows)
    return cross_entropy(hidden, batch.labels, model.head, model.config.vocab_size)[0]


@torch.no_grad()
def forward_backward(model: T5, batch: MicroBatch, dropout: Dropout) -> Tensor:
    """The loss of every target token [labels]; adds the gradient of their weighted sum to the weights."""
    memory, encoder_activations = model.encoder.forward(batch.inputs, dropout)
    output, decoder_activations = model.decoder.forward(batch.targets, dropout, memory, batch.cross_index)
    hidden = output.index_select(0, batch.label_rows)
    losses, hidden_gradient = cross_entropy(
        hidden, batch.labels, model.head, model.config.vocab_size, batch.label_weights
    )
    assert hidden_gradient is not None
    assert encoder_activations is not None
    assert decoder_activations is not None
    output_gradient = torch.zeros_like(output).index_copy_(0, batch.label_rows, hidden_gradient)
    memory_gradient = torch.zeros(memory.shape, device=memory.device)
    model.decoder.backward(output_gradient, decoder_activations, memory_gradient)
    model.encoder.backward(memory_gradient, encoder_activations)
    return losses
