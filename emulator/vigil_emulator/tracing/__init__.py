"""Spans: stored as they arrive over OTLP, read through the Trace API v1, drawn by the console."""

from vigil_emulator.tracing.api import TraceApi
from vigil_emulator.tracing.span import Span
from vigil_emulator.tracing.store import SpanStore

__all__ = ["Span", "SpanStore", "TraceApi"]
