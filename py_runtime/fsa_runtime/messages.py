"""Messages, job specs and outputs as types: what src/rpc says, for the type checker.

Generated from src/rpc by `npm run generate`. Do not edit.
"""

from __future__ import annotations

from typing import Literal, TypedDict


class Versions(TypedDict):
    python: str
    torch: str
    transformers: str
    pyzmq: str


class Device(TypedDict):
    name: str
    description: str
    memoryBytes: int
    freeBytes: int


class HelloMessage(TypedDict):
    type: Literal["hello"]
    protocolVersion: int
    schemaHash: str
    pid: int
    hostname: str
    ownKey: str | None
    versions: Versions
    devices: list[Device]


class WorkerHeartbeatMessage(TypedDict):
    type: Literal["worker-heartbeat"]
    sequence: int
    jobId: str | None
    workUnits: int


Phase = Literal["load", "prepare", "train", "validate", "generate", "save"]


class ProgressMessage(TypedDict):
    type: Literal["progress"]
    jobId: str
    term: int
    attempt: int
    phase: Phase
    done: int
    total: int
    epoch: int | None
    loss: float | None
    tokensPerSecond: float | None
    secondsLeft: float | None


class MetricRecord(TypedDict):
    step: int
    epoch: int | None
    loss: float | None
    validationLoss: float | None
    learningRate: float | None
    gradientNorm: float | None
    tokens: int
    tokensPerSecond: float | None


class MetricsMessage(TypedDict):
    type: Literal["metrics"]
    jobId: str
    term: int
    attempt: int
    records: list[MetricRecord]


class GeneratedMessage(TypedDict):
    type: Literal["generated"]
    jobId: str
    term: int
    attempt: int
    epoch: int
    texts: list[str]


class SavedMessage(TypedDict):
    type: Literal["saved"]
    jobId: str
    term: int
    attempt: int
    step: int
    path: str
    manifestSha256: str


class NoticeMessage(TypedDict):
    type: Literal["notice"]
    jobId: str
    term: int
    attempt: int
    message: str


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


class ResultMessage(TypedDict):
    type: Literal["result"]
    jobId: str
    term: int
    attempt: int
    output: JobOutput


FailureCode = Literal[
    "exception",
    "out-of-memory",
    "not-finite",
    "bad-data",
    "bad-model",
    "disk-full",
    "mismatch",
]


class FailedMessage(TypedDict):
    type: Literal["failed"]
    jobId: str
    term: int
    attempt: int
    code: FailureCode
    message: str
    traceback: str
    retryable: bool
    step: int | None


class CancelledMessage(TypedDict):
    type: Literal["cancelled"]
    jobId: str
    term: int
    attempt: int
    step: int | None


LeavingReason = Literal["time-limit", "preempted"]


class LeavingMessage(TypedDict):
    type: Literal["leaving"]
    reason: LeavingReason
    seconds: float | None


class ProtocolErrorMessage(TypedDict):
    type: Literal["protocol-error"]
    message: str
    about: str | None


WorkerMessage = (
    HelloMessage
    | WorkerHeartbeatMessage
    | ProgressMessage
    | MetricsMessage
    | GeneratedMessage
    | SavedMessage
    | NoticeMessage
    | ResultMessage
    | FailedMessage
    | CancelledMessage
    | LeavingMessage
    | ProtocolErrorMessage
)


class WelcomeMessage(TypedDict):
    type: Literal["welcome"]
    workerId: str
    heartbeatSeconds: float


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


class RunMessage(TypedDict):
    type: Literal["run"]
    jobId: str
    term: int
    attempt: int
    spec: JobSpec


class EpochDecisionMessage(TypedDict):
    type: Literal["epoch-decision"]
    jobId: str
    term: int
    attempt: int
    epoch: int
    best: bool
    stop: bool


class CancelMessage(TypedDict):
    type: Literal["cancel"]
    jobId: str
    term: int
    attempt: int
    save: bool


class ShutdownMessage(TypedDict):
    type: Literal["shutdown"]


class OrchestratorHeartbeatMessage(TypedDict):
    type: Literal["orchestrator-heartbeat"]
    sequence: int


OrchestratorMessage = (
    WelcomeMessage
    | RunMessage
    | EpochDecisionMessage
    | CancelMessage
    | ShutdownMessage
    | OrchestratorHeartbeatMessage
    | ProtocolErrorMessage
)


DECIDING_FIELDS: dict[str, dict[str, tuple[str, ...]]] = {
    "distill": {
        "starting weights": ("modelDigest",),
        "seed": ("seed",),
        "precision": ("precision",),
        "maxInputTokens": ("maxInputTokens",),
        "maxTargetTokens": ("maxTargetTokens",),
        "batchSize": ("optimizer", "batchSize"),
        "accumulation": ("optimizer", "accumulation"),
        "learningRate": ("optimizer", "learningRate"),
        "finalLearningRate": ("optimizer", "finalLearningRate"),
        "warmupSteps": ("optimizer", "warmupSteps"),
        "weightDecay": ("optimizer", "weightDecay"),
        "clip": ("optimizer", "clip"),
        "training data": ("train",),
        "validation data": ("validation",),
        "steps": ("steps",),
        "validateEverySteps": ("validateEverySteps",),
        "validationBatchSize": ("validationBatchSize",),
    },
    "finetune": {
        "starting weights": ("modelDigest",),
        "seed": ("seed",),
        "precision": ("precision",),
        "maxInputTokens": ("maxInputTokens",),
        "maxTargetTokens": ("maxTargetTokens",),
        "batchSize": ("optimizer", "batchSize"),
        "accumulation": ("optimizer", "accumulation"),
        "learningRate": ("optimizer", "learningRate"),
        "finalLearningRate": ("optimizer", "finalLearningRate"),
        "warmupSteps": ("optimizer", "warmupSteps"),
        "weightDecay": ("optimizer", "weightDecay"),
        "clip": ("optimizer", "clip"),
        "training data": ("train",),
        "development data": ("dev",),
        "test data": ("test",),
        "maxGeneratedTokens": ("maxGeneratedTokens",),
        "generationBatchSize": ("generationBatchSize",),
        "epochs": ("epochs",),
    },
}
