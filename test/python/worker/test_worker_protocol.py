"""Frames and messages: what Python accepts, refuses and sends."""

from __future__ import annotations

import json
import os
import random
from collections.abc import Callable
from typing import Any

import fastjsonschema
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from fsa_runtime.protocol import SCHEMA_FILE, MessageError, Protocol, finite_or_none

protocol = Protocol()
FRAMES = int(os.environ.get("FSA_FUZZ_FRAMES", "5000"))
SEED = int(os.environ.get("FSA_FUZZ_SEED", "42"))
TOKENS = [
    b"null",
    b"{",
    b"]",
    b'"',
    b"1e999",
    b"-1",
    b"NaN",
    b"\xff",
    b"\\u0000",
    b'"__proto__":',
    b"[" * 9999,
]
GOOD: list[dict[str, Any]] = [
    {"type": "welcome", "workerId": "w", "heartbeatSeconds": 1, "reportSeconds": 0.25},
    {
        "type": "run",
        "jobId": "j",
        "term": 2,
        "attempt": 1,
        "spec": {"kind": "probe", "placement": {"device": "cpu", "threads": 2}},
    },
    {
        "type": "epoch-decision",
        "jobId": "j",
        "term": 1,
        "attempt": 1,
        "epoch": 3,
        "best": True,
        "stop": False,
    },
    {"type": "cancel", "jobId": "j", "term": 1, "attempt": 1, "save": True},
    {"type": "shutdown"},
    {"type": "orchestrator-heartbeat", "sequence": 7},
    {"type": "protocol-error", "message": "m", "about": None},
]

json_values = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=10),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(max_size=8), inner, max_size=4),
    max_leaves=8,
)


def cancel(**changes: Any) -> dict[str, Any]:
    return {"type": "cancel", "jobId": "j", "term": 1, "attempt": 1, "save": False, **changes}


def test_a_message_survives_the_wire() -> None:
    frame = protocol.encode(cancel(), "orchestratorMessages")
    assert protocol.decode(frame) == cancel()


SCHEMA = json.loads(SCHEMA_FILE.read_bytes())
WHOLE_RUN = fastjsonschema.compile(SCHEMA["orchestratorMessages"]["run"], use_default=False)
KINDS = SCHEMA["orchestratorMessages"]["run"]["properties"]["spec"]["properties"]["kind"]["enum"]
PROBE = {"kind": "probe", "placement": {"device": "cpu", "threads": 2}}


@settings(deadline=None)
@given(st.sampled_from([*KINDS, "unknown", None, 1, []]), st.dictionaries(st.text(max_size=8), json_values))
def test_what_is_checked_for_one_kind_of_job_is_what_the_schema_says(
    kind: object, more: dict[str, Any]
) -> None:
    for spec in ({**PROBE, "kind": kind}, {**PROBE, **more, "kind": kind}, more, kind):
        message = {"type": "run", "jobId": "j", "term": 1, "attempt": 1, "spec": spec}
        whole = _refusal(lambda: WHOLE_RUN(message))  # noqa: B023
        own = _refusal(lambda: protocol._validate(message, "orchestratorMessages"))  # noqa: B023
        # Without a kind the whole schema speaks of the first one, too.
        assert own == whole if isinstance(spec, dict) and "kind" in spec else own is not None


def _refusal(check: Callable[[], object]) -> str | None:
    try:
        check()
    except (MessageError, fastjsonschema.JsonSchemaException) as error:
        return str(error)[:1000]
    return None


def test_few_checks_are_made_whatever_kinds_come() -> None:
    own = Protocol()
    for number in range(50):
        message = {"type": "run", "jobId": "j", "term": 1, "attempt": 1, "spec": {"kind": f"kind-{number}"}}
        with pytest.raises(MessageError, match="kind"):
            own.encode(message, "orchestratorMessages")  # type: ignore[arg-type]
    assert len(own._validators) == 1


@given(st.text())
def test_every_text_crosses_the_wire_as_ascii(text: str) -> None:
    message = {"type": "protocol-error", "message": text, "about": None}
    frame = protocol.encode(message)
    assert frame.isascii()
    assert protocol.decode(frame) == message


@settings(deadline=None)
@given(st.binary(max_size=200) | json_values.map(lambda value: json.dumps(value).encode()))
def test_noise_is_refused_and_nothing_else_happens(frame: bytes) -> None:
    with pytest.raises(MessageError):
        protocol.decode(frame)


