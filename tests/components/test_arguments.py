"""Every public callable refuses a wrong argument at once, and says which, what it was, and what to give.

One valid call of each stands in CALLS. From it follow a name that does not exist, a missing argument and, for each
argument that must be known during preview, an Output. WRONG adds wrong types, ranges and units with their messages.
"""

import inspect
import re
from collections.abc import Callable, Iterable, Iterator
from dataclasses import is_dataclass
from datetime import timedelta
from decimal import Decimal
from types import ModuleType
from typing import Annotated, Any, ClassVar, get_args, get_origin

import pulumi
import pytest

import vigil_components as v
import vigil_telemetry as telemetry
from tests.components import widget_calls
from tests.components.shop import ORDERS, OrderReceived, OrderRejected
from vigil_apimodel import lql
from vigil_apimodel.metrics import cloud_run, supabase, temporal_sdk
from vigil_apimodel.metrics import uptime as uptime_metrics
from vigil_apimodel.metrics.opentelemetry import HTTP_SERVER_REQUEST_DURATION
from vigil_components import collector, dashboards, drains, logs, signals, slos, systems, uptime, vercel, watches
from vigil_components.alertable import Measured, Occurrence
from vigil_components.sources import Source
from vigil_components.testing import RegistrationError, record
from vigil_telemetry import Event, configure
from vigil_telemetry._expectations import OFFERED
from vigil_telemetry.arguments import Wanted, _hints
from vigil_telemetry.event import _declared
from vigil_telemetry.outputs import StreamOutput

ADDRESS = re.compile(r" at 0x[0-9a-f]+")
"""Where an object is differs in each process, and xdist compares the names of tests."""

P = "example-shop"
PAGE = v.AlertSeverity.PAGE
ERRORS = lql.compare("severity", lql.Operator.GREATER_OR_EQUAL, "ERROR")
EMAIL = v.Email(address="shop@example.com")
TEAM = v.Team(name="shop", channels={v.AlertSeverity.TICKET: (EMAIL,)})
CHECK = {"metric": uptime_metrics.CHECK_PASSED, "resource": "uptime_url"}
CHECKS = v.Series(**CHECK)
SAMPLES: dict[str, Any] = {
    "of": v.Series(metric=HTTP_SERVER_REQUEST_DURATION.otlp, where_resource={"job": "orders"}),
    "bad": {"http.response.status_code": ("500",)},
}
UP = v.Series(metric=supabase.get("pg_up"))
BACKENDS = v.Series(metric=supabase.get("pg_stat_database_num_backends"))
UNDONE = v.Series(metric=supabase.get("pg_stat_database_xact_rollback_total"))
GROWN = v.Series(metric=supabase.get("pg_stat_database_xact_commit_total"))
CPU = v.Query(metric=cloud_run.CPU_UTILIZATIONS, resource="cloud_run_revision", aligner="ALIGN_PERCENTILE_99")
REJECTED = v.ratio(OrderRejected, of=OrderReceived)
ALERT = REJECTED.alert(above=0.05, name="rejected", severity=PAGE, summary="Orders are refused", runbook="rejected")
SLO = v.availability(bad=OrderRejected, total=OrderReceived, at_least_good="99%", runbook="slo")
WORDS = {"name": "rejected", "severity": PAGE, "summary": "Orders are refused", "runbook": "rejected"}


def output() -> Any:
    """An Output of which only the type matters: it is refused before it is used. (A global one hangs pytest's look.)"""
    return object.__new__(pulumi.Output)


class Routing:
    def channels(self, team: str, severity: v.AlertSeverity) -> tuple[str, ...]:
        return ()


CONTEXT = v.MonitoringContext(
    project=P, environment="staging", routing=Routing(), runbooks_url="https://shop.example/runbooks"
)
RESOURCES = object.__new__(watches.ProgramResources)  # only the type matters: there is no program to note
EVERYTHING = watches.EverythingArgs(context=CONTEXT, team="shop", resources=RESOURCES)
WATCH = v.Watch(alerts=(ALERT,))

LINES = {
    "name": "payment.refused",
    "doc": "A payment was refused.",
    "filter": 'jsonPayload.msg="refused"',
    "matching": [{"jsonPayload": {"msg": "refused"}}],
    "near_misses": [{"jsonPayload": {"msg": "asked"}}],
}

