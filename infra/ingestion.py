"""What brings the telemetry of parts outside Google Cloud here: the metrics collector, and the receivers of drains.

Each is off until its image is configured, and the log of the deployment says so.
"""

from collections.abc import Mapping
from urllib.parse import urlsplit

import pulumi

from infra.names import SUPABASE_DRAIN, VERCEL_DRAIN
from infra.settings import PartName, Settings
from vigil_components.collector import (
    Endpoint,
    MetricsCollector,
    MetricsCollectorArgs,
    SupabaseEndpoint,
    TemporalCloudEndpoint,
    TemporalWorkersEndpoint,
    used_metrics,
)
from vigil_components.drains import DrainService, DrainServiceArgs
from vigil_components.systems import PartArgs

SUPABASE_METRICS_KEY = "supabase-metrics-key"
"""Secret Manager secret with the API key by which the collector reads Supabase's metrics."""

TEMPORAL_METRICS_KEY = "temporal-metrics-key"
"""Secret Manager secret with the API key by which the collector reads Temporal Cloud's metrics."""


def collect(name: str, settings: Settings, parts: Mapping[str, PartArgs], opts: pulumi.ResourceOptions) -> None:
    """Return the collector, for the endpoints that the settings name; it keeps what alerts and charts read."""
    endpoints: list[Endpoint] = []
    if settings.watches("database"):
        stand_in = urlsplit(settings.database.metrics_url)
        endpoints.append(
            SupabaseEndpoint(
                project=settings.database.project,
                secret=SUPABASE_METRICS_KEY,
                replicas=settings.database.replicas,
                hosts=(stand_in.netloc,) if stand_in.netloc else (),
                scheme=stand_in.scheme or "https",
            )
        )
    if settings.watches("workers") and settings.workers.namespace:
        endpoints.append(TemporalCloudEndpoint(namespaces=(settings.workers.namespace,), secret=TEMPORAL_METRICS_KEY))
    if settings.watches("workers") and settings.workers.scrape:
        endpoints.append(TemporalWorkersEndpoint(targets=settings.workers.scrape))
    if not endpoints:
        return
    if not settings.collector_image:
        watched = " and ".join(endpoint.job for endpoint in endpoints)
        pulumi.log.info(
            f"the metrics collector is off, so nothing is seen of {watched}: "
            f"pulumi config set vigil:collectorImage IMAGE --stack {settings.stack}"
        )
        return
    MetricsCollector(
        f"{name}-collector",
        MetricsCollectorArgs(
            project=settings.project,
            location=settings.location,
            environment=settings.stack,
            image=settings.collector_image,
            endpoints=endpoints,
            metrics=used_metrics([part.watch for part in parts.values()]),
        ),
        opts,
    )


def receive(name: str, settings: Settings, opts: pulumi.ResourceOptions) -> None:
    """Return the receivers of drains, and what Vercel knows of them."""
    drained: tuple[PartName, ...] = ("frontend", "database")
    wanted = [part for part in drained if settings.watches(part)]
    if not wanted:
        return
    if not settings.drains_image:
        pulumi.log.info(
            f"the log drains are off, so no line arrives of {' and '.join(wanted)}: build drains/Dockerfile, then "
            f"pulumi config set vigil:drainsImage IMAGE --stack {settings.stack}"
        )
        return
    if settings.watches("database"):
        DrainService(f"{name}-{SUPABASE_DRAIN}", _receiver(settings, "supabase"), opts)
    if settings.watches("frontend"):
        _vercel(name, settings, opts)


def _receiver(settings: Settings, kind: str, verification: pulumi.Input[str] | None = None) -> DrainServiceArgs:
    return DrainServiceArgs(
        project=settings.project,
        location=settings.location,
        environment=settings.stack,
        image=settings.drains_image,
        kind="vercel" if kind == "vercel" else "supabase",
        service=VERCEL_DRAIN if kind == "vercel" else SUPABASE_DRAIN,
        verification=verification,
        log_level=settings.log_level,
    )


def _vercel(name: str, settings: Settings, opts: pulumi.ResourceOptions) -> None:
    """The receiver; and, where the team at Vercel is named, the drains themselves."""
    frontend = settings.frontend
    if not frontend.vercel_team:
        DrainService(f"{name}-{VERCEL_DRAIN}", _receiver(settings, "vercel"), opts)
        pulumi.log.info(
            "Vercel does not know its drain, since vigil:frontend names no vercelTeam; add the drain by hand, or give "
            "vercelTeam and vercelProject"
        )
        return
    from vigil_components.vercel import (  # noqa: PLC0415 - Vercel's provider, which most runs do not need
        FrontendDrains,
        FrontendDrainsArgs,
        verification_code,
    )

    receiver = DrainService(
        f"{name}-{VERCEL_DRAIN}", _receiver(settings, "vercel", verification_code(frontend.vercel_team)), opts
    )
    FrontendDrains(
        f"{name}-vercel",
        FrontendDrainsArgs(
            project=settings.project,
            environment=settings.stack,
            team=frontend.vercel_team,
            project_id=frontend.vercel_project,
            receiver=receiver.url,
            signing_secret=pulumi.Output.secret(settings.vercel_drain_secret.get_secret_value()),
            signing_secret_id=receiver.drain_secret_id,
            webhook_secret_id=receiver.webhook_secret_id,
            anomalies=frontend.anomalies,
            web_analytics=frontend.web_analytics,
            speed_insights=frontend.speed_insights,
        ),
        opts,
    )
