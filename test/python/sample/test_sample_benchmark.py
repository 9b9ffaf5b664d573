"""The benchmark: published format, right offsets, hard cases, and enough variety."""

from __future__ import annotations

from collections import Counter

import pytest
from sample_kit import ROOT, SPLITS, TASKS, Example, is_implicit, is_multiple

Benchmark = dict[str, dict[str, list[Example]]]
TESTS = ("test", "hard_test")
EXPECTED = [(task, split) for task in TASKS for split in SPLITS]


def _aspects(examples: list[Example]) -> list[Example]:
    return [aspect for example in examples for aspect in example["aspects"]]


@pytest.mark.parametrize(("task", "split"), EXPECTED)
def test_fields_are_the_published_ones(benchmark: Benchmark, task: str, split: str) -> None:
    wanted = {"from", "to", "target", "category", "polarity"} | (
        {"opinion_words"} if split in TESTS else set()
    )
    for example in benchmark[task][split]:
        assert set(example) == {"ID", "sentence", "aspects"}
        assert type(example["ID"]) is str
        for aspect in example["aspects"]:
            assert set(aspect) == wanted
            assert aspect["polarity"] in ("positive", "neutral", "negative", "conflict")


def test_values_have_the_published_types(benchmark: Benchmark) -> None:
    def types(task: str, split: str, *fields: str) -> set[str]:
        return {
            type(aspect[field]).__name__ for aspect in _aspects(benchmark[task][split]) for field in fields
        }

    for split in ("train", "dev", "test"):
        assert types("atsa", split, "from", "to", "target") == {"str"}
        assert types("atsa", split, "category") == {"NoneType"}
        assert types("acsa", split, "from", "to", "target") == {"NoneType"}
    for task in TASKS:
        assert types(task, "hard_test", "from", "to") == {"int", "NoneType"}
        assert types(task, "hard_test", "category") == {"str"}
        assert types(task, "hard_test", "opinion_words") == {"list"}
    assert types("atsa", "test", "opinion_words") == {"str", "NoneType"}
    assert types("acsa", "test", "opinion_words") == {"list"}


@pytest.mark.parametrize(("task", "split"), EXPECTED)
def test_terms_and_opinions_stand_where_the_offsets_say(benchmark: Benchmark, task: str, split: str) -> None:
    for example in benchmark[task][split]:
        sentence = example["sentence"]
        for aspect in example["aspects"]:
            if aspect["target"] is not None:
                assert sentence[int(aspect["from"]) : int(aspect["to"])] == aspect["target"]
            opinions = aspect.get("opinion_words") or []
            for opinion in opinions if isinstance(opinions, list) else []:
                assert sentence[opinion["from"] : opinion["to"]] == opinion["opinion"]


def test_files_come_marked_and_unmarked(benchmark: Benchmark) -> None:
    for task in benchmark:
        marked = {
            split
            for split in SPLITS
            if (ROOT / f"datasets/sample/benchmark/{task}/sample/{split}.json").read_bytes()[:3]
            == b"\xef\xbb\xbf"
        }
        assert 0 < len(marked) < len(SPLITS)


def test_splits_share_neither_ids_nor_sentences(benchmark: Benchmark) -> None:
    for splits in benchmark.values():
        for field in ("ID", "sentence"):
            counts = Counter(example[field] for examples in splits.values() for example in examples)
            assert [value for value, count in counts.items() if count > 1] == []


def test_tasks_share_no_sentence(benchmark: Benchmark) -> None:
    atsa, acsa = (
        {each["sentence"] for split in benchmark[task].values() for each in split} for task in TASKS
    )
    assert not atsa & acsa


@pytest.mark.parametrize("task", TASKS)
def test_hard_cases_are_hard(benchmark: Benchmark, task: str) -> None:
    hard = benchmark[task]["hard_test"]
    assert all(is_implicit(example) or is_multiple(example) for example in hard)
    assert sum(map(is_implicit, hard)) >= 40
    assert sum(map(is_multiple, hard)) >= 40
    assert any(is_implicit(example) for example in benchmark[task]["test"])


@pytest.mark.parametrize("task", TASKS)
def test_sentences_are_varied(benchmark: Benchmark, task: str) -> None:
    examples = [example for split in benchmark[task].values() for example in split]
    signs = Counter(aspect["polarity"] for aspect in _aspects(examples))
    assert min(signs["positive"], signs["negative"]) > 0.3 * signs.total()
    assert 0.04 < signs["neutral"] / signs.total() < 0.3
    assert 0 < signs["conflict"] / signs.total() < 0.05
    assert sum(not example["aspects"] for example in examples) >= 20
    assert sum(len(example["aspects"]) >= 2 for example in examples) >= 0.25 * len(examples)


def test_many_terms_categories_and_opinions(benchmark: Benchmark) -> None:
    terms = Counter(aspect["target"] for split in benchmark["atsa"].values() for aspect in _aspects(split))
    assert len(terms) >= 350
    categories = {aspect["category"] for split in benchmark["acsa"].values() for aspect in _aspects(split)}
    assert len(categories) >= 40
    opinions = {
        opinion["opinion"]
        for split in TESTS
        for aspect in _aspects(benchmark["acsa"][split])
        for opinion in aspect["opinion_words"]
    }
    assert len(opinions) >= 150


def test_training_data_leave_something_to_be_learnt_elsewhere(benchmark: Benchmark) -> None:
    """A good share of the terms tested does not occur in the training sentences, but does in the corpus."""
    known = {aspect["target"] for aspect in _aspects(benchmark["atsa"]["train"])}
    tested = [
        aspect["target"]
        for split in TESTS
        for aspect in _aspects(benchmark["atsa"][split])
        if aspect["target"]
    ]
    assert 0.2 < sum(term not in known for term in tested) / len(tested) < 0.8
