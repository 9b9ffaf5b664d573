"""Token caches: the ids of Hugging Face, made once, never torn, safe against a race."""

from __future__ import annotations

import errno
import json
import os
import shutil
import threading
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from pathlib import Path
from typing import Any

import pytest
from jobs_kit import make_rows, write_pairs
from transformers import AutoTokenizer

from fsa_runtime.context import JobCancelled
from fsa_runtime.data import token_cache
from fsa_runtime.data.built_tokenizer import build_tokenizer
from fsa_runtime.data.pair_encoder import PairEncoder
from fsa_runtime.data.pairs import PairsFile
from fsa_runtime.data.student_tokenizer import NEWLINE_TOKEN, StudentTokenizer, load_tokenizer
from fsa_runtime.data.token_cache import TokenCache, open_cache
from fsa_runtime.errors import JobError
from fsa_runtime.files.model_folder import ModelFolder


def encoder_of(
    model_folder: Path, *, newline_token: bool = True, inputs: int = 30, targets: int = 18
) -> PairEncoder:
    tokenizer = load_tokenizer(ModelFolder.as_found(model_folder), newline_token=newline_token)
    return PairEncoder(
        tokenizer, max_input_tokens=inputs, max_target_tokens=targets, newline_token=newline_token
    )


def opened(
    pairs: PairsFile, encoder: PairEncoder, folder: Path, notices: list[str] | None = None
) -> TokenCache:
    on_notice = [].append if notices is None else notices.append
    return open_cache(pairs, encoder, folder, on_rows=lambda _: None, on_notice=on_notice)


