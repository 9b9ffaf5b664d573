"""What jobs are told.

Generated from src/rpc by `npm run generate`. Do not edit.
"""

from __future__ import annotations

from typing import Literal, TypedDict


class Placement(TypedDict):
    device: str
    threads: int


class ProbeSpec(TypedDict):
    kind: Literal["probe"]
    placement: Placement


class ModelFile(TypedDict):
    name: str
    sha256: str


class PairsFileSpec(TypedDict):
    path: str
    sha256: str
    rows: int


class PrepareSpec(TypedDict):
    kind: Literal["prepare"]
    placement: Placement
    model: str
    modelFiles: list[ModelFile]
    pairs: list[PairsFileSpec]
    maxInputTokens: int
    maxTargetTokens: int
    newlineToken: bool
    cacheFolder: str


Precision = Literal["bf16", "fp32"]


class OptimizerSettings(TypedDict):
    batchSize: int
    accumulation: int
    learningRate: float
    finalLearningRate: float
    warmupSteps: int
    weightDecay: float
    clip: float


class DistillSpec(TypedDict):
    kind: Literal["distill"]
    placement: Placement
    model: str
    modelFiles: list[ModelFile]
    modelDigest: str
    seed: int
    precision: Precision
    maxInputTokens: int
    maxTargetTokens: int
    optimizer: OptimizerSettings
    checkpointEveryMinutes: float
    checkpointFolder: str
    lastRecordedStep: int
    train: list[PairsFileSpec]
    validation: list[PairsFileSpec]
    cacheFolder: str
    steps: int
    ranks: int
    shards: int | None
    validateEverySteps: int
    validationBatchSize: int
    checkpointEverySteps: int
    keepCheckpoints: int
    modelFolder: str


class FinetuneSpec(TypedDict):
    kind: Literal["finetune"]
    placement: Placement
    model: str
    modelFiles: list[ModelFile]
    modelDigest: str
    seed: int
    precision: Precision
    maxInputTokens: int
    maxTargetTokens: int
    optimizer: OptimizerSettings
    checkpointEveryMinutes: float
    checkpointFolder: str
    lastRecordedStep: int
    train: PairsFileSpec
    dev: PairsFileSpec
    test: PairsFileSpec
    maxGeneratedTokens: int
    generationBatchSize: int
    epochs: int
    modelFolder: str | None


class GenerateSpec(TypedDict):
    kind: Literal["generate"]
    placement: Placement
    model: str
    modelFiles: list[ModelFile]
    modelDigest: str
    precision: Precision
    pairs: PairsFileSpec
    maxInputTokens: int
    maxGeneratedTokens: int
    generationBatchSize: int


class PredictSpec(TypedDict):
    kind: Literal["predict"]
    placement: Placement
    model: str
    modelFiles: list[ModelFile]
    modelDigest: str
    precision: Precision
    texts: list[str]
    maxInputTokens: int
    maxGeneratedTokens: int
    generationBatchSize: int


ExportLayout = Literal["fsa", "transformers-js"]


class ExportSpec(TypedDict):
    kind: Literal["export"]
    placement: Placement
    model: str
    modelFiles: list[ModelFile]
    maxInputTokens: int
    maxGeneratedTokens: int
    layout: ExportLayout
    folder: str
    int8Folder: str | None
    checkTexts: list[str]


class NearDuplicatesSpec(TypedDict):
    kind: Literal["near-duplicates"]
    placement: Placement
    pairs: list[PairsFileSpec]
    among: list[PairsFileSpec]
    unit: Literal["row", "sentence"]
    shingleWords: int
    threshold: float
    permutations: int
    resultPath: str


class RoundTripSpec(TypedDict):
    kind: Literal["round-trip"]
    placement: Placement
    model: str
    modelFiles: list[ModelFile]
    pairs: PairsFileSpec
    maxTokens: int
    resultPath: str


class LabelQuestion(TypedDict):
    text: str
    beginning: str


class ScoreLabelsSpec(TypedDict):
    kind: Literal["score-labels"]
    placement: Placement
    model: str
    modelFiles: list[ModelFile]
    modelDigest: str
    precision: Precision
    questions: list[LabelQuestion]
    labels: list[str]
    maxInputTokens: int
    batchSize: int


class ChatTurn(TypedDict):
    role: Literal["system", "user", "assistant"]
    content: str


class ChatQuestion(TypedDict):
    turns: list[ChatTurn]
    prefill: str | None


class AnswerSpec(TypedDict):
    kind: Literal["answer"]
    placement: Placement
    model: str
    modelFiles: list[ModelFile]
    modelDigest: str
    precision: Precision
    questions: list[ChatQuestion]
    maxAnswerTokens: int
    stop: list[str]
    batchSize: int


JobSpec = (
    ProbeSpec
    | PrepareSpec
    | DistillSpec
    | FinetuneSpec
    | GenerateSpec
    | PredictSpec
    | ExportSpec
    | NearDuplicatesSpec
    | RoundTripSpec
    | ScoreLabelsSpec
    | AnswerSpec
)
