"""The system, put together from components: what is monitored, by which alerts, and who is notified."""

from collections.abc import Mapping

import pulumi

from infra.ingestion import collect, receive
from infra.overview import Overview
from infra.parts import describe
from infra.settings import Settings
from vigil_apimodel import lql
from vigil_components import (
    Alert,
    AlertArgs,
    BucketDestination,
    CloudRunService,
    DefaultExclusions,
    DefaultExclusionsArgs,
    Exclusion,
    LogBucket,
    LogBucketArgs,
    MonitoringContext,
    NotificationChannel,
    NotificationChannelArgs,
    Routing,
    RoutingArgs,
    SavedQueries,
    SavedQueriesArgs,
    Sinks,
    SinksArgs,
    SinkSpec,
    TokenWebhook,
    UptimeCheck,
    UptimeCheckArgs,
    links,
)
from vigil_components.systems import canary

WORKLOADS = ("cloud_run_revision", "cloud_run_worker_pool", "cloud_run_job")
"""Resource types whose lines are the application's own."""
HOSTS = ("gce_instance", "generic_node", "global")
"""Resource types of a Docker host, on which other programs write as well."""


def application_lines(level: str) -> lql.Expr:
    """Return entries that services write at a level or above it, on Cloud Run or on a Docker host.

    On a host, the service that the library names in each line distinguishes ours from others. Docker's driver
    `gcplogs` keeps a line as text, without severity (docs/docker-hosts.md), so that it has no level to filter by.
    """
    at_level = lql.compare("severity", lql.Operator.GREATER_OR_EQUAL, level)
    parsed = lql.all_of(lql.present("jsonPayload.service"), at_level)
    return lql.any_of(
        lql.all_of(lql.any_of(*(lql.eq("resource.type", kind) for kind in WORKLOADS)), at_level),
        lql.all_of(
            lql.any_of(*(lql.eq("resource.type", kind) for kind in HOSTS)),
            lql.any_of(parsed, lql.log_id("gcplogs-docker-driver")),
        ),
    )


def _queries(settings: Settings) -> dict[str, lql.Expr]:
    """What people look for, by the names they see in the Logs Explorer."""
    queries: dict[str, lql.Expr] = {
        "Errors of all parts": lql.compare("severity", lql.Operator.GREATER_OR_EQUAL, "ERROR")
    }
    if settings.watches("api"):
        queries["Failed requests"] = lql.eq("jsonPayload.event", "http.request.failed")
    if settings.watches("workers"):
        queries["Failed workflows"] = lql.eq("jsonPayload.event", "temporal.workflow.failed")
    if settings.watches("agents"):
        queries["Failed calls to language models"] = lql.eq("jsonPayload.event", "llm.call.failed")
    return queries


PLATFORM_REQUESTS = Exclusion(
    name="cloud-run-requests",
    filter=lql.all_of(
        lql.log_id("run.googleapis.com/requests"),
        lql.compare("httpRequest.status", lql.Operator.LESS, 500),
        lql.none_of(lql.has("textPayload", "no available instance")),  # answered 429, and run-no-instance links to it
    ),
    description="Cloud Run's own request log: our lines say more, without addresses and raw URLs",
)
"""What is kept nowhere: of the platform's request log only errors and refusals are (docs/instrumentation.md)."""


