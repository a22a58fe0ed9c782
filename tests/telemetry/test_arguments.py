"""Every public callable of the library refuses a wrong argument at once; what emits never raises, and counts instead."""

import io
import re
import sys
from collections.abc import Callable
from datetime import timedelta
from decimal import Decimal
from pathlib import Path
from typing import Any, ClassVar, Literal, TypeVar

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import vigil_telemetry as t
from vigil_telemetry import instrument, outputs
from vigil_telemetry._acceptance import accepts
from vigil_telemetry._expectations import problem_of
from vigil_telemetry.arguments import Share
from vigil_telemetry.asgi import RequestLogging
from vigil_telemetry.bridges.stdlib import capture
from vigil_telemetry.counters import counters
from vigil_telemetry.outputs import ConsoleOutput, GoogleOutput, OtlpOutput, QueueOutput, StreamOutput
from vigil_telemetry.validate import problems

ADDRESS = re.compile(r" at 0x[0-9a-f]+")
"""Addresses of objects differ between processes, and xdist compares the names of tests."""


Kind = TypeVar("Kind")


class Ordered(t.Event, tag="arguments.ordered"):
    """Somebody ordered something."""


class Output:
    """What a value of Pulumi looks like, which no application has."""

    __module__ = "pulumi.output"


class Baked(t.Event, tag="arguments.baked"):
    """A loaf was baked."""

    took: t.Measure[t.Seconds]


async def application(*_: object) -> None:
    """An application of ASGI, as far as it is looked at."""


