"""Whether the engine computes the same on this device as transformers does, with each GPU feature on and off.

fp32 without TF32, a small model, dropout off: loss, every gradient, the losses of some optimizer steps,
greedy tokens. One line of JSON.
"""

from __future__ import annotations

import argparse
import json
import tempfile
from pathlib import Path
from typing import Any

import numpy as np
import torch
from transformers import T5Config, T5ForConditionalGeneration

from fsa_runtime.t5.decoding import generate_greedy
from fsa_runtime.t5.gpu_features import GPU_FEATURES, Feature
from fsa_runtime.t5.model import T5, load_model
from fsa_runtime.train.trainer import Trainer

Pair = tuple[list[int], list[int]]
_LOSS_TOLERANCE, _GRADIENT_TOLERANCE = 1e-4, 1e-3
# Of a loss; what two orders of the same sums grow to over so many steps at a high rate stays far below.
_TRAJECTORY_STEPS, _TRAJECTORY_RATE, _TRAJECTORY_TOLERANCE = 12, 3e-3, 1e-4
_DECAY, _EPSILON = 0.1, 1e-6
# bf16 against fp32: what autocast itself is away, and a fifth.
_BF16_SHARE = 1.2
_SHAPE = {"vocab_size": 301, "d_model": 64, "d_kv": 16, "d_ff": 128, "num_layers": 2, "num_heads": 4}


def main() -> None:
    parser = argparse.ArgumentParser()
    parser.add_argument("--device", required=True)
    device = parser.parse_args().device
    torch.backends.cuda.matmul.allow_tf32 = False
    torch.backends.cudnn.allow_tf32 = False
    checks: list[dict[str, Any]] = []
    with tempfile.TemporaryDirectory() as scratch:
        folder = Path(scratch)
        torch.manual_seed(3)
        config = T5Config(**_SHAPE, dropout_rate=0.0, decoder_start_token_id=0)
        T5ForConditionalGeneration(config).save_pretrained(folder)
        compared = _Compared(folder, device)
        # What needs a GPU alone cannot be forced on a CPU: compiling there would need a C++ compiler.
        features: tuple[Feature, ...] = (
            ("attention", "compiling", "graphs") if device == "cuda" else ("attention",)
        )
        sets: list[frozenset[Feature]] = [
            frozenset(),
            *(frozenset({one}) for one in features),
            frozenset(features),
        ]
        for forced in dict.fromkeys(sets):
            GPU_FEATURES.forced = forced
            name = "+".join(sorted(forced)) or "no feature"
            checks += [{"features": name, **check} for check in compared.checks()]
    wrong = [check for check in checks if not check["ok"]]
    print(json.dumps({"device": device, "checks": checks, "wrong": len(wrong)}))


