"""Pairs of texts to token ids, by the tokenizer in a model's folder."""

from __future__ import annotations

from collections import deque
from collections.abc import Iterable, Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from itertools import chain
from typing import Any

import numpy as np
import pyarrow.compute as pc
import tokenizers

from fsa_runtime.data.pairs import TextBatch
from fsa_runtime.data.student_tokenizer import NEWLINE_TOKEN, StudentTokenizer
from fsa_runtime.data.token_rows import EncodedBatch, EncodedColumn
from fsa_runtime.data.word_encoder import WordEncoder, end_ids_by_words
from fsa_runtime.files.digests import digest_of_data


class PairEncoder:
    """Encodes batches of pairs; cuts at the maximum lengths as Hugging Face tokenizers do.

    May be used by several threads at once.
    """

    def __init__(
        self,
        tokenizer: StudentTokenizer,
        *,
        max_input_tokens: int,
        max_target_tokens: int | None,
        newline_token: bool,
        threads: int = 1,
    ) -> None:
        """`max_target_tokens` is None where only inputs are encoded; `threads`: how many batches at once."""
        definition = tokenizer.definition
        side = tokenizer.truncation_side
        self._max_input_tokens = max_input_tokens
        self._max_target_tokens = max_target_tokens
        self._threads = threads
        self.dtype: Any = np.uint16 if len(tokenizer) <= 2**16 else np.int32
        mark = NEWLINE_TOKEN if newline_token else None
        end_ids = end_ids_by_words(definition, mark) if side == "right" else None
        self._encoder = (
            TextEncoder(
                definition, {max_input_tokens, max_target_tokens or max_input_tokens}, side, mark, self.dtype
            )
            if end_ids is None
            else WordEncoder(definition, end_ids, mark, self.dtype)
        )
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

    def encode_all(self, batches: Iterable[TextBatch]) -> Iterator[EncodedBatch]:
        """Encodes batches in order, several at once; only those are in memory."""
        if self._threads == 1:
            yield from map(self.encode, batches)
            return
        waiting: deque[Future[EncodedBatch]] = deque()
        with ThreadPoolExecutor(self._threads) as pool:
            try:
                for batch in batches:
                    waiting.append(pool.submit(self.encode, batch))
                    if len(waiting) > self._threads:
                        yield waiting.popleft().result()
                while waiting:
                    yield waiting.popleft().result()
            finally:
                for future in waiting:
                    future.cancel()

    def encode(self, batch: TextBatch) -> EncodedBatch:
        assert self._max_target_tokens is not None
        return EncodedBatch(
            self._encoder.encode(batch.sources, self._max_input_tokens),
            self._encoder.encode(batch.targets, self._max_target_tokens),
        )

    def encode_inputs(self, texts: Any) -> EncodedColumn:
        """Encodes an Arrow array of input texts."""
        return self._encoder.encode(texts, self._max_input_tokens)

    def forget_words(self) -> None:
        """Gives back the memory that makes encoding fast; encoding works as before."""
        self._encoder.forget()


class TextEncoder:
    """Encodes whole texts, for tokenizers of any kind."""

    def __init__(
        self, definition: str, maxima: Iterable[int], side: str, newline_token: str | None, dtype: Any
    ) -> None:
        self._tokenizers = {maximum: _cutting(definition, maximum, side) for maximum in maxima}
        self._newline_token = newline_token
        self._dtype = dtype

    def encode(self, texts: Any, max_tokens: int) -> EncodedColumn:
        """At most `max_tokens` ids of each text; `max_tokens` is one of the maxima named before."""
        if self._newline_token is not None:
            texts = pc.replace_substring(texts, "\n", self._newline_token)
        encodings = self._tokenizers[max_tokens].encode_batch_fast(texts.to_pylist())
        lengths = np.fromiter((len(one) for one in encodings), np.int64, len(encodings))
        flat = chain.from_iterable(one.ids for one in encodings)
        cut = sum(1 for one in encodings if one.overflowing)
        return EncodedColumn(np.fromiter(flat, self._dtype, int(lengths.sum())), lengths, cut)

    def forget(self) -> None:
        """Nothing is kept."""


def _cutting(definition: str, max_tokens: int, side: str) -> tokenizers.Tokenizer:
    tokenizer = tokenizers.Tokenizer.from_str(definition)
    tokenizer.enable_truncation(max_length=max_tokens, direction=side)
    return tokenizer
