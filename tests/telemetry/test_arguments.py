"""Every public callable of the library refuses a wrong argument at once; what emits never raises, and counts instead."""

import io
import re
import sys
from collections.abc import Callable
from datetime import timedelta
from decimal import Decimal
from pathlib import Path
from typing import Any, ClassVar, Literal

import pytest

import vigil_telemetry as t
from vigil_telemetry import instrument
from vigil_telemetry._expectations import problem_of, safe_types
from vigil_telemetry.arguments import Share
from vigil_telemetry.counters import counters
from vigil_telemetry.outputs import QueueOutput, StreamOutput
from vigil_telemetry.validate import problems

ADDRESS = re.compile(r" at 0x[0-9a-f]+")
"""Where an object is differs in each process, and xdist compares the names of tests."""


class Ordered(t.Event, tag="arguments.ordered"):
    """Somebody ordered something."""


class Output:
    """What a value of Pulumi looks like, which no application has."""

    __module__ = "pulumi.output"


CALLS: dict[str, tuple[Callable[..., object], dict[str, Any]]] = {
    "Bounded": (t.Bounded, {"at_most": 3, "by": "the shops"}),
    "HttpRequestFields": (t.HttpRequestFields, {}),
    "SeverityBy": (t.SeverityBy, {"label": "status", "values": {"4xx": t.Severity.WARNING}}),
    "Unit": (t.Unit, {"code": "s"}),
    "bind": (t.bind, {}),
    "close": (t.close, {}),
    "configure": (t.configure, {}),
    "flush": (t.flush, {}),
    "flush_at_sigterm": (t.flush_at_sigterm, {}),
    "schema_of": (t.schema_of, {"cls": Ordered}),
    "set_level": (t.set_level, {"level": "INFO"}),
    "set_sampling": (t.set_sampling, {"rate": 0.5, "family": "arguments"}),
    "instrument_fastapi": (instrument.instrument_fastapi, {"app": object()}),
    "instrument_httpx": (instrument.instrument_httpx, {"client": object(), "target": "inventory"}),
    "instrument_llm": (instrument.instrument_llm, {"client": object()}),
    "instrument_requests": (instrument.instrument_requests, {"session": object(), "target": "inventory"}),
    "instrument_sqlalchemy": (instrument.instrument_sqlalchemy, {"engine": object()}),
    "named_query": (instrument.named_query, {"statement": object(), "query": "orders.add"}),
}

WRONG: list[tuple[str, dict[str, Any], type[Exception], str]] = [
    ("Bounded", {"at_most": "3"}, TypeError, "Bounded: at_most is '3'; give a whole number"),
    ("Bounded", {"at_most": 0}, ValueError, "Bounded: at_most is 0; give 1 or more"),
    ("Bounded", {"by": " "}, ValueError, "Bounded: by is ' '; give a text that is not empty"),
    ("Bounded", {"at_most": Output()}, TypeError, "at_most is an Output; its value exists only once"),
    ("HttpRequestFields", {"latency": 5}, TypeError, "HttpRequestFields: latency is 5; give a text"),
    ("SeverityBy", {"values": {"4xx": "WARNING"}}, TypeError, "values['4xx'] is 'WARNING'; give Severity.DEFAULT or"),
    ("SeverityBy", {"label": ""}, ValueError, "SeverityBy: label is ''; give a text that is not empty"),
    ("Unit", {"code": ""}, ValueError, "Unit: code is ''; give a text that is not empty"),
    ("Unit", {"code": 5}, TypeError, "Unit: code is 5; give a text"),
    ("bind", {"trace": "abc"}, TypeError, "bind: trace is 'abc'; give a TraceContext, such as"),
    ("bind", {"holder": "x"}, TypeError, "bind: holder is 'x'; give True or False"),
    ("close", {"deadline": -1}, ValueError, "close: deadline is -1; give seconds, 0 or more"),
    ("close", {"deadline": "5"}, TypeError, "close: deadline is '5'; give a number"),
    ("configure", {"sampling": {"http": 2}}, ValueError, "configure: sampling['http'] is 2; a share of lines lies"),
    ("configure", {"levels": {"http": "LOUD"}}, ValueError, "LOUD"),
    ("configure", {"service": 5}, TypeError, "configure: service is 5; give a text or None"),
    ("configure", {"service": Output()}, TypeError, "service is an Output; its value exists only once"),
    ("configure", {"pseudonym_key": 5}, TypeError, "pseudonym_key is a int (not shown: it is secret)"),
    ("flush", {"deadline": float("inf")}, ValueError, "flush: deadline is inf; give a finite number"),
    ("flush_at_sigterm", {"deadline": None}, TypeError, "flush_at_sigterm: deadline is None; give a number"),
    ("schema_of", {"cls": "order"}, TypeError, "schema_of: cls is 'order'; give a subclass of Event"),
    ("schema_of", {"cls": Ordered()}, TypeError, "give the class Ordered, not an instance of it"),
    ("set_level", {"level": 1.5}, TypeError, "set_level: level is 1.5; give"),
    ("set_level", {"level": "LOUD"}, ValueError, "LOUD"),
    ("set_sampling", {"rate": 50}, ValueError, "set_sampling: rate is 50; a share of lines lies between 0 and 1"),
    ("instrument_httpx", {"propagate_to": "a.example"}, TypeError, "even of one: ('a.example',)"),
    ("instrument_httpx", {"target": 5}, TypeError, "instrument_httpx: target is 5; give"),
    ("instrument_requests", {"propagate_to": "a.example"}, TypeError, "even of one: ('a.example',)"),
    ("instrument_fastapi", {"health_checks": "/healthz"}, TypeError, "even of one: ('/healthz',)"),
    ("instrument_fastapi", {}, TypeError, "neither FastAPI nor Starlette"),
    ("instrument_sqlalchemy", {"slow_after": -1}, ValueError, "slow_after is -1; give seconds, 0 or more"),
    ("instrument_sqlalchemy", {}, TypeError, "object is no engine of SQLAlchemy"),
    ("instrument_llm", {"provider": 5}, TypeError, "instrument_llm: provider is 5; give a text or None"),
    ("named_query", {"query": ""}, ValueError, "named_query: query is ''; give a text that is not empty"),
    ("named_query", {}, TypeError, "object is no statement of SQLAlchemy"),
]


