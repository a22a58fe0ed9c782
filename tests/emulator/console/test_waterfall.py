"""The console draws a trace as one waterfall, with the lines of each span."""

import re
import urllib.request

import pytest

from tests.emulator.console.conftest import NOON, call, entry
from vigil_emulator.clock import VirtualClock
from vigil_emulator.console.entries import Shown
from vigil_emulator.console.waterfall import drawn, rows_of
from vigil_emulator.http_server import in_thread
from vigil_emulator.server import Emulator
from vigil_emulator.times import nanoseconds
from vigil_emulator.tracing import Span

TRACE = "5b8efff798038103d269b633813fc60c"
START = nanoseconds(NOON) - 10 * 10**9


def span(number, parent, name, begin, end, **fields):
    return Span(
        project="p",
        trace=TRACE,
        id=f"{number:016x}",
        parent=f"{parent:016x}" if parent else "",
        name=name,
        start=START + begin * 10**6,
        end=START + end * 10**6,
        resource={"service.name": fields.pop("service", "api")},
        **fields,
    )


SPANS = [
    span(1, 0, "POST /orders", 0, 120, kind="SERVER"),
    span(2, 1, "reserve", 5, 60, service="worker"),
    span(4, 2, "SELECT", 10, 20, kind="CLIENT", status="ERROR", message="connection lost <b>"),
    span(3, 1, "charge", 62, 110),
]


def line(number, message="line"):
    body = entry(NOON, "ERROR", event="order.rejected", message=message)
    return {**body, "trace": f"projects/p/traces/{TRACE}", "spanId": f"{number:016x}"}


def test_spans_stand_below_their_parents_by_their_start():
    rows = rows_of(list(reversed(SPANS)), [Shown(line(4)), Shown(line(9))])
    assert [(row.span.name, row.depth) for row in rows] == [
        ("POST /orders", 0),
        ("reserve", 1),
        ("SELECT", 2),
        ("charge", 1),
    ]
    assert [len(row.lines) for row in rows] == [0, 0, 1, 0]


def test_a_span_without_its_parent_is_a_root_and_a_circle_loses_none():
    circle = [span(1, 2, "a", 0, 1), span(2, 1, "b", 0, 1), span(3, 9, "c", 0, 1), span(4, 4, "d", 0, 1)]
    assert sorted(row.span.name for row in rows_of(circle, [])) == ["a", "b", "c", "d"]


def test_bars_begin_at_the_first_span_and_lines_are_marks():
    chart = drawn(rows_of(SPANS, [Shown(line(1))]), START)
    assert [(m.lane.strip(), m.start, m.end) for m in chart.moments if m.end != m.start] == [
        ("POST /orders", 0, 120_000),
        ("reserve", 5_000, 60_000),
        ("SELECT", 10_000, 20_000),
        ("charge", 62_000, 110_000),
    ]
    assert [(m.start, m.level) for m in chart.moments if m.end == m.start] == [(10_000_000, "critical")]


@pytest.fixture
def served():
    emulator = Emulator(clock=VirtualClock(NOON))
    call(emulator, "POST", "/v2/entries:write", {"entries": [line(4, "no stock")]})
    emulator.data.spans.add(SPANS)
    with in_thread(emulator.app, around=emulator.running) as url:
        yield url


def test_the_page_of_a_trace_shows_spans_and_lines(served):
    with urllib.request.urlopen(f"{served}/console/trace?project=p&trace={TRACE}") as answer:
        page = answer.read().decode()
    assert re.findall(r"<bdi>\u2003*([^<]+)</bdi> · <bdi>connection lost &lt;b&gt;", page) == ["SELECT"]
    assert "4 spans" in page
    assert 'alt="4 spans of api, worker in 120 ms."' in page
    assert page.count(">order.rejected</bdi>") == 1
    with urllib.request.urlopen(f"{served}/console/trace?project=p&trace={'0' * 32}") as answer:
        assert "There is no span and no entry of the trace" in answer.read().decode()
