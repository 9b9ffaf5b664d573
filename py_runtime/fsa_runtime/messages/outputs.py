"""What jobs give back.

Generated from src/rpc by `npm run generate`. Do not edit.
"""

from __future__ import annotations

from typing import Literal, TypedDict

from fsa_runtime.messages.shared import Device


class ProbeOutput(TypedDict):
    kind: Literal["probe"]
    devices: list[Device]
    bf16Works: bool
    fp32GflopsPerSecond: float
    bf16GflopsPerSecond: float


class PrepareOutput(TypedDict):
    kind: Literal["prepare"]
    folder: str
    rows: int
    inputTokens: int
    targetTokens: int
    cutInputs: int
    cutTargets: int
    reused: bool
    seconds: float


class DistillOutput(TypedDict):
    kind: Literal["distill"]
    modelFolder: str
    modelDigest: str
    steps: int
    finalLoss: float
    validationLoss: float | None
    tokens: int
    trainSeconds: float


class FinetuneOutput(TypedDict):
    kind: Literal["finetune"]
    bestEpoch: int
    testTexts: list[str]
    steps: int
    tokens: int
    trainSeconds: float
    generateSeconds: float


class GenerateOutput(TypedDict):
    kind: Literal["generate"]
    texts: list[str]
    seconds: float


class PredictedRow(TypedDict):
    text: str
    tokens: list[int]
    inputTokens: int
    cutInput: bool
    cutOutput: bool


class PredictOutput(TypedDict):
    kind: Literal["predict"]
    rows: list[PredictedRow]
    seconds: float


TruncationSide = Literal["left", "right"]


class ExportVersions(TypedDict):
    torch: str
    onnx: str
    onnxscript: str
    onnxruntime: str


class ExportOutput(TypedDict):
    kind: Literal["export"]
    opset: int
    irVersion: int
    layers: int
    heads: int
    width: int
    startToken: int
    endToken: int
    padToken: int
    truncationSide: TruncationSide
    versions: ExportVersions
    seconds: float


class NearDuplicatesOutput(TypedDict):
    kind: Literal["near-duplicates"]
    sha256: str
    rows: int
    matches: int
    bands: int
    recallAtThreshold: float
    seconds: float


class RoundTripOutput(TypedDict):
    kind: Literal["round-trip"]
    sha256: str
    rows: int
    seconds: float


class ScoreLabelsOutput(TypedDict):
    kind: Literal["score-labels"]
    scores: list[list[float]]
    seconds: float


class AnswerRow(TypedDict):
    text: str
    inputTokens: int
    outputTokens: int
    cut: bool


class AnswerOutput(TypedDict):
    kind: Literal["answer"]
    rows: list[AnswerRow]
    seconds: float


JobOutput = (
    ProbeOutput
    | PrepareOutput
    | DistillOutput
    | FinetuneOutput
    | GenerateOutput
    | PredictOutput
    | ExportOutput
    | NearDuplicatesOutput
    | RoundTripOutput
    | ScoreLabelsOutput
    | AnswerOutput
)
