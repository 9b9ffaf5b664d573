"""The student: a small T5, and random weights for it, drawn as transformers draws them for a new model."""

from __future__ import annotations

import math
from typing import Any

import numpy as np
from numpy.typing import NDArray

LAYERS = 2
HEADS = 4
WIDTH = 128
FEED_FORWARD = 256
BUCKETS = 32


def student_config(vocabulary_size: int) -> dict[str, Any]:
    """`config.json` of the student: its weights lie there in half precision and are read in single."""
    return {
        "architectures": ["T5ForConditionalGeneration"],
        "model_type": "t5",
        "vocab_size": vocabulary_size,
        "d_model": WIDTH,
        "d_kv": WIDTH // HEADS,
        "d_ff": FEED_FORWARD,
        "num_layers": LAYERS,
        "num_decoder_layers": LAYERS,
        "num_heads": HEADS,
        "relative_attention_num_buckets": BUCKETS,
        "relative_attention_max_distance": 128,
        "dropout_rate": 0.1,
        "layer_norm_epsilon": 1e-6,
        "initializer_factor": 1.0,
        "feed_forward_proj": "relu",
        "is_encoder_decoder": True,
        "use_cache": True,
        "tie_word_embeddings": True,
        "pad_token_id": 0,
        "eos_token_id": 1,
        "decoder_start_token_id": 0,
        "dtype": "float32",
    }


def student_weights(vocabulary_size: int, seed: int) -> dict[str, NDArray[np.float16]]:
    """All weights by their names in a checkpoint, in half precision.

    numpy's `RandomState` is a frozen stream: the same seed gives the same numbers in every version.
    """
    random = np.random.RandomState(seed)
    return {name: _draw(random, shape, deviation) for name, shape, deviation in _weights(vocabulary_size)}


def _draw(
    random: np.random.RandomState, shape: tuple[int, ...], deviation: float | None
) -> NDArray[np.float16]:
    if deviation is None:
        return np.ones(shape, np.float16)
    return (random.standard_normal(shape) * deviation).astype(np.float16)


def _weights(vocabulary_size: int) -> list[tuple[str, tuple[int, ...], float | None]]:
    """Name, shape and standard deviation of each weight; None for scales, which are one."""
    weights: list[tuple[str, tuple[int, ...], float | None]] = [
        ("shared.weight", (vocabulary_size, WIDTH), 1.0)
    ]
    for stack in ("encoder", "decoder"):
        for layer in range(LAYERS):
            block = f"{stack}.block.{layer}.layer"
            weights += _attention(f"{block}.0", "SelfAttention", with_bias=layer == 0)
            if stack == "decoder":
                weights += _attention(f"{block}.1", "EncDecAttention", with_bias=False)
            weights += _feed_forward(f"{block}.{2 if stack == 'decoder' else 1}")
        weights.append((f"{stack}.final_layer_norm.weight", (WIDTH,), None))
    return weights


def _attention(layer: str, name: str, *, with_bias: bool) -> list[tuple[str, tuple[int, ...], float | None]]:
    square = (WIDTH, WIDTH)
    narrow = 1 / math.sqrt(WIDTH)
    weights: list[tuple[str, tuple[int, ...], float | None]] = [
        (f"{layer}.{name}.q.weight", square, narrow / math.sqrt(WIDTH // HEADS)),
        (f"{layer}.{name}.k.weight", square, narrow),
        (f"{layer}.{name}.v.weight", square, narrow),
        (f"{layer}.{name}.o.weight", square, narrow),
    ]
    if with_bias:
        weights.append((f"{layer}.{name}.relative_attention_bias.weight", (BUCKETS, HEADS), narrow))
    weights.append((f"{layer}.layer_norm.weight", (WIDTH,), None))
    return weights


def _feed_forward(layer: str) -> list[tuple[str, tuple[int, ...], float | None]]:
    return [
        (f"{layer}.DenseReluDense.wi.weight", (FEED_FORWARD, WIDTH), 1 / math.sqrt(WIDTH)),
        (f"{layer}.DenseReluDense.wo.weight", (WIDTH, FEED_FORWARD), 1 / math.sqrt(FEED_FORWARD)),
        (f"{layer}.layer_norm.weight", (WIDTH,), None),
    ]
