"""Typed Pulumi components for observability on Google Cloud, derived from event types.

Values come first: sources, signals, alert specs, charts, dashboards are plain frozen data and pure functions.
Components only turn values into resources, and pass each through the rules of the API on the way.
``testing`` runs a program without an engine and records what it registers.
"""

from vigil_components.alerts import Alert, AlertArgs
from vigil_components.channels import (
    Channel,
    ChannelArgs,
    Email,
    Existing,
    NotificationChannel,
    PagerDuty,
    PubSub,
    Routing,
    RoutingArgs,
    Team,
    TokenWebhook,
    Webhook,
)
from vigil_components.checked import RuleViolationError
from vigil_components.conditions import AlertSpec, Condition, LogMatch
from vigil_components.dashboards import Dashboard, DashboardArgs
from vigil_components.durations import days, hours, minutes, seconds
from vigil_components.logs import BucketSink, BucketSinkArgs, Exclusion, LogBucket, LogBucketArgs
from vigil_components.metrics import (
    CardinalityError,
    EventMetricArgs,
    EventMetrics,
    ExplicitBuckets,
    ExponentialBuckets,
    LinearBuckets,
    MetricSpec,
)
from vigil_components.proofs import Case, Emission, Proof
from vigil_components.service import Chart, ServiceMonitoring, ServiceMonitoringArgs, Surroundings
from vigil_components.severity import Alarm
from vigil_components.signals import (
    Beyond,
    Count,
    Quantile,
    Rate,
    Ratio,
    Signal,
    UnknownLabelError,
    count,
    quantile,
    rate,
    ratio,
)
from vigil_components.sources import CloudRunService, Source

__all__ = [
    "Alarm",
    "Alert",
    "AlertArgs",
    "AlertSpec",
    "Beyond",
    "BucketSink",
    "BucketSinkArgs",
    "CardinalityError",
    "Case",
    "Channel",
    "ChannelArgs",
    "Chart",
    "CloudRunService",
    "Condition",
    "Count",
    "Dashboard",
    "DashboardArgs",
    "Email",
    "Emission",
    "EventMetricArgs",
    "EventMetrics",
    "Exclusion",
    "Existing",
    "ExplicitBuckets",
    "ExponentialBuckets",
    "LinearBuckets",
    "LogBucket",
    "LogBucketArgs",
    "LogMatch",
    "MetricSpec",
    "NotificationChannel",
    "PagerDuty",
    "Proof",
    "PubSub",
    "Quantile",
    "Rate",
    "Ratio",
    "Routing",
    "RoutingArgs",
    "RuleViolationError",
    "ServiceMonitoring",
    "ServiceMonitoringArgs",
    "Signal",
    "Source",
    "Surroundings",
    "Team",
    "TokenWebhook",
    "UnknownLabelError",
    "Webhook",
    "count",
    "days",
    "hours",
    "minutes",
    "quantile",
    "rate",
    "ratio",
    "seconds",
]