@pytest.mark.parametrize(
    ("name", "changed", "kind", "message"), WRONG, ids=lambda value: ADDRESS.sub("", str(value))[:50]
)
def test_a_wrong_argument_is_refused_with_its_name_its_value_and_the_remedy(name, changed, kind, message):
    function, valid = CALLS[name]
    with pytest.raises(kind) as raised:
        function(**{**valid, **changed})
    assert message in str(raised.value)


@pytest.mark.parametrize("name", [name for name in CALLS if name != "bind"])
def test_an_unknown_argument_is_refused_with_those_there_are(name):
    """Of `bind`, any other name is an id."""
    function, valid = CALLS[name]
    with pytest.raises(TypeError, match=rf"{name}: no argument 'nmae'; .*there are: "):
        function(**valid, nmae=1)


def test_what_emits_never_raises_and_counts_instead():
    wrong: Any = "ordered"
    before = counters.failed
    t.emit(wrong)
    t.emit_lazy(wrong, lambda: wrong)
    assert t.enabled(wrong) is False
    assert counters.failed > before


def declare(annotations: dict[str, object], tag: str = "arguments.broken", **settings: object) -> object:
    """Declare an event as inside a function, so that it stays out of this process's catalog."""
    space = {
        "__annotations__": annotations,
        "__module__": __name__,
        "__qualname__": "declare.<locals>.Broken",
        **settings,
    }
    return type(t.Event)("Broken", (t.Event,), space, tag=tag)


@pytest.mark.parametrize("setting", ["metric_labels", "severity", "since", "http_request"])
def test_an_event_with_a_field_of_a_class_s_own_setting_is_refused_naming_it(setting):
    """In the line that declares it: its tag is not known there, so the message names the class."""
    with pytest.raises(TypeError, match=f"field '{setting}' of event class declare.*Broken: .*choose another"):
        declare({setting: t.Label[bool]})


def test_a_field_cannot_have_the_name_of_the_tag():
    with pytest.raises(TypeError, match=r"field 'event' of event class .*choose another"):
        declare({"event": t.Label[bool]})


