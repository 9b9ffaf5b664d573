"""Self- and cross-attention with norm, dropouts and residual.

Scores are computed group by group, so that they stay in the cache between the passes over them. T5 does not
scale its scores. Probabilities are kept for backward in the compute precision, dropout masks as bytes.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import torch
from torch import Tensor

from fsa_runtime.t5.batching import CrossIndex, Group
from fsa_runtime.t5.decoder_cache import CrossGroup, StepCache
from fsa_runtime.t5.dropout import Dropout, add_kept, kept_gradient
from fsa_runtime.t5.fused_attention import FusedAttention
from fsa_runtime.t5.gpu_features import GPU_FEATURES
from fsa_runtime.t5.matrix import Matrix
from fsa_runtime.t5.norm import Norm


@dataclass(frozen=True)
class Activations:
    """What backward needs of one forward.

    `rows` [rows, d] fp32, `inverse` [rows, 1], `normed` [rows, d], `memory` [encoder rows, d], `context`
    [rows, heads * width]; per group `heads` (query, key, value, each [examples * heads, length, width]) and
    `probabilities` [examples * heads, queries, keys] with their masks, or `fused` in place of both.
    """

    rows: Tensor
    inverse: Tensor
    normed: Tensor
    memory: Tensor | None
    heads: list[tuple[Tensor, Tensor, Tensor]]
    probabilities: list[Tensor]
    probability_masks: list[Tensor | None]
    fused: list[FusedAttention]
    context: Tensor
    kept: Tensor | None
    scale: float


class Attention:
    """rows + dropout(o(attention(norm(rows)))); for cross-attention keys and values come from the encoder."""

    def __init__(
        self, norm: Norm, *, q: Matrix, kv: Matrix | None, o: Matrix, heads: int, head_width: int
    ) -> None:
        """Self-attention has one fused matrix `q` for queries, keys and values, and no `kv`."""
        self.norm = norm
        self.q = q
        self.kv = kv
        self.o = o
        self.heads = heads
        self.width = head_width

    def forward(
        self,
        rows: Tensor,
        groups: Sequence[Group],
        biases: Sequence[Tensor | None],
        dropout: Dropout,
        *,
        memory: Tensor | None = None,
        cross_index: CrossIndex | None = None,
    ) -> tuple[Tensor, Activations]:
        """rows [rows, d] fp32 -> rows of the same shape, and what `backward` needs.

        `biases[g]` broadcasts to [examples, heads, queries, keys]; `memory` is the encoder's output [encoder
        rows, d], of which `cross_index` gathers the keys of each group.
        """
        normed, inverse = self.norm.forward(rows)
        projected = self.q.matmul(normed)
        keys_and_values = None
        if memory is not None and self.kv is not None and cross_index is not None:
            keys_and_values = self.kv.matmul(memory).index_select(0, cross_index.gather)
        context = self._empty_context(len(rows), groups[-1].rows.stop, normed)
        heads, probabilities, masks, fused = [], [], [], []
        fuses = GPU_FEATURES.is_on("attention", rows.device)
        for index, group in enumerate(groups):
            if keys_and_values is None or cross_index is None:
                query, key, value = self._split(projected, group, 3)
            else:
                (query,) = self._split(projected, group, 1)
                key, value = self._split(keys_and_values, cross_index.groups[index], 2)
            if fuses:
                fused.append(FusedAttention(query, key, value, biases[index], dropout, examples=group.count))
                self._join(fused[-1].output.detach(), context, group)
                continue
            chances = self._scores(query, key, biases[index], group.count)
            kept = dropout.kept(*chances.shape)
            dropped = chances if kept is None else chances * kept.to(chances.dtype)
            self._join(torch.bmm(dropped, value), context, group)
            heads.append((query, key, value))
            probabilities.append(chances)
            masks.append(kept)
        output = self.o.matmul(context)
        kept = dropout.kept(*output.shape)
        # Dropped probabilities are not scaled where they are made, unless a kernel does it by itself.
        scale = dropout.scale if fuses else dropout.scale * dropout.scale
        activations = Activations(
            rows, inverse, normed, memory, heads, probabilities, masks, fused, context, kept, scale
        )
        return add_kept(rows, output, kept, scale), activations

    def backward(
        self,
        gradient: Tensor,
        activations: Activations,
        groups: Sequence[Group],
        *,
        bias_gradients: dict[int, Tensor] | None = None,
        memory_gradient: Tensor | None = None,
        cross_index: CrossIndex | None = None,
    ) -> None:
        """Turns the gradient of the output into that of the input, in place.

        Adds to `bias_gradients[length]` [heads, length, length], or for cross-attention to `memory_gradient`.
        """
        output = kept_gradient(gradient, activations.kept, activations.scale, activations.context.dtype)
        self.o.add_gradient(output, activations.context)
        context = output @ self.o.value
        inner = self.heads * self.width
        queries = torch.empty(
            len(gradient),
            inner * (3 if cross_index is None else 1),
            dtype=context.dtype,
            device=context.device,
        )
        queries[groups[-1].rows.stop :] = 0
        gathered = None
        if cross_index is not None:
            # One more row, of zeros: where `scatter` sends the encoder's padding.
            gathered = torch.empty(
                len(cross_index.gather) + 1, 2 * inner, dtype=context.dtype, device=context.device
            )
            gathered[-1] = 0
        for index, group in enumerate(groups):
            (outer,) = self._split(context, group, 1)
            if activations.fused:
                parts = activations.fused[index].backward(outer, of_bias=bias_gradients is not None)
                scores = parts[3] if len(parts) > 3 else None
            else:
                parts, scores = self._group_backward(outer, activations, index)
            if bias_gradients is not None and scores is not None:
                self._add_bias_gradient(bias_gradients, scores, group)
            if gathered is None or cross_index is None:
                self._join_all(parts[:3], queries, group)
            else:
                self._join_all(parts[:1], queries, group)
                self._join_all(parts[1:3], gathered, cross_index.groups[index])
        self.q.add_gradient(queries, activations.normed)
        self.norm.backward(queries @ self.q.value, activations.rows, activations.inverse, gradient)
        if gathered is not None and cross_index is not None:
            self._memory_backward(
                gathered.index_select(0, cross_index.scatter), activations.memory, memory_gradient
            )

    def _group_backward(
        self, outer: Tensor, activations: Activations, index: int
    ) -> tuple[tuple[Tensor, Tensor, Tensor], Tensor]:
        """Gradients of query, key and value, and of the scores, from that of the group's context."""
        query, key, value = activations.heads[index]
        chances, kept = activations.probabilities[index], activations.probability_masks[index]
        mask = None if kept is None else kept.to(chances.dtype)
        dropped = chances if mask is None else chances * mask
        value_gradient = torch.bmm(dropped.transpose(1, 2), outer)
        scores = torch.bmm(outer, value.transpose(1, 2))
        if mask is not None:
            scores.mul_(mask)
        scores = torch._softmax_backward_data(scores, chances, -1, chances.dtype)
        return (torch.bmm(scores, key), torch.bmm(scores.transpose(1, 2), query), value_gradient), scores

    def project_memory(self, memory: Tensor) -> Tensor:
        """Keys and values [inputs, 2, heads, width] of encoder rows [inputs, d] (decoding)."""
        assert self.kv is not None
        return self.kv.matmul(memory).view(len(memory), 2, self.heads, self.width)

    def decode_step(self, rows: Tensor, cache: StepCache, layer: int, bias: Tensor) -> Tensor:
        """Self-attention of one new position per row [rows, d], over what `cache` keeps; bias [heads, 1,
        keys].
        """
        normed, _ = self.norm.forward(rows)
        projected = self.q.matmul(normed).view(len(rows), 3, self.heads, self.width)
        query, key, value = projected.unbind(1)
        keys, values = cache.append(layer, key, value)
        context = self._look(query, keys, values, bias)
        return rows + self.o.matmul(context)

    def cross_attend(self, rows: Tensor, groups: Sequence[CrossGroup], layer: int) -> Tensor:
        """Cross-attention of one position per row [rows, d] over projected inputs."""
        normed, _ = self.norm.forward(rows)
        query = self.q.matmul(normed).view(len(rows), self.heads, self.width)
        parts = torch.split(query, [group.count for group in groups])
        contexts = [
            self._look(part, *group.layers[layer], group.mask)
            for part, group in zip(parts, groups, strict=True)
        ]
        context = contexts[0] if len(contexts) == 1 else torch.cat(contexts)
        return rows + self.o.matmul(context)

    def _look(self, query: Tensor, keys: Tensor, values: Tensor, bias: Tensor | None) -> Tensor:
        """query [rows, heads, width], keys and values [rows, heads, length, width] -> [rows, heads * width].

        As products of three axes: with four, torch copies keys and values that are slices of longer buffers.
        """
        flat = query.reshape(-1, 1, self.width)
        scores = torch.bmm(flat, keys.flatten(0, 1).transpose(1, 2))
        if bias is not None:
            scores.view(len(query), self.heads, 1, -1).add_(bias)
        context = torch.bmm(torch.softmax(scores, dim=-1), values.flatten(0, 1))
        return context.view(len(query), -1)

    def _memory_backward(self, projected: Tensor, memory: Tensor | None, gradient: Tensor | None) -> None:
        assert self.kv is not None
        assert memory is not None
        assert gradient is not None
        self.kv.add_gradient(projected, memory)
        gradient.add_(projected @ self.kv.value)

    def _scores(self, query: Tensor, key: Tensor, bias: Tensor | None, count: int) -> Tensor:
        scores = torch.bmm(query, key.transpose(1, 2))
        if bias is not None:
            scores.view(count, self.heads, *scores.shape[1:]).add_(bias)
        return torch.softmax(scores, dim=-1)

    def _add_bias_gradient(self, into: dict[int, Tensor], scores: Tensor, group: Group) -> None:
        """`scores` are the gradient per example and head; one example's stand for all if they were summed."""
        by_example = scores.view(-1, self.heads, group.length, group.length)
        if group.length not in into:
            into[group.length] = by_example.sum(0, dtype=torch.float32)
            return
        for example in by_example:
            into[group.length].add_(example)

    def _split(self, projected: Tensor, group: Group, parts: int) -> tuple[Tensor, ...]:
        """Rows [.., parts * heads * width] of one group -> `parts` tensors [examples * heads, length,
        width].
        """
        view = projected[group.rows].view(group.count, group.length, parts, self.heads, self.width)
        return view.permute(2, 0, 3, 1, 4).reshape(parts, -1, group.length, self.width).unbind(0)

    def _join(self, part: Tensor, into: Tensor, group: Group) -> None:
        self._join_all([part], into, group)

    def _join_all(self, parts: Sequence[Tensor], into: Tensor, group: Group) -> None:
        """The way back from `_split`: writes the parts into the group's rows of `into`."""
        view = into[group.rows].view(group.count, group.length, len(parts), self.heads, self.width)
        for index, part in enumerate(parts):
            heads = part.view(group.count, self.heads, group.length, self.width)
            view[:, :, index].copy_(heads.transpose(1, 2))

    def _empty_context(self, rows: int, used: int, like: Tensor) -> Tensor:
        context = torch.empty(rows, self.heads * self.width, dtype=like.dtype, device=like.device)
        context[used:] = 0
        return context
