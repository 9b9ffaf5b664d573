"""Texts to token ids and back, by the tokenizer in a model's folder."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from itertools import chain
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow.compute as pc
import tokenizers
from numpy.typing import NDArray
from transformers import AutoTokenizer

from fsa_runtime.digests import digest_of_data
from fsa_runtime.errors import JobError
from fsa_runtime.pairs import TextBatch

NEWLINE_TOKEN = "[NL]"

TokenArray = NDArray[np.uint16] | NDArray[np.int32]


@dataclass(frozen=True)
class EncodedColumn:
    """Token ids of a few texts: one flat array, the length of each, and how many were cut."""

    ids: TokenArray
    lengths: NDArray[np.int64]
    cut: int


@dataclass(frozen=True)
class EncodedBatch:
    inputs: EncodedColumn
    targets: EncodedColumn


def load_tokenizer(folder: str, *, newline_token: bool) -> Any:
    """The fast tokenizer of a model folder; with `newline_token` it knows `[NL]`.

    Nothing is fetched and no code of the folder is run. Raises JobError("bad-model").
    """
    if not Path(folder).is_dir():
        raise JobError("bad-model", f"There is no model folder {folder}.")
    try:
        tokenizer = AutoTokenizer.from_pretrained(folder, local_files_only=True, trust_remote_code=False)
    except Exception as error:
        raise JobError(
            "bad-model", f"The tokenizer in {folder} could not be loaded: {_first_line(error)}"
        ) from error
    if not getattr(tokenizer, "is_fast", False) or tokenizer.eos_token_id is None:
        raise JobError("bad-model", f"The tokenizer in {folder} is no fast tokenizer with an end token.")
    if newline_token:
        tokenizer.add_tokens([NEWLINE_TOKEN])
    return tokenizer


class PairEncoder:
    """Encodes batches of pairs in parallel; cuts at the maximum lengths as Hugging Face tokenizers do."""

    def __init__(
        self, tokenizer: Any, *, max_input_tokens: int, max_target_tokens: int, newline_token: bool
    ) -> None:
        definition = _plain_definition(tokenizer)
        side = tokenizer.truncation_side
        self._inputs = _cutting(definition, max_input_tokens, side)
        self._targets = _cutting(definition, max_target_tokens, side)
        self._newline_token = newline_token
        self.dtype: Any = np.uint16 if len(tokenizer) <= 2**16 else np.int32
        self.digest = digest_of_data(
            {
                "definition": definition,
                "library": tokenizers.__version__,
                "side": side,
                "maxInputTokens": max_input_tokens,
                "maxTargetTokens": max_target_tokens,
                "newlineToken": newline_token,
            }
        )

    def encode(self, batch: TextBatch) -> EncodedBatch:
        return EncodedBatch(self.encode_inputs(batch.sources), self._encode(self._targets, batch.targets))

    def encode_inputs(self, texts: Any) -> EncodedColumn:
        """Encodes an Arrow array of input texts."""
        return self._encode(self._inputs, texts)

    def _encode(self, tokenizer: tokenizers.Tokenizer, texts: Any) -> EncodedColumn:
        if self._newline_token:
            texts = pc.replace_substring(texts, "\n", NEWLINE_TOKEN)
        encodings = tokenizer.encode_batch_fast(texts.to_pylist())
        lengths = np.fromiter((len(one) for one in encodings), np.int64, len(encodings))
        flat = chain.from_iterable(one.ids for one in encodings)
        cut = sum(1 for one in encodings if one.overflowing)
        return EncodedColumn(np.fromiter(flat, self.dtype, int(lengths.sum())), lengths, cut)


class TokenRows:
    """Token ids of many texts, in memory or mapped: a flat array and the offset of each text."""

    def __init__(self, ids: TokenArray, offsets: NDArray[np.int64]) -> None:
        self._ids = ids
        self._offsets = offsets

    @classmethod
    def collect(cls, columns: Iterable[EncodedColumn]) -> TokenRows:
        """Keeps encoded columns in memory."""
        parts = list(columns)
        lengths = np.concatenate([np.zeros(1, np.int64), *(part.lengths for part in parts)])
        ids = np.concatenate([part.ids for part in parts]) if parts else np.zeros(0, np.uint16)
        return cls(ids, np.cumsum(lengths))

    def __len__(self) -> int:
        return len(self._offsets) - 1

    def __getitem__(self, row: int) -> list[int]:
        ids: list[int] = self._ids[self._offsets[row] : self._offsets[row + 1]].tolist()
        return ids

    def __iter__(self) -> Iterator[list[int]]:
        return (self[row] for row in range(len(self)))


def decode_texts(tokenizer: Any, rows: list[list[int]]) -> list[str]:
    """Texts of generated ids without special tokens, spaces as the model wrote them."""
    as_written = {"skip_special_tokens": True, "clean_up_tokenization_spaces": False}
    return [str(tokenizer.decode(row, **as_written)) for row in rows]


def _plain_definition(tokenizer: Any) -> str:
    """The tokenizer as JSON, without the settings for cutting and padding that calls leave behind."""
    plain = tokenizers.Tokenizer.from_str(tokenizer.backend_tokenizer.to_str())
    plain.no_truncation()
    plain.no_padding()
    return plain.to_str()


def _cutting(definition: str, max_tokens: int, side: str) -> tokenizers.Tokenizer:
    tokenizer = tokenizers.Tokenizer.from_str(definition)
    tokenizer.enable_truncation(max_length=max_tokens, direction=side)
    return tokenizer


def _first_line(error: Exception) -> str:
    return (str(error).strip() or type(error).__name__).splitlines()[0]