SETTINGS: list[tuple[str, object, type[Exception], str]] = [
    ("severity", "WARNING", TypeError, "severity is 'WARNING'; give Severity.DEFAULT or"),
    ("severity_by", {"4xx": t.Severity.WARNING}, TypeError, "severity_by is {'4xx': "),
    ("message", 5, TypeError, "message is 5; give a text"),
    (
        "message",
        "refused: {reason",
        ValueError,
        "message is 'refused: {reason'; expected '}' before end of string: write",
    ),
    ("version", "2", TypeError, "version is '2'; give a whole number"),
    ("version", True, TypeError, "version is True; give a whole number"),
    ("emitter", "service", TypeError, "emitter is 'service'; give Emitter.SERVICE or"),
    ("since", 1.0, TypeError, "since is 1.0; give a text"),
    ("reported", 1, TypeError, "reported is 1; give True or False"),
    ("http_request", {}, TypeError, "http_request is {}; give a"),
    ("metric_labels", "reason", TypeError, "metric_labels is 'reason'; give a tuple"),
    ("metric_labels", (5,), TypeError, "metric_labels[0] is 5; give a text"),
]


@pytest.mark.parametrize(("setting", "value", "kind", "message"), SETTINGS)
def test_a_wrong_setting_of_an_event_is_refused_where_the_class_is_declared(setting, value, kind, message):
    with pytest.raises(kind) as raised:
        declare({}, **{setting: value})
    assert "event class declare.<locals>.Broken: " in str(raised.value)
    assert message in str(raised.value)


def test_a_setting_with_a_slip_of_the_pen_is_refused_with_the_right_name():
    with pytest.raises(TypeError, match=r"there is no setting 'severty'; did you mean 'severity'"):
        declare({"severty": ClassVar[t.Severity]}, severty=t.Severity.ERROR)
    assert declare({"retries": ClassVar[int]}, retries=3)


@pytest.mark.parametrize("tag", ["", "Order.Rejected", "order rejected", "order..rejected", "order/x", "a" * 81])
def test_a_tag_that_cannot_stand_in_the_id_of_a_metric_is_refused(tag):
    with pytest.raises(ValueError, match=r"Broken: tag is .*; give lower-case words joined by dots"):
        t.schema_of(declare({}, tag=tag))


def test_every_public_function_is_called_here():
    """Marks, types and the catalog take no arguments; what emits is tried above; ids of `add_ids` may be any value."""
    functions = {name for name in t.__all__ if name.islower()}
    without = {
        "add_ids",
        "catalog",
        "counters",
        "current_ids",
        "current_trace",
        "emit",
        "emit_lazy",
        "enabled",
        "report",
    }
    assert functions - without <= set(CALLS)
    assert set(instrument.__all__) <= set(CALLS)
    assert problems('{"event": 5}')


@pytest.mark.parametrize(
    "output", [sys.stdout, io.StringIO(), StreamOutput, print, 5], ids=["stdout", "text", "class", "function", "number"]
)
def test_what_takes_no_lines_is_no_output(output):
    for refused in (lambda: t.configure(output=output), lambda: QueueOutput(output)):
        with pytest.raises(TypeError, match=r"output is .*; give .*StreamOutput\("):
            refused()


def test_a_queue_holds_at_least_one_line():
    with pytest.raises(ValueError, match="lines is 0 and size is 5; give 1 or more of each"):
        QueueOutput(StreamOutput(), lines=0, size=5)


HINTS: tuple[object, ...] = (
    int, bool, str, float, bytes, None, Decimal, timedelta, Path, t.Severity, t.Unit, Ordered, object,
    int | None, float | None, str | bool, int | float, t.Severity | timedelta | None, Share,
    list[int], tuple[int, ...], dict[str, int], Literal["a", 1], type[t.Event], Callable[[], None],
)  # fmt: skip
VALUES: tuple[object, ...] = (
    1, True, 0.5, float("nan"), "a", "\x00", b"a", None, Decimal("NaN"), timedelta(1), Path(), t.Severity.INFO,
    t.Unit("s"), Ordered(), [1], {"a": 1}, (1,), object(), 5.0, Ordered, print, Output(),
)  # fmt: skip


def test_what_needs_no_closer_look_would_pass_it() -> None:
    """The short way of a call accepts nothing that the long one refuses, and spares it for the common types."""
    short = [(hint, value) for hint in HINTS for value in VALUES if type(value) in safe_types(hint)]
    assert [(hint, value) for hint, value in short if problem_of(hint, value) is not None] == []
    for pair in ((int, 1), (bool, True), (int | None, None), (t.Severity, t.Severity.INFO)):
        assert pair in short
    for pair in ((str, "a"), (float, 0.5), (Share, 0.5), (list[int], [1])):
        assert pair not in short