def test_bent_frames_are_refused_or_still_messages() -> None:
    """Good frames with bytes changed, cut, doubled or put in; FSA_FUZZ_FRAMES sets how many."""
    source = random.Random(SEED)
    good = [protocol.encode(message, "orchestratorMessages") for message in GOOD]
    refused = 0
    for _ in range(FRAMES):
        frame = bytearray(source.choice(good))
        for _ in range(source.randint(1, 3)):
            at = source.randrange(len(frame) + 1)
            match source.randrange(4):
                case 0:
                    frame[at : at + 1] = source.randbytes(1)
                case 1:
                    del frame[at : at + source.randint(1, 20)]
                case 2:
                    frame[at:at] = frame[at : at + source.randint(1, 20)]
                case _:
                    frame[at:at] = source.choice(TOKENS)
        try:
            message = protocol.decode(bytes(frame))
        except MessageError:
            refused += 1
        else:
            assert protocol.decode(protocol.encode(message, "orchestratorMessages")) == message
    assert refused > FRAMES / 2


@settings(deadline=None)
@given(st.sampled_from(["type", "jobId", "save", "extra"]), json_values)
def test_a_bent_message_is_refused_or_still_valid(field: str, value: Any) -> None:
    bent = cancel(**{field: value})
    frame = json.dumps(bent).encode()
    try:
        decoded = protocol.decode(frame)
    except MessageError:
        return
    # Only another valid value of the same field gets through.
    assert decoded == bent
    assert field in {"jobId", "save"}
    assert isinstance(value, {"jobId": str, "save": bool}[field])


@pytest.mark.parametrize(
    ("frame", "words", "about"),
    [
        (b"\xff\xfe", "not JSON", None),
        (b"[" * 1_000_000, "not JSON", None),
        (b'{"type":"cancel","jobId":"j","term":1,"attempt":1,"save":NaN}', "NaN is not JSON", None),
        (
            b'{"type":"welcome","workerId":"w","heartbeatSeconds":1e999,"reportSeconds":1}',
            "out of range",
            None,
        ),
        (b"[]", "not an object", None),
        (b'{"type":3}', "not an object with a type", None),
        (b'{"type":"nonsense"}', "no message is called 'nonsense'", "nonsense"),
        (b'{"type":"hello"}', "no message is called 'hello'", "hello"),
        (b'{"type":"cancel","jobId":"j","term":1,"attempt":1,"save":1}', "data.save", "cancel"),
        (b'{"type":"cancel","jobId":"j","term":1,"attempt":1}', "save", "cancel"),
        (b'{"type":"cancel","jobId":"j","term":1,"attempt":1,"save":true,"x":1}', "x", "cancel"),
        (b'{"type":"run","jobId":"j","term":1,"attempt":1,"spec":{"kind":"dance"}}', "data.spec.kind", "run"),
        (b'{"type":"run","jobId":"j","term":1,"attempt":1,"spec":{"kind":"probe"}}', "placement", "run"),
    ],
)
def test_a_refusal_names_what_is_wrong(frame: bytes, words: str, about: str | None) -> None:
    with pytest.raises(MessageError) as caught:
        protocol.decode(frame)
    assert words in caught.value.reason
    assert caught.value.about == about
    assert len(caught.value.reason) <= 1000


@pytest.mark.parametrize("loss", [float("nan"), float("inf")])
def test_a_number_that_is_not_finite_is_never_sent(loss: float) -> None:
    record = dict.fromkeys(
        ["epoch", "loss", "validationLoss", "learningRate", "gradientNorm", "tokensPerSecond"]
    )
    message = {
        "type": "metrics",
        "jobId": "j",
        "term": 1,
        "attempt": 1,
        "records": [{**record, "step": 1, "tokens": 1, "loss": loss}],
    }
    with pytest.raises(MessageError):
        protocol.encode(message)
    assert finite_or_none(loss) is None
    assert finite_or_none(1.5) == 1.5


def test_a_message_over_the_limit_is_never_sent_nor_read() -> None:
    text = "x" * protocol.max_message_bytes
    with pytest.raises(MessageError, match="bytes"):
        protocol.encode({"type": "protocol-error", "message": text, "about": None})
    with pytest.raises(MessageError, match="too many"):
        protocol.decode(text.encode() + b"x")
