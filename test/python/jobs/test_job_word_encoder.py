"""Encoding by words gives the ids of encoding whole texts, whatever stands in them."""

from __future__ import annotations

import io
import json
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from pathlib import Path
from typing import Any

import pyarrow as pa
import pytest
import sentencepiece
from hypothesis import given, settings
from hypothesis import strategies as st
from jobs_kit import make_rows
from tokenizers import AddedToken, Tokenizer, models, normalizers, pre_tokenizers

from fsa_runtime.data import word_encoder
from fsa_runtime.data.pair_encoder import PairEncoder, TextEncoder
from fsa_runtime.data.pairs import TextBatch
from fsa_runtime.data.student_tokenizer import NEWLINE_TOKEN, load_tokenizer
from fsa_runtime.data.token_rows import EncodedColumn
from fsa_runtime.data.word_encoder import WordEncoder, end_ids_by_words
from fsa_runtime.files.model_folder import ModelFolder

PREPEND, COMBINING, FULL_WIDTH = "\u0600", "\u0308", "\uff3b"
PIECES = [
    *(
        "soup",
        "the ",
        " waiter",
        "was",
        ".",
        ",",
        "é",
        "“cold”",
        "…",
        "日本",
        "\uff11\uff12",
        "ﬁ",
        "\u00a8",
        "[",
        "]",
        "NL",
    ),
    *(
        " ",
        "  ",
        "\n",
        "\n\n",
        "\r\n",
        "\t",
        "\u00a0",
        "\u3000",
        "\u200b",
        "\u0085",
        "▁",
        "[NL]",
        FULL_WIDTH + "NL]",
    ),
    *(COMBINING, "\u200d", "\ufe0f", "👍🏽", PREPEND, "\U000110bd", "\u0d4e", "\ufeff", "\u0301 ", "🇫🇷"),
    *("</s>", "<extra_id_1>", "<pad> ", "\x00"),
]
TEXTS = st.lists(st.sampled_from(PIECES) | st.text(max_size=3), max_size=25).map("".join)


@pytest.fixture(scope="session")
def definitions(model_folder: Path) -> dict[str, str]:
    """The tokenizer of a small T5, and that with the normalizer and the sentinels of the published one."""
    plain = load_tokenizer(ModelFolder.as_found(model_folder), newline_token=True).library
    normalizing = Tokenizer.from_str(plain.to_str())
    normalizing.normalizer = normalizers.Precompiled(_published_rules())
    normalizing.add_special_tokens([f"<extra_id_{number}>" for number in range(3)])
    return {"plain": plain.to_str(), "normalizing": normalizing.to_str()}


@pytest.fixture(scope="session", params=["plain", "normalizing"])
def definition(request: pytest.FixtureRequest, definitions: dict[str, str]) -> str:
    return definitions[str(request.param)]


@pytest.mark.parametrize("mark", [NEWLINE_TOKEN, None])
def test_the_ids_are_those_of_whole_texts(definition: str, mark: str | None) -> None:
    by_words = _word_encoder(definition, mark)
    maxima = (1, 2, 7, 1000)
    whole = TextEncoder(definition, maxima, "right", mark, "uint16")

    @settings(deadline=None, max_examples=300)
    @given(
        st.lists(TEXTS, max_size=6), st.sampled_from(maxima), st.sampled_from([pa.utf8(), pa.large_utf8()])
    )
    def compare(texts: list[str], maximum: int, kind: Any) -> None:
        column = pa.array(["before", *texts, "after"], kind).slice(1, len(texts))
        assert _plain(by_words.encode(column, maximum)) == _plain(whole.encode(column, maximum))

    compare()


def test_words_are_cut_where_nothing_clings_to_them(definition: str, monkeypatch: pytest.MonkeyPatch) -> None:
    asked: list[str] = []
    encoder = _word_encoder(definition, NEWLINE_TOKEN)
    look_up = encoder._table.look_up

    def listen(words: Any) -> Any:
        asked.extend(words.to_pylist())
        return look_up(words)

    monkeypatch.setattr(encoder._table, "look_up", listen)
    encoder.encode(pa.array(["a b\nc", "", f"“d” é f\r\ng{PREPEND} h 日 i", " a b"]), 9)
    assert asked == ["a", " b", "\nc", "“d”", " é", " f\r\ng\u0600 h", " 日", " i", " a"]


