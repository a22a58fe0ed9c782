"""The committed catalog, and the messages about changes that would break deployed metrics."""

from __future__ import annotations

import copy
from collections.abc import Callable
from typing import Any

import pytest

from vigil_telemetry import catalog
from vigil_telemetry.lockfile import compare, next_name, parse, render, snapshot


def _own() -> dict[str, Any]:
    return snapshot(schema for schema in catalog() if schema.cls.__module__.startswith("vigil_telemetry."))


def test_the_file_is_read_as_it_was_written() -> None:
    assert parse(render(_own())) == _own()


def test_nothing_breaks_where_nothing_changed_or_was_only_added() -> None:
    old, new = _own(), _own()
    new["events"]["new.event"] = {
        "severities": ["INFO"],
        "emitter": "service",
        "since": "0.2.0",
        "labels": {},
        "measures": {},
    }
    new["events"]["http.request.completed"]["labels"]["tier"] = {"type": "string", "values": ["free", "paid"]}
    new["events"]["http.request.completed"]["labels"]["method"]["values"].append("BREW")
    assert compare(old, old) == []
    assert compare(old, new) == []


def test_another_label_on_an_event_s_metrics_replaces_them_and_so_needs_a_new_version() -> None:
    old, new = _own(), _own()
    new["events"]["http.request.completed"]["metric_labels"] = ["method", "route", "status_class"]
    (found,) = compare(old, new)
    assert found.problem == (
        "metrics over it had the labels route, status_class and would have method, route, status_class: each is replaced"
    )
    assert 'tag="http.request.completed.v2"' in found.remedy


def test_a_file_of_an_older_form_is_refused_by_name() -> None:
    old = _own()
    del old["events"]["service.started"]["metric_labels"]
    with pytest.raises(ValueError, match=r"has no metric_labels for service.started: write it anew"):
        parse(render(old))


def _pop(*path: str) -> Callable[[dict[str, Any]], object]:
    def change(taken: dict[str, Any]) -> object:
        at: Any = taken["events"]
        for name in path[:-1]:
            at = at[name]
        return at.pop(path[-1])

    return change


def _rename(taken: dict[str, Any]) -> None:
    labels = taken["events"]["http.request.completed"]["labels"]
    labels["verb"] = labels.pop("method")


def _retype(taken: dict[str, Any]) -> None:
    taken["events"]["http.request.completed"]["labels"]["status"]["type"] = "string"


def _unit(taken: dict[str, Any]) -> None:
    taken["events"]["http.request.completed"]["measures"]["duration"]["unit"] = "ms"


REMEDY = """Leave 'http.request.completed' as it was, and declare the change as a new version: tag="http.request.completed.v2", version = 2"""


@pytest.mark.parametrize(
    ("change", "field", "problem"),
    [
        (_pop("http.request.completed", "labels", "route"), "route", "the label is gone"),
        (_rename, "method", "the label was renamed to 'verb'"),
        (_retype, "status", "the label was int and is string"),
        (_unit, "duration", "the unit was 's' and is 'ms'"),
        (_pop("http.request.completed", "measures", "duration"), "duration", "the measure is gone"),
    ],
)
def test_a_change_that_breaks_metrics_is_named_with_its_remedy(change, field: str, problem: str) -> None:
    new = copy.deepcopy(_own())
    change(new)
    (found,) = compare(_own(), new)
    assert (found.event, found.field, found.problem, found.remedy) == ("http.request.completed", field, problem, REMEDY)
    assert str(found) == f"http.request.completed, {field}: {problem}. {REMEDY}"


def test_a_removed_event_must_stay_until_nothing_names_it() -> None:
    new = copy.deepcopy(_own())
    del new["events"]["service.started"]
    (found,) = compare(_own(), new)
    assert (found.event, found.field) == ("service.started", None)
    assert "Keep its class until" in found.remedy


@pytest.mark.parametrize(
    ("name", "following"), [("a.b", "a.b.v2"), ("a.b.v2", "a.b.v3"), ("a.v", "a.v.v2"), ("a.b.v19", "a.b.v20")]
)
def test_the_next_version_of_a_name(name: str, following: str) -> None:
    assert next_name(name) == following


@pytest.mark.parametrize(
    ("text", "message"), [("{", "is not JSON"), ('{"format": 9}', "has format 9, this version reads 1")]
)
def test_what_is_no_lock_file_is_refused(text: str, message: str) -> None:
    with pytest.raises(ValueError, match=message):
        parse(text)