POLICY = {
    "displayName": "a",
    "combiner": "OR",
    "conditions": [{"displayName": "a", "conditionMatchedLog": {"filter": "severity>=ERROR"}}],
    "alertStrategy": {"notificationRateLimit": {"period": "300s"}},
}
CALLS: dict[str, tuple[Callable[..., object], dict[str, Any]]] = {
    "AuditLog": (v.AuditLog, {"log": "activity"}),
    "Extract": (v.Extract, {"path": "jsonPayload.code"}),
    "GkeWorkload": (v.GkeWorkload, {"name": "cart", "cluster": "main", "location": "europe-west1"}),
    "GoogleChat": (v.GoogleChat, {"space": "spaces/AAAA"}),
    "LogLines": (v.LogLines, LINES),
    "MonitoredResource": (
        v.MonitoredResource,
        {"name": "db", "type": "cloudsql_database", "labels": {"database_id": "a"}},
    ),
    "Slack": (v.Slack, {"channel": "#shop", "team": "Shop", "token": "t"}),
    "MetricLabel": (v.MetricLabel, {"key": "queue"}),
    "declare_metric": (
        v.declare_metric,
        {
            "type": "custom.googleapis.com/mail/depth",
            "kind": v.Kind.GAUGE,
            "value_type": v.ValueType.INT64,
            "unit": "1",
            "resources": ["generic_task"],
        },
    ),
    "expected": (v.expected, {"of": OrderReceived, "every": v.hours(6)}),
    "recorded": (v.recorded, {"path": __file__.replace("test_arguments.py", "recorded.json")}),
    "written": (
        v.written,
        {
            "query": "sum(pg_up)",
            "what": "servers that run",
            "fires": v.Case(lasting=v.minutes(5)),
            "stays_silent": v.Case(lasting=v.minutes(5)),
        },
    ),
    "Alert": (v.Alert, {"name": "a", "args": v.AlertArgs(context=CONTEXT, source=ORDERS, spec=ALERT, team="shop")}),
    "AlertArgs": (v.AlertArgs, {"context": CONTEXT, "source": ORDERS, "spec": ALERT, "team": "shop"}),
    "AlertSpec": (v.AlertSpec, {**WORDS, "condition": ALERT.condition}),
    "Availability": (v.Availability, {"bad": OrderRejected, "total": OrderReceived}),
    "BucketDestination": (v.BucketDestination, {"name": "projects/p/locations/l/buckets/b", "key": "b"}),
    "BurnRate": (v.BurnRate, {"slo": SLO, "windows": slos.PAGE_WINDOWS}),
    "Case": (v.Case, {"lasting": v.minutes(5)}),
    "Chart": (v.Chart, {"title": "t", "signals": (REJECTED,)}),
    "CloudRunJob": (v.CloudRunJob, {"name": "orders", "location": "europe-west1"}),
    "CloudRunService": (v.CloudRunService, {"name": "orders", "location": "europe-west1"}),
    "CloudRunWorkerPool": (v.CloudRunWorkerPool, {"name": "orders", "location": "europe-west1"}),
    "ConsoleSlos": (
        v.ConsoleSlos,
        {"name": "a", "args": v.ConsoleSlosArgs(project=P, environment="staging", source=ORDERS, slos=[SLO])},
    ),
    "ConsoleSlosArgs": (
        v.ConsoleSlosArgs,
        {"project": P, "environment": "staging", "source": ORDERS, "slos": [SLO]},
    ),
    "Dashboard": (v.Dashboard, {"name": "a", "args": v.DashboardArgs(project=P, title="t", sections=[])}),
    "DashboardArgs": (v.DashboardArgs, {"project": P, "title": "t", "sections": []}),
    "DatasetDestination": (v.DatasetDestination, {"project": P, "dataset_id": "d"}),
    "DefaultExclusions": (
        v.DefaultExclusions,
        {"name": "a", "args": v.DefaultExclusionsArgs(project=P, exclusions=[])},
    ),
    "DefaultExclusionsArgs": (v.DefaultExclusionsArgs, {"project": P, "exclusions": []}),
    "DockerHost": (v.DockerHost, {"name": "orders"}),
    "DrainSource": (v.DrainSource, {"name": "frontend", "drain": "drains", "location": "europe-west1"}),
    "Email": (v.Email, {"address": "shop@example.com"}),
    "Emission": (v.Emission, {"event": OrderRejected, "per_minute": 3}),
    "EventMetrics": (v.EventMetrics, {"name": "a", "args": v.EventMetricsArgs(project=P)}),
    "EventMetricsArgs": (v.EventMetricsArgs, {"project": P}),
    "Exclusion": (v.Exclusion, {"name": "e", "filter": ERRORS}),
    "ExistingChannel": (v.ExistingChannel, {"name": "projects/p/notificationChannels/7"}),
    "ExplicitBuckets": (v.ExplicitBuckets, {"bounds": (1, 2)}),
    "ExponentialBuckets": (v.ExponentialBuckets, {"scale": 1, "growth": 2, "count": 3}),
    "ExtraCase": (v.ExtraCase, {"name": "later", "opens": True, "case": v.Case(lasting=v.minutes(5))}),
    "GoodWindows": (v.GoodWindows, {"of": SLO.indicator, "bad_at_most": 0.05}),
    "Latency": (v.Latency, {"of": OrderReceived, "measure": "waited", "at_most": 1}),
    "LinearBuckets": (v.LinearBuckets, {"offset": 0, "width": 1, "count": 3}),
    "LogBucket": (
        v.LogBucket,
        {"name": "a", "args": v.LogBucketArgs(project=P, bucket_id="b", location="europe-west1")},
    ),
    "LogBucketArgs": (v.LogBucketArgs, {"project": P, "bucket_id": "b", "location": "europe-west1"}),
    "LogScope": (
        v.LogScope,
        {"name": "a", "args": v.LogScopeArgs(project=P, scope_id="s", resource_names=["projects/p"])},
    ),
    "Application": (v.Application, {"id": "shop", "location": "global", "services": {"api": "shop-api"}}),
    "Budget": (
        v.Budget,
        {
            "name": "a",
            "args": v.BudgetArgs(
                context=CONTEXT, billing_account="012345-6789AB-CDEF01", team="shop", amount=10, currency="EUR"
            ),
        },
    ),
    "BudgetArgs": (
        v.BudgetArgs,
        {
            "context": CONTEXT,
            "billing_account": "012345-6789AB-CDEF01",
            "team": "shop",
            "amount": 10,
            "currency": "EUR",
        },
    ),
    "DefaultScopes": (
        v.DefaultScopes,
        {"name": "a", "args": v.DefaultScopesArgs(project=P, log_scope=f"projects/{P}/locations/global/logScopes/s")},
    ),
    "DefaultScopesArgs": (
        v.DefaultScopesArgs,
        {"project": P, "log_scope": f"projects/{P}/locations/global/logScopes/s"},
    ),
    "TraceScope": (
        v.TraceScope,
        {"name": "a", "args": v.TraceScopeArgs(project=P, scope_id="s", resource_names=["projects/p"])},
    ),
    "TraceScopeArgs": (v.TraceScopeArgs, {"project": P, "scope_id": "s", "resource_names": ["projects/p"]}),
    "LogScopeArgs": (v.LogScopeArgs, {"project": P, "scope_id": "s", "resource_names": ["projects/p"]}),
    "LogView": (
        v.LogView,
        {
            "name": "a",
            "args": v.LogViewArgs(
                project=P, location="europe-west1", bucket_id="b", bucket="b", view_id="v", readers=["group:a@b"]
            ),
        },
    ),
    "LogViewArgs": (
        v.LogViewArgs,
        {
            "project": P,
            "location": "europe-west1",
            "bucket_id": "b",
            "bucket": "b",
            "view_id": "v",
            "readers": ["group:a@b"],
        },
    ),
    "MetricSpec": (v.MetricSpec, {"source": ORDERS, "event": OrderRejected}),
    "MonitoringContext": (
        v.MonitoringContext,
        {"project": P, "environment": "staging", "routing": Routing(), "runbooks_url": "https://shop.example"},
    ),
    "NotificationChannel": (
        v.NotificationChannel,
        {"name": "a", "args": v.NotificationChannelArgs(project=P, display_name="d", channel=EMAIL)},
    ),
    "NotificationChannelArgs": (
        v.NotificationChannelArgs,
        {"project": P, "display_name": "d", "channel": EMAIL},
    ),
    "PagerDuty": (v.PagerDuty, {"service_key": "k"}),
    "Plot": (v.Plot, {"title": "t", "queries": (CPU,)}),
    "Points": (v.Points, {"metric": UP.metric, "resource": "prometheus_target", "value": 1}),
    "Proof": (
        v.Proof,
        {
            "fires": v.Case(lasting=v.minutes(5)),
            "stays_silent": v.Case(lasting=v.minutes(5)),
            "opens_within": v.minutes(5),
        },
    ),
    "PubSub": (v.PubSub, {"topic": "projects/p/topics/t"}),
    "Quantity": (v.Quantity, {"value": 1, "unit": "s"}),
    "Query": (
        v.Query,
        {"metric": CPU.metric, "resource": "cloud_run_revision", "aligner": "ALIGN_PERCENTILE_99"},
    ),
    "Routing": (
        v.Routing,
        {"name": "a", "args": v.RoutingArgs(project=P, environment="staging", pages=False, teams=[TEAM])},
    ),
    "RoutingArgs": (v.RoutingArgs, {"project": P, "environment": "staging", "pages": False, "teams": [TEAM]}),
    "SavedQueries": (v.SavedQueries, {"name": "a", "args": v.SavedQueriesArgs(project=P, queries={"E": ERRORS})}),
    "SavedQueriesArgs": (v.SavedQueriesArgs, {"project": P, "queries": {"E": ERRORS}}),
    "Series": (v.Series, {"metric": UP.metric}),
    "ServiceMonitoring": (
        v.ServiceMonitoring,
        {"name": "a", "args": v.ServiceMonitoringArgs(context=CONTEXT, source=ORDERS, team="shop")},
    ),
    "ServiceMonitoringArgs": (v.ServiceMonitoringArgs, {"context": CONTEXT, "source": ORDERS, "team": "shop"}),
    "SinkSpec": (
        v.SinkSpec,
        {"sink_id": "s", "destination": v.StorageDestination(bucket="b"), "filter": ERRORS},
    ),
    "Sinks": (v.Sinks, {"name": "a", "args": v.SinksArgs(project=P, sinks=[])}),
    "SinksArgs": (v.SinksArgs, {"project": P, "sinks": []}),
    "Slo": (v.Slo, {"name": "a", "indicator": SLO.indicator, "goal": Decimal("0.99"), "runbook": "slo"}),
    "StorageDestination": (v.StorageDestination, {"bucket": "b"}),
    "Team": (v.Team, {"name": "shop", "channels": {PAGE: (EMAIL,)}}),
    "TokenWebhook": (v.TokenWebhook, {"url": "https://hooks.example"}),
    "TopicDestination": (v.TopicDestination, {"project": P, "topic": "t"}),
    "UptimeCheck": (
        v.UptimeCheck,
        {"name": "a", "args": v.UptimeCheckArgs(project=P, display_name="d", url="https://shop.example")},
    ),
    "UptimeCheckArgs": (v.UptimeCheckArgs, {"project": P, "display_name": "d", "url": "https://shop.example"}),
    "Watch": (v.Watch, {}),
    "Webhook": (v.Webhook, {"url": "https://hooks.example", "username": "u", "password": "p"}),
    "absence": (v.absence, {"query": CPU, "lasting": v.minutes(5)}),
    "CounterAvailability": (v.CounterAvailability, {"ratio": v.growth_ratio(UNDONE, of=GROWN)}),
    "SignalWindows": (v.SignalWindows, {"bad": v.level(UP).beyond(1, v.minutes(0), below=True)}),
    "series_availability": (
        v.series_availability,
        {"bad": UNDONE, "total": GROWN, "at_least_good": "99%", "runbook": "slo"},
    ),
    "SampleLatency": (v.SampleLatency, {"of": SAMPLES["of"], "at_most": 0.5, "bounds": (0.1, 0.5, 1.0)}),
    "series_latency": (
        v.series_latency,
        {"of": SAMPLES["of"], "at_most": 0.5, "bounds": (0.1, 0.5, 1.0), "at_least_good": "99%", "runbook": "slo"},
    ),
    "good_windows": (
        v.good_windows,
        {"signal": v.level(UP), "bad_below": 1, "at_least_good": "99%", "runbook": "slo", "name": "freshness"},
    ),
    "Everything": (watches.Everything, {"name": "a", "args": EVERYTHING}),
    "EverythingArgs": (watches.EverythingArgs, {"context": CONTEXT, "team": "shop", "resources": RESOURCES}),
    "watch_everything": (watches.watch_everything, {"name": "a", "args": EVERYTHING}),
    "availability": (
        v.availability,
        {"bad": OrderRejected, "total": OrderReceived, "at_least_good": "99%", "runbook": "slo"},
    ),
    "count": (v.count, {"of": OrderRejected}),
    "days": (v.days, {"count": 1}),
    "growth": (v.growth, {"of": GROWN}),
    "growth_ratio": (v.growth_ratio, {"part": UNDONE, "of": GROWN}),
    "hours": (v.hours, {"count": 1}),
    "latency": (
        v.latency,
        {"of": OrderReceived, "measure": "waited", "at_most": 1, "at_least_good": "99%", "runbook": "slo"},
    ),
    "level": (v.level, {"of": UP}),
    "level_ratio": (v.level_ratio, {"part": BACKENDS, "of": UP}),
    "log_match": (v.log_match, {"of": OrderRejected}),
    "minutes": (v.minutes, {"count": 1}),
    "missing": (v.missing, {"of": UP}),
    "quantile": (v.quantile, {"q": 0.95, "of": OrderReceived, "measure": "waited"}),
    "query_value": (v.query_value, {"query": CPU}),
    "rate": (v.rate, {"of": OrderRejected}),
    "ratio": (v.ratio, {"bad": OrderRejected, "of": OrderReceived}),
    "seconds": (v.seconds, {"count": 1}),
    "Samples": (signals.Samples, SAMPLES),
    "SampleAvailability": (v.SampleAvailability, {"samples": signals.Samples(**SAMPLES)}),
    "sample_ratio": (signals.sample_ratio, {"of": signals.Samples(**SAMPLES)}),
    "series_quantile": (
        v.series_quantile,
        {"q": 0.95, "of": v.Series(metric=cloud_run.REQUEST_LATENCIES, resource="cloud_run_revision")},
    ),
    "silence": (v.silence, {"of": OrderReceived}),
    "total": (v.total, {"of": OrderReceived, "measure": "waited"}),
    "unanswered": (v.unanswered, {"attempts": OrderReceived, "outcomes": (OrderRejected,)}),
    # methods
    "Measured.alert": (REJECTED.alert, {**WORDS, "above": 0.05}),
    "Occurrence.alert": (v.silence(OrderReceived).alert, WORDS),
    "Watch.changed": (WATCH.changed, {"name": "rejected", "above": 0.1}),
    "Watch.without": (WATCH.without, {}),
    "Watch.along_with": (WATCH.along_with, {}),
    # the packages of kinds
    "HttpLimits": (systems.HttpLimits, {}),
    "FrontendLimits": (systems.FrontendLimits, {}),
    "DatabaseLimits": (systems.DatabaseLimits, {}),
    "LlmLimits": (systems.LlmLimits, {}),
    "VolumeLimits": (systems.VolumeLimits, {}),
    "WorkerLimits": (systems.WorkerLimits, {}),
    "HourlyCanary": (systems.HourlyCanary, {}),
    "PartArgs": (systems.PartArgs, {"context": CONTEXT, "source": ORDERS, "team": "shop"}),
    "calls": (systems.calls, {"limits": systems.LlmLimits()}),
    "canary": (systems.canary, {}),
    "cloud": (systems.cloud, {"namespace": "prod.a1b2c"}),
    "database": (systems.database, {"limits": systems.DatabaseLimits()}),
    "frontend": (systems.frontend, {"limits": systems.FrontendLimits()}),
    "http_service": (systems.http_service, {"limits": systems.HttpLimits()}),
    "job": (systems.job, {}),
    "logging_itself": (systems.logging_itself, {"limits": systems.VolumeLimits()}),
    "resource_plots": (
        systems.resource_plots,
        {"resource": "cloud_run_revision", "label": "service_name", "name": "orders"},
    ),
    "uptime_of": (systems.uptime_of, {"host": "shop.example"}),
    "worker_pool": (systems.worker_pool, {}),
    "workers": (systems.workers, {"limits": systems.WorkerLimits()}),
    "SupabaseEndpoint": (collector.SupabaseEndpoint, {"project": "shop", "secret": "key"}),
    "TemporalCloudEndpoint": (collector.TemporalCloudEndpoint, {"namespaces": ("a.b",), "secret": "key"}),
    "TemporalWorkersEndpoint": (collector.TemporalWorkersEndpoint, {"targets": ("w:9464",)}),
    "MetricsCollectorArgs": (
        collector.MetricsCollectorArgs,
        {
            "project": P,
            "location": "europe-west1",
            "environment": "staging",
            "image": "i",
            "endpoints": [],
            "metrics": [UP.metric],
        },
    ),
    "DrainServiceArgs": (
        drains.DrainServiceArgs,
        {"project": P, "location": "europe-west1", "environment": "staging", "image": "i", "kind": "vercel"},
    ),
    "FrontendDrainsArgs": (
        vercel.FrontendDrainsArgs,
        {
            "project": P,
            "environment": "staging",
            "team": "t",
            "project_id": "prj_1",
            "receiver": "https://r.example",
            "signing_secret": "s" * 32,
            "signing_secret_id": "a",
            "webhook_secret_id": "b",
        },
    ),
    "rows": (dashboards.rows, {"title": "t"}),
    "text_panel": (dashboards.text_panel, {"title": "t", "markdown": "m"}),
    "xy_chart": (dashboards.xy_chart, {"title": "t", "lines": []}),
}

