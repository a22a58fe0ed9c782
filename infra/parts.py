"""The parts of the system, each with what watches it, in the order in which a request passes through them."""

from collections.abc import Mapping
from urllib.parse import urlsplit

from infra.names import SUPABASE_DRAIN, VERCEL_DRAIN
from infra.settings import Settings
from vigil_components import CloudRunService, CloudRunWorkerPool, Drained, Surroundings, availability, latency, minutes
from vigil_components.systems import (
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
    Watch,
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


def describe(settings: Settings, surroundings: Surroundings) -> Mapping[str, tuple[type[Part], PartArgs]]:
    """Every part that the settings switch on, by its name: what it is, and what watches it."""
    parts: dict[str, tuple[type[Part], PartArgs]] = {}
    if settings.watches("api"):
        parts["api"] = (CloudRunServicePart, api(settings, surroundings))
    if settings.watches("workers"):
        parts["workers"] = (TemporalWorkersPart, temporal_workers(settings, surroundings))
    if settings.watches("agents"):
        parts["agents"] = (LlmPart, agents(settings, surroundings))
    if settings.watches("database"):
        parts["database"] = (SupabasePart, supabase_database(settings, surroundings))
    if settings.watches("frontend"):
        parts["frontend"] = (VercelPart, vercel_frontend(settings, surroundings))
    parts["logging"] = (LoggingPart, logging(settings, surroundings))
    return parts


def api(settings: Settings, surroundings: Surroundings) -> PartArgs:
    """The API: how many requests, how many fail, how long they take, whether it can be reached."""
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
    outside = uptime_of(url.hostname, secure=url.scheme == "https") if url.hostname else Watch(alerts=())
    return PartArgs(
        surroundings=surroundings,
        source=source,
        team=settings.api.team,
        watch=watch.along_with(outside, Watch(alerts=(), charts=plots)),
        slos=(
            availability(
                bad=HttpRequestFailed, total=HttpRequestCompleted, at_least_good="99.5%", runbook="slo-availability"
            ),
            latency(of=HttpRequestCompleted, measure="duration", at_most=1, at_least_good="99%", runbook="slo-latency"),
        ),
    )


def temporal_workers(settings: Settings, surroundings: Surroundings) -> PartArgs:
    """The Temporal workers, and the namespace of Temporal Cloud where there is one."""
    own = workers(
        WorkerLimits(
            failed_ratio=settings.workers.failed_ratio,
            wait_ms=settings.workers.wait_ms,
            sdk_metrics=settings.workers.sdk_metrics,
        )
    )
    service = cloud(settings.workers.namespace) if settings.workers.namespace else Watch(alerts=())
    return PartArgs(
        surroundings=surroundings,
        source=CloudRunWorkerPool(name=settings.workers.pool, location=settings.location),
        team=settings.workers.team,
        watch=own.along_with(service),
    )


def agents(settings: Settings, surroundings: Surroundings) -> PartArgs:
    """The agents: errors, refusals, money, and calls that never came back."""
    return PartArgs(
        surroundings=surroundings,
        source=CloudRunWorkerPool(name=settings.agents.pool, location=settings.location),
        team=settings.agents.team,
        watch=calls(LlmLimits(error_ratio=settings.agents.error_ratio, dollars_a_day=settings.agents.dollars_per_day)),
    )


def supabase_database(settings: Settings, surroundings: Surroundings) -> PartArgs:
    """The database. Until the collector runs, metrics that stop are told, and not that there never were any."""
    watch = database(
        DatabaseLimits(
            disk=settings.database.disk,
            connections=settings.database.connections,
            replicas=bool(settings.database.replicas),
            collected=bool(settings.collector_image),
        )
    )
    return PartArgs(
        surroundings=surroundings,
        source=Drained(name="database", drain=SUPABASE_DRAIN, location=settings.location),
        team=settings.database.team,
        watch=watch,
    )


def vercel_frontend(settings: Settings, surroundings: Surroundings) -> PartArgs:
    """The frontend, by what its drains deliver."""
    return PartArgs(
        surroundings=surroundings,
        source=Drained(name="frontend", drain=VERCEL_DRAIN, location=settings.location),
        team=settings.frontend.team,
        watch=frontend(
            FrontendLimits(
                error_ratio=settings.frontend.error_ratio, silence=minutes(settings.frontend.silence_minutes)
            )
        ),
    )


def logging(settings: Settings, surroundings: Surroundings) -> PartArgs:
    """Logging itself, owned by who owns the API."""
    return PartArgs(
        surroundings=surroundings,
        source=CloudRunService(name="logging", location=settings.location),
        team=settings.api.team,
        watch=logging_itself(VolumeLimits(gigabytes_a_day=settings.log_gigabytes_per_day)),
    )