class System(pulumi.ComponentResource):
    """The observability of all parts, for one environment."""

    TYPE = "vigil:infra:System"

    links: Mapping[str, pulumi.Input[str]]
    """Where to look, by name: the stack's outputs."""

    def __init__(self, name: str, settings: Settings, opts: pulumi.ResourceOptions | None = None) -> None:
        """Register everything that `settings` describes."""
        super().__init__(self.TYPE, name, {"environment": settings.stack, "logLevel": settings.log_level}, opts)
        child = pulumi.ResourceOptions(parent=self)
        self._store_logs(name, settings)
        routing = Routing(
            f"{name}-routing",
            RoutingArgs(
                project=settings.project,
                environment=settings.stack,
                pages=settings.pages,
                teams=[settings.team(team) for team in sorted(settings.teams)],
            ),
            opts=child,
        )
        context = MonitoringContext(
            project=settings.project,
            environment=settings.stack,
            routing=routing,
            runbooks_url=settings.runbooks_url,
        )
        self._ask_from_outside(name, settings)
        described = describe(settings, context)
        parts = {key: kind(f"{name}-{key}", args, opts=child) for key, (kind, args) in described.items()}
        collect(name, settings, {key: args for key, (_, args) in described.items()}, child)
        receive(name, settings, child)
        self._prove_alerting(name, settings, context)
        overview = Overview(f"{name}-overview", settings, parts, opts=child)
        self.links = {
            **{f"{part}Dashboard": one.monitoring.dashboard.url for part, one in parts.items()},
            **{f"{part}Logs": links.logs(settings.project, one.monitoring.log_query) for part, one in parts.items()},
            "overviewDashboard": overview.url,
            "logLevel": settings.log_level,
        }
        self.register_outputs(dict(self.links))

    def _store_logs(self, name: str, settings: Settings) -> None:
        """One bucket for the application's lines, with this environment's retention, and the sink that fills it."""
        bucket = LogBucket(
            f"{name}-logs",
            LogBucketArgs(
                project=settings.project,
                bucket_id="app-logs",
                location=settings.location,
                retention_days=settings.retention_days,
                indexed_fields=("jsonPayload.event", "jsonPayload.correlation_id", "jsonPayload.request_id"),
            ),
            opts=pulumi.ResourceOptions(parent=self, protect=settings.protect_data or None),
        )
        Sinks(
            f"{name}-sinks",
            SinksArgs(
                project=settings.project,
                sinks=[
                    SinkSpec(
                        sink_id="app-logs",
                        destination=BucketDestination(name=bucket.bucket_name, key="app-logs"),
                        filter=application_lines(settings.log_level),
                        exclusions=[PLATFORM_REQUESTS],
                        description="What services write, at the environment's level",
                    )
                ],
            ),
            opts=pulumi.ResourceOptions(parent=self),
        )
        DefaultExclusions(
            f"{name}-not-kept-twice",
            DefaultExclusionsArgs(
                project=settings.project,
                exclusions=[PLATFORM_REQUESTS],
            ),
            opts=pulumi.ResourceOptions(parent=self),
        )
        SavedQueries(
            f"{name}-queries",
            SavedQueriesArgs(
                project=settings.project,
                queries=_queries(settings),
            ),
            opts=pulumi.ResourceOptions(parent=self),
        )

    def _prove_alerting(self, name: str, settings: Settings, context: MonitoringContext) -> None:
        """The hourly canary, through its own channel to a dead man's switch outside, where there is one."""
        if not settings.canary_url:
            return
        child = pulumi.ResourceOptions(parent=self)
        switch = NotificationChannel(
            f"{name}-canary-switch",
            NotificationChannelArgs(
                project=settings.project,
                display_name=f"dead man's switch ({settings.stack})",
                channel=TokenWebhook(url=settings.canary_url.get_secret_value()),
            ),
            opts=child,
        )
        source = CloudRunService(name="alerting", location=settings.location)
        for spec in canary().alerts:
            Alert(
                f"{name}-{spec.name}",
                AlertArgs(
                    context=context,
                    source=source,
                    spec=spec,
                    team=settings.api.team,
                    channels=[switch.channel_name],
                ),
                opts=child,
            )

    def _ask_from_outside(self, name: str, settings: Settings) -> None:
        """The uptime check of the API's address, where there is one."""
        if not (settings.watches("api") and settings.api.url):
            return
        UptimeCheck(
            f"{name}-uptime",
            UptimeCheckArgs(
                project=settings.project,
                display_name=f"{settings.api.service} ({settings.stack})",
                url=settings.api.url,
                user_labels={"environment": settings.stack, "managed-by": "vigil"},
            ),
            opts=pulumi.ResourceOptions(parent=self),
        )
