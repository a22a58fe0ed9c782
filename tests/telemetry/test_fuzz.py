"""Whatever comes in: one valid line, no exception, no secret out."""

from __future__ import annotations

import json
import logging
from typing import Any, ClassVar

import pytest
import structlog
from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st

from vigil_telemetry import Event, Identifier, Label, Measure, Number, Pseudonym, Seconds, Text, bind, counters, emit
from vigil_telemetry.bridges import structlog as structlog_bridge
from vigil_telemetry.bridges.stdlib import BridgeHandler
from vigil_telemetry.guard import LIMIT
from vigil_telemetry.redaction import redact, redact_text

SECRET = "hunter2-correct-horse"
HOSTILE = [
    "severity",
    "logging.googleapis.com/trace",
    "message",
    "time",
    "event",
    "httpRequest",
    "stack_trace",
    'a"b',
    "line\nbreak",
    "\ud800",
    "",
    "@type",
]
SECRET_NAMES = ["password", "userPassword", "x-api-key", "ACCESS_TOKEN", "db.secret", "privateKey"]


class Hostile:
    """An object that fails or reveals the secret in every method that returns its text."""

    def __repr__(self) -> str:
        return f"password {SECRET}"

    def __str__(self) -> str:
        raise RuntimeError(SECRET)

    def __eq__(self, other: object) -> bool:
        raise RuntimeError(SECRET)

    def __hash__(self) -> int:
        return 1


def _recursive() -> list[Any]:
    loop: list[Any] = []
    loop.append(loop)
    return loop


text = st.text(st.characters(codec=None), max_size=60) | st.sampled_from(HOSTILE)
scalars = (
    st.none()
    | st.booleans()
    | st.integers()
    | st.floats()
    | text
    | st.binary(max_size=20)
    | st.builds(Hostile)
    | st.builds(_recursive)
)
values = st.recursive(
    scalars,
    lambda inner: (
        st.lists(inner, max_size=3) | st.dictionaries(text | st.integers(), inner, max_size=3) | st.tuples(inner, inner)
    ),
    max_leaves=12,
)
with_secrets = st.dictionaries(st.sampled_from(SECRET_NAMES), st.just(SECRET), max_size=2)


class Anything(Event, tag="fuzz.anything"):
    message: ClassVar = "{label} {note} {name}"
    label: Label[bool]
    note: Text
    name: Identifier[str]
    count: Measure[Number]
    took: Measure[Seconds]
    who: Pseudonym[str]


class Fixed(Event, tag="fuzz.fixed"):
    name: Identifier[str]


LINE = settings(max_examples=150, suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow])


def _one(recorded) -> dict[str, Any]:
    (line,) = recorded.raw
    recorded.raw.clear()
    assert line.endswith(b"\n")
    assert line.count(b"\n") == 1
    assert len(line) <= LIMIT
    assert SECRET not in line.decode()
    pairs: list[str] = []

    def once(members: list[tuple[str, Any]]) -> dict[str, Any]:
        pairs[:] = [name for name, _ in members]
        return dict(members)

    entry = json.loads(line, object_pairs_hook=once)
    assert len(pairs) == len(set(pairs)), "no member of the line stands twice"
    assert entry["severity"] in {"DEBUG", "INFO", "WARNING", "ERROR"}
    assert entry["service"] == "orders"
    return entry


@LINE
@given(fields=st.fixed_dictionaries(dict.fromkeys(Anything.__struct_fields__, values)))
def test_an_event_that_holds_anything_is_one_valid_line(recorded, fields) -> None:
    emit(Anything(**fields))
    assert _one(recorded)["event"] == "fuzz.anything"
    assert counters.failed == 0


@LINE
@given(
    st.dictionaries(text.filter(lambda key: key not in {"holder", "trace", "self"}), values, max_size=4), with_secrets
)
def test_any_id_bound_is_on_one_valid_line(recorded, ids, secrets) -> None:
    with bind(**(ids | secrets)):
        emit(Fixed(name="x"))
    assert _one(recorded)["event"] == "fuzz.fixed"


@LINE
@given(
    message=text,
    args=st.lists(values, max_size=2),
    extra=st.dictionaries(text.map(lambda key: f"x{key}"), values, max_size=3),
    secrets=with_secrets,
)
def test_a_record_of_logging_with_anything_is_one_valid_line(recorded, message, args, extra, secrets) -> None:
    record = logging.makeLogRecord(
        {"name": "fuzz", "levelno": 30, "msg": message, "args": tuple(args)} | extra | secrets
    )
    BridgeHandler().handle(record)
    entry = _one(recorded)
    assert (entry["event"], entry["logger"], entry["severity"]) == ("log", "fuzz", "WARNING")


@LINE
@given(event=st.dictionaries(text, values, max_size=4), secrets=with_secrets)
def test_an_event_of_structlog_with_anything_is_one_valid_line(recorded, event, secrets) -> None:
    event.pop("logger", None)
    with pytest.raises(structlog.DropEvent):
        structlog_bridge.write(None, "error", event | secrets)
    assert (_one(recorded)["event"], counters.failed) == ("log", 0)


@LINE
@given(text, text)
def test_an_exception_with_any_message_is_one_valid_line(recorded, message, note) -> None:
    error = ExceptionGroup(message or "x", [ValueError(message), KeyError(f"password={SECRET}")])
    error.add_note(note)
    emit(Fixed(name="x"), exception=error)
    assert "stack_trace" in _one(recorded)


def test_an_exception_that_cannot_be_shown_is_named(recorded) -> None:
    class SilentError(Exception):
        def __str__(self) -> str:
            raise RuntimeError(SECRET)

    emit(Fixed(name="x"), exception=SilentError())
    assert "Silent" in _one(recorded)["stack_trace"]


@pytest.mark.parametrize("size", [1_000, 100_000, 400_000, 3_000_000])
def test_huge_text_is_cut_and_stays_valid(recorded, size: int) -> None:
    emit(Anything(label=True, note="é" * size, name="n" * size, count=1, took=1.0, who="w" * size))
    entry = _one(recorded)
    assert entry["count"] == 1
    BridgeHandler().handle(
        logging.makeLogRecord({"name": "huge", "levelno": 20, "msg": "x" * size, "payload": {"deep": ["y" * size] * 3}})
    )
    _one(recorded)


@given(values)
@example({"AUTHORIZATION": None})
@settings(max_examples=200)
def test_redacting_twice_changes_nothing_more_and_always_gives_json(value) -> None:
    once = redact(value)
    json.dumps(once)
    assert redact_text(redact_text(str(once))) == redact_text(str(once))


def test_where_scanning_fails_nothing_of_the_text_comes_out(recorded, monkeypatch) -> None:
    def broken(text: str) -> str:
        raise RuntimeError(text)

    monkeypatch.setattr("vigil_telemetry.redaction.redactor.scan_text", broken)
    emit(Anything(label=True, note=f"my {SECRET}", name="n", count=1, took=1.0, who="w"))
    entry = _one(recorded)
    assert entry["note"] == "[redaction failed]"
    assert counters.redaction_failed == 1


def test_a_failure_is_reported_once_by_its_own_line(recorded, monkeypatch) -> None:
    from vigil_telemetry import report

    counters.note("redaction_failed")
    counters.note("redaction_failed")
    counters.lost(3)
    report()
    report()
    assert [(entry["event"], entry["message"]) for entry in recorded.entries] == [
        ("telemetry.line.dropped", "3 lines lost"),
        ("telemetry.redaction.failed", "2 texts left out because scanning them failed"),
    ]