PART = systems.PartArgs(context=CONTEXT, source=ORDERS, team="shop")
CALLS |= widget_calls.CALLS
CALLS |= {
    "RawPolicyArgs": (v.RawPolicyArgs, {"project": "p", "definition": POLICY}),
    "RawDashboardArgs": (v.RawDashboardArgs, {"project": "p", "definition": {"displayName": "a", "gridLayout": {}}}),
    "RawResourceArgs": (v.RawResourceArgs, {"project": "p", "definition": {"name": "a", "filter": "severity>=ERROR"}}),
}
CALLS |= {
    "PromqlRule": (v.PromqlRule, {"query": "up == 0"}),
    "LogRule": (v.LogRule, {"filter": "severity>=ERROR"}),
    "PolicyArgs": (v.PolicyArgs, {"project": "p", "title": "t", "condition": v.PromqlRule(query="up == 0")}),
    "LogMetricArgs": (v.LogMetricArgs, {"project": "p", "metric_id": "orders/failed", "filter": "severity>=ERROR"}),
}
CALLS["Part"] = (systems.Part, {"name": "a", "args": PART})
CALLS |= {
    component.__name__: (component, {"name": "a", "args": args(**CALLS[args.__name__][1])})
    for component, args in (
        (collector.MetricsCollector, collector.MetricsCollectorArgs),
        (drains.DrainService, drains.DrainServiceArgs),
        (vercel.Drain, vercel.DrainArgs),
        (vercel.FrontendDrains, vercel.FrontendDrainsArgs),
        (v.RawDashboard, v.RawDashboardArgs),
        (v.RawPolicy, v.RawPolicyArgs),
        (v.RawResource, v.RawResourceArgs),
        (v.Policy, v.PolicyArgs),
        (v.LogMetric, v.LogMetricArgs),
    )
}

