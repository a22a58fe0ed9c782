"""Temporal: one plugin for client and worker, which logs workflows and activities and carries ids across all of them.

`plugin` puts it together, `client`, `workflow`, `activity` and `nexus` intercept, `headers` has what travels, `metrics`
exports the SDK's own metrics. The user's code stays in the sandbox; replay writes nothing.
"""

from vigil_telemetry.instrument.temporal.client import watched
from vigil_telemetry.instrument.temporal.metrics import BUCKETS_MS, core_logs, metrics_runtime
from vigil_telemetry.instrument.temporal.plugin import VigilPlugin

__all__ = ["BUCKETS_MS", "VigilPlugin", "core_logs", "metrics_runtime", "watched"]
