"""The parts of the system, each with what watches it, in the order in which a request passes through them.

An alert is one `AlertSpec` all the way: a `Watch` holds it, `PartArgs` says whose it is, and the part makes its policy.
docs/signals.md has each step.
"""

from collections.abc import Mapping
from urllib.parse import urlsplit

from infra.names import SUPABASE_DRAIN, VERCEL_DRAIN
from infra.orders import orders
from infra.settings import Settings
from vigil_components import (
    AuditLog,
    CloudRunService,
    CloudRunWorkerPool,
    DrainSource,
    MonitoringContext,
    Watch,
    availability,
    latency,
    minutes,
)
from vigil_components.systems import (
    AuditPart,
    CloudRunServicePart,
    DatabaseLimits,
    FrontendLimits,
    HttpLimits,
    LlmLimits,
    LlmPart,
    LoggingPart,
    Part,
    PartArgs,
    SupabasePart,
    TemporalWorkersPart,
    VercelPart,
    VolumeLimits,
    WorkerLimits,
    calls,
    cloud,
    database,
    frontend,
    http_service,
    logging_itself,
    resource_plots,
    uptime_of,
    workers,
)
from vigil_telemetry import HttpRequestCompleted, HttpRequestFailed


def describe(settings: Settings, context: MonitoringContext) -> Mapping[str, tuple[type[Part], PartArgs]]:
    """Return every part that the settings switch on, by its name: what it is, and what watches it."""
    parts: dict[str, tuple[type[Part], PartArgs]] = {}
    if settings.watches("api"):
        parts["api"] = (CloudRunServicePart, api(settings, context))
    if settings.watches("workers"):
        parts["workers"] = (TemporalWorkersPart, temporal_workers(settings, context))
    if settings.watches("agents"):
        parts["agents"] = (LlmPart, agents(settings, context))
    if settings.watches("database"):
        parts["database"] = (SupabasePart, supabase_database(settings, context))
    if settings.watches("frontend"):
        parts["frontend"] = (VercelPart, vercel_frontend(settings, context))
    parts["logging"] = (LoggingPart, logging(settings, context))
    parts["audit"] = (AuditPart, changes(settings, context))
    return parts


def api(settings: Settings, context: MonitoringContext) -> PartArgs:
    """Return the API: its requests, how many fail, how long they take, whether it can be reached, and its orders."""
    source = CloudRunService(name=settings.api.service, location=settings.location)
    watch = http_service(
        HttpLimits(
            error_ratio=settings.api_error_ratio,
            p95_seconds=settings.api.p95_seconds,
            always_on=settings.api.always_on,
        )
    )
    plots = resource_plots("cloud_run_revision", "service_name", settings.api.service)
    url = urlsplit(settings.api.url)
    outside = uptime_of(url.hostname, secure=url.scheme == "https") if url.hostname else Watch()
    return PartArgs(
        context=context,
        source=source,
        team=settings.api.team,
        watch=watch.along_with(orders(), outside, Watch(charts=plots)),
        slos=(
            availability(
                bad=HttpRequestFailed, total=HttpRequestCompleted, at_least_good="99.5%", runbook="slo-availability"
            ),
            latency(
                of=HttpRequestCompleted,
                measure="duration",
                at_most=settings.api.objective_seconds,
                at_least_good="99%",
                runbook="slo-latency",
            ),
        ),
    )


def temporal_workers(settings: Settings, context: MonitoringContext) -> PartArgs:
    """Return the Temporal workers, and the namespace of Temporal Cloud where there is one."""
    own = workers(
        WorkerLimits(
            failed_ratio=settings.workers.failed_ratio,
            wait_ms=settings.workers.wait_ms,
            sdk_metrics=settings.workers.sdk_metrics,
        )
    )
    service = cloud(settings.workers.namespace) if settings.workers.namespace else Watch()
    return PartArgs(
        context=context,
        source=CloudRunWorkerPool(name=settings.workers.pool, location=settings.location),
        team=settings.workers.team,
        watch=own.along_with(service),
    )


def agents(settings: Settings, context: MonitoringContext) -> PartArgs:
    """Return the agents: errors, refusals, money, and calls that never came back."""
    return PartArgs(
        context=context,
        source=CloudRunWorkerPool(name=settings.agents.pool, location=settings.location),
        team=settings.agents.team,
        watch=calls(LlmLimits(error_ratio=settings.agents.error_ratio, dollars_a_day=settings.agents.dollars_per_day)),
    )


def supabase_database(settings: Settings, context: MonitoringContext) -> PartArgs:
    """Return the database. Until the collector runs, its alert fires only when metrics stop."""
    watch = database(
        DatabaseLimits(
            disk=settings.database.disk,
            connections=settings.database.connections,
            replicas=bool(settings.database.replicas),
            collected=bool(settings.collector_image),
        )
    )
    return PartArgs(
        context=context,
        source=DrainSource(name="database", drain=SUPABASE_DRAIN, location=settings.location),
        team=settings.database.team,
        watch=watch,
    )


def vercel_frontend(settings: Settings, context: MonitoringContext) -> PartArgs:
    """Return the frontend, by what its drains deliver."""
    return PartArgs(
        context=context,
        source=DrainSource(name="frontend", drain=VERCEL_DRAIN, location=settings.location),
        team=settings.frontend.team,
        watch=frontend(
            FrontendLimits(
                error_ratio=settings.frontend.error_ratio, silence=minutes(settings.frontend.silence_minutes)
            )
        ),
    )


def logging(settings: Settings, context: MonitoringContext) -> PartArgs:
    """Return Logging itself, owned by the team that owns the API."""
    return PartArgs(
        context=context,
        source=CloudRunService(name="logging", location=settings.location),
        team=settings.api.team,
        watch=logging_itself(VolumeLimits(gigabytes_a_day=settings.log_gigabytes_per_day)),
        platform=Watch(),  # the source is a name for Logging itself; no Cloud Run service runs under it
    )


def changes(settings: Settings, context: MonitoringContext) -> PartArgs:
    """Return what people and programs change: access, sinks, alerting, keys. Owned by who owns the API."""
    return PartArgs(context=context, source=AuditLog(), team=settings.api.team)