CALLS: dict[str, tuple[Callable[..., object], dict[str, Any]]] = {
    "Bounded": (t.Bounded, {"at_most": 3, "by": "the shops"}),
    "HttpRequestFields": (t.HttpRequestFields, {}),
    "SeverityBy": (t.SeverityBy, {"label": "status", "values": {"4xx": t.Severity.WARNING}}),
    "Unit": (t.Unit, {"code": "s"}),
    "bind": (t.bind, {}),
    "catalog": (t.catalog, {}),
    "ConsoleOutput": (ConsoleOutput, {"stream": io.StringIO()}),
    "GoogleOutput": (GoogleOutput, {"batch": object}),
    "OtlpOutput": (OtlpOutput, {"endpoint": "http://localhost:4318"}),
    "QueueOutput": (QueueOutput, {"output": StreamOutput()}),
    "RequestLogging": (RequestLogging, {"app": application}),
    "StreamOutput": (StreamOutput, {}),
    "capture": (capture, {}),
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
    ("ConsoleOutput", {"stream": "x"}, TypeError, "stream is 'x'; give a stream of text, such as sys.stderr or None"),
    ("ConsoleOutput", {"colour": "yes"}, TypeError, "ConsoleOutput: colour is 'yes'; give True or False"),
    ("GoogleOutput", {"batch": 5}, TypeError, "GoogleOutput: batch is 5; give a callable"),
    ("OtlpOutput", {"endpoint": 5}, TypeError, "OtlpOutput: endpoint is 5; give a text or None"),
    ("OtlpOutput", {"endpoint": ""}, ValueError, "OtlpOutput: endpoint is '': give an address such as http"),
    ("OtlpOutput", {"endpoint": "http://a.example:99999"}, ValueError, "give an address such as http://localhost:4318"),
    ("OtlpOutput", {"timeout": 0}, ValueError, "OtlpOutput: timeout is 0; give seconds, more than 0"),
    ("OtlpOutput", {"headers": "a: b"}, TypeError, "OtlpOutput: headers is 'a: b'; give a mapping"),
    ("QueueOutput", {"lines": "5"}, TypeError, "QueueOutput: lines is '5'; give a whole number"),
    ("RequestLogging", {"app": None}, TypeError, "app is None; give the application itself, which is called"),
    ("RequestLogging", {"app": "shop:app"}, TypeError, "app is 'shop:app'; give the application itself"),
    ("RequestLogging", {"health_checks": "/healthz"}, TypeError, "even of one: ('/healthz',)"),
    ("RequestLogging", {"request_id_header": "X Id"}, ValueError, "give the name of a header, such as 'X-Request-Id'"),
    ("StreamOutput", {"fd": "stdout"}, TypeError, "fd is 'stdout'; give the number of an open descriptor, such as 1"),
    ("StreamOutput", {"fd": -1}, ValueError, "StreamOutput: fd is -1; give the number of an open descriptor"),
    ("StreamOutput", {"patience": -1}, ValueError, "StreamOutput: patience is -1; give seconds, 0 or more"),
    ("StreamOutput", {"alone": "yes"}, TypeError, "StreamOutput: alone is 'yes'; give True or False"),
    ("Unit", {"code": "parsec"}, ValueError, "Unit: code is 'parsec'; give a unit of UCUM: 's', 'ms', 'By'"),
    ("Unit", {"code": "seconds"}, ValueError, "Unit: code is 'seconds'; give a unit of UCUM"),
    ("capture", {"loggers": "uvicorn"}, TypeError, "capture: loggers is 'uvicorn'; give a tuple, even of one"),
    ("capture", {"loggers": [5]}, TypeError, "capture: loggers[0] is 5; give a text"),
    ("capture", {"level": "LOUD"}, TypeError, "capture: level is 'LOUD'; give a level of logging, such as"),
    ("close", {"deadline": -1}, ValueError, "close: deadline is -1; give seconds, 0 or more"),
    ("close", {"deadline": "5"}, TypeError, "close: deadline is '5'; give a number"),
    ("configure", {"sampling": {"http": 2}}, ValueError, "configure: sampling['http'] is 2; a share of lines lies"),
    ("configure", {"levels": {"http": "LOUD"}}, ValueError, "LOUD"),
    ("configure", {"levels": {"": "ERROR"}}, ValueError, "levels[''] is ''; give the tag of an event or its beginning"),
    ("configure", {"sampling": {"Http Request": 1}}, ValueError, "give the tag of an event or its beginning"),
    ("configure", {"project": "projects/x"}, ValueError, "project is 'projects/x'; give the project's id alone"),
    ("configure", {"project": ""}, ValueError, "configure: project is ''; give the project's id alone"),
    ("configure", {"service": " "}, ValueError, "configure: service is ' '; give a text that is not empty"),
    ("configure", {"pseudonym_key": ""}, ValueError, "give the key, or leave it out: then one is made"),
    ("configure", {"span": t.TraceContext("a" * 32)}, TypeError, "give a callable or None"),
    ("configure", {"service": 5}, TypeError, "configure: service is 5; give a text or None"),
    ("configure", {"service": Output()}, TypeError, "service is an Output; its value exists only once"),
    ("configure", {"pseudonym_key": 5}, TypeError, "pseudonym_key is a int (not shown: it may hold a secret)"),
    ("flush", {"deadline": float("inf")}, ValueError, "flush: deadline is inf; give a finite number"),
    ("flush_at_sigterm", {"deadline": None}, TypeError, "flush_at_sigterm: deadline is None; give a number"),
    ("schema_of", {"cls": "order"}, TypeError, "schema_of: cls is 'order'; give a subclass of Event"),
    ("schema_of", {"cls": Ordered()}, TypeError, "give the class Ordered, not an instance of it"),
    ("set_level", {"level": 1.5}, TypeError, "set_level: level is 1.5; give"),
    ("set_level", {"level": "LOUD"}, ValueError, "LOUD"),
    ("set_level", {"family": "No Family"}, ValueError, "set_level: family is 'No Family'; give the tag of an event"),
    ("set_sampling", {"family": ""}, ValueError, "set_sampling: family is ''; give the tag of an event"),
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
def test_an_unknown_argument_is_refused_with_the_known_ones(name):
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
    assert counters.failed - before == 3
    t.emit_lazy([], Ordered)  # type: ignore[arg-type] - what cannot even be looked up
    assert t.enabled([]) is False  # type: ignore[arg-type] - as above
    assert counters.failed - before == 5
    assert counters.reason == "enabled: kind is a list; give the class of an event"


def test_a_line_of_another_event_than_the_requested_one_is_counted(recorded):
    t.configure(output=recorded)
    other: Any = Ordered
    t.emit_lazy(Baked, other)
    assert (recorded.entries, counters.failed) == ([], 1)


@pytest.mark.parametrize("argument", [{"place": "x"}, {"place": b"x"}, {"exception": "boom"}, {"exception": OSError}])
def test_what_cannot_stand_in_a_line_costs_its_part_of_it_and_not_the_line(recorded, argument):
    t.configure(output=recorded)
    t.emit(Ordered(), **argument)
    assert recorded.last["event"] == "arguments.ordered"
    assert "stack_trace" not in recorded.last
    assert (counters.repaired, counters.failed) == (1, 0)
    assert counters.reason.startswith(f"emit: {next(iter(argument))} is a ")


@pytest.mark.parametrize("span", [lambda: 1 / 0, lambda: 5, lambda: "a" * 32])
def test_a_span_that_cannot_be_read_costs_no_line(recorded, span):
    t.configure(output=recorded, span=span)
    with t.bind(trace=t.TraceContext("b" * 32)):
        t.emit(Ordered())
    assert recorded.last["logging.googleapis.com/trace"].endswith("b" * 32)
    assert (counters.repaired, counters.failed) == (1, 0)


NO_TRACES = ["abc", "", "0" * 32, "g" * 32, None, 5]


@pytest.mark.parametrize("trace_id", NO_TRACES)
@pytest.mark.parametrize("span_id", [None, "b" * 16])
def test_malformed_trace_ids_are_left_out_and_counted(recorded, trace_id, span_id):
    """They come in a message while the application runs, which must continue."""
    t.configure(output=recorded)
    with t.bind(trace=t.TraceContext(trace_id, span_id), request_id="r"):
        t.emit(Ordered())
    assert "logging.googleapis.com/trace" not in recorded.last
    assert recorded.last["request_id"] == "r"
    assert counters.repaired == 1


def test_a_malformed_span_id_leaves_the_trace_out_too(recorded):
    t.configure(output=recorded)
    for span_id in ("x", "0" * 16, 5):
        wrong: Any = span_id
        with t.bind(trace=t.TraceContext("a" * 32, wrong)):
            t.emit(Ordered())
    assert counters.repaired == 3
    assert not any("logging.googleapis.com/spanId" in line for line in recorded.entries)


@pytest.mark.parametrize("value", [["a"], {"a": 1}, str, Ordered(), object(), Output()])
def test_an_id_that_is_no_id_is_left_out_and_counted(recorded, value):
    t.configure(output=recorded)
    with t.bind(tenant=value, request_id="r", user=value):
        t.add_ids(run_id=value)
        t.emit(Ordered())
    assert recorded.last["request_id"] == "r"
    assert not {"run_id", "user", "logging.googleapis.com/labels"} & recorded.last.keys()
    assert counters.repaired == 3


@pytest.mark.parametrize("call", [t.bind, t.add_ids])
def test_an_id_without_a_name_is_refused(call):
    with pytest.raises(TypeError, match=f"{call.__name__}: 'x' is given without a name; give it as one, such as requ"):
        call("x")


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


@pytest.mark.parametrize(
    ("annotations", "settings", "message"),
    [
        ({}, {"http_request": t.HttpRequestFields()}, "method is 'method', which is no field of it; declare it, or"),
        (
            dict.fromkeys(("method", "route", "status", "duration"), t.Identifier[str]),
            {"http_request": t.HttpRequestFields()},
            "latency is 'duration', which is no measure; name one",
        ),
        ({"paid": t.Label[bool]}, {"metric_labels": ("paid", "paid")}, "names paid more than once; name it once"),
        ({"who": t.Pseudonym}, {}, "field 'who' of event 'arguments.broken': it says no type; write it in brackets"),
        ({"who": t.Label[Kind]}, {}, "'who' of event 'arguments.broken': its type is the variable ~Kind; declare the"),
        ({"__write__": t.Text}, {}, "field '__write__' of event 'arguments.broken': names with two underscores in"),
    ],
)
def test_what_an_event_says_of_its_fields_is_checked_when_it_is_first_used(annotations, settings, message):
    with pytest.raises(TypeError, match=re.escape(message)):
        t.schema_of(declare(annotations, **settings))


@pytest.mark.parametrize("code", ["s", "ms", "By", "{token}", "1", "10^2.%", "By/s", "KiBy", "USD", "%", "{a b}/s"])
def test_a_unit_is_recognised_by_its_form(code):
    assert t.Unit(code).code == code


@pytest.mark.parametrize("tag", ["", "Order.Rejected", "order rejected", "order..rejected", "order/x", "a" * 81])
def test_a_tag_that_cannot_stand_in_the_id_of_a_metric_is_refused(tag):
    with pytest.raises(ValueError, match=r"Broken: tag is .*; give lower-case words joined by dots"):
        t.schema_of(declare({}, tag=tag))


def test_every_public_function_is_called_here():
    """Marks, types and the catalog take no arguments; what emits is tried above; ids of `add_ids` may be any value."""
    functions = {name for name in t.__all__ if name.islower()}
    without = {
        "add_ids",
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
    assert set(outputs.__all__) - {"Output"} <= set(CALLS)
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
    """The short way of a call accepts nothing that the long one refuses, and spares it for the usual right values."""
    short = [(hint, value) for hint in HINTS for value in VALUES if accepts(hint)(value)]
    assert [(hint, value) for hint, value in short if problem_of(hint, value) is not None] == []
    usual = [
        (int, 1),
        (bool, True),
        (int | None, None),
        (t.Severity, t.Severity.INFO),
        (str, "a"),
        (float, 0.5),
        (Share, 0.5),
        (list[int], [1]),
        (tuple[str, ...], ("a", "b")),
        (dict[str, int], {"a": 1}),
        (Literal["a", "b"], "a"),
        (type[t.Event], Ordered),
        (outputs.Output, StreamOutput(2)),
    ]
    assert [(hint, value) for hint, value in usual if not accepts(hint)(value)] == []


@settings(max_examples=300, deadline=None)
@given(
    hint=st.sampled_from(HINTS),
    value=st.recursive(
        st.none() | st.booleans() | st.integers() | st.floats() | st.text() | st.decimals() | st.binary(),
        lambda one: st.lists(one) | st.tuples(one, one) | st.dictionaries(st.text(), one) | st.sets(st.integers()),
        max_leaves=6,
    ),
)
def test_no_value_that_is_wrong_takes_the_short_way(hint: object, value: object) -> None:
    assert not accepts(hint)(value) or problem_of(hint, value) is None
