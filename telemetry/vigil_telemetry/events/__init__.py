"""The catalog's own events, one module per area."""

from vigil_telemetry.events.http import HttpRequestCompleted, HttpRequestFailed, HttpRequestReceived
from vigil_telemetry.events.process import ServiceStarted

__all__ = ["HttpRequestCompleted", "HttpRequestFailed", "HttpRequestReceived", "ServiceStarted"]
