"""Names of events and metrics in the words of a legend."""

import pytest

from vigil_components.signals.words import happened, measured, share


@pytest.mark.parametrize(
    ("bad", "of", "where", "expected"),
    [
        ("http.request.failed", "http.request.completed", "", "share of HTTP requests that failed"),
        ("order.rejected", "order.received", "", "share of orders that were rejected"),
        ("order.rejected.v2", "order.received", "", "share of orders that were rejected"),
        ("llm.call.completed", "llm.call.completed", "model a", "share of LLM calls completed with model a"),
        ("error.raised", "page.viewed", "", "errors raised, for each of pages viewed"),
        ("tick", "tock", "", "tick, for each of tock"),
        ("order_line.timed_out", "order_line.sent", "", "share of order lines that were timed out"),
    ],
)
def test_a_share_names_its_events_and_their_total(bad, of, where, expected):
    assert share(bad, of, where) == expected


@pytest.mark.parametrize(
    ("event", "expected"),
    [("orders.unavailable", "orders unavailable"), ("api.call.sent", "API calls sent"), ("tick", "tick")],
)
def test_an_event_is_its_subject_and_what_happened(event, expected):
    assert happened(event) == expected


@pytest.mark.parametrize(
    ("metric", "reduce", "expected"),
    [
        ("pg_up", "min", "Postgres up, lowest"),
        ("logging_googleapis_com:byte_count", "", "byte count"),
        ("temporal_request_failure_total", "", "Temporal request failure"),
        ("x", "p99", "x, p99"),
    ],
)
def test_a_metric_has_its_name_without_the_service_and_the_suffix(metric, reduce, expected):
    assert measured(metric, reduce) == expected