WRONG: list[tuple[str, str, dict[str, Any], str]] = [
    # kind, callable, what differs from the valid call, message
    ("type", "count", {"window": 5}, "count: window is 5; give a duration such as minutes(5)"),
    ("type", "count", {"of": "order.rejected"}, "count: of is 'order.rejected'; give a class of Event or a LogLines"),
    ("type", "rate", {"by": "reason"}, "rate: by is 'reason'; give a tuple, even of one: ('reason',)"),
    ("type", "Chart", {"signals": v.rate(OrderRejected)}, "Chart: signals is EventRate(window=datetime.timedelta("),
    ("type", "Chart", {"signals": v.rate(OrderRejected)}, "; give a tuple, even of one: (EventRate(...),)"),
    ("type", "Measured.alert", {"lasting": 5}, "Measured.alert: lasting is 5; give a duration such as minutes(5)"),
    ("type", "Measured.alert", {"severity": "page"}, "severity is 'page'; give AlertSeverity.PAGE or"),
    ("type", "Occurrence.alert", {"severity": 1}, "severity is 1; give AlertSeverity.PAGE or AlertSeverity.TICKET"),
    ("type", "Measured.alert", {"above": "5%"}, "above is '5%'; give a number or a Quantity or None"),
    ("type", "availability", {"at_least_good": 0.99}, "availability: at_least_good is 0.99; give a text"),
    (
        "type",
        "ServiceMonitoringArgs",
        {"source": "orders"},
        "source is 'orders'; give a source such as CloudRunService(",
    ),
    ("type", "AlertSpec", {"condition": REJECTED}, "for a signal, write rate(OrderRejected).alert(...) instead"),
    ("type", "ServiceMonitoringArgs", {"source": v.CloudRunService}, "made with CloudRunService(...)"),
    ("type", "ServiceMonitoringArgs", {"alerts": ALERT}, "ServiceMonitoringArgs: alerts is AlertSpec(name='rejected'"),
    ("type", "ServiceMonitoringArgs", {"slos": [ALERT]}, "ServiceMonitoringArgs: slos[0] is AlertSpec("),
    ("type", "Team", {"channels": {"page": (EMAIL,)}}, "channels['page'] is 'page'; give AlertSeverity.PAGE or"),
    ("type", "LogBucketArgs", {"retention_days": 30.5}, "retention_days is 30.5; give a whole number"),
    ("type", "LogBucketArgs", {"locked": "no"}, "locked is 'no'; give True or False"),
    ("type", "Slo", {"goal": 0.99}, "Slo: goal is 0.99; give a Decimal"),
    ("type", "DockerHost", {"shipper": "opsagent"}, "give 'ops-agent' or 'fluent-bit' or 'otel-collector' or"),
    ("type", "minutes", {"count": "5"}, "minutes: count is '5'; give a number"),
    ("type", "http_service", {"limits": systems.LlmLimits()}, "limits is LlmLimits("),
    ("range", "Measured.alert", {"above": 5}, "threshold is 5, but order.rejected / order.received is a part between"),
    ("range", "Measured.alert", {"above": 5}, "give a part such as 0.05 for 5 %"),
    ("range", "Measured.alert", {"above": 1.0}, "can never be above it"),
    ("range", "Measured.alert", {"above": None, "below": 1.5}, "is always below it"),
    ("range", "Measured.alert", {"above": None}, "alert: neither of above and below is given"),
    ("range", "Measured.alert", {"below": 0.1}, "alert: both of above and below is given"),
    ("range", "Measured.alert", {"above": float("nan")}, "above is nan; give a finite number"),
    ("range", "Measured.alert", {"lasting": v.minutes(1.5)}, "lasting is 0:01:30; give whole minutes"),
    ("range", "Measured.alert", {"lasting": timedelta(minutes=-5)}, "; give whole minutes"),
    ("range", "Measured.alert", {"runbook": "x.md"}, "runbook is 'x.md'; give the page's id, 'x': the link adds"),
    ("range", "Measured.alert", {"runbook": "../x"}, "runbook is '../x'; give the id of a page below runbooks_url"),
    ("range", "Measured.alert", {"runbook": "javascript:alert(1)"}, "give the id of a page below runbooks_url"),
    ("range", "Measured.alert", {"name": "Error Ratio"}, "name is 'Error Ratio'; use lower-case words joined by"),
    (
        "range",
        "Measured.alert",
        {"auto_close": v.minutes(5)},
        "auto_close is 0:05:00; give minutes(30) or more: the API takes 1800s",
    ),
    (
        "range",
        "MonitoringContext",
        {"runbooks_url": "javascript:alert(1)"},
        "give an address that begins with https://",
    ),
    ("range", "MonitoringContext", {"project": "projects/shop"}, "give the project's id alone"),
    ("range", "CloudRunService", {"name": " "}, "CloudRunService: name is ' '; give a text that is not empty"),
    ("range", "quantile", {"q": 95}, "q is 95; a quantile lies between 0 and 1: give 0.95"),
    ("range", "quantile", {"measure": "wated"}, "no measure 'wated'; did you mean 'waited'?"),
    ("range", "total", {"measure": "reason"}, "has no measure 'reason'"),
    ("range", "count", {"window": v.seconds(30)}, "window is 0:00:30; a log-based metric has one point a minute"),
    ("range", "count", {"where": {"reson": "a"}}, "has no label 'reson'; did you mean 'reason'? there are: reason"),
    ("range", "count", {"where": {"reason": "sold_out"}}, "is never 'sold_out'; its values: out_of_stock"),
    ("range", "rate", {"by": ("reson",)}, "has no label 'reson'"),
    ("range", "ratio", {"bad_where": {"reson": "a"}}, "has no label 'reson'"),
    ("range", "ratio", {"at_least": -1}, "at_least is -1; give 0 or more"),
    ("range", "log_match", {"where": {"resn": "x"}}, "log_match: order.rejected has no field 'resn'; did you mean"),
    ("range", "unanswered", {"outcomes": ()}, "outcomes is empty; give the events that follow an attempt"),
    ("range", "absence", {"lasting": v.minutes(1)}, "the API takes whole minutes, 120s to 84600s"),
    ("range", "level", {"of": CHECKS, "by": ("nodename",)}, "has no label 'nodename'"),
    ("range", "Series", {**CHECK, "where": {"host": "x"}}, "has no label 'host'"),
    ("range", "count", {"where": {"reason": ()}}, "where: reason has no value; give at least one"),
    ("range", "availability", {"at_least_good": "NaN"}, "at_least_good is 'NaN'; write it as '99.5%' or '0.995'"),
    ("range", "availability", {"at_least_good": "sNaN%"}, "at_least_good is 'sNaN%'; write it as '99.5%' or '0.995'"),
    ("range", "availability", {"at_least_good": "99.9"}, "at_least_good is '99.9'; give more than 0"),
    ("range", "availability", {"at_least_good": "99.9"}, "for 99.9 % write '99.9%'"),
    ("range", "availability", {"at_least_good": "three nines"}, "write it as '99.5%' or '0.995'"),
    ("range", "Slo", {"goal": Decimal(99)}, "for 99 % write '99%'"),
    ("range", "Slo", {"period": v.days(40)}, "give whole days, 1 to 30"),
    ("range", "latency", {"at_most": 0.9}, "which is no bound of its buckets; the nearest are"),
    ("range", "GoodWindows", {"bad_at_most": 5}, "bad_at_most is 5; give a part of the whole"),
    ("range", "LogBucketArgs", {"retention_days": 0}, "retention_days is 0; give 1 to 3650 days"),
    ("range", "LogBucketArgs", {"bucket_id": "a b"}, "bucket_id is 'a b'; give the id alone"),
    ("range", "LogViewArgs", {"readers": ["a@b.c"]}, "readers[0] is 'a@b.c'; give an IAM member with its kind"),
    ("range", "Exclusion", {"share": 2}, "share is 2; give more than 0 and at most 1"),
    ("range", "Email", {"address": "shop"}, "address is 'shop'; give one address, such as 'shop@example.com'"),
    (
        "range",
        "Webhook",
        {"url": "hooks"},
        "url is a str (not shown: it may hold a secret); give an address that begins with",
    ),
    ("range", "PubSub", {"topic": "alerts"}, "topic is 'alerts'; give the topic's full name"),
    ("range", "ExistingChannel", {"name": "slack"}, "give the channel's resource name, 'projects/PROJECT/notification"),
    ("range", "Team", {"channels": {}}, "Team 'shop': channels is empty"),
    ("range", "RoutingArgs", {"teams": [TEAM, TEAM]}, "teams has shop more than once"),
    ("range", "ExplicitBuckets", {"bounds": (2, 1)}, "does not increase at 1"),
    ("range", "ExponentialBuckets", {"growth": 1}, "growth is 1; give a factor above 1"),
    ("range", "Watch.changed", {"name": "rejectd"}, "no alert 'rejectd'; did you mean 'rejected'?"),
    ("range", "Watch.changed", {"above": 2}, "alert 'rejected': threshold is 2, but"),
    ("range", "Watch.changed", {"above": None, "below": 0.1}, "alert 'rejected': it notifies when the value is above"),
    ("range", "Watch.changed", {"above": None}, "nothing is given to change about 'rejected'"),
    ("range", "HttpLimits", {"error_ratio": Decimal(5)}, "error_ratio is Decimal('5'); give a part between 0 and 1"),
    ("range", "DatabaseLimits", {"disk": 85}, "disk is 85; give a part of the whole, more than 0 and less than 1"),
    ("range", "HourlyCanary", {"minutes_open": 60}, "minutes_open is 60; give 1 to 59 minutes"),
    ("range", "uptime_of", {"host": "https://shop.example"}, "give the host alone, such as 'shop.example'"),
    ("range", "DrainServiceArgs", {"service": "d"}, "whose id has 6 to 30"),
    ("range", "DrainServiceArgs", {"service": "Drains_A"}, "lower-case letters, digits and dashes"),
    ("unit", "Measured.alert", {"above": v.Quantity(value=5, unit="%")}, "threshold is 5 in '%', but it is compared"),
    ("unit", "Watch.changed", {"above": v.Quantity(value=5, unit="ms")}, "is 5 in 'ms', but it is compared with"),
    ("unit", "latency", {"at_most": v.Quantity(value=500, unit="ms")}, "at_most is 500 in 'ms', but it is compared"),
    (
        "unit",
        "series_latency",
        {"at_most": v.Quantity(value=500, unit="By")},
        "at_most is 500 in 'By', but it is compared",
    ),
    (
        "unit",
        "good_windows",
        {"bad_below": v.Quantity(value=5, unit="ms")},
        "bad_below is 5 in 'ms', but it is compared",
    ),
    ("unit", "Chart", {"signals": (REJECTED, v.rate(OrderRejected))}, "signals of different units (1, 1/s) on one"),
    ("range", "PolicyArgs", {"auto_close": v.minutes(5)}, "auto_close is 300s; the API takes 1800s or more"),
    ("range", "PolicyArgs", {"repeat_every": v.minutes(30)}, "repeat_every is given, but no channel; give channels"),
    ("type", "PolicyArgs", {"condition": "up == 0"}, "PolicyArgs: condition is 'up == 0'; give"),
    ("type", "PromqlRule", {"lasting": 5}, "PromqlRule: lasting is 5; give a duration such as minutes(5)"),
    ("range", "LogMetricArgs", {"label_texts": {"user": "Who"}}, "label_texts has user, labels has not"),
    ("range", "RawPolicyArgs", {"accept": ["no-such-rule"]}, "accept: there is no rule 'no-such-rule'"),
    ("range", "RawDashboardArgs", {"kind": "dashbord"}, "kind: there is no 'dashbord'; did you mean 'dashboard'?"),
    ("range", "RawResource", {"args": v.RawResourceArgs(project="p", definition={"a": 1})}, "is not recognised as one"),
    ("type", "MonitoringContext", {"routing": TEAM}, "MonitoringContext: routing is Team(name='shop'"),
    ("type", "MetricLabel", {"key": 5}, "MetricLabel: key is 5; give a text"),
    ("type", "Exclusion", {"filter": "severity>=ERROR"}, "give a query of vigil_apimodel.lql, such as lql.parse("),
    ("type", "SinkSpec", {"filter": "severity>=ERROR"}, "give a query of vigil_apimodel.lql, such as lql.parse("),
    ("type", "SavedQueriesArgs", {"queries": {"E": "x"}}, "queries['E'] is 'x'; give a query of vigil_apimodel.lql"),
    ("range", "AlertArgs", {"team": "The Shop"}, "team is 'The Shop'; give lower-case letters, digits"),
    ("range", "Availability", {"bad": OrderReceived}, "bad and the whole are both order.received, so that the part is"),
    ("range", "BucketDestination", {"key": ""}, "BucketDestination: key is ''; give a text that is not empty"),
    ("range", "Case", {"lasting": v.minutes(0)}, "lasting is 0:00:00, and then_silent as well; give a duration"),
    ("range", "CloudRunService", {"location": "europe-west1-b"}, "that is a zone; give its region, 'europe-west1'"),
    ("range", "CloudRunService", {"location": "orders"}, "location is 'orders'; give a region, such as 'europe-west1'"),
    ("range", "CloudRunJob", {"location": "global"}, "location is 'global'; give a region, such as 'europe-west1'"),
    ("range", "DefaultExclusionsArgs", {"exclusions": [v.Exclusion(name="e", filter=ERRORS)] * 2}, "has e more than"),
    ("range", "Emission", {"fields": {"reason": "sold_out"}}, "fields['reason'] is 'sold_out', which order.rejected"),
    ("range", "Emission", {"fields": {"nope": 1}}, "fields: order.rejected has no field 'nope'"),
    ("range", "Emission", {"event": OrderReceived, "fields": {"waited": "long"}}, "is a measure; give a number"),
    ("range", "GkeWorkload", {"location": "main"}, "location is 'main'; give a region or zone, such as"),
    ("range", "LogBucketArgs", {"location": "mars"}, "give a region such as 'europe-west1', 'eu', 'us' or 'global'"),
    ("range", "LogBucketArgs", {"kms_key": "k"}, "kms_key is 'k'; give the key's resource name"),
    ("range", "LogBucketArgs", {"indexed_fields": ["jsonPayload.a"] * 2}, "indexed_fields has jsonPayload.a more than"),
    ("range", "Application", {"services": {}}, "services and workloads are both empty; name a source"),
    ("range", "DefaultScopesArgs", {"log_scope": "s"}, "log_scope is 's'; give the full name, 'projects/P/locations/"),
    ("range", "DefaultScopesArgs", {"log_scope": None}, "log_scope and trace_scope are both None; give one of them"),
    ("range", "TraceScopeArgs", {"resource_names": []}, "resource_names has 0 projects; give 1 to 20"),
    ("range", "TraceScopeArgs", {"resource_names": ["p"]}, "resource_names[0] is 'p'; give a project, 'projects/P'"),
    ("range", "LogScopeArgs", {"resource_names": []}, "resource_names is empty; give what is searched together"),
    ("range", "LogScopeArgs", {"resource_names": ["p"]}, "resource_names[0] is 'p'; give a project, 'projects/P', or"),
    ("range", "LogScopeArgs", {"resource_names": ["projects/p"] * 2}, "resource_names has projects/p more than once"),
    ("range", "LogViewArgs", {"readers": ["group:a@b"] * 2}, "readers has group:a@b more than once; give it once"),
    ("range", "LogMetricArgs", {"unit": "parsec"}, "LogMetricArgs: unit is 'parsec'; give a unit of UCUM"),
    ("range", "Extract", {"unit": "seconds"}, "Extract: unit is 'seconds'; give a unit of UCUM"),
    ("range", "Quantity", {"unit": "sec"}, "Quantity: unit is 'sec'; give a unit of UCUM"),
    ("range", "written", {"unit": "bytes"}, "written: unit is 'bytes'; give a unit of UCUM"),
    ("range", "Measured.alert", {"lasting": v.days(3)}, "give at most hours(23.5): Monitoring holds no condition"),
    ("range", "Measured.alert", {"above": None, "below": 0}, "is never negative, so that it is never below it"),
    ("range", "MetricLabel", {"key": "a b"}, "key is 'a b'; give letters, digits, underscores and dots"),
    ("range", "MetricLabel", {"values": ("a", "a")}, "values has a more than once; give it once"),
    ("range", "MetricLabel", {"values": ("x",), "value_type": v.ValueType.BOOL}, "values has 'x', which is no BOOL"),
    ("range", "MetricLabel", {"value_type": v.ValueType.DOUBLE}, "value_type is DOUBLE; a label is ValueType.STRING"),
    ("range", "MonitoredResource", {"type": "cloud_run_revision", "labels": {"nope": "a"}}, "has no label 'nope'"),
    ("range", "MonitoredResource", {"type": "no type"}, "type is 'no type'; give the type of a monitored resource"),
    ("range", "Points", {"resource": "global"}, "resource is 'global', and prometheus.googleapis.com/pg_up/gauge is"),
    ("range", "Points", {"metric": GROWN.metric, "value": -5}, "counts: it never falls; give 0 or more"),
    ("range", "PolicyArgs", {"condition": v.LogRule(filter="a")}, "PolicyArgs: at_most_every is not given, and"),
    ("range", "PolicyArgs", {"at_most_every": v.minutes(5)}, "PolicyArgs: at_most_every is given, and only a log rule"),
    ("range", "Series", {**CHECK, "where": {"check_id": "a"}, "unless": {"check_id": "b"}}, "in where and in unless"),
    (
        "range",
        "SinkSpec",
        {"exclusions": [v.Exclusion(name="e", filter=ERRORS)] * 2},
        "exclusions has e more than once",
    ),
    ("range", "StorageDestination", {"bucket": "gs://b"}, "give the bucket's name alone, without 'gs://'"),
    ("range", "Team", {"name": "The Shop"}, "Team: name is 'The Shop'; give lower-case letters, digits, dashes"),
    ("range", "TopicDestination", {"topic": "projects/p/topics/t"}, "give the topic's id alone"),
    ("range", "UptimeCheckArgs", {"headers": {"Bad Header": "a"}}, "give the name of a header, such as 'X-Check'"),
    ("range", "UptimeCheckArgs", {"headers": {"X": "a\nb"}}, "headers['X'] is 'a\\nb'; give a text of one line"),
    ("range", "UptimeCheckArgs", {"statuses": []}, "statuses is empty; give the classes of a good answer"),
    ("range", "UptimeCheckArgs", {"statuses": ["2xx", "2xx"]}, "statuses has 2xx more than once; give it once"),
    ("range", "UptimeCheckArgs", {"url": "https://backend/"}, "give an address that Google can reach from outside"),
    ("range", "UptimeCheckArgs", {"url": "https://10.0.0.1/"}, "give an address that Google can reach from outside"),
    ("range", "UptimeCheckArgs", {"url": "https://a.example:99999/"}, "give an address that begins with https://"),
    ("range", "UptimeCheckArgs", {"url": "https://a.example:abc/"}, "give an address that begins with https://"),
    ("range", "Webhook", {"url": "https://a.example:99999/"}, "give an address that begins with https://"),
    ("range", "count", {"where": {"reason": ("out_of_stock", "out_of_stock")}}, "where: reason has out_of_stock more"),
    ("range", "declare_metric", {"resources": ["global", "global"]}, "resources has global more than once"),
    (
        "range",
        "declare_metric",
        {"type": "custom.googleapis.com/a", "resources": ["a b"]},
        "resources[0] is 'a b'; give",
    ),
    ("range", "growth_ratio", {"part": GROWN}, "so that the part is always 1; give another event or series"),
    ("range", "level_ratio", {"part": UP}, "part and the whole are both pg_up, so that the part is always 1"),
    ("range", "log_match", {"of": OrderReceived, "where": {"waited": "long"}}, "waited is a number, never 'long'"),
    ("range", "missing", {"window": v.minutes(9), "before": v.minutes(5)}, "before is 5 minutes, less than the window"),
    ("range", "rate", {"by": ("reason", "reason")}, "rate: by has reason more than once; give it once"),
    ("range", "ratio", {"bad": OrderReceived}, "bad and the whole are both order.received, so that the part is always"),
    ("range", "silence", {"at_least": 0}, "silence: at_least is 0; give a number above 0"),
    ("range", "silence", {"before": v.minutes(5)}, "before is 5 minutes, less than the window of 10 minutes"),
    ("range", "unanswered", {"outcomes": (OrderReceived,)}, "order.received, which is the attempt itself; give what"),
    ("range", "unanswered", {"outcomes": (OrderRejected,) * 2}, "outcomes has order.rejected more than once"),
    *widget_calls.WRONG,
]


