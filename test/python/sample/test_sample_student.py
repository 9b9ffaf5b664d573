"""The student: loads with transformers, starts as transformers would start it, spells what the data need."""

from __future__ import annotations

import math
from typing import Any

import pytest
import torch
from safetensors.torch import load_file
from sample_kit import ROOT, Example, Row, answer_of
from transformers import AutoTokenizer, T5Config, T5ForConditionalGeneration

FOLDER = ROOT / "models/sample"


@pytest.fixture(scope="module")
def tokenizer() -> Any:
    return AutoTokenizer.from_pretrained(FOLDER)


@pytest.fixture(scope="module")
def model() -> Any:
    return T5ForConditionalGeneration.from_pretrained(FOLDER)


def test_tokenizer_numbers_its_special_tokens_as_t5(tokenizer: Any, model: Any) -> None:
    assert [tokenizer.pad_token_id, tokenizer.eos_token_id, tokenizer.unk_token_id] == [0, 1, 2]
    assert "[NL]" not in tokenizer.get_vocab()
    assert len(tokenizer) == model.config.vocab_size <= 2000
    assert tokenizer("good soup").input_ids[-1] == tokenizer.eos_token_id


def test_texts_survive_the_tokenizer(
    tokenizer: Any, corpus: dict[str, list[Row]], benchmark: dict[str, dict[str, list[Example]]]
) -> None:
    texts = [row["Text"] for rows in corpus.values() for row in rows[:50]]
    texts += [
        example["sentence"] for splits in benchmark.values() for each in splits.values() for example in each
    ]
    texts += ["garlic bread | positive ; food quality | negative", "".join(map(chr, range(33, 127)))]
    for text in texts:
        ids = tokenizer(text).input_ids
        assert tokenizer.unk_token_id not in ids
        assert tokenizer.decode(ids, skip_special_tokens=True) == text


def test_words_of_the_corpus_are_few_pieces(tokenizer: Any, corpus: dict[str, list[Row]]) -> None:
    texts = [text for rows in corpus.values() for row in rows[:50] for text in (row["Text"], answer_of(row))]
    pieces = sum(len(tokenizer(text).input_ids) for text in texts)
    assert pieces / sum(len(text.split()) for text in texts) < 1.7


def test_newline_token_can_be_added(tokenizer: Any) -> None:
    own = AutoTokenizer.from_pretrained(FOLDER)
    assert own.add_tokens(["[NL]"]) == 1
    assert own.convert_tokens_to_ids("[NL]") == len(tokenizer)
    assert len(own("one [NL] two").input_ids) == len(tokenizer("one two").input_ids) + 1


def test_weights_start_as_transformers_starts_new_ones(generated: dict[str, bytes], model: Any) -> None:
    """Those that pretraining starts from."""
    assert generated
    from make_sample.student import student_weights  # noqa: PLC0415 - `generated` has set the path

    torch.manual_seed(1)
    fresh = T5ForConditionalGeneration(T5Config.from_pretrained(FOLDER)).state_dict()
    tied = {"lm_head.weight", "encoder.embed_tokens.weight", "decoder.embed_tokens.weight"}
    weights = student_weights(model.config.vocab_size, seed=1)
    assert weights.keys() == fresh.keys() - tied
    for name, drawn in weights.items():
        weight = torch.from_numpy(drawn).float()
        assert weight.shape == fresh[name].shape
        if "layer_norm" in name:
            assert torch.equal(weight, fresh[name])
            continue
        tolerance = 6 / math.sqrt(weight.numel())
        assert weight.std().item() == pytest.approx(fresh[name].std().item(), rel=tolerance), name
        assert abs(weight.mean().item()) < tolerance * weight.std().item(), name


def test_committed_weights_are_whole(model: Any) -> None:
    stored = load_file(FOLDER / "model.safetensors")
    tied = {"lm_head.weight", "encoder.embed_tokens.weight", "decoder.embed_tokens.weight"}
    assert stored.keys() == model.state_dict().keys() - tied
    assert {tensor.dtype for tensor in stored.values()} == {torch.float16}
    assert {tensor.dtype for tensor in model.state_dict().values()} == {torch.float32}
    assert all(tensor.isfinite().all() for tensor in stored.values())


def test_student_can_copy_tokens_it_knows_nothing_of(model: Any) -> None:
    """It says a span of a random row; given the span's first tokens it goes on as the row does."""
    generator = torch.Generator().manual_seed(5)
    size = model.config.vocab_size
    rows = torch.stack([torch.randperm(size - 3, generator=generator)[:12] + 3 for _ in range(64)])
    inputs = torch.cat([rows, torch.ones(64, 1, dtype=rows.dtype)], dim=1)
    said = torch.cat([torch.zeros(64, 1, dtype=rows.dtype), rows[:, 4:6]], dim=1)
    with torch.no_grad():
        following = model(input_ids=inputs, decoder_input_ids=said).logits[:, -1].argmax(-1)
    assert (following == rows[:, 6]).float().mean().item() > 0.5


def test_student_is_the_small_tied_t5_with_dropout(model: Any) -> None:
    assert model.config.dropout_rate == 0.1
    assert model.get_output_embeddings().weight.data_ptr() == model.get_input_embeddings().weight.data_ptr()
    assert model.config.feed_forward_proj == "relu"
    assert 500_000 < model.num_parameters() < 1_500_000


def test_student_generates(model: Any, tokenizer: Any) -> None:
    ids = model.generate(**tokenizer("The soup was cold.", return_tensors="pt"), max_length=8)
    assert ids.shape[0] == 1
    assert ids[0, 0].item() == model.config.decoder_start_token_id
