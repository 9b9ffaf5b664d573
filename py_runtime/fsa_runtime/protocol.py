"""Messages to frames and back, validated against the schema that the orchestrator's side generates."""

from __future__ import annotations

import hashlib
import json
import math
from collections.abc import Callable
from pathlib import Path
from typing import Any, Literal, cast

import fastjsonschema

from fsa_runtime.messages import OrchestratorMessage, WorkerMessage

SCHEMA_FILE = Path(__file__).resolve().parents[1] / "schema" / "protocol.v3.json"

Direction = Literal["workerMessages", "orchestratorMessages"]
Message = WorkerMessage | OrchestratorMessage


class MessageError(Exception):
    """A message breaks the protocol. `about` is its type where it could be read."""

    def __init__(self, reason: str, about: str | None = None) -> None:
        super().__init__(reason)
        self.reason = reason
        self.about = about


class Protocol:
    """The protocol of one schema file. A validator per message type, compiled when first needed."""

    def __init__(self, schema_file: Path = SCHEMA_FILE) -> None:
        text = schema_file.read_bytes().replace(b"\r\n", b"\n")
        schema = json.loads(text)
        self.schema_hash = hashlib.sha256(text).hexdigest()
        self.version: int = schema["protocolVersion"]
        self.max_message_bytes: int = schema["maxMessageBytes"]
        self._schemas: dict[Direction, dict[str, Any]] = {
            "workerMessages": schema["workerMessages"],
            "orchestratorMessages": schema["orchestratorMessages"],
        }
        self._validators: dict[tuple[Direction, str, str | None], Callable[[Any], Any]] = {}

    def encode(self, message: Message, direction: Direction = "workerMessages") -> bytes:
        """The frame of a message. Raises MessageError for one that the other side would refuse."""
        self._validate(message, direction)
        try:
            # ASCII escapes carry every str, lone surrogates too.
            frame = json.dumps(message, allow_nan=False, separators=(",", ":")).encode("ascii")
        except ValueError as error:
            raise MessageError(f"{error}", message["type"]) from error
        if len(frame) > self.max_message_bytes:
            raise MessageError(
                f"the message has {len(frame)} bytes, at most {self.max_message_bytes} are allowed",
                message["type"],
            )
        return frame

    def decode(self, frame: bytes) -> OrchestratorMessage:
        """What the orchestrator sent. Raises MessageError, and nothing else, for what breaks the protocol."""
        return cast(OrchestratorMessage, self.read(frame, "orchestratorMessages"))

    def read(self, frame: bytes, direction: Direction) -> object:
        """The message of a frame in either direction; otherwise as `decode`."""
        if len(frame) > self.max_message_bytes:
            raise MessageError(f"the message has {len(frame)} bytes, too many")
        try:
            message = json.loads(
                frame.decode("utf-8"), parse_constant=_refuse_constant, parse_float=_parse_finite
            )
        except (ValueError, RecursionError) as error:
            raise MessageError(f"the message is not JSON: {str(error)[:200]}") from error
        self._validate(message, direction)
        return cast(object, message)

    def _validate(self, message: Any, direction: Direction) -> None:
        if not isinstance(message, dict) or not isinstance(message.get("type"), str):
            raise MessageError("the message is not an object with a type")
        kind: str = message["type"]
        if kind not in self._schemas[direction]:
            raise MessageError(f"no message is called {kind[:100]!r}", kind[:100])
        try:
            self._validator(direction, message)(message)
        except fastjsonschema.JsonSchemaException as error:
            raise MessageError(str(error)[:1000], kind) from error

    def _validator(self, direction: Direction, message: Any) -> Callable[[Any], Any]:
        schema = self._schemas[direction][message["type"]]
        schema, job = _narrowed(schema, message)
        key = (direction, message["type"], job)
        if key not in self._validators:
            self._validators[key] = fastjsonschema.compile(schema, use_default=False)
        return self._validators[key]


def _narrowed(schema: Any, message: Any) -> tuple[Any, str | None]:
    """The schema without what it says of other kinds of jobs, and the kind.

    To compile all of them takes a tenth of a second, and a worker does few.
    """
    for name, value in schema["properties"].items():
        if "allOf" in value and isinstance(message.get(name), dict):
            kind = message[name].get("kind")
            own = [rule for rule in value["allOf"] if rule["if"]["properties"]["kind"]["const"] == kind]
            narrow = {**schema, "properties": {**schema["properties"], name: {**value, "allOf": own}}}
            return narrow, kind if own else None
    return schema, None


def finite_or_none(value: float | None) -> float | None:
    """JSON has no NaN and no Infinity: a number that is not finite goes as absent."""
    return value if value is not None and math.isfinite(value) else None


def _parse_finite(text: str) -> float:
    value = float(text)
    if not math.isfinite(value):  # 1e999 is JSON, but no number that can be sent back
        raise ValueError(f"{text} is out of range")
    return value


def _refuse_constant(name: str) -> Any:
    raise ValueError(f"{name} is not JSON")
