"""Trace headers: W3C's, and Google's older one."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from vigil_telemetry import TraceContext
from vigil_telemetry.requests import trace_of
from vigil_telemetry.trace import from_headers, parse_cloud_trace, parse_traceparent

TRACE, SPAN = "4bf92f3577b34da6a3ce929d0e0e4736", "00f067aa0ba902b7"


@pytest.mark.parametrize(
    ("header", "expected"),
    [
        (f"00-{TRACE}-{SPAN}-01", TraceContext(TRACE, SPAN, sampled=True)),
        (f"00-{TRACE}-{SPAN}-00", TraceContext(TRACE, SPAN, sampled=False)),
        (f"00-{TRACE}-{SPAN}-03", TraceContext(TRACE, SPAN, sampled=True)),
        (f"cc-{TRACE}-{SPAN}-01-what-comes-later", TraceContext(TRACE, SPAN, sampled=True)),
        (f"00-{TRACE}-{SPAN}-01-extra", None),
        (f"ff-{TRACE}-{SPAN}-01", None),
        (f"00-{'0' * 32}-{SPAN}-01", None),
        (f"00-{TRACE}-{'0' * 16}-01", None),
        (f"00-{TRACE.upper()}-{SPAN}-01", None),
        (f"00-{TRACE[:-1]}-{SPAN}-01", None),
        (f"00-{'1' * 32}-{'2' * 16}-01", TraceContext("1" * 32, "2" * 16, sampled=True)),
        (f"00-{TRACE}-{SPAN}-fe", TraceContext(TRACE, SPAN, sampled=False)),
        (f"00-{TRACE}-{SPAN.upper()}-01", None),
        (f"00-{TRACE}0-{SPAN[:-1]}-01", None),
        (f"00-{TRACE[:-2]}0x-{SPAN}-01", None),
        (f"00-{TRACE[:-2]}  -{SPAN}-01", None),
        (f"00-{TRACE}-{SPAN}-1", None),
        (f"00-{TRACE}-{SPAN}-0g", None),
        (f"01-{TRACE}-{SPAN}-01", TraceContext(TRACE, SPAN, sampled=True)),
        ("", None),
    ],
)
def test_a_traceparent_header_is_read_or_refused(header: str, expected: TraceContext | None) -> None:
    assert parse_traceparent(header) == expected
    of_request = trace_of({b"traceparent": header.encode("latin-1")})
    assert (of_request if of_request.span_id is not None else None) == expected  # else a new trace


@pytest.mark.parametrize(
    ("header", "expected"),
    [
        (f"{TRACE}/67667974448284343;o=1", TraceContext(TRACE, "00f067aa0ba902b7", sampled=True)),
        (f"{TRACE}/1;o=0", TraceContext(TRACE, "0000000000000001", sampled=False)),
        (f"{TRACE.upper()}", TraceContext(TRACE)),
        (f"{TRACE}/0", TraceContext(TRACE)),
        (f"{TRACE}/{2**64}", None),
        (f"{'0' * 32}/1", None),
        ("nothing", None),
    ],
)
def test_cloud_trace_has_its_span_in_decimal(header: str, expected: TraceContext | None) -> None:
    assert parse_cloud_trace(header) == expected


def test_traceparent_comes_first_and_an_invalid_one_does_not_count() -> None:
    cloud = f"{'a' * 32}/1"
    assert from_headers(f"00-{TRACE}-{SPAN}-00", cloud) == TraceContext(TRACE, SPAN)
    assert from_headers("00-bad", cloud) == TraceContext("a" * 32, "0000000000000001")
    assert from_headers(None, None) is None


@given(st.text(max_size=80))
def test_any_header_is_read_without_error_and_what_is_read_has_the_right_form(header: str) -> None:
    for found in (parse_traceparent(header), parse_cloud_trace(header)):
        assert found is None or (len(found.trace_id) == 32 and found.trace_id == found.trace_id.lower())
