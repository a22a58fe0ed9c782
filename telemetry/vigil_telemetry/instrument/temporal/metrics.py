"""The SDK's metrics for Prometheus, with buckets up to the hours that models take, and the lines of its core."""

from __future__ import annotations

import logging
from collections.abc import Mapping, Sequence
from functools import cache

from temporalio.runtime import (
    LogForwardingConfig,
    LoggingConfig,
    PrometheusConfig,
    Runtime,
    TelemetryConfig,
    TelemetryFilter,
)

_SHORT = (1, 5, 10, 25, 50, 100, 250, 500, 1_000, 2_500, 5_000, 10_000)
_LONG = (*_SHORT[4:], 30_000, 60_000, 120_000, 300_000, 600_000, 1_200_000, 3_600_000)

BUCKETS_MS: Mapping[str, Sequence[float]] = {
    "activity_execution_latency": _LONG,
    "activity_succeed_endtoend_latency": _LONG,
    "activity_schedule_to_start_latency": _LONG,
    "workflow_endtoend_latency": (*_LONG[1:], 14_400_000, 86_400_000),
    "workflow_task_schedule_to_start_latency": _SHORT,
}
"""Upper bounds in milliseconds. The SDK's own end at one minute for an activity's execution, which a model passes
easily. A key holds for every metric whose name contains it: `activity_execution_latency` also for local activities."""


def core_logs() -> LoggingConfig:
    """Return a setting that sends the lines of the SDK's core to the logger `temporalio.core`.

    The core writes them to standard output itself otherwise, as text in colours between the JSON lines, with messages
    of exceptions in it. `capture()` makes redacted lines of them. `VigilPlugin` sets it where no runtime was given; in
    a runtime of your own: `Runtime(telemetry=TelemetryConfig(logging=core_logs(), ...))`.
    """
    return LoggingConfig(
        filter=TelemetryFilter(core_level="WARN", other_level="ERROR"),
        forwarding=LogForwardingConfig(logger=logging.getLogger("temporalio.core"), append_target_to_name=False),
    )


@cache
def forward_core_logs() -> None:
    """Make a runtime with `core_logs` the default of this process, unless it has one."""
    try:
        Runtime.set_default(Runtime(telemetry=TelemetryConfig(logging=core_logs())))
    except RuntimeError:  # it has one, which says itself where its lines go
        return


def metrics_runtime(
    address: str, *, seconds: bool = False, buckets: Mapping[str, Sequence[float]] = BUCKETS_MS
) -> Runtime:
    """Return a runtime with metrics at `http://ADDRESS/metrics` and `core_logs`, for `Client.connect(runtime=...)`.

    One process has one: the SDK starts threads for each.

    Args:
        address: where to listen, such as `0.0.0.0:9464`.
        seconds: whether durations are in seconds, with names that end in `_seconds` (and bytes in `_bytes`), as
            Prometheus wants it; else in milliseconds under the SDK's plain names, as Temporal's dashboards expect.
        buckets: upper bounds in milliseconds, by metric.
    """
    scale = 1_000 if seconds else 1
    overrides = {name: [bound / scale for bound in bounds] for name, bounds in buckets.items()}
    prometheus = PrometheusConfig(
        bind_address=address, unit_suffix=seconds, durations_as_seconds=seconds, histogram_bucket_overrides=overrides
    )
    return Runtime(telemetry=TelemetryConfig(logging=core_logs(), metrics=prometheus))
