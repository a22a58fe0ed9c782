"""The collector on Cloud Run: one instance, its own identity, and exactly the secrets it presents."""

from collections.abc import Collection, Sequence
from dataclasses import dataclass

import pulumi
from pulumi_gcp import cloudrunv2, projects

from vigil_apimodel.metrics import Metric
from vigil_components.arguments import LabelValue, Name, Place, PositiveCount, Project, ResourceName, validated
from vigil_components.collector.config import Destination, collector_config, render
from vigil_components.collector.endpoints import Credential, Endpoint
from vigil_components.identities import check_account_id, secret_reader, service_account

MAX_ENVIRONMENT = 32 * 1024
"""Bytes that all environment variables of a container may take (https://cloud.google.com/run/quotas)."""

CONFIG = "OTELCOL_CONFIG"
"""The variable that the configuration stands in: worker pools fail with secrets mounted as volumes."""


@validated
@dataclass(frozen=True, kw_only=True)
class MetricsCollectorArgs:
    """What the collector runs and scrapes."""

    project: Project
    """Project that receives the series. It stands in the configuration, so a preview must know it."""
    location: Place
    """Region of the worker pool, such as `europe-west1`."""
    environment: LabelValue
    """Environment, such as `prod`: the `namespace` of every series."""
    image: pulumi.Input[str]
    """An OpenTelemetry Collector with the Prometheus receiver, the Managed Prometheus exporter, and the memory limiter
    and resource processors. The Google-built one and `contrib` have them all."""
    endpoints: Sequence[Endpoint]
    """What is scraped, at least one."""
    metrics: Collection[Metric]
    """Metrics to keep: those that alerts and charts read (`used_metrics`)."""
    pool: Name = "metrics-collector"
    """Name of the worker pool and its identity, 6 to 30 characters. Default: `metrics-collector`."""
    secret_version: Name = "latest"  # noqa: S105 - a version's name
    """Version of every credential's secret. Default: the newest."""
    memory_mib: PositiveCount = 512
    """Memory of the container in MiB. Default: 512."""

    def __post_init__(self) -> None:
        """Refuse what Cloud Run or IAM would refuse only at deployment. Raises ValueError."""
        if not self.image:
            raise ValueError(
                "MetricsCollectorArgs.image is empty: give a collector's image, or do not create the collector "
                "(pulumi config set vigil:collectorImage IMAGE)"
            )
        check_account_id("MetricsCollectorArgs.pool", self.pool)


class MetricsCollector(pulumi.ComponentResource):
    """An OpenTelemetry Collector that scrapes remote endpoints into Managed Service for Prometheus.

    Exactly one instance: a second would write every series twice. Its service account may write metrics
    (`roles/monitoring.metricWriter`) and read the secrets of its endpoints, nothing else. The configuration is among
    what it registers, for commands that let another collector follow it.
    """

    TYPE = "vigil:collector:MetricsCollector"

    pool: "cloudrunv2.WorkerPool"
    service_account: pulumi.Output[str]
    """The address of its identity."""

    @validated
    def __init__(
        self, name: ResourceName, args: MetricsCollectorArgs, opts: pulumi.ResourceOptions | None = None
    ) -> None:
        """Register it all. Raises ValueError for what `collector_config` refuses, or a configuration too long."""
        destination = Destination(project=args.project, location=args.location, namespace=args.environment)
        config = render(collector_config(args.endpoints, args.metrics, destination, memory_mib=args.memory_mib))
        if len(config.encode()) > MAX_ENVIRONMENT - 1024:
            raise ValueError(
                f"{name}: the configuration has {len(config.encode())} bytes, a container's environment takes "
                f"{MAX_ENVIRONMENT}: split the endpoints over two collectors"
            )
        kept = sorted({one.type for endpoint in args.endpoints for one in endpoint.serves.intersection(args.metrics)})
        jobs = [one.job for one in args.endpoints]
        super().__init__(self.TYPE, name, {"jobs": jobs, "metrics": kept, "configuration": config}, opts)
        child = pulumi.ResourceOptions(parent=self)
        account = service_account(
            name,
            project=args.project,
            account_id=args.pool,
            display_name=f"Metrics collector ({args.environment})",
            opts=child,
        )
        self.service_account = account.email
        credentials = [one.credential for one in args.endpoints if one.credential is not None]
        granted: list[pulumi.Resource] = [
            projects.IAMMember(
                f"{name}-metric-writer",
                project=args.project,
                role="roles/monitoring.metricWriter",
                member=account.member,
                opts=child,
            ),
            *(
                secret_reader(
                    f"{name}-reads-{secret.rpartition('/')[2]}",
                    project=args.project,
                    secret_id=secret,
                    member=account.member,
                    opts=child,
                )
                for secret in sorted({one.secret for one in credentials})
            ),
        ]
        self.pool = cloudrunv2.WorkerPool(
            f"{name}-pool",
            project=args.project,
            location=args.location,
            name=args.pool,
            description="Scrapes the endpoints of Supabase and Temporal Cloud",
            deletion_protection=False,  # it holds nothing: what it wrote stays in Monitoring
            scaling=cloudrunv2.WorkerPoolScalingArgs(scaling_mode="MANUAL", manual_instance_count=1),
            template=cloudrunv2.WorkerPoolTemplateArgs(
                service_account=account.email, containers=[_container(args, credentials, config)]
            ),
            # A revision that may not read its secrets fails, and is not tried again.
            opts=pulumi.ResourceOptions(parent=self, depends_on=granted),
        )
        self.register_outputs({"pool": self.pool.name, "serviceAccount": account.email})


def _container(
    args: MetricsCollectorArgs, credentials: Sequence[Credential], config: str
) -> "cloudrunv2.WorkerPoolTemplateContainerArgs":
    return cloudrunv2.WorkerPoolTemplateContainerArgs(
        image=args.image,
        args=[f"--config=env:{CONFIG}"],
        resources=cloudrunv2.WorkerPoolTemplateContainerResourcesArgs(
            limits={"cpu": "1", "memory": f"{args.memory_mib}Mi"}
        ),
        envs=[
            cloudrunv2.WorkerPoolTemplateContainerEnvArgs(name=CONFIG, value=config),
            *(
                cloudrunv2.WorkerPoolTemplateContainerEnvArgs(
                    name=one.variable,
                    value_source=cloudrunv2.WorkerPoolTemplateContainerEnvValueSourceArgs(
                        secret_key_ref=cloudrunv2.WorkerPoolTemplateContainerEnvValueSourceSecretKeyRefArgs(
                            secret=one.secret, version=args.secret_version
                        )
                    ),
                )
                for one in sorted(credentials, key=lambda one: one.variable)
            ),
        ],
    )
