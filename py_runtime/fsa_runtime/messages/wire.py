"""Messages, as both sides send them.

Generated from src/rpc by `npm run generate`. Do not edit.
"""

from __future__ import annotations

from typing import Literal, TypedDict

from fsa_runtime.messages.outputs import JobOutput
from fsa_runtime.messages.shared import Device
from fsa_runtime.messages.specs import JobSpec


class Versions(TypedDict):
    python: str
    torch: str
    transformers: str
    pyzmq: str
    lock: str | None


class HelloMessage(TypedDict):
    type: Literal["hello"]
    protocolVersion: int
    schemaHash: str
    pid: int
    hostname: str
    ownKey: str | None
    sharesDisk: bool
    roomBytes: int | None
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
    "rank-lost",
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
    reportSeconds: float


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


class RecordedMessage(TypedDict):
    type: Literal["recorded"]
    jobId: str
    term: int
    attempt: int
    step: int


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
    | RecordedMessage
    | CancelMessage
    | ShutdownMessage
    | OrchestratorHeartbeatMessage
    | ProtocolErrorMessage
)
