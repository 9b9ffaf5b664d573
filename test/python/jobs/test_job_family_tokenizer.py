"""mT5's and umT5's tokenizers: SentencePiece's ids, bytes for what has no piece, from any form of file."""

from __future__ import annotations

import io
import json
import shutil
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pyarrow as pa
import pytest
import sentencepiece
import torch
from jobs_kit import RecordingContext, distill_spec, finetune_spec, make_rows, run_job
from transformers import AutoModelForSeq2SeqLM, AutoTokenizer
from transformers.models.umt5 import UMT5Config, UMT5ForConditionalGeneration

from fsa_runtime.data.built_tokenizer import build_tokenizer
from fsa_runtime.data.pair_encoder import PairEncoder
from fsa_runtime.data.pairs import TextBatch
from fsa_runtime.data.student_tokenizer import NEWLINE_TOKEN, StudentTokenizer
from fsa_runtime.errors import JobError
from fsa_runtime.files.model_folder import ModelFolder

TEXTS = [
    "the {menu} 😍 was ~ fine <ok> | positive",
    "  two   spaces\tand\nbreaks ",
    "खाना अच्छा था",
    "寿司は美味しい",
    "ﬁne ™ … é and é",
    "👩\u200d👩\u200d👧 10% off; [soup]",
    "",
    *[row[1] for row in make_rows(20)],
]
ROWS = 500


@pytest.fixture(scope="module")
def pieces() -> bytes:
    """A SentencePiece model with byte fallback that has never seen most of `TEXTS`."""
    made = io.BytesIO()
    sentencepiece.SentencePieceTrainer.train(
        sentence_iterator=(text for row in make_rows(300) for text in row[1:]),
        model_writer=made,
        vocab_size=340,
        hard_vocab_limit=False,
        byte_fallback=True,
        pad_id=0,
        eos_id=1,
        unk_id=2,
        bos_id=-1,
        minloglevel=2,
    )
    return made.getvalue()


