"""What is run, in which order, and how long each piece may take."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

# Correctness first: figures of something wrong are worth nothing.
PARTS = ("machine", "correctness", "distil", "finetune", "decode", "profile")
TURNS = 2


@dataclass(frozen=True)
class Part:
    """`script` lies under bench/; `seconds` is its time box."""

    name: str
    script: str
    words: tuple[str, ...]
    seconds: float
    has_cache: bool = True


def parts_of(tiny: bool, device: str) -> Iterator[Part]:
    """Every process of a run. On a GPU all boxes together are longer than a quarter of an hour, what they
    usually take is not: the whole run has a limit of its own.
    """
    common = (
        "--device",
        device,
        *(("--precision", "fp32", "--threads", "1") if tiny else ("--threads", "16")),
    )
    rates = ("--device", device, "--threads", common[-1], "--seconds", "0.1" if tiny else "1.5")
    yield Part("machine", "python/rates.py", rates, 90, has_cache=False)
    yield Part("correctness", "gpu/correctness.py", ("--device", device), 240, has_cache=False)
    bases = ("tiny",) if tiny else ("t5-base", "t5-large")
    for shape in bases:
        size = ("2", "1") if tiny else ("20", "5")
        words = ("--shape", shape, "--mix", "sentences" if tiny else "corpus", "--batch", size[0])
        words += ("--accumulation", size[1], "--steps", "1" if tiny else "3", "--optimizer", "adamw_scale")
        yield from _in_turns(f"distil {shape}", "train", (*words, *common), 150)
    for shape in bases[:1]:
        words = ("--shape", shape, "--mix", "sentences", "--batch", "2" if tiny else "16")
        words += ("--accumulation", "1", "--steps", "1" if tiny else "30", "--optimizer", "adamw")
        yield from _in_turns(f"finetune {shape}", "train", (*words, *common), 90)
        decode = ("--shape", shape, "--sentences", "8" if tiny else "512", "--batch", "4" if tiny else "64")
        decode += (*common[:2], "--precision", "fp32", *common[-2:])
        yield from _in_turns(f"decode {shape}", "decode", decode, 150)
        yield Part(f"profile {shape}", "python/ours.py", ("profile", *words, *common), 90)


def _in_turns(name: str, task: str, words: tuple[str, ...], seconds: float) -> Iterator[Part]:
    for turn in range(1, TURNS + 1):
        for side in ("ours", "yardstick"):
            yield Part(f"{name} {side} {turn}", f"python/{side}.py", (task, *words), seconds)