def refusal(name: str, changed: dict[str, Any]) -> Exception:
    function, valid = CALLS[name]
    with pytest.raises((TypeError, ValueError)) as raised:
        function(**{**valid, **changed})
    return raised.value


@pytest.mark.parametrize(
    ("kind", "name", "changed", "message"), WRONG, ids=lambda value: ADDRESS.sub("", str(value))[:60]
)
def test_a_wrong_argument_is_refused_with_its_name_its_value_and_the_remedy(kind, name, changed, message):
    error = refusal(name, changed)
    assert message in str(error)
    assert isinstance(error, TypeError) is (kind == "type")


@pytest.mark.parametrize("name", CALLS)
def test_an_unknown_argument_is_refused_with_the_known_ones(name):
    error = refusal(name, {"nmae": 1})
    assert isinstance(error, TypeError)
    assert re.match(rf"{re.escape(name)}: no argument 'nmae'; .*there are: ", str(error)), str(error)


REQUIRED = [(name, argument) for name, (_, valid) in CALLS.items() for argument in valid]


@pytest.mark.parametrize(("name", "argument"), REQUIRED)
def test_a_value_of_another_type_is_refused_for_every_argument(name, argument):
    error = refusal(name, {argument: type("Stranger", (), {})()})
    assert isinstance(error, TypeError)
    assert str(error).startswith(f"{name}: {argument}"), str(error)
    assert "; give " in str(error)