@pytest.fixture(scope="module")
def umt5(pieces: bytes, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """As such models are published: spiece.model alone, sentinels said, more rows than tokens."""
    folder = tmp_path_factory.mktemp("umt5")
    shape = {"d_model": 32, "d_kv": 8, "d_ff": 64, "num_layers": 2, "num_heads": 4, "dropout_rate": 0.0}
    torch.manual_seed(7)
    UMT5ForConditionalGeneration(UMT5Config(vocab_size=ROWS, **shape)).save_pretrained(folder)
    (folder / "spiece.model").write_bytes(pieces)
    settings = {"tokenizer_class": "T5Tokenizer", "extra_ids": 30, "eos_token": {"content": "</s>"}}
    (folder / "tokenizer_config.json").write_text(json.dumps(settings))
    return folder


def load(folder: Path, *, newline_token: bool = False) -> Any:
    return build_tokenizer(ModelFolder.as_found(folder), added=[NEWLINE_TOKEN] if newline_token else [])


def decode_texts(tokenizer: Any, rows: list[list[int]]) -> list[str]:
    return StudentTokenizer.of(tokenizer).decode(rows)


def test_ids_and_texts_are_those_of_sentencepiece(umt5: Path, pieces: bytes) -> None:
    tokenizer = load(umt5)
    original = sentencepiece.SentencePieceProcessor(model_proto=pieces)
    assert len(tokenizer) == original.vocab_size() + 30
    assert tokenizer.convert_tokens_to_ids(["<extra_id_0>", "<extra_id_29>"]) == [
        len(tokenizer) - 1,
        len(tokenizer) - 30,
    ]
    rows = [tokenizer(text).input_ids for text in TEXTS]
    assert rows == [[*original.encode(text), 1] for text in TEXTS]
    assert not any(2 in row for row in rows)
    assert decode_texts(tokenizer, rows) == [original.decode(row) for row in rows]
    assert decode_texts(tokenizer, rows)[0] == TEXTS[0]


def test_the_encoder_by_words_gives_the_same_ids(umt5: Path) -> None:
    tokenizer = load(umt5, newline_token=True)
    encoder = PairEncoder(
        StudentTokenizer.of(tokenizer), max_input_tokens=40, max_target_tokens=40, newline_token=True
    )
    column = pa.array(TEXTS, pa.utf8())
    encoded = encoder.encode(TextBatch(ids=column, sources=column, targets=column)).inputs
    marked = [text.replace("\n", "[NL]") for text in TEXTS]
    wanted = [tokenizer(text, truncation=True, max_length=40).input_ids for text in marked]
    assert encoded.ids.tolist() == [id for row in wanted for id in row]


def test_a_character_cut_in_two_is_no_error(umt5: Path) -> None:
    tokenizer = load(umt5)
    ids = tokenizer("soup 😍").input_ids
    assert "\ufffd" in decode_texts(tokenizer, [ids[:-2]])[0]


def change_settings(**changes: Any) -> Callable[[Path], None]:
    def change(folder: Path) -> None:
        path = folder / "tokenizer_config.json"
        path.write_text(json.dumps({**json.loads(path.read_text()), **changes}))

    return change


def as_mt5(folder: Path) -> None:
    """Transformers looks for a class of this name, and has none."""
    change_settings(tokenizer_class="MT5Tokenizer")(folder)
    (folder / "config.json").write_text(json.dumps({"model_type": "mt5"}))


def as_tokenizer_json(folder: Path) -> None:
    """Saved again: transformers' T5Tokenizer would build it anew without its bytes."""
    load(folder).save_pretrained(str(folder))
    (folder / "spiece.model").unlink()
    change_settings(tokenizer_class="T5Tokenizer")(folder)
    (folder / "config.json").write_text(json.dumps({"model_type": "t5"}))


@pytest.mark.parametrize("form", [as_mt5, as_tokenizer_json, change_settings(extra_ids=0)])
def test_every_form_gives_the_same_ids(umt5: Path, tmp_path: Path, form: Callable[[Path], None]) -> None:
    folder = tmp_path / "form"
    shutil.copytree(umt5, folder)
    form(folder)
    tokenizer, plain = load(folder), load(umt5)
    assert [tokenizer(text).input_ids for text in TEXTS] == [plain(text).input_ids for text in TEXTS]


@pytest.mark.parametrize(
    ("change", "words"),
    [
        (change_settings(extra_ids=-3), "extra_ids is -3"),
        (change_settings(pad_token="[PAD]"), r"pad_token is '\[PAD\]'"),
        (lambda folder: (folder / "spiece.model").write_bytes(b"\x0a\xff"), "no SentencePiece model"),
        (lambda folder: (folder / "spiece.model").write_bytes(b""), "no Unigram model"),
    ],
)
def test_broken_files_are_refused_in_words(
    umt5: Path, tmp_path: Path, change: Callable[[Path], None], words: str
) -> None:
    folder = tmp_path / "broken"
    shutil.copytree(umt5, folder)
    change(folder)
    with pytest.raises(JobError, match=words) as caught:
        load(folder)
    assert caught.value.code == "bad-model"


def test_a_umt5_is_trained_and_saved_as_one(umt5: Path, tmp_path: Path) -> None:
    for name, spec in (
        (
            "finetune",
            {**finetune_spec(umt5, tmp_path), "modelFolder": str(tmp_path / "finetune"), "epochs": 1},
        ),
        ("distill", distill_spec(umt5, tmp_path, modelFolder=str(tmp_path / "distill"), steps=2)),
    ):
        run_job(RecordingContext(), spec)
        saved = tmp_path / name
        config = json.loads((saved / "config.json").read_text())
        assert config["architectures"] == ["UMT5ForConditionalGeneration"]
        # Rows behind the tokenizer's stay.
        assert config["vocab_size"] == ROWS
        assert type(AutoModelForSeq2SeqLM.from_pretrained(saved)) is UMT5ForConditionalGeneration
        mine, theirs = load(saved), AutoTokenizer.from_pretrained(saved)
        assert [mine(text).input_ids for text in TEXTS] == [theirs(text).input_ids for text in TEXTS]
