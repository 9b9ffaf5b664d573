"""Everything that only a GPU can show, with Python alone: `python bench/gpu/run.py --out DIR [--tiny]`.

Needs torch, transformers and (for the yardstick) accelerate; no Node. Correctness comes first, then figures,
ours and the yardstick's in turns. Each piece of work is a process of its own with a time box, and what is
known is written after each: a run that is cut still yields `gpu.json` and `gpu.md`. Run again with the same
DIR it does what is missing and nothing else; `--again` begins anew.
"""

from __future__ import annotations

import argparse
import json
import os
import subprocess
import sys
import time
from contextlib import suppress
from pathlib import Path
from typing import Any

from parts import PARTS, Part, parts_of
from write import write_page

HERE = Path(__file__).resolve().parent
ROOT = HERE.parents[1]
_LINES_KEPT = 5


def main() -> int:
    options = read_options()
    path = options.out / "gpu.json"
    results = options.found
    began = time.monotonic()
    for part in parts_of(options.tiny, options.device):
        if part.name.split(" ")[0] not in options.only or _is_done(results["parts"].get(part.name)):
            continue
        left = options.minutes * 60 - (time.monotonic() - began)
        if left <= 0:
            results["parts"][part.name] = {"ok": False, "reason": "no time was left for it"}
        else:
            print(f"{part.name} ...", file=sys.stderr, flush=True)
            results["parts"][part.name] = run_part(part, options, min(left, part.seconds * options.patience))
        _write(path, results)
        write_page(options.out / "gpu.md", results)
    failed = [name for name, result in results["parts"].items() if not result["ok"]]
    for name in failed:
        print(f"{name}: {results['parts'][name]['reason']}", file=sys.stderr)
    print(
        (options.out / "gpu.md").read_text(encoding="utf-8") if results["parts"] else "nothing was asked for"
    )
    return 1 if failed else 0


def read_options() -> argparse.Namespace:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--out", type=Path, required=True, help="where results and models go")
    parser.add_argument("--tiny", action="store_true", help="smallest shapes in fp32: a check of this script")
    parser.add_argument("--device", choices=("cuda", "cpu"), default=None, help="cuda, with --tiny cpu")
    parser.add_argument("--minutes", type=float, default=15.0, help="of the whole run")
    parser.add_argument("--patience", type=float, default=1.0, help="multiplies every part's time box")
    parser.add_argument("--only", default=",".join(PARTS), help=f"some of {','.join(PARTS)}")
    parser.add_argument("--again", action="store_true", help="forget what an earlier run found")
    options = parser.parse_args()
    options.device = options.device or ("cpu" if options.tiny else "cuda")
    options.only = options.only.split(",")
    unknown = sorted(set(options.only) - set(PARTS))
    if unknown:
        parser.error(f"--only knows {', '.join(PARTS)}, not {', '.join(unknown)}")
    for name in ("minutes", "patience"):
        if not getattr(options, name) > 0:
            parser.error(f"--{name} must be more than 0, not {getattr(options, name)}")
    asked = {"tiny": options.tiny, "device": options.device}
    try:
        options.out.mkdir(parents=True, exist_ok=True)
        options.found = {"asked": asked, "parts": {}} if options.again else _read(options.out, asked)
    except OSError as error:
        parser.error(f"--out {options.out} cannot be used: {error.strerror}")
    except ValueError as error:
        parser.error(f"{error}; name another folder with --out, or forget it with --again")
    return options


def run_part(part: Part, options: argparse.Namespace, seconds: float) -> dict[str, Any]:
    """The line of JSON that the part's process ends with, or why there is none."""
    python_path = [str(ROOT / "py_runtime"), str(ROOT / "bench" / "python"), str(HERE)]
    environment = {
        **os.environ,
        "PYTHONPATH": os.pathsep.join(python_path),
        "TOKENIZERS_PARALLELISM": "false",
    }
    environment.update(HF_HUB_OFFLINE="1", HF_HUB_DISABLE_PROGRESS_BARS="1")
    words = [*part.words, "--cache", str(options.out / "models")] if part.has_cache else part.words
    began = time.monotonic()
    try:
        done = subprocess.run(
            [sys.executable, str(ROOT / "bench" / part.script), *words],
            check=False,
            capture_output=True,
            text=True,
            timeout=seconds,
            env=environment,
        )
    except subprocess.TimeoutExpired:
        return {"ok": False, "reason": f"it was cut after its {seconds:.0f} s"}
    wall = round(time.monotonic() - began, 1)
    last = done.stdout.strip().splitlines()[-1:]
    if done.returncode == 0 and last and last[0].startswith("{"):
        return {"ok": True, "seconds": wall, "result": json.loads(last[0])}
    said = " / ".join((done.stderr or done.stdout).strip().splitlines()[-_LINES_KEPT:])
    return {"ok": False, "seconds": wall, "reason": f"exit {done.returncode}: {said}"}


def _is_done(result: dict[str, Any] | None) -> bool:
    return result is not None and bool(result["ok"])


def _read(folder: Path, asked: dict[str, Any]) -> dict[str, Any]:
    """What an earlier run found; ValueError where it asked for something else, or the file is not its own."""
    path = folder / "gpu.json"
    if not path.exists():
        return {"asked": asked, "parts": {}}
    found: Any = None
    with suppress(ValueError):
        found = json.loads(path.read_text(encoding="utf-8"))
    if not (isinstance(found, dict) and isinstance(found.get("parts"), dict) and "asked" in found):
        raise ValueError(f"{path} is not as this script writes it")
    if found["asked"] != asked:
        raise ValueError(f"{path} holds the results of a run with {found['asked']}, not {asked}")
    return found


def _write(path: Path, results: dict[str, Any]) -> None:
    partial = path.with_suffix(".part")
    partial.write_text(json.dumps(results, indent=2), encoding="utf-8")
    partial.replace(path)


if __name__ == "__main__":
    sys.exit(main())
