"""`python -m make_sample` writes the sample's files; `--check` compares them with what it would write."""

from __future__ import annotations

import argparse
import json
import sys
from pathlib import Path

from make_sample.sample import SEED, WEIGHTS, make_sample

ROOT = Path(__file__).resolve().parents[2]
FOLDERS = ("datasets/sample", "models/sample")
#: Written by hand, or not on every run.
OTHERS = ("datasets/sample/README.md", "datasets/sample/NOTE.txt", WEIGHTS)


def main() -> int:
    """0 when all is written or as it should be, 1 when `--check` found a difference."""
    parser = argparse.ArgumentParser(prog="make_sample", description=__doc__)
    mode = parser.add_mutually_exclusive_group()
    mode.add_argument("--pretrain", action="store_true", help="make the student's weights anew, too")
    mode.add_argument(
        "--check", action="store_true", help="write nothing; compare with the files that are there"
    )
    parser.add_argument("--root", type=Path, default=ROOT, help="folder that holds datasets/ and models/")
    options = parser.parse_args()
    files = make_sample()
    if options.check:
        return _check(options.root, files)
    if options.pretrain:
        files[WEIGHTS] = _pretrain(files)
    for name, content in files.items():
        path = options.root / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(content)
    for name in _strays(options.root, files):
        print(f"{name} is not one of the sample's files", file=sys.stderr)
    total = sum(map(len, files.values()))
    print(f"{len(files)} files, {total / 1e6:.2f} MB")
    return 0


def _pretrain(files: dict[str, bytes]) -> bytes:
    """The weights; they are not part of `files` because their last digits depend on the processor."""
    from make_sample.pretraining import pretrain_student  # noqa: PLC0415 - it alone needs torch and py_runtime

    size = json.loads(files["models/sample/config.json"])["vocab_size"]
    return pretrain_student(size, SEED, report=lambda line: print(line, flush=True))


def _check(root: Path, files: dict[str, bytes]) -> int:
    problems = [
        f"{name} {'differs' if (root / name).exists() else 'is missing'}"
        for name, content in files.items()
        if not (root / name).exists() or (root / name).read_bytes() != content
    ]
    problems += [f"{name} is not one of the sample's files" for name in _strays(root, files)]
    for problem in problems:
        print(problem, file=sys.stderr)
    print(f"{len(files) - len(problems)} of {len(files)} files are as the generator writes them")
    return 1 if problems else 0


def _strays(root: Path, files: dict[str, bytes]) -> list[str]:
    """Files in the sample's folders that the generator does not write."""
    found = [
        path.relative_to(root).as_posix()
        for folder in FOLDERS
        for path in (root / folder).rglob("*")
        if path.is_file()
    ]
    return sorted(set(found) - set(files) - set(OTHERS))


if __name__ == "__main__":
    sys.exit(main())
