"""Texts to token ids by their words: each different word goes through the tokenizer once.

A T5 tokenizer cuts a text at white space before it does anything else, so the ids of a text are those of
its words, one after the other. Looking words up costs a tenth of tokenising them again in every text.
The ids are the tokenizer's own in every case: where a text cannot be cut safely, it is one long "word".
"""

from __future__ import annotations

import json
import threading
from typing import Any

import numpy as np
import pyarrow as pa
import tokenizers
from numpy.typing import NDArray

from fsa_runtime.data.token_rows import EncodedColumn, TokenArray

_MOST_WORDS = 1_000_000
"""About 200 MB. Then all are forgotten: the frequent ones come back with the next rows."""

_BY_WORDS = [
    {"type": "WhitespaceSplit"},
    {"type": "Metaspace", "replacement": "▁", "prepend_scheme": "always", "split": True},
]
_SPACE, _NEWLINE, _RETURN = b" \n\r"


def end_ids_by_words(definition: str, newline_token: str | None) -> list[int] | None:
    """The special ids that end a text where a tokenizer (as JSON) works word by word; None where it does not.

    `newline_token`: what line breaks become before anything else.
    """
    tokenizer = json.loads(definition)
    cutter, normalizer = tokenizer["pre_tokenizer"] or {}, tokenizer["normalizer"] or {}
    by_words = (
        tokenizer["model"]["type"] == "Unigram"
        and cutter.get("type") == "Sequence"
        and cutter["pretokenizers"] == _BY_WORDS
        and normalizer.get("type", "Precompiled") == "Precompiled"
        and not any(_may_span_words(token, newline_token) for token in tokenizer["added_tokens"])
    )
    return _end_ids(tokenizer["post_processor"]) if by_words else None


def _may_span_words(token: dict[str, Any], newline_token: str | None) -> bool:
    content: str = token["content"]
    over_newline = newline_token is not None and newline_token[0] in content[1:]
    return token["single_word"] or over_newline or any(character.isspace() for character in content)


def _end_ids(post_processor: dict[str, Any] | None) -> list[int] | None:
    if post_processor is None:
        return []
    if post_processor["type"] != "TemplateProcessing":
        return None
    first, *rest = post_processor["single"]
    if first != {"Sequence": {"id": "A", "type_id": 0}} or not all("SpecialToken" in one for one in rest):
        return None
    names = [one["SpecialToken"]["id"] for one in rest]
    return [id for name in names for id in post_processor["special_tokens"][name]["ids"]]


class WordEncoder:
    """Encodes Arrow arrays of texts. May be used by several threads at once."""

    def __init__(self, definition: str, end_ids: list[int], newline_token: str | None, dtype: Any) -> None:
        self._table = _WordTable(tokenizers.Tokenizer.from_str(definition), newline_token, dtype)
        self._end_ids: Any = np.array(end_ids, dtype)

    def encode(self, texts: Any, max_tokens: int) -> EncodedColumn:
        """At most `max_tokens` ids of each text, end ids included; what is too much is cut from the end."""
        data, row_starts = _bytes_of(texts)
        word_starts = _find_words(data, row_starts)
        words = _slices_of(data, word_starts).dictionary_encode()
        starts, lengths, ids = self._table.look_up(words.dictionary)
        word_of = words.indices.to_numpy()
        words_before = np.searchsorted(word_starts, row_starts)
        room = max(max_tokens - len(self._end_ids), 0)
        return self._join(starts[word_of], lengths[word_of], ids, words_before, room)

    def forget(self) -> None:
        """Gives the memory back; words are tokenised again when they are met again."""
        self._table.forget()

    def _join(
        self,
        starts: NDArray[np.int64],
        lengths: NDArray[np.int64],
        ids: TokenArray,
        words_before: NDArray[np.int64],
        room: int,
    ) -> EncodedColumn:
        """The ids of words in a row, cut at `room`, and the end ids after each row.

        starts, lengths: where each word's ids lie; words_before: [rows + 1], the words before each row.
        """
        tokens_before = _sums_before(lengths)
        row_begins = tokens_before[words_before]
        row_tokens = np.diff(row_begins)
        cut = int(np.count_nonzero(row_tokens > room))
        if cut > 0:
            in_row = tokens_before[:-1] - np.repeat(row_begins[:-1], np.diff(words_before))
            lengths = np.clip(room - in_row, 0, lengths)
            tokens_before = _sums_before(lengths)
            row_tokens = np.minimum(row_tokens, room)
        where = np.repeat(starts - tokens_before[:-1], lengths)
        where += np.arange(len(where))
        ends = np.repeat(np.cumsum(row_tokens), len(self._end_ids))
        whole: Any = np.insert(ids[where], ends, np.tile(self._end_ids, len(row_tokens)))
        return EncodedColumn(whole, row_tokens + len(self._end_ids), cut)