@pytest.fixture
def pairs(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> PairsFile:
    monkeypatch.setattr(token_cache, "ROWS_PER_BATCH", 16)  # several batches from few rows
    return PairsFile.of_spec(write_pairs(tmp_path / "pairs.arrow", make_rows(50)))


def test_the_ids_are_those_of_the_hugging_face_tokenizer(
    model_folder: Path, tmp_path: Path, pairs: PairsFile
) -> None:
    cache = opened(pairs, encoder_of(model_folder), tmp_path / "cache")
    reference = AutoTokenizer.from_pretrained(model_folder)
    reference.add_tokens(["[NL]"])
    rows = make_rows(50)
    for column, maximum, texts in (
        (cache.inputs, 30, [row[1] for row in rows]),
        (cache.targets, 18, [row[2] for row in rows]),
    ):
        marked = [text.replace("\n", "[NL]") for text in texts]
        assert list(column) == reference(marked, truncation=True, max_length=maximum).input_ids
        assert all(ids[-1] == reference.eos_token_id for ids in column)
        assert any(len(ids) == maximum for ids in column)
        assert any(reference.convert_tokens_to_ids("[NL]") in ids for ids in column)
    full = [len(ids) for ids in reference([row[2].replace("\n", "[NL]") for row in rows]).input_ids]
    assert cache.counts.cut_targets == sum(1 for length in full if length > 18) > 0
    assert cache.counts.target_tokens == sum(min(length, 18) for length in full)
    assert cache.counts.rows == len(cache.inputs) == 50


def test_without_the_newline_token_texts_stay_as_they_are(
    model_folder: Path, tmp_path: Path, pairs: PairsFile
) -> None:
    cache = opened(pairs, encoder_of(model_folder, newline_token=False, targets=99), tmp_path)
    reference = AutoTokenizer.from_pretrained(model_folder)
    assert list(cache.targets) == reference([row[2] for row in make_rows(50)]).input_ids


def test_the_second_time_it_is_used_and_for_other_lengths_it_is_not(
    model_folder: Path, tmp_path: Path, pairs: PairsFile
) -> None:
    first = opened(pairs, encoder_of(model_folder), tmp_path / "cache")
    second = opened(pairs, encoder_of(model_folder), tmp_path / "cache")
    other = opened(pairs, encoder_of(model_folder, targets=17), tmp_path / "cache")
    plain = opened(pairs, encoder_of(model_folder, newline_token=False), tmp_path / "cache")
    assert [one.reused for one in (first, second, other, plain)] == [False, True, False, False]
    assert list(second.targets) == list(first.targets)
    assert len(os.listdir(tmp_path / "cache")) == 3


def test_calls_of_the_tokenizer_do_not_change_the_key(model_folder: Path) -> None:
    tokenizer = build_tokenizer(ModelFolder.as_found(model_folder), added=[NEWLINE_TOKEN])
    settings: dict[str, Any] = {"max_input_tokens": 9, "max_target_tokens": 9, "newline_token": True}
    before = PairEncoder(StudentTokenizer.of(tokenizer), **settings).digest
    tokenizer(["some text", "more"], truncation=True, max_length=3, padding=True)
    assert PairEncoder(StudentTokenizer.of(tokenizer), **settings).digest == before


def flip_byte(path: Path) -> None:
    data = bytearray(path.read_bytes())
    data[len(data) // 2] ^= 0x40
    path.write_bytes(data)


@pytest.mark.parametrize(
    "damage",
    [
        lambda folder: flip_byte(folder / "inputs.bin"),
        lambda folder: flip_byte(folder / "target-offsets.bin"),
        lambda folder: flip_byte(folder / "manifest.json"),
        lambda folder: os.truncate(folder / "targets.bin", 10),
        lambda folder: (folder / "inputs.bin").unlink(),
        lambda folder: (folder / "manifest.json").unlink(),
        lambda folder: (folder / "manifest.json").write_text("[]"),
    ],
)
@pytest.mark.parametrize("same_process", [True, False])
def test_a_damaged_cache_is_named_and_made_again(
    model_folder: Path, tmp_path: Path, pairs: PairsFile, damage: Any, same_process: bool
) -> None:
    first = opened(pairs, encoder_of(model_folder), tmp_path / "cache")
    expected = list(first.inputs)
    damage(first.folder)
    if not same_process:
        token_cache._checked.clear()
    notices: list[str] = []
    again = opened(pairs, encoder_of(model_folder), tmp_path / "cache", notices)
    assert not again.reused
    assert list(again.inputs) == expected
    assert len(notices) == 1
    assert "is damaged" in notices[0]


def test_a_stop_leaves_nothing_and_the_next_try_works(
    model_folder: Path, tmp_path: Path, pairs: PairsFile
) -> None:
    def stop(rows: int) -> None:
        if rows >= 32:
            raise JobCancelled

    with pytest.raises(JobCancelled):
        open_cache(
            pairs, encoder_of(model_folder), tmp_path / "cache", on_rows=stop, on_notice=lambda _: None
        )
    assert os.listdir(tmp_path / "cache") == []
    assert not opened(pairs, encoder_of(model_folder), tmp_path / "cache").reused


def test_room_is_checked_before_the_work(
    model_folder: Path, tmp_path: Path, pairs: PairsFile, monkeypatch: pytest.MonkeyPatch
) -> None:
    usage = shutil.disk_usage(tmp_path)
    monkeypatch.setattr(shutil, "disk_usage", lambda _: usage._replace(free=1000))
    with pytest.raises(JobError, match="needs about") as caught:
        opened(pairs, encoder_of(model_folder), tmp_path / "cache")
    assert caught.value.code == "disk-full"
    assert os.listdir(tmp_path / "cache") == []


def test_two_that_make_the_same_cache_at_once_do_not_collide(
    model_folder: Path, tmp_path: Path, pairs: PairsFile
) -> None:
    """Both have written rows before either is done; one folder stays, and both have a whole cache."""
    barrier = threading.Barrier(2)

    def make(_: int) -> TokenCache:
        waited = False

        def on_rows(rows: int) -> None:
            nonlocal waited
            if rows == pairs.rows and not waited:
                waited = True
                barrier.wait(60)

        encoder = encoder_of(model_folder)
        return open_cache(pairs, encoder, tmp_path / "cache", on_rows=on_rows, on_notice=pytest.fail)

    with ThreadPoolExecutor(2) as pool:
        first, second = pool.map(make, range(2))
    assert list(first.inputs) == list(second.inputs)
    assert not first.reused
    assert not second.reused
    (name,) = os.listdir(tmp_path / "cache")
    assert opened(pairs, encoder_of(model_folder), tmp_path / "cache").reused
    assert name == first.folder.name


def test_an_empty_file_has_an_empty_cache(model_folder: Path, tmp_path: Path) -> None:
    pairs = PairsFile.of_spec(write_pairs(tmp_path / "none.arrow", []))
    cache = opened(pairs, encoder_of(model_folder), tmp_path / "cache")
    assert len(cache.inputs) == len(cache.targets) == 0
    assert opened(pairs, encoder_of(model_folder), tmp_path / "cache").reused


def test_ids_over_16_bits_are_kept(tmp_path: Path, model_folder: Path) -> None:
    tokenizer = build_tokenizer(ModelFolder.as_found(model_folder), added=[NEWLINE_TOKEN])
    tokenizer.add_tokens([f"[{number}]" for number in range(2**16)])
    encoder = PairEncoder(
        StudentTokenizer.of(tokenizer), max_input_tokens=9, max_target_tokens=9, newline_token=True
    )
    pairs = PairsFile.of_spec(write_pairs(tmp_path / "wide.arrow", [("1", "soup [65535]", "[7]")]))
    cache = opened(pairs, encoder, tmp_path / "cache")
    wide = tokenizer.convert_tokens_to_ids("[65535]")
    assert wide > 2**16
    assert cache.inputs[0][-2:] == [wide, tokenizer.eos_token_id]


def test_generated_ids_become_texts_with_their_spaces(model_folder: Path) -> None:
    tokenizer = build_tokenizer(ModelFolder.as_found(model_folder))
    tokenizer.clean_up_tokenization_spaces = True  # as older tokenizer files say
    ids = tokenizer("the soup , cold .").input_ids
    assert StudentTokenizer.of(tokenizer).decode([[0, *ids, 0]]) == ["the soup , cold ."]


@pytest.mark.parametrize("name", ["absent", "empty"])
def test_a_folder_without_tokenizer_is_refused(tmp_path: Path, name: str) -> None:
    (tmp_path / "empty").mkdir()
    with pytest.raises(JobError) as caught:
        load_tokenizer(ModelFolder.as_found(tmp_path / name), newline_token=False)
    assert caught.value.code == "bad-model"


def test_a_tokenizer_with_code_of_its_own_runs_none(model_folder: Path, tmp_path: Path) -> None:
    folder = tmp_path / "evil"
    shutil.copytree(model_folder, folder)
    canary = tmp_path / "canary"
    (folder / "evil.py").write_text(f"open({str(canary)!r}, 'w')\nclass Evil: pass\n")
    settings = json.loads((folder / "tokenizer_config.json").read_text())
    settings["auto_map"] = {"AutoTokenizer": ["evil.Evil", "evil.Evil"]}
    settings["trust_remote_code"] = True
    (folder / "tokenizer_config.json").write_text(json.dumps(settings))
    with suppress(JobError):
        load_tokenizer(ModelFolder.as_found(folder), newline_token=False)
    assert not canary.exists()


def test_trouble_with_the_folder_is_one_sentence(
    model_folder: Path, tmp_path: Path, pairs: PairsFile
) -> None:
    (tmp_path / "cache").write_text("a file where a folder should be")
    with pytest.raises(JobError, match="could not be read or written") as caught:
        opened(pairs, encoder_of(model_folder), tmp_path / "cache")
    assert isinstance(caught.value.__cause__, OSError)
    assert caught.value.__cause__.errno in (errno.EEXIST, errno.ENOTDIR)
