"""The student's tokenizer: a Unigram model in the shape of T5's, trained on the sample corpus."""

from __future__ import annotations

import json
import os
from collections.abc import Iterable
from typing import Any

PAD, END, UNKNOWN = "<pad>", "</s>", "<unk>"
SPECIAL_TOKENS = (PAD, END, UNKNOWN)
SPACE = "\u2581"
PRINTABLE = [chr(code) for code in range(33, 127)]
#: Scores are rounded to this many decimals and rare characters share one score: what is left of the library's
#: training does not depend on the order in which its threads and hash maps add up numbers.
DECIMALS = 4

Files = dict[str, dict[str, Any]]


def make_tokenizer(texts: Iterable[str], vocabulary_size: int, max_tokens: int) -> Files:
    """`tokenizer.json` and `tokenizer_config.json` as objects; ids 0, 1, 2 are pad, end and unknown."""
    vocabulary = _train(texts, vocabulary_size)
    specials = [
        {
            "id": number,
            "content": token,
            "single_word": False,
            "lstrip": False,
            "rstrip": False,
            "normalized": False,
            "special": True,
        }
        for number, token in enumerate(SPECIAL_TOKENS)
    ]
    metaspace = {"type": "Metaspace", "replacement": SPACE, "prepend_scheme": "always", "split": True}
    ending = {"SpecialToken": {"id": END, "type_id": 0}}
    tokenizer = {
        "version": "1.0",
        "truncation": None,
        "padding": None,
        "added_tokens": specials,
        "normalizer": None,
        "pre_tokenizer": {"type": "Sequence", "pretokenizers": [{"type": "WhitespaceSplit"}, metaspace]},
        "post_processor": {
            "type": "TemplateProcessing",
            "single": [{"Sequence": {"id": "A", "type_id": 0}}, ending],
            "pair": [
                {"Sequence": {"id": "A", "type_id": 0}},
                ending,
                {"Sequence": {"id": "B", "type_id": 0}},
                ending,
            ],
            "special_tokens": {END: {"id": END, "ids": [SPECIAL_TOKENS.index(END)], "tokens": [END]}},
        },
        "decoder": metaspace,
        "model": {
            "type": "Unigram",
            "unk_id": SPECIAL_TOKENS.index(UNKNOWN),
            "vocab": [*([token, 0.0] for token in SPECIAL_TOKENS), *vocabulary],
            "byte_fallback": False,
        },
    }
    config = {
        "tokenizer_class": "T5Tokenizer",
        "pad_token": PAD,
        "eos_token": END,
        "unk_token": UNKNOWN,
        "extra_ids": 0,
        "model_max_length": max_tokens,
        "clean_up_tokenization_spaces": False,
    }
    return {"tokenizer.json": tokenizer, "tokenizer_config.json": config}


def _train(texts: Iterable[str], vocabulary_size: int) -> list[list[Any]]:
    """Pieces with their scores, the likeliest first."""
    os.environ.setdefault("TOKENIZERS_PARALLELISM", "false")
    from tokenizers import Tokenizer, models, pre_tokenizers, trainers  # noqa: PLC0415 - after the setting above

    tokenizer = Tokenizer(models.Unigram())
    tokenizer.pre_tokenizer = pre_tokenizers.Sequence(
        [
            pre_tokenizers.WhitespaceSplit(),
            pre_tokenizers.Metaspace(replacement=SPACE, prepend_scheme="always", split=True),
        ]
    )
    trainer = trainers.UnigramTrainer(
        vocab_size=vocabulary_size,
        special_tokens=list(SPECIAL_TOKENS),
        unk_token=UNKNOWN,
        show_progress=False,
        initial_alphabet=PRINTABLE,
    )
    tokenizer.train_from_iterator(texts, trainer)
    learnt = json.loads(tokenizer.to_str())["model"]["vocab"][len(SPECIAL_TOKENS) :]
    scores = {piece: round(score, DECIMALS) for piece, score in learnt}
    lowest = min(scores.values())
    for piece in PRINTABLE:
        if scores[piece] < lowest + 1:
            scores[piece] = lowest
    return [[piece, score] for piece, score in sorted(scores.items(), key=lambda each: (-each[1], each[0]))]