def test_what_is_forgotten_is_learned_again(definition: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(word_encoder, "_MOST_WORDS", 5)
    texts = pa.array([row[1] for row in make_rows(40)])
    encoder = _word_encoder(definition, NEWLINE_TOKEN)
    whole = _plain(TextEncoder(definition, (20,), "right", NEWLINE_TOKEN, "uint16").encode(texts, 20))
    assert _plain(encoder.encode(texts, 20)) == whole
    assert _plain(encoder.encode(texts, 20)) == whole
    encoder.forget()
    assert _plain(encoder.encode(texts, 20)) == whole


def test_threads_share_what_they_learn(definition: str) -> None:
    columns = [pa.array([row[1] for row in make_rows(50, seed)]) for seed in range(40)]
    alone, shared = (_word_encoder(definition, NEWLINE_TOKEN) for _ in range(2))
    with ThreadPoolExecutor(4) as pool:
        found = list(pool.map(lambda column: _plain(shared.encode(column, 30)), columns))
    assert found == [_plain(alone.encode(column, 30)) for column in columns]


@pytest.mark.parametrize("threads", [1, 3])
def test_batches_keep_their_order(model_folder: Path, threads: int) -> None:
    tokenizer = load_tokenizer(ModelFolder.as_found(model_folder), newline_token=True)
    encoder = PairEncoder(
        tokenizer, max_input_tokens=30, max_target_tokens=30, newline_token=True, threads=threads
    )
    texts = [pa.array([row[1] for row in make_rows(5 + seed, seed)]) for seed in range(12)]
    batches = [TextBatch(None, one, one) for one in texts]
    found = [_plain(batch.inputs) for batch in encoder.encode_all(iter(batches))]
    assert found == [_plain(encoder.encode_inputs(one)) for one in texts]


def test_a_failing_batch_ends_the_encoding(model_folder: Path) -> None:
    tokenizer = load_tokenizer(ModelFolder.as_found(model_folder), newline_token=True)
    encoder = PairEncoder(tokenizer, max_input_tokens=9, max_target_tokens=9, newline_token=True, threads=2)
    good = pa.array(["the soup"])
    with pytest.raises(AttributeError):
        list(encoder.encode_all([TextBatch(None, good, good), TextBatch(None, good, None)]))


def _lowercasing(tokenizer: Tokenizer) -> None:
    tokenizer.normalizer = normalizers.Lowercase()


def _first_only(tokenizer: Tokenizer) -> None:
    tokenizer.pre_tokenizer = pre_tokenizers.Metaspace(prepend_scheme="first")


def _word_pieces(tokenizer: Tokenizer) -> None:
    tokenizer.model = models.WordPiece({"[UNK]": 0})


def _token_of_two_words(tokenizer: Tokenizer) -> None:
    tokenizer.add_tokens(["two words"])


def _token_over_the_mark(tokenizer: Tokenizer) -> None:
    tokenizer.add_tokens(["a[NL]"])


def _single_word_token(tokenizer: Tokenizer) -> None:
    tokenizer.add_tokens([AddedToken("soup", single_word=True)])


@pytest.mark.parametrize(
    "change",
    [_lowercasing, _first_only, _word_pieces, _token_of_two_words, _token_over_the_mark, _single_word_token],
)
def test_other_tokenizers_encode_whole_texts(
    definitions: dict[str, str], change: Callable[[Tokenizer], None]
) -> None:
    assert end_ids_by_words(definitions["plain"], NEWLINE_TOKEN) == [1]
    tokenizer = Tokenizer.from_str(definitions["plain"])
    change(tokenizer)
    assert end_ids_by_words(tokenizer.to_str(), NEWLINE_TOKEN) is None


@pytest.mark.parametrize(
    "single",
    [
        [{"SpecialToken": {"id": "</s>", "type_id": 0}}, {"Sequence": {"id": "A", "type_id": 0}}],
        [{"Sequence": {"id": "A", "type_id": 0}}, {"Sequence": {"id": "A", "type_id": 0}}],
    ],
)
def test_other_frames_are_not_taken_for_an_end(definitions: dict[str, str], single: list[Any]) -> None:
    definition = json.loads(definitions["plain"])
    definition["post_processor"]["single"] = single
    assert end_ids_by_words(json.dumps(definition), None) is None


def test_a_tokenizer_that_cuts_at_the_start_encodes_whole_texts(model_folder: Path) -> None:
    tokenizer = load_tokenizer(ModelFolder.as_found(model_folder), newline_token=True)
    tokenizer = replace(tokenizer, truncation_side="left")
    encoder = PairEncoder(tokenizer, max_input_tokens=5, max_target_tokens=5, newline_token=True)
    text = "the soup was cold and the waiter was rude"
    assert encoder.encode_inputs(pa.array([text])).ids.tolist() == tokenizer.library.encode(text).ids[-5:]


def _word_encoder(definition: str, mark: str | None) -> WordEncoder:
    end_ids = end_ids_by_words(definition, mark)
    assert end_ids == [1]
    return WordEncoder(definition, end_ids, mark, "uint16")


def _plain(column: EncodedColumn) -> tuple[list[int], list[int], int]:
    return column.ids.tolist(), column.lengths.tolist(), column.cut


def _published_rules() -> bytes:
    """The compiled rules of nmt_nfkc, which the published T5 normalizes by, out of a SentencePiece model."""
    model = io.BytesIO()
    sentencepiece.SentencePieceTrainer.train(
        sentence_iterator=iter(["the soup was cold", "a rude waiter"]),
        model_writer=model,
        vocab_size=30,
        hard_vocab_limit=False,
        normalization_rule_name="nmt_nfkc",
        minloglevel=2,
    )
    normalizer_spec = _field(model.getvalue(), 3)
    return _field(normalizer_spec, 2)


def _field(message: bytes, number: int) -> bytes:
    """The bytes of a length-delimited field of a protocol buffer."""
    at = 0

    def read_varint() -> int:
        nonlocal at
        value = shift = 0
        while True:
            byte = message[at]
            at += 1
            value |= (byte & 0x7F) << shift
            shift += 7
            if byte < 0x80:
                return value

    while at < len(message):
        key = read_varint()
        kind = key & 7
        if kind == 2:
            size = read_varint()
            at += size
            if key >> 3 == number:
                return message[at - size : at]
        elif kind == 0:
            read_varint()
        else:
            at += 4 if kind == 5 else 8
    raise LookupError(number)