def takes_an_output(function: Callable[..., object], argument: str) -> bool:
    owner = function if isinstance(function, type) else inspect.unwrap(function)
    hints = inspect.get_annotations(owner) if isinstance(owner, type) else owner.__annotations__
    for base in getattr(owner, "__mro__", ()):
        hints = {**inspect.get_annotations(base), **hints}
    text = str(hints.get(argument))
    return ("Output" in text or "Input" in text) and "Sequence" not in text


LISTS_OF_INPUTS = {"resource_names"}
"""Arguments whose elements may each be an Output, though not the list."""


@pytest.mark.parametrize(("name", "argument"), REQUIRED)
def test_an_output_is_refused_where_the_value_must_be_known_during_preview(name, argument):
    function, valid = CALLS[name]
    if takes_an_output(function, argument):
        function(**{**valid, argument: output()})
        return
    error = refusal(name, {argument: output()})
    assert isinstance(error, TypeError)
    if argument in LISTS_OF_INPUTS:
        assert "is an Output; give a tuple, even of one" in str(error)
        return
    assert "is an Output; its value exists only once the resource is deployed" in str(error)
    assert "must be known during preview" in str(error)


def test_every_public_callable_is_called_here():
    """Errors, protocols and values of enums take no arguments of a user's."""
    without = {"AlertSeverity", "CardinalityError", "Channel", "Condition", "DefinitionError", "QueryError"}
    without |= {"RuleViolationError"}
    without |= {"Kind", "ValueType"}  # of vigil_apimodel
    without |= {"Signal", "Source", "UnknownLabelError", "links"}
    assert set(v.__all__) - without <= set(CALLS)
    assert set(signals.__all__) - {"NumberSignal", "Signal", "SignalThreshold", "UnknownLabelError", "Where"} <= set(
        CALLS
    )
    functions = {one for one in systems.__all__ if not one.endswith("Part")}
    assert functions - {"restarts", "heartbeat_missing"} <= set(CALLS)
    assert all(issubclass(getattr(systems, one), systems.Part) for one in set(systems.__all__) - functions)
    types_of_values = {"Endpoint", "EventMark", "Group", "Indicator", "LayoutError", "VercelApiError"}
    without_arguments = {
        "DrainProvider",
        "ProgramResources",
        "audit",
        "backend_health",
        "blank",
        "certificate_health",
    }
    for module in (dashboards, collector, vercel, watches, slos, logs):
        public = {name for name in module.__all__ if callable(getattr(module, name))}
        assert public - types_of_values - without_arguments <= set(CALLS), module.__name__
    assert {Measured, Occurrence}  # their one verb is called above


