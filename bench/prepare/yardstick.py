"""The same preparation with Hugging Face datasets: load_dataset("json"), then map. Prints JSON."""

from __future__ import annotations

import json
import resource
import sys
import time

from datasets import load_dataset
from transformers import AutoTokenizer


def main() -> None:
    cache, model, processes, *files = sys.argv[1:]
    tokenizer = AutoTokenizer.from_pretrained(model)
    tokenizer.add_tokens(["[NL]"])

    def encode(batch: dict[str, list[str]]) -> dict[str, list[list[int]]]:
        sources = [text.replace("\n", "[NL]") for text in batch["Text"]]
        targets = [text.replace("\n", "[NL]") for text in batch["mixtral_response"]]
        return {
            "input_ids": tokenizer(sources, max_length=128, truncation=True)["input_ids"],
            "labels": tokenizer(targets, max_length=400, truncation=True)["input_ids"],
        }

    count = int(processes)
    began = time.monotonic()
    rows = load_dataset("json", data_files=files, split="train", cache_dir=cache, num_proc=count)
    load_seconds = time.monotonic() - began
    began = time.monotonic()
    mapped = rows.map(encode, batched=True, num_proc=count, remove_columns=rows.column_names)
    map_seconds = time.monotonic() - began
    times = [resource.getrusage(who) for who in (resource.RUSAGE_SELF, resource.RUSAGE_CHILDREN)]
    result = {
        "rows": len(mapped),
        "loadSeconds": load_seconds,
        "mapSeconds": map_seconds,
        "cpuSeconds": sum(one.ru_utime + one.ru_stime for one in times),
    }
    print(json.dumps(result))


if __name__ == "__main__":
    main()
