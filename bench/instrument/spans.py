"""A request with a span: ours beside its line, and OpenTelemetry's instrumentation of ASGI, which writes no line."""

from __future__ import annotations

import asyncio
import os
import statistics
from time import thread_time_ns

from opentelemetry.instrumentation.asgi import OpenTelemetryMiddleware
from opentelemetry.sdk.resources import Resource
from opentelemetry.sdk.trace import ReadableSpan, SpanProcessor, TracerProvider

from bench.instrument import requests
from vigil_telemetry.bridges import spans

PEER = "opentelemetry-instrumentation-asgi"


class Counting(SpanProcessor):
    """Takes spans and drops them, as both contestants' exporter."""

    def __init__(self) -> None:
        self.taken = 0

    def on_end(self, span: ReadableSpan) -> None:
        """Count a span."""
        del span
        self.taken += 1


def measured(rounds: int, number: int) -> tuple[float, float, float, float]:
    """What our span, our lines, both, and OpenTelemetry's span add to a request: microseconds of the thread.

    Raises SystemExit where a contestant makes another number of server spans than there are requests.
    """
    ours, theirs = Counting(), Counting()
    provider, other = TracerProvider(resource=Resource({})), TracerProvider(resource=Resource({}))
    provider.add_span_processor(ours)
    other.add_span_processor(theirs)
    apps: dict[str, requests.App] = {
        "bare": requests.bare(),
        "line": requests.ours(os.devnull),
        "both": requests.ours(os.devnull),
        # only the server's span: those of each message received and sent have no counterpart
        "peer": OpenTelemetryMiddleware(  # pyright: ignore[reportAssignmentType] - an ASGI application
            requests.bare(), tracer_provider=other, exclude_spans=["receive", "send"]
        ),
    }
    times: dict[str, list[float]] = {name: [] for name in apps}
    for turn in range(rounds + 1):
        for name, app in apps.items():
            if name == "both":
                spans.enable(provider)
            started = thread_time_ns()
            asyncio.run(requests.serve(app, number))
            spent = (thread_time_ns() - started) / number / 1000
            spans.disable()
            if turn:  # the first round warms up
                times[name].append(spent)
    wanted = (rounds + 1) * number
    if (ours.taken, theirs.taken) != (wanted, wanted):
        raise SystemExit(f"{ours.taken} and {theirs.taken} spans of {wanted} requests: not the same work")

    def added(name: str, to: str) -> float:
        return statistics.median([one - two for one, two in zip(times[name], times[to], strict=True)])

    return added("both", "line"), added("line", "bare"), added("both", "bare"), added("peer", "bare")
