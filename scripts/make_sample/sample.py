"""All files of the sample but the student's weights, by their paths in the repository."""

from __future__ import annotations

from random import Random

from make_sample.benchmark import make_benchmark
from make_sample.corpus import CorpusFile, make_corpus
from make_sample.files import json_array, json_lines, json_object
from make_sample.student import student_config
from make_sample.tokenizer import make_tokenizer

SEED = 2412
VOCABULARY_SIZE = 1800
MAX_TOKENS = 512
WEIGHTS = "models/sample/model.safetensors"
TASKS = ("atsa", "acsa")
#: Splits written with a byte-order mark and CRLF, as most published files are.
MARKED_SPLITS = ("train", "test")


def make_sample() -> dict[str, bytes]:
    """Path from the repository's root to content, for every file that is the same on every machine."""
    sentences: set[str] = set()
    benchmark = {task: make_benchmark(task, Random(f"{SEED} {task}"), sentences) for task in TASKS}
    corpus, validation = make_corpus(Random(f"{SEED} corpus"), sentences)
    files = {"datasets/sample/validation.json": json_lines(validation, marked=False)}
    for task, splits in benchmark.items():
        for split, examples in splits.items():
            path = f"datasets/sample/benchmark/{task}/sample/{split}.json"
            files[path] = json_array(examples, marked=split in MARKED_SPLITS)
    for part in corpus:
        files[f"datasets/sample/corpus/{part.name}"] = json_lines(part.rows, marked=part.marked)
    return files | _make_student(corpus)


def _make_student(corpus: list[CorpusFile]) -> dict[str, bytes]:
    texts = [
        value
        for part in corpus
        for row in part.rows
        for key, value in row.items()
        if key in ("Text", "prompt") or key.endswith("_response")
    ]
    files = make_tokenizer(texts, VOCABULARY_SIZE, MAX_TOKENS)
    size = len(files["tokenizer.json"]["model"]["vocab"])
    written = {f"models/sample/{name}": json_object(content) for name, content in files.items()}
    written["models/sample/config.json"] = json_object(student_config(size))
    written["models/sample/generation_config.json"] = json_object(
        {"decoder_start_token_id": 0, "eos_token_id": 1, "pad_token_id": 0}
    )
    return written
