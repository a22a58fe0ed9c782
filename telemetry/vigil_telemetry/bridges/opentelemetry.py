"""Ids of OpenTelemetry's current span on every line: `configure(span=current_span)`. Needs `opentelemetry-api`."""

from __future__ import annotations

from opentelemetry import trace

from vigil_telemetry.trace import TraceContext


def current_span() -> TraceContext | None:
    """Return where the current span belongs; None outside any, so that the request's own trace is used."""
    context = trace.get_current_span().get_span_context()
    if not context.is_valid:
        return None
    return TraceContext(f"{context.trace_id:032x}", f"{context.span_id:016x}", context.trace_flags.sampled)
