"""The validator: a line as the catalog allows it, and every way in which it may not be."""

from __future__ import annotations

import json

import pytest

from vigil_telemetry import HttpRequestCompleted, bind, emit
from vigil_telemetry.validate import problems


@pytest.fixture
def line(recorded) -> dict[str, object]:
    with bind(user="jane", request_id="5e1f5e1f5e1f5e1f5e1f5e1f5e1f5e1f"):
        emit(HttpRequestCompleted(method="GET", route="/a", status=200, status_class="2xx", duration=0.1))
    return recorded.last


def test_what_emit_writes_has_no_problem(line) -> None:
    assert problems(json.dumps(line)) == []


@pytest.mark.parametrize(
    ("change", "problem"),
    [
        ({"event": "http.request.complete"}, "event: 'http.request.complete' is in no imported package's catalog"),
        ({"event": None}, "event: missing"),
        ({"severity": "WARN"}, "severity: 'WARN' is not a severity of Cloud Logging"),
        ({"severity": "DEBUG"}, "severity: 'DEBUG' is none that http.request.completed has"),
        ({"time": "yesterday"}, "time: 'yesterday' is not of its form"),
        ({"user": "jane"}, "user: not a pseudonym"),
        ({"status_class": "6xx"}, "status_class: '6xx' is not one of 1xx, 2xx, 3xx, 4xx, 5xx"),
        ({"duration": "0.1"}, "duration: '0.1' is no float"),
        ({"response_size": 1.5}, "response_size: 1.5 is no int"),
        ({"path": "/a/5"}, "path: not declared by http.request.completed"),
        ({"route": None}, "route: None is no text"),
        ({"logging.googleapis.com/trace": "1"}, "logging.googleapis.com/trace: '1' is not of its form"),
    ],
)
def test_each_problem_is_named(line, change, problem) -> None:
    assert problem in problems(json.dumps(line | change))


def test_a_field_that_is_always_there_is_missed(line) -> None:
    del line["route"]
    assert problems(json.dumps(line)) == ["route: missing, though http.request.completed always has it"]


@pytest.mark.parametrize("text", ["", "[]", '{"a": 1', "Traceback (most recent call last):"])
def test_a_line_that_is_no_object_is_reported(text) -> None:
    assert problems(text)[0].startswith("no JSON object")


def test_a_line_that_is_too_long_for_cloud_logging_is_reported() -> None:
    assert "more than Cloud Logging's 262144" in problems(b" " * 300_000)[0]
