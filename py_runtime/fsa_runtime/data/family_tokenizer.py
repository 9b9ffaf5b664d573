"""Tokenizers that transformers 5.23 cannot build, or builds wrongly.

mT5's and umT5's fall back to bytes, so that they can write every text. transformers' T5Tokenizer builds its
vocabulary anew without that: the word "soup" stays, and a bracket or an emoji becomes `<unk>`. It refuses
umT5 with nothing but a `spiece.model`, and mT5's own name for its class. Here a tokenizer.json is taken as it
is, and a spiece.model becomes the same ids that SentencePiece gives.
"""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

from tokenizers import AddedToken, Tokenizer, decoders, normalizers, pre_tokenizers, processors
from tokenizers.models import Unigram
from transformers import PreTrainedTokenizerFast

from fsa_runtime.errors import JobError

# Where no file says how many; umT5's say 300.
_SENTINELS = 100
_MOST_SENTINELS = 10_000


def family_tokenizer(folder: Path) -> PreTrainedTokenizerFast | None:
    """The tokenizer of a folder of small files, or None where transformers' own is right.

    Raises JobError("bad-model"), and ValueError or OSError where a file is broken.
    """
    config = _read_json(folder / "config.json")
    multilingual = config.get("model_type") in ("mt5", "umt5")
    settings = _read_json(folder / "tokenizer_config.json")
    definition, pieces = folder / "tokenizer.json", folder / "spiece.model"
    if definition.exists():
        if not (multilingual or _read_json(definition).get("model", {}).get("byte_fallback")):
            return None
        return _named(Tokenizer.from_file(str(definition)), settings)
    if not pieces.exists():
        return None
    proto = _read_proto(pieces)
    if not (multilingual or proto.trainer_spec.byte_fallback):
        return None
    return _named(tokenizer_of_proto(proto, _count_sentinels(settings)), settings)


def tokenizer_of_proto(proto: Any, sentinels: int) -> Tokenizer:
    """SentencePiece's Unigram model; `<extra_id_0>` comes last, as T5 has it, where it is no piece yet."""
    spec = proto.trainer_spec
    vocabulary = [(piece.piece, piece.score) for piece in proto.pieces]
    known = {piece for piece, _ in vocabulary}
    if not known & {"<extra_id_0>", "▁<extra_id_0>"}:
        vocabulary += [(f"<extra_id_{number}>", 0.0) for number in reversed(range(sentinels))]
    tokenizer = Tokenizer(Unigram(vocabulary, unk_id=spec.unk_id, byte_fallback=spec.byte_fallback))
    if proto.normalizer_spec.precompiled_charsmap:
        tokenizer.normalizer = normalizers.Precompiled(proto.normalizer_spec.precompiled_charsmap)
    tokenizer.pre_tokenizer = pre_tokenizers.Sequence(
        [pre_tokenizers.WhitespaceSplit(), pre_tokenizers.Metaspace(prepend_scheme="always")]
    )
    # Bytes first: a character may be spread over several tokens.
    tokenizer.decoder = decoders.Sequence(
        [decoders.ByteFallback(), decoders.Metaspace(prepend_scheme="always")]
    )
    end = proto.pieces[spec.eos_id].piece
    tokenizer.post_processor = processors.TemplateProcessing(
        single=f"$A {end}", pair=f"$A {end} $B {end}", special_tokens=[(end, spec.eos_id)]
    )
    controls = [piece.piece for piece in proto.pieces if piece.type in (piece.CONTROL, piece.UNKNOWN)]
    own = [piece.piece for piece in proto.pieces if piece.type == piece.USER_DEFINED]
    written = [name for name, _ in vocabulary[len(proto.pieces) :]]
    tokenizer.add_special_tokens([*controls, *written])
    tokenizer.add_tokens([AddedToken(name, normalized=False) for name in own])
    return tokenizer


def _named(tokenizer: Tokenizer, settings: dict[str, Any]) -> PreTrainedTokenizerFast:
    """The tokenizer with the roles that its settings name, T5's where they name none."""
    roles = {"eos_token": "</s>", "pad_token": "<pad>", "unk_token": "<unk>"}
    names = {role: _content(settings.get(role)) or usual for role, usual in roles.items()}
    for role, name in names.items():
        if tokenizer.token_to_id(name) is None:
            raise JobError("bad-model", f"The tokenizer's {role} is {name!r}, which its vocabulary lacks.")
    side = settings.get("truncation_side", "right")
    made: PreTrainedTokenizerFast = PreTrainedTokenizerFast(  # type: ignore[no-untyped-call]
        tokenizer_object=tokenizer, truncation_side=side, **names
    )
    return made


def _count_sentinels(settings: dict[str, Any]) -> int:
    named = settings.get("additional_special_tokens") or settings.get("extra_special_tokens") or []
    listed = sum("<extra_id_" in (_content(one) or "") for one in named) if isinstance(named, list) else 0
    count = settings.get("extra_ids", listed or _SENTINELS)
    if not isinstance(count, int) or not 0 <= count <= _MOST_SENTINELS:
        raise JobError(
            "bad-model", f"tokenizer_config.json: extra_ids is {count!r}, which is no number of ids."
        )
    return count


def _content(token: Any) -> str | None:
    """A token's text: settings hold it plainly or with how it is to be matched."""
    text = token.get("content") if isinstance(token, dict) else token
    return text if isinstance(text, str) else None


def _read_proto(path: Path) -> Any:
    # Loads protobuf, which folders with a tokenizer.json do without.
    from sentencepiece import sentencepiece_model_pb2  # noqa: PLC0415

    proto: Any = vars(sentencepiece_model_pb2)["ModelProto"]()
    try:
        proto.ParseFromString(path.read_bytes())
    except Exception as error:  # protobuf's own, which has no types
        raise ValueError(f"{path.name} is no SentencePiece model: {error}") from None
    if proto.trainer_spec.model_type != proto.trainer_spec.UNIGRAM or len(proto.pieces) == 0:
        raise ValueError(f"{path.name} is no Unigram model of SentencePiece")
    return proto


def _read_json(path: Path) -> dict[str, Any]:
    if not path.exists():
        return {}
    value = json.loads(path.read_text(encoding="utf-8"))
    return value if isinstance(value, dict) else {}
