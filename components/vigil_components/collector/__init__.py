"""The metrics collector: one OpenTelemetry Collector that scrapes what cannot write to Cloud Monitoring by itself.

What it keeps is derived from the metrics that alerts and charts read (`used_metrics`), so a dashboard cannot name a
metric that is not scraped, and nothing else is paid for. `collector_config` is a pure function; `MetricsCollector`
runs it on a Cloud Run worker pool.
"""

from vigil_components.collector.component import MetricsCollector, MetricsCollectorArgs
from vigil_components.collector.config import Destination, collector_config, render
from vigil_components.collector.endpoints import (
    Credential,
    Endpoint,
    SupabaseEndpoint,
    TemporalCloudEndpoint,
    TemporalWorkersEndpoint,
)
from vigil_components.collector.used import used_metrics

__all__ = [
    "Credential",
    "Destination",
    "Endpoint",
    "MetricsCollector",
    "MetricsCollectorArgs",
    "SupabaseEndpoint",
    "TemporalCloudEndpoint",
    "TemporalWorkersEndpoint",
    "collector_config",
    "render",
    "used_metrics",
]