def hints_of(function: Callable[..., object]) -> dict[str, object]:
    plain_class = isinstance(function, type) and not is_dataclass(function)
    return _hints(function.__init__ if plain_class else inspect.unwrap(function))


def required(hint: object) -> Iterator[type]:
    """Return the classes whose own names an error about an argument of this type says."""
    inner = get_args(hint)
    if get_origin(hint) is Annotated:
        if not any(isinstance(one, Wanted) for one in inner[1:]):
            yield from required(inner[0])
    elif isinstance(hint, type) and not inner:
        yield hint
    elif get_origin(hint) not in {type, ClassVar}:
        for one in inner:
            yield from required(one)


PUBLIC = (v, signals, slos, logs, dashboards, collector, drains, uptime, systems, vercel, watches)


def exported(module: ModuleType) -> list[type]:
    names: Iterable[str] = getattr(module, "__all__", vars(module))
    return [one for one in map(vars(module).get, names) if isinstance(one, type)]


def test_an_error_names_a_class_only_where_the_caller_can_make_it():
    """Nobody calls a protocol, an abstract class or the result of a function; the error says what makes one."""
    public = {one.__name__ for module in (*PUBLIC, temporal_sdk) for one in exported(module)}
    asked = {
        (kind, f"{name}.{argument}")
        for name, (function, _) in CALLS.items()
        for argument, hint in hints_of(function).items()
        if argument != "return"
        for kind in required(hint)
        if kind.__module__.startswith("vigil_")
    }
    assert {(v.AlertSpec, "AlertArgs.spec"), (Source, "AlertArgs.source")} <= asked
    unhelpful = {
        (kind.__qualname__, argument)
        for kind, argument in asked
        if kind not in OFFERED
        and (kind.__name__ not in public or inspect.isabstract(kind) or getattr(kind, "_is_protocol", False))
    }
    assert not unhelpful


