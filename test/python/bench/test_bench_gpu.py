"""`bench/gpu/run.py` on a CPU, in its smallest shapes: all its parts' kinds, a cut part, and going on."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

RUN = Path(__file__).resolve().parents[3] / "bench" / "gpu" / "run.py"
sys.path.insert(0, str(RUN.parent))
sys.path.insert(0, str(RUN.parents[1] / "python"))

import write  # noqa: E402

import scenarios  # noqa: E402


def _run(out: Path, *words: str) -> tuple[int, str, dict[str, Any]]:
    done = subprocess.run(
        [sys.executable, str(RUN), "--out", str(out), "--tiny", *words],
        check=False,
        capture_output=True,
        text=True,
    )
    path = out / "gpu.json"
    results = json.loads(path.read_text(encoding="utf-8")) if path.exists() else {}
    return done.returncode, done.stdout + done.stderr, results


def test_checks_first_goes_on_where_it_was_cut_and_writes_a_page(tmp_path: Path) -> None:
    # Every box of no length: nothing is done, all of it is said.
    code, said, results = _run(tmp_path, "--only", "machine,correctness", "--patience", "0.001")
    assert code == 1
    assert {part["reason"] for part in results["parts"].values()} == {"it was cut after its 0 s"}
    assert "correctness: it was cut" in said
    code, said, results = _run(tmp_path, "--only", "machine,correctness,profile", "--patience", "10")
    assert code == 0, said
    parts = results["parts"]
    assert list(parts) == ["machine", "correctness", "profile tiny"]
    checks = parts["correctness"]["result"]["checks"]
    assert {check["features"] for check in checks} == {"no feature", "attention"}
    assert [check for check in checks if not check["ok"]] == []
    (trajectory,) = [each for each in checks if each["features"] == "attention" and "AdamW" in each["what"]]
    assert 0 < trajectory["found"] <= trajectory["allowed"]
    page = (tmp_path / "gpu.md").read_text(encoding="utf-8")
    assert "| no feature | gradient in fp32, relative |" in page
    assert "Launch-bound:" in page
    assert "(estimated)" in page
    # What is there is not done again.
    code, said, again = _run(tmp_path, "--only", "machine,correctness,profile")
    assert (code, again) == (0, results), said


def test_knows_its_parts(tmp_path: Path) -> None:
    code, said, _ = _run(tmp_path, "--only", "speed")
    assert code == 2
    assert "--only knows machine, correctness, distil, finetune, decode, profile, not speed" in said


@pytest.mark.parametrize(
    ("option", "value"), [("--minutes", "0"), ("--minutes", "-1"), ("--patience", "nan")]
)
def test_refuses_no_time(tmp_path: Path, option: str, value: str) -> None:
    code, said, _ = _run(tmp_path, "--only", "machine", option, value)
    assert code == 2
    assert f"{option} must be more than 0" in said


def test_loses_nothing_that_another_run_found(tmp_path: Path) -> None:
    path = tmp_path / "gpu.json"
    for text, words in [
        (
            '{"asked": {"tiny": false, "device": "cuda"}, "parts": {"machine": {"ok": true}}}',
            "holds the results",
        ),
        ('{"asked": {"tiny"', "is not as this script writes it"),
        ("[]", "is not as this script writes it"),
    ]:
        path.write_text(text, encoding="utf-8")
        done = subprocess.run(
            [sys.executable, str(RUN), "--out", str(tmp_path), "--tiny"],
            check=False,
            capture_output=True,
            text=True,
        )
        assert done.returncode == 2
        assert words in done.stderr
        assert "--again" in done.stderr
        assert path.read_text(encoding="utf-8") == text


def test_says_where_it_cannot_write(tmp_path: Path) -> None:
    (tmp_path / "file").touch()
    code, said, _ = _run(tmp_path / "file")
    assert code == 2
    assert "cannot be used" in said


def test_ratios_of_turns_and_what_was_cut_stand_in_the_page(tmp_path: Path) -> None:
    def train(seconds: float) -> dict[str, Any]:
        result = {"seconds": [seconds], "tokens": [100], "flops": [2e12], "peakBytes": 3e9}
        return {"ok": True, "result": result}

    parts = {
        "machine": {
            "ok": True,
            "result": {
                "deviceName": "a GPU",
                "versions": {"torch": "2", "transformers": "5"},
                "bf16FlopsPerSecond": 4e12,
                "fp32FlopsPerSecond": 1e12,
            },
        },
        "distil t5-base ours 1": train(1.0),
        "distil t5-base yardstick 1": train(3.0),
        "distil t5-base ours 2": train(1.0),
        "distil t5-base yardstick 2": {"ok": False, "reason": "it was cut after its 150 s"},
    }
    write.write_page(tmp_path / "page.md", {"parts": parts})
    page = (tmp_path / "page.md").read_text(encoding="utf-8")
    assert "| distil t5-base | 3.00x (3.00-3.00) | 100 | 50.0 % | 3.0 / 3.0 | - |" in page
    assert "- distil t5-base yardstick 2: it was cut after its 150 s" in page
    assert "Correctness was not checked" in page


@pytest.mark.parametrize(
    ("mix", "gflop"),
    [("corpus", write.GFLOP_AN_EXAMPLE), ("sentences", write.GFLOP_A_SENTENCE)],
)
def test_the_recipes_operations_are_those_of_the_scenarios(mix: str, gflop: float) -> None:
    pairs = scenarios.draw_pairs(mix, 4000, 0)
    assert scenarios.train_flops("t5-base", pairs) / len(pairs) / 1e9 == pytest.approx(gflop, rel=0.01)


def test_hours_grow_as_the_rate_falls() -> None:
    fast, slow = (
        write.recipe_hours({"distil": 0.3, "finetune": 0.3}),
        write.recipe_hours({"distil": 0.15, "finetune": 0.3}),
    )
    assert slow["distil"] == pytest.approx(2 * fast["distil"])
    # 200,000 steps of 100 examples of 207.7 GFLOP at 297 TFLOP/s.
    assert fast["distil"] == pytest.approx(3.89, abs=0.02)
