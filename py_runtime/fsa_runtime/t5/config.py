"""What a T5 checkpoint's config.json says, as far as the mathematics needs it."""

from __future__ import annotations

import json
from dataclasses import dataclass, field, replace
from typing import Any

from fsa_runtime.errors import JobError
from fsa_runtime.files.model_folder import ModelFolder

ACTIVATIONS = ("relu", "gelu", "gelu_new", "silu")


@dataclass(frozen=True, kw_only=True)
class Family:
    """What the members of the T5 family do differently, by the `model_type` of their config.json."""

    architecture: str
    # Every layer of a stack has a table of position biases of its own, not the first one for all.
    bias_per_layer: bool = False
    # Multiplies what goes into the head by d_model**-0.5, unless config.json says otherwise.
    may_scale: bool = False
    # Distillation cuts the embedding to the tokenizer's size, as the published one does.
    cuts_vocabulary: bool = False
    # What transformers assumes where config.json says nothing.
    defaults: dict[str, Any] = field(default_factory=dict)


_MULTILINGUAL = {
    "vocab_size": 250112,
    "d_ff": 1024,
    "num_layers": 8,
    "num_heads": 6,
    "feed_forward_proj": "gated-gelu",
    "decoder_start_token_id": 0,
}

# mT5 and umT5 never scale, whatever `tie_word_embeddings` says: transformers 5 writes `true` into every file
# it saves, and its umT5 then flattens the softmax of a model that was trained without.
FAMILIES = {
    "t5": Family(architecture="T5ForConditionalGeneration", may_scale=True, cuts_vocabulary=True),
    "mt5": Family(architecture="MT5ForConditionalGeneration", defaults=_MULTILINGUAL),
    "umt5": Family(architecture="UMT5ForConditionalGeneration", bias_per_layer=True, defaults=_MULTILINGUAL),
}


@dataclass(frozen=True, kw_only=True)
class T5Config:
    """Field names as in Hugging Face's T5Config; `raw` is the file as it was, for saving."""

    model_type: str
    vocab_size: int
    d_model: int
    d_kv: int
    d_ff: int
    num_layers: int
    num_decoder_layers: int
    num_heads: int
    relative_attention_num_buckets: int
    relative_attention_max_distance: int
    dropout_rate: float
    layer_norm_epsilon: float
    activation: str
    gated: bool
    scale_decoder_outputs: bool
    pad_token_id: int
    eos_token_id: int
    decoder_start_token_id: int
    raw: dict[str, Any] = field(repr=False, compare=False)

    @property
    def family(self) -> Family:
        return FAMILIES[self.model_type]

    @property
    def inner_dim(self) -> int:
        """Width of all attention heads together."""
        return self.num_heads * self.d_kv

    def with_vocabulary(self, size: int) -> T5Config:
        return replace(self, vocab_size=size, raw={**self.raw, "vocab_size": size})


def read_config(folder: ModelFolder) -> T5Config:
    """Reads `config.json`; JobError("bad-model") if it is missing or describes none of the T5 family."""
    path = folder.path / "config.json"
    try:
        raw = json.loads(folder.read("config.json"))
    except ValueError as error:
        raise JobError("bad-model", f"{path} is not valid JSON: {error}.") from None
    kind = raw.get("model_type") if isinstance(raw, dict) else None
    if kind not in FAMILIES:
        raise JobError(
            "bad-model",
            f"{path} describes a model of type {kind!r}; only {', '.join(FAMILIES)} can be used here.",
        )
    try:
        return parse_config(raw)
    except (KeyError, TypeError, ValueError) as error:
        raise JobError("bad-model", f"{path} is not a usable T5 configuration: {error}.") from None


def parse_config(given: dict[str, Any]) -> T5Config:
    """Defaults and special cases are those of transformers 5.23.0."""
    family = FAMILIES[given["model_type"]]
    raw = {**family.defaults, **given}
    words = str(raw.get("feed_forward_proj", "relu")).split("-")
    activation = words[-1]
    gated = words[0] == "gated"
    if raw.get("feed_forward_proj") == "gated-gelu":
        activation = "gelu_new"
    if len(words) > 2 or (len(words) == 2 and not gated) or activation not in ACTIVATIONS:
        raise ValueError(f"feed_forward_proj {raw.get('feed_forward_proj')!r} is not supported")
    # T5 scales its outputs before the head; v1.1 does not, and says so by `tie_word_embeddings: false`.
    scale = family.may_scale and raw.get("scale_decoder_outputs", raw.get("tie_word_embeddings") is not False)
    eos = raw.get("eos_token_id", 1)
    pad = _or(raw.get("pad_token_id"), 0)
    layers = int(raw.get("num_layers", 6))
    return T5Config(
        model_type=raw["model_type"],
        vocab_size=int(raw.get("vocab_size", 32128)),
        d_model=int(raw.get("d_model", 512)),
        d_kv=int(raw.get("d_kv", 64)),
        d_ff=int(raw.get("d_ff", 2048)),
        num_layers=layers,
        num_decoder_layers=int(_or(raw.get("num_decoder_layers"), layers)),
        num_heads=int(raw.get("num_heads", 8)),
        relative_attention_num_buckets=int(raw.get("relative_attention_num_buckets", 32)),
        relative_attention_max_distance=int(raw.get("relative_attention_max_distance", 128)),
        dropout_rate=float(raw.get("dropout_rate", 0.1)),
        layer_norm_epsilon=float(raw.get("layer_norm_epsilon", 1e-6)),
        activation=activation,
        gated=gated,
        scale_decoder_outputs=bool(scale),
        pad_token_id=int(pad),
        eos_token_id=int(eos[0] if isinstance(eos, list) else _or(eos, 1)),
        decoder_start_token_id=int(_or(raw.get("decoder_start_token_id"), pad)),
        raw=given,
    )


def _or(value: Any, default: Any) -> Any:
    return default if value is None else value