def test_every_class_of_arguments_checks_them():
    """A dataclass without the check would take anything; so each public one is built by it."""
    for module in PUBLIC:
        for name, kind in vars(module).items():
            if (
                inspect.isclass(kind)
                and kind.__module__.startswith("vigil_components")
                and hasattr(kind, "__dataclass_fields__")
            ):
                assert hasattr(kind.__init__, "__wrapped__"), name


def test_a_secret_is_in_no_error():
    error = refusal("Webhook", {"password": 12345678})
    assert "12345678" not in str(error)
    assert "password is a int (not shown: it may hold a secret)" in str(error)


def test_what_a_preview_need_not_know_may_be_an_output():
    v.Email(address=output())
    v.LogBucketArgs(project=output(), bucket_id="b", location="europe-west1")
    v.MonitoringContext(project=output(), environment="staging", routing=Routing(), runbooks_url=output())


def declared(monkeypatch, module, name):
    """Return an event as a module with this name would declare it."""
    namespace = {"__annotations__": {}, "__module__": module, "__qualname__": f"<locals>.{name}"}
    made = type(Event)(name, (Event,), namespace, tag="arguments.twice")
    monkeypatch.setitem(_declared, (made.__module__, made.__qualname__), made)
    return made


def test_two_classes_of_one_tag_are_refused_naming_both(monkeypatch):
    declared(monkeypatch, "shop.a", "First")
    second = declared(monkeypatch, "shop.b", "Second")
    with pytest.raises(ValueError, match=r"'arguments.twice' is declared twice, by shop.b.*Second and shop.a.*First"):
        v.count(second)


def test_events_of_programs_that_one_process_runs_in_turn_may_have_the_same_tag(monkeypatch):
    imported = declared(monkeypatch, "shop.a", "First")
    ran = declared(monkeypatch, "__main__", "Second")
    assert v.count(ran) != v.count(imported)


def test_help_shows_what_an_argument_may_be_and_no_function():
    for function, _ in CALLS.values():
        text = str(inspect.signature(function))
        assert "<lambda>" not in text
        assert "<function" not in text
    # Python 3.13 leaves "typing." out.
    assert re.search(
        r"location: (typing\.)?Annotated\[str, <give a text of one line>", str(inspect.signature(v.CloudRunService))
    )


def test_a_resource_that_is_declared_twice_is_reported_by_the_lines_of_the_program():
    def program() -> None:
        for _ in range(2):
            v.LogBucket("a", v.LogBucketArgs(project=P, bucket_id="b", location="global"))

    with pytest.raises(RegistrationError, match=r"Duplicate resource URN .*first at .*test_arguments.py:\d+, again at"):
        record(program)


def test_a_metric_that_is_declared_twice_is_declared_alike():
    depth = {**CALLS["declare_metric"][1], "type": "custom.googleapis.com/arguments/depth"}
    assert v.declare_metric(**depth) == v.declare_metric(**depth)
    with pytest.raises(
        ValueError, match="is declared twice in this program, and the two differ: unit 1 and s; declare"
    ):
        v.declare_metric(**{**depth, "unit": "s"})


def test_a_context_is_of_the_project_and_environment_of_its_routing():
    def program() -> None:
        routing = v.Routing("r", v.RoutingArgs(project=P, environment="staging", pages=False, teams=[TEAM]))
        shared = {"routing": routing, "runbooks_url": "https://shop.example"}
        v.MonitoringContext(project=P, environment="staging", **shared)
        with pytest.raises(
            ValueError, match="project is 'other', and that of routing is 'example-shop'; give both the"
        ):
            v.MonitoringContext(project="other", environment="staging", **shared)
        with pytest.raises(ValueError, match="environment is 'prod', and that of routing is 'staging'"):
            v.MonitoringContext(project=P, environment="prod", **shared)

    record(program)


def test_a_quantile_never_shows_more_than_the_last_bound_of_its_buckets():
    slow = v.quantile(0.95, OrderReceived, "waited")
    assert slow.alert(**{**WORDS, "above": 3000})
    with pytest.raises(ValueError, match=r"the last bound of the buckets is 3600: .* so that it is never above it"):
        slow.alert(**{**WORDS, "above": 3600})
    with pytest.raises(ValueError, match="so that it is always below it; give less, or buckets= that reach further"):
        slow.alert(**{**WORDS, "below": 1e9})
    wide = v.quantile(0.95, OrderReceived, "waited", buckets=v.ExplicitBuckets(bounds=(1, 10_000)))
    assert wide.alert(**{**WORDS, "above": 5000})


def test_an_error_names_the_call_once():
    error = refusal("quantile", {"measure": "wated"})
    assert str(error).count("quantile") == 1
    assert str(refusal("log_match", {"where": {"nope": "a"}})).count("log_match") == 1
    assert str(refusal("Measured.alert", {"above": None})).startswith("Measured.alert: neither of above and below")


def test_durations_are_durations():
    assert v.minutes(5) == timedelta(minutes=5)


def test_an_output_of_the_library_is_not_taken_for_one_of_pulumi():
    """Both packages have a type of that name, and a program may use both."""
    configure(output=StreamOutput())
    with pytest.raises(TypeError, match=r"configure: output is 5; give what takes lines, such as StreamOutput"):
        configure(output=5)


def test_a_public_name_means_one_thing_in_both_packages():
    """A file imports from both, and two names that differ in letter case alone are mistaken for each other.

    `Seconds` and `seconds` both say a time in seconds.
    """
    modules = (v, signals, slos, logs, dashboards, collector, systems, vercel)
    components = {name.lower() for module in modules for name in module.__all__}
    assert components & {name.lower() for name in telemetry.__all__} == {"seconds"}