class _WordTable:
    """Token ids of the words seen so far."""

    _numbers: dict[str, int]
    _starts: NDArray[np.int64]
    _lengths: NDArray[np.int64]
    _ids: Any

    def __init__(self, tokenizer: tokenizers.Tokenizer, newline_token: str | None, dtype: Any) -> None:
        self._tokenizer = tokenizer
        self._newline_token = newline_token
        self._dtype = dtype
        self._lock = threading.Lock()
        self._clear()

    def look_up(self, words: Any) -> tuple[NDArray[np.int64], NDArray[np.int64], TokenArray]:
        """For an Arrow array of different words: where the ids of each start, how many they are, all ids.

        The arrays stay as they are whatever is looked up later.
        """
        texts: list[str] = words.to_pylist()
        with self._lock:
            if len(self._numbers) > _MOST_WORDS:
                self._clear()
            numbers = np.fromiter((self._numbers.get(text, -1) for text in texts), np.int64, len(texts))
            missing = np.flatnonzero(numbers < 0)
            if len(missing) > 0:
                numbers[missing] = len(self._numbers) + np.arange(len(missing))
                self._add([texts[index] for index in missing])
            return self._starts[numbers], self._lengths[numbers], self._ids

    def forget(self) -> None:
        with self._lock:
            self._clear()

    def _add(self, words: list[str]) -> None:
        mark = self._newline_token
        marked = words if mark is None else [word.replace("\n", mark) for word in words]
        encodings = self._tokenizer.encode_batch_fast(marked, add_special_tokens=False)
        new = [encoding.ids for encoding in encodings]
        lengths = np.fromiter(map(len, new), np.int64, len(new))
        self._numbers.update(
            zip(words, range(len(self._numbers), len(self._numbers) + len(words)), strict=True)
        )
        self._starts = np.concatenate([self._starts, len(self._ids) + _sums_before(lengths)[:-1]])
        self._lengths = np.concatenate([self._lengths, lengths])
        flat = np.fromiter((id for ids in new for id in ids), self._dtype, int(lengths.sum()))
        self._ids = np.concatenate([self._ids, flat])

    def _clear(self) -> None:
        self._numbers = {}
        self._starts = np.zeros(0, np.int64)
        self._lengths = np.zeros(0, np.int64)
        self._ids = np.zeros(0, self._dtype)


def _bytes_of(texts: Any) -> tuple[NDArray[np.uint8], NDArray[np.int64]]:
    """The UTF-8 of an Arrow array of texts without nulls, and where each begins and the last ends."""
    width = np.int64 if pa.types.is_large_string(texts.type) else np.int32
    _, offsets_buffer, data_buffer = texts.buffers()
    if len(texts) == 0 or data_buffer is None:
        return np.zeros(0, np.uint8), np.zeros(len(texts) + 1, np.int64)
    offsets = np.frombuffer(offsets_buffer, width)[texts.offset : texts.offset + len(texts) + 1]
    data = np.frombuffer(data_buffer, np.uint8)[offsets[0] : offsets[-1]]
    return data, offsets.astype(np.int64) - offsets[0]


def _find_words(data: NDArray[np.uint8], row_starts: NDArray[np.int64]) -> NDArray[np.int64]:
    """Where words start: at every row, and at spaces and line breaks that nothing before them clings to.

    A normalizer looks at user-perceived characters, and some scripts have signs that take the next
    character with them, white space too; "\\r\\n" is one as well. None of those signs lies where the lead
    bytes below say.
    """
    breaks = np.flatnonzero((data == _SPACE) | (data == _NEWLINE))
    breaks = breaks[breaks > 0]
    before = data[breaks - 1]
    clean = (before < 0x80) & (before != _RETURN)
    unsure = np.flatnonzero(before >= 0x80)
    clean[unsure] = _ends_in_plain_character(data, breaks[unsure])
    marks = np.zeros(len(data) + 1, np.bool_)
    marks[breaks[clean]] = True
    marks[row_starts] = True
    marks[-1] = False
    return np.flatnonzero(marks)


def _ends_in_plain_character(data: NDArray[np.uint8], ends: NDArray[np.int64]) -> NDArray[np.bool_]:
    """Whether the character of several bytes before each end is in U+0080..U+03FF or U+2000..U+FFFF."""
    second, third = data[np.maximum(ends - 2, 0)], data[np.maximum(ends - 3, 0)]
    of_two = (second >= 0xC2) & (second <= 0xCF)
    of_three = (second < 0xC0) & (third >= 0xE2) & (third <= 0xEF)
    plain: NDArray[np.bool_] = of_two | of_three
    return plain


def _slices_of(data: NDArray[np.uint8], starts: NDArray[np.int64]) -> Any:
    """An Arrow array of texts over the same bytes, each from one start to the next."""
    offsets = np.append(starts, len(data))
    return pa.LargeStringArray.from_buffers(len(starts), pa.py_buffer(offsets), pa.py_buffer(data))


def _sums_before(lengths: NDArray[np.int64]) -> NDArray[np.int64]:
    """[n + 1]: 0, the first, the first two, ..."""
    return np.concatenate([np.zeros(1, np.int64), np.cumsum(lengths)])
