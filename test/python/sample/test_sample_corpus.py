"""The corpus: published format, both styles for every review, and enough variety."""

from __future__ import annotations

import re
from collections import Counter

from sample_kit import RESPONSES, ROOT, Example, Row, answer_of

NAME = re.compile(r"(analysis|rewrite)_(restaurant|computer)_v(\d+)\.json")
Corpus = dict[str, list[Row]]


def _rows(corpus: Corpus, style: str) -> list[Row]:
    return [row for name, rows in corpus.items() if name.startswith(style) for row in rows]


def test_files_are_named_as_published(corpus: Corpus) -> None:
    found = {match.groups() for name in corpus if (match := NAME.fullmatch(name))}
    assert len(found) == len(corpus)
    assert found == {
        (style, domain, version)
        for style in ("analysis", "rewrite")
        for domain in ("restaurant", "computer")
        for version in "01"
    }


def test_rows_have_the_published_fields(corpus: Corpus, validation: list[Row]) -> None:
    for row in [*validation, *(row for rows in corpus.values() for row in rows)]:
        assert set(row) - {"prompt"} - RESPONSES == {"ID", "Text", "Overall"}
        assert type(row["ID"]) is int
        assert row["Overall"] in (1.0, 2.0, 3.0, 4.0, 5.0)
        assert row["Text"].strip() == row["Text"] != ""
        assert answer_of(row).strip() != ""


def test_every_way_of_writing_is_there(corpus: Corpus) -> None:
    contents = {name: (ROOT / "datasets/sample/corpus" / name).read_bytes() for name in corpus}
    marked = {name for name, content in contents.items() if content.startswith(b"\xef\xbb\xbf")}
    crlf = {name for name, content in contents.items() if content.count(b"\r\n") == content.count(b"\n")}
    assert marked == crlf
    assert 0 < len(marked) < len(corpus)
    rows = [row for rows in corpus.values() for row in rows]
    assert {field for row in rows for field in row} >= RESPONSES | {"prompt"}
    assert any("prompt" not in row for row in rows)


def test_every_review_is_answered_in_both_styles(corpus: Corpus) -> None:
    analysed = {row["ID"]: row["Text"] for row in _rows(corpus, "analysis")}
    rewritten = {row["ID"]: row["Text"] for row in _rows(corpus, "rewrite")}
    assert analysed == rewritten
    assert len(analysed) == len(set(analysed.values())) >= 4000
    assert sum(map(len, corpus.values())) == 2 * len(analysed)


def test_validation_is_held_out(corpus: Corpus, validation: list[Row]) -> None:
    trained = {row["Text"] for rows in corpus.values() for row in rows}
    assert len({row["Text"] for row in validation}) * 2 == len(validation) >= 100
    assert not trained & {row["Text"] for row in validation}
    assert not {row["ID"] for rows in corpus.values() for row in rows} & {row["ID"] for row in validation}


def test_no_benchmark_sentence_stands_in_a_review(
    corpus: Corpus, validation: list[Row], benchmark: dict[str, dict[str, list[Example]]]
) -> None:
    """Whatever their capitals, spaces and closing marks."""
    reviews = {row["Text"] for row in [*_rows(corpus, "analysis"), *validation]}
    sentences = [
        example["sentence"] for splits in benchmark.values() for each in splits.values() for example in each
    ]
    whole = "\n".join(" ".join(re.findall(r"[^\W_]+|[^\w\s]", review.lower())) for review in reviews)
    cores = [
        " ".join(re.findall(r"[^\W_]+|[^\w\s]", sentence.lower())).strip(" .!?") for sentence in sentences
    ]
    assert [core for core in cores if core in whole] == []


def test_reviews_and_answers_are_varied(corpus: Corpus) -> None:
    texts = [row["Text"] for row in _rows(corpus, "analysis")]
    words = Counter(word for text in texts for word in re.findall(r"[a-z']+", text.lower()))
    assert sum(count >= 5 for count in words.values()) >= 800
    for sign in (
        r"\bnot\b",
        r"\bbut\b",
        r"\balthough\b",
        r"\bvery\b",
        r"\bhardly\b",
        r"\bkeep up with\b|\bbeat\b",
    ):
        assert sum(bool(re.search(sign, text.lower())) for text in texts) >= 20, sign
    assert len({row["Overall"] for row in _rows(corpus, "analysis")}) == 5
    for style in ("analysis", "rewrite"):
        answers = [answer_of(row) for row in _rows(corpus, style)]
        assert len(set(answers)) > 0.9 * len(answers)
        assert sum("\n" in answer for answer in answers) > 0.05 * len(answers)


def test_analyses_speak_in_every_sign(corpus: Corpus) -> None:
    analyses = [answer_of(row).lower() for row in _rows(corpus, "analysis")]
    for sign in ("positive", "negative", "neutral", "impl", "mixed"):
        assert sum(sign in answer for answer in analyses) >= 100, sign