class _Compared:
    """transformers' numbers, taken once."""

    def __init__(self, folder: Path, device: str) -> None:
        self.folder, self.device = folder, device
        self.pairs = _draw_pairs(12)
        self.loss, self.exact = self._theirs(autocast=False)
        _, low = self._theirs(autocast=True)
        self.allowed = _BF16_SHARE * _distance(low, self.exact)
        self.trajectory = self._their_trajectory()
        model = T5ForConditionalGeneration.from_pretrained(folder).eval().to(device)
        self.tokens = [self._greedy(model, inputs) for inputs, _ in self.pairs]

    def checks(self) -> list[dict[str, Any]]:
        model = load_model(self.folder, device=self.device, precision="fp32")
        loss, gradients = self._ours(model)
        size = _distance({name: torch.zeros_like(value) for name, value in self.exact.items()}, self.exact)
        away = _distance(gradients, self.exact) / size
        inputs = [pair[0] for pair in self.pairs]
        outputs = generate_greedy(
            load_model(self.folder, device=self.device, precision="fp32"), inputs, max_length=30, batch_size=4
        )
        differ = sum(mine != theirs for mine, theirs in zip(outputs, self.tokens, strict=True))
        _, low = self._ours(load_model(self.folder, device=self.device, precision="bf16"))
        bf16 = _distance(low, self.exact)
        losses = self._our_trajectory()
        off = max(abs(a - b) / b for a, b in zip(losses, self.trajectory, strict=True))
        return [
            _check("loss in fp32", abs(loss - self.loss), _LOSS_TOLERANCE),
            _check("gradient in fp32, relative", away, _GRADIENT_TOLERANCE),
            _check(f"losses of {_TRAJECTORY_STEPS} steps of AdamW, relative", off, _TRAJECTORY_TOLERANCE),
            _check("sentences whose greedy tokens differ", differ, 0),
            _check("gradient in bf16, distance to fp32", bf16, self.allowed),
        ]

    def _ours(self, model: T5) -> tuple[float, dict[str, torch.Tensor]]:
        result = Trainer(model, optimizer="adamw", clip=0).step([self.pairs], 0.0)
        return result.loss, {name: model.parameters.gradient_of(name).cpu() for name in self.exact}

    def _theirs(self, *, autocast: bool) -> tuple[float, dict[str, torch.Tensor]]:
        model = T5ForConditionalGeneration.from_pretrained(self.folder).train().to(self.device)
        with torch.autocast(self.device, torch.bfloat16, enabled=autocast):
            loss = model(**self._padded(self.pairs)).loss
        loss.backward()
        return loss.item(), {n: p.grad.cpu() for n, p in model.named_parameters() if p.grad is not None}

    def _our_trajectory(self) -> list[float]:
        model = load_model(self.folder, device=self.device, precision="fp32")
        trainer = Trainer(model, optimizer="adamw", weight_decay=_DECAY, epsilon=_EPSILON)
        return [trainer.step(_halves(step), _TRAJECTORY_RATE).loss for step in range(_TRAJECTORY_STEPS)]

    def _their_trajectory(self) -> list[float]:
        """Losses of `torch.optim.AdamW` over two micro-batches a step, clipped to a norm of 1."""
        model = T5ForConditionalGeneration.from_pretrained(self.folder).train().to(self.device)
        optimizer = torch.optim.AdamW(
            model.parameters(), lr=_TRAJECTORY_RATE, weight_decay=_DECAY, eps=_EPSILON
        )
        losses = []
        for step in range(_TRAJECTORY_STEPS):
            optimizer.zero_grad()
            parts = [model(**self._padded(pairs)).loss / 2 for pairs in _halves(step)]
            for part in parts:
                part.backward()
            torch.nn.utils.clip_grad_norm_(model.parameters(), 1.0)
            optimizer.step()
            losses.append(sum(part.item() for part in parts))
        return losses

    def _padded(self, pairs: list[Pair]) -> dict[str, torch.Tensor]:
        width, height = (max(len(pair[side]) for pair in pairs) for side in (0, 1))
        batch = {
            "input_ids": torch.tensor([a + [0] * (width - len(a)) for a, _ in pairs]),
            "attention_mask": torch.tensor([[1] * len(a) + [0] * (width - len(a)) for a, _ in pairs]),
            "labels": torch.tensor([b + [-100] * (height - len(b)) for _, b in pairs]),
        }
        return {name: tensor.to(self.device) for name, tensor in batch.items()}

    @torch.no_grad()
    def _greedy(self, model: T5ForConditionalGeneration, inputs: list[int]) -> list[int]:
        row = model.generate(
            input_ids=torch.tensor([inputs], device=self.device), max_length=30, num_beams=1, do_sample=False
        )[0].tolist()
        return row[1 : row.index(1) if 1 in row else None]


def _check(what: str, found: float, allowed: float) -> dict[str, Any]:
    return {"what": what, "found": float(found), "allowed": float(allowed), "ok": bool(found <= allowed)}


def _distance(found: dict[str, torch.Tensor], exact: dict[str, torch.Tensor]) -> float:
    return float(sum(((found[name] - value).norm() ** 2).item() for name, value in exact.items()) ** 0.5)


def _halves(step: int) -> list[list[Pair]]:
    pairs = _draw_pairs(12, seed=1 + step)
    return [pairs[:5], pairs[5:]]


def _draw_pairs(count: int, seed: int = 0) -> list[Pair]:
    random = np.random.default_rng(seed)

    def ids() -> list[int]:
        return [*random.integers(2, 300, random.integers(1, 40)).tolist(), 1]

    return [(ids(), ids()) for _ in range(count)]


if __name__ == "__main__":
    main()
