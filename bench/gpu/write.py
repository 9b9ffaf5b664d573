"""The results as a page: correctness, ratios in turns, and the published recipe in hours and dollars."""

from __future__ import annotations

from pathlib import Path
from statistics import median
from typing import Any

# The published recipe: steps of 100 examples, then 4 datasets x 10 seeds of 20 epochs of about 190 steps of
# 16 sentences. Operations of t5-base forward and backward as `scenarios.train_flops` counts them, the means
# of its mixes.
DISTIL_STEPS, EXAMPLES_A_STEP, GFLOP_AN_EXAMPLE = 200_000, 100, 207.7
CELLS, STEPS_A_CELL, GFLOP_A_SENTENCE = 40, 20 * 190, 19.6
# Of an H100 in bf16, dense, as its maker states it; rent as of 2026, a round figure.
PEAK_TFLOPS, USD_AN_HOUR = 989.0, 3.0
ESTIMATED_MFU = {"distil": 0.30, "finetune": 0.15}


def write_page(path: Path, results: dict[str, Any]) -> None:
    parts = results["parts"]
    lines = ["# What a GPU showed", "", *_machine(parts), "", *_correctness(parts), "", *_ratios(parts), ""]
    lines += [*_recipe(parts), "", *_missing(parts)]
    path.write_text("\n".join(lines).rstrip() + "\n", encoding="utf-8")


def _result(parts: dict[str, Any], name: str) -> dict[str, Any] | None:
    part = parts.get(name)
    found: dict[str, Any] | None = part["result"] if part is not None and part["ok"] else None
    return found


def _machine(parts: dict[str, Any]) -> list[str]:
    machine = _result(parts, "machine")
    if machine is None:
        return ["The machine was not measured."]
    rates = {name: machine[f"{name}FlopsPerSecond"] / 1e12 for name in ("bf16", "fp32")}
    versions = machine["versions"]
    return [
        f"{machine['deviceName']}, torch {versions['torch']}, transformers {versions['transformers']}; "
        f"measured matrix products: bf16 {rates['bf16']:.2f}, fp32 {rates['fp32']:.2f} TFLOP/s."
    ]


def _correctness(parts: dict[str, Any]) -> list[str]:
    found = _result(parts, "correctness")
    if found is None:
        return ["Correctness was not checked: trust no figure below."]
    rows = [
        f"| {check['features']} | {check['what']} | {check['found']:.2g} | {check['allowed']:.2g} | "
        f"{'yes' if check['ok'] else '**no**'} |"
        for check in found["checks"]
    ]
    return ["| features on | what | found | allowed | holds |", "| --- | --- | --- | --- | --- |", *rows]


def _ratios(parts: dict[str, Any]) -> list[str]:
    names = dict.fromkeys(" ".join(name.split(" ")[:2]) for name in parts if name.endswith((" 1", " 2")))
    rows = []
    for name in names:
        turns = [
            (ours, theirs)
            for turn in (1, 2)
            if (ours := _result(parts, f"{name} ours {turn}"))
            and (theirs := _result(parts, f"{name} yardstick {turn}"))
        ]
        ours = [one for turn in (1, 2) if (one := _result(parts, f"{name} ours {turn}"))]
        if not ours:
            continue
        ratios = [sum(theirs["seconds"]) / sum(mine["seconds"]) for mine, theirs in turns]
        ratio = f"{median(ratios):.2f}x ({min(ratios):.2f}-{max(ratios):.2f})" if ratios else "-"
        rate, mfu = _rates(parts, ours[-1])
        same = "-"
        if "outputs" in ours[-1] and turns:
            mine, theirs = turns[-1]
            same = str(sum(a != b for a, b in zip(mine["outputs"], theirs["outputs"], strict=True)))
        memory = f"{ours[-1]['peakBytes'] / 1e9:.1f}" + (
            f" / {turns[-1][1]['peakBytes'] / 1e9:.1f}" if turns else ""
        )
        rows.append(f"| {name} | {ratio} | {rate} | {mfu} | {memory} | {same} |")
    head = [
        "| what | ratio (min-max) | useful tokens/s | useful MFU | memory, GB | sentences differ |",
        "| --- | --- | --- | --- | --- | --- |",
    ]
    shares = [
        f"Launch-bound: {100 * result['shares']['outside of operations']:.0f} % of a step is outside of "
        f"operations ({name})."
        for name in parts
        if name.startswith("profile") and (result := _result(parts, name))
    ]
    return [*head, *rows, "", *shares]


def _rates(parts: dict[str, Any], mine: dict[str, Any]) -> tuple[str, str]:
    if "tokens" not in mine:
        return "-", "-"
    machine = _result(parts, "machine")
    seconds = sum(mine["seconds"])
    rate = f"{sum(mine['tokens']) / seconds:.0f}"
    if machine is None:
        return rate, "-"
    return rate, f"{100 * sum(mine['flops']) / seconds / machine['bf16FlopsPerSecond']:.1f} %"


def recipe_hours(mfu: dict[str, float]) -> dict[str, float]:
    """Hours of training on one H100 at a share of its stated peak, by stage."""
    rate = PEAK_TFLOPS * 1e12
    distil = DISTIL_STEPS * EXAMPLES_A_STEP * GFLOP_AN_EXAMPLE * 1e9 / (rate * mfu["distil"])
    cells = CELLS * STEPS_A_CELL * 16 * GFLOP_A_SENTENCE * 1e9 / (rate * mfu["finetune"])
    return {"distil": distil / 3600, "finetune": cells / 3600}


def _recipe(parts: dict[str, Any]) -> list[str]:
    measured, marks = dict(ESTIMATED_MFU), dict.fromkeys(ESTIMATED_MFU, "estimated")
    for stage in measured:
        ours = _result(parts, f"{stage} t5-base ours 1")
        if ours is not None and "H100" in str((_result(parts, "machine") or {}).get("deviceName")):
            measured[stage] = sum(ours["flops"]) / sum(ours["seconds"]) / (PEAK_TFLOPS * 1e12)
            marks[stage] = "measured"
    hours = recipe_hours(measured)
    rows = [
        f"| {stage} | {100 * measured[stage]:.0f} % ({marks[stage]}) | {hours[stage]:.1f} | "
        f"{hours[stage] * USD_AN_HOUR:.0f} |"
        for stage in hours
    ]
    return [
        f"The published recipe on an H100 ({PEAK_TFLOPS:.0f} TFLOP/s stated, {USD_AN_HOUR:.2f} USD an hour), "
        "training alone:",
        "",
        "| stage | share of the stated peak | hours | USD |",
        "| --- | --- | --- | --- |",
        *rows,
    ]


def _missing(parts: dict[str, Any]) -> list[str]:
    return [f"- {name}: {part['reason']}" for name, part in parts.items() if not part["ok"]]
