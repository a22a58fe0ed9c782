"""Trace ids of a request: W3C `traceparent`, and Google's older `X-Cloud-Trace-Context`."""

from __future__ import annotations

import re

import msgspec

# https://www.w3.org/TR/trace-context/#traceparent-header: version ff is invalid, all-zero ids are invalid, lower case
# only
_TRACEPARENT = re.compile(
    r"(?!ff)[0-9a-f]{2}-(?!0{32})([0-9a-f]{32})-(?!0{16})([0-9a-f]{16})-([0-9a-f]{2})(?:-.*)?", re.ASCII
)
# https://cloud.google.com/trace/docs/trace-context: TRACE_ID/SPAN_ID;o=OPTIONS, where the span is a decimal number
_CLOUD = re.compile(r"([0-9a-fA-F]{32})(?:/([0-9]{1,20}))?(?:;o=([0-9]{1,10}))?", re.ASCII)
_SPAN_MAX = 2**64


class TraceContext(msgspec.Struct, frozen=True, gc=False):
    """Where in which trace a line belongs.

    Its ids come from outside while the application runs, so that a wrong one raises nothing: lines are written without
    the trace, and counted (`counters.repaired`).
    """

    trace_id: str
    """32 lower-case hex digits."""
    span_id: str | None = None
    """16 lower-case hex digits."""
    sampled: bool = False


def parse_traceparent(header: str) -> TraceContext | None:
    """Read a `traceparent` header; None where it is not valid (then it is ignored, as the specification asks)."""
    header = header.strip()
    found = _TRACEPARENT.fullmatch(header)
    if found is None or (header.startswith("00") and len(header) != 55):  # noqa: PLR2004 - version 00 has nothing after the flags
        return None
    return TraceContext(found[1], found[2], bool(int(found[3], 16) & 1))


def parse_cloud_trace(header: str) -> TraceContext | None:
    """Read an `X-Cloud-Trace-Context` header; its decimal span id becomes 16 hex digits.

    None where it is not valid.
    """
    found = _CLOUD.fullmatch(header.strip())
    if found is None or int(found[1], 16) == 0:
        return None
    span = int(found[2] or 0)
    if span >= _SPAN_MAX:
        return None
    return TraceContext(found[1].lower(), f"{span:016x}" if span else None, bool(int(found[3] or 0) & 1))


def from_headers(traceparent: str | None, cloud: str | None) -> TraceContext | None:
    """Return the trace of a request: `traceparent` where it is valid, else `X-Cloud-Trace-Context`."""
    return (parse_traceparent(traceparent) if traceparent else None) or (parse_cloud_trace(cloud) if cloud else None)
