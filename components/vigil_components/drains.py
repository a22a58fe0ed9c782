"""A receiver of drains on Cloud Run: open to the internet, taking only what proves to come from the right sender."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Literal

import pulumi
from pulumi_gcp import cloudrunv2, secretmanager

from vigil_components.arguments import InputProject, LabelValue, Name, Place, PositiveCount, ResourceName, validated
from vigil_components.identities import check_account_id, secret_reader, service_account

Kind = Literal["vercel", "supabase"]

_SECRETS: Mapping[Kind, tuple[tuple[str, str], ...]] = {
    "vercel": (("VERCEL_DRAIN_SECRET_NAME", "drain-secret"), ("VERCEL_WEBHOOK_SECRET_NAME", "webhook-secret")),
    "supabase": (("SUPABASE_DRAIN_SECRET_NAME", "drain-secret"),),
}
"""By kind, the variables that the receiver reads, and what the secrets' ids end in."""

PORT = 8080


@validated
@dataclass(frozen=True, kw_only=True)
class DrainServiceArgs:
    """One receiver of drains."""

    project: InputProject
    """Project that it runs in."""
    location: Place
    """Region, such as `europe-west1`."""
    environment: LabelValue
    """Environment, such as `prod`: it becomes a label, and sets the level of the drain's lines."""
    image: pulumi.Input[str]
    """Container image, built from `drains/Dockerfile`."""
    kind: Kind
    """Who sends: `vercel` or `supabase`."""
    service: Name = "drains"
    """Name of the Cloud Run service, of its identity and of its secrets, 6 to 30 characters. Default: `drains`.

    A `DrainSource` names it as its `drain`.
    """
    verification: pulumi.Input[str] | None = None
    """Code by which Vercel recognises the address (`vigil_components.vercel.verification_code`). Default: none."""
    log_level: Literal["DEBUG", "INFO", "NOTICE", "WARNING", "ERROR", "CRITICAL"] = "INFO"
    """Level that its own lines must reach. Default: INFO."""
    max_instances: int = 4
    """Instances at most, which bounds what a flood may cost. Default: 4."""
    concurrency: int = 20
    """Deliveries that an instance takes at once, 1 to 1000. Default: 20."""
    memory_mib: PositiveCount = 512
    """Memory of an instance in MiB. Default: 512."""
    labels: Mapping[str, str] = field(default_factory=dict[str, str])
    """Labels of the Cloud Run service beside Vigil's own. Default: none."""

    def __post_init__(self) -> None:
        """Refuse what Cloud Run or IAM would refuse only at deployment. Raises ValueError."""
        if not self.image:
            raise ValueError(
                "DrainServiceArgs.image is empty: build drains/Dockerfile and give its image, or do not create the "
                "service (pulumi config set vigil:drainsImage IMAGE)"
            )
        check_account_id("DrainServiceArgs.service", self.service)
        if self.max_instances < 1 or not 1 <= self.concurrency <= 1000:  # noqa: PLR2004 - Cloud Run's own limit
            raise ValueError(
                f"DrainServiceArgs: max_instances is {self.max_instances} and concurrency {self.concurrency}; give at "
                "least 1, and a concurrency of at most 1000"
            )


class DrainService(pulumi.ComponentResource):
    """A Cloud Run service that receives drains, with the secrets by which it knows their senders.

    Anybody may call it, since Vercel and Supabase cannot sign in to Google; it refuses what is not signed, and
    everything until its secrets have a value. Its service account may read these secrets and nothing else. What it
    writes are log lines, for which Cloud Run needs no permission of it.
    """

    TYPE = "vigil:drains:DrainService"

    url: pulumi.Output[str]
    """Its address, https and without a path."""
    drain_secret_id: pulumi.Output[str]
    """Resource name of the Secret Manager secret that signs drains."""

    @validated
    def __init__(self, name: ResourceName, args: DrainServiceArgs, opts: pulumi.ResourceOptions | None = None) -> None:
        """Register it all; the secrets get their first version elsewhere."""
        super().__init__(self.TYPE, name, {"kind": args.kind, "service": args.service}, opts)
        child = pulumi.ResourceOptions(parent=self)
        account = service_account(
            name,
            project=args.project,
            account_id=args.service,
            display_name=f"Drains of {args.kind.capitalize()} ({args.environment})",
            opts=child,
        )
        secrets: dict[str, secretmanager.Secret] = {}
        granted: list[pulumi.Resource] = []
        for _, ending in _SECRETS[args.kind]:
            secrets[ending] = secretmanager.Secret(
                f"{name}-{ending}",
                project=args.project,
                secret_id=f"{args.service}-{ending}",
                replication=secretmanager.SecretReplicationArgs(auto=secretmanager.SecretReplicationAutoArgs()),
                opts=child,
            )
            granted.append(
                secret_reader(
                    f"{name}-reads-{ending}",
                    project=args.project,
                    secret_id=secrets[ending].secret_id,
                    member=account.member,
                    opts=child,
                )
            )
        service = cloudrunv2.Service(
            f"{name}-service",
            project=args.project,
            location=args.location,
            name=args.service,
            description=f"Receives the drains of {args.kind.capitalize()}",
            ingress="INGRESS_TRAFFIC_ALL",
            deletion_protection=False,  # it holds nothing
            labels={"environment": args.environment, "managed-by": "vigil", **args.labels},
            template=_template(args, account.email, {ending: one.id for ending, one in secrets.items()}),
            opts=pulumi.ResourceOptions(parent=self, depends_on=granted),
        )
        cloudrunv2.ServiceIamMember(
            f"{name}-anybody-calls",
            project=args.project,
            location=args.location,
            name=service.name,
            role="roles/run.invoker",
            member="allUsers",
            opts=child,
        )
        self.url = service.uri
        self.drain_secret_id = secrets["drain-secret"].id
        self._webhook_secret = secrets.get("webhook-secret")
        self.register_outputs({"url": self.url, "secretIds": {ending: one.id for ending, one in secrets.items()}})

    @property
    def webhook_secret_id(self) -> pulumi.Output[str]:
        """Resource name of the secret that signs Vercel's webhook.

        Raises ValueError for a receiver of Supabase, which has no webhook.
        """
        if self._webhook_secret is None:
            raise ValueError("a DrainService of kind 'supabase' has no webhook secret; use drain_secret_id")
        return self._webhook_secret.id


def _template(
    args: DrainServiceArgs, identity: pulumi.Output[str], secrets: Mapping[str, pulumi.Output[str]]
) -> "cloudrunv2.ServiceTemplateArgs":
    names = {variable: secrets[ending] for variable, ending in _SECRETS[args.kind]}
    environment: dict[str, pulumi.Input[str]] = {
        "GOOGLE_CLOUD_PROJECT": args.project,
        "VIGIL_ENVIRONMENT": args.environment,
        "VIGIL_LOG_LEVEL": args.log_level,
        **names,
    }
    if args.verification is not None:
        environment["VERCEL_VERIFICATION_CODE"] = args.verification
    healthy = cloudrunv2.ServiceTemplateContainerStartupProbeHttpGetArgs(path="/healthz", port=PORT)
    alive = cloudrunv2.ServiceTemplateContainerLivenessProbeHttpGetArgs(path="/healthz", port=PORT)
    return cloudrunv2.ServiceTemplateArgs(
        service_account=identity,
        max_instance_request_concurrency=args.concurrency,
        timeout="30s",
        scaling=cloudrunv2.ServiceTemplateScalingArgs(min_instance_count=0, max_instance_count=args.max_instances),
        containers=[
            cloudrunv2.ServiceTemplateContainerArgs(
                image=args.image,
                args=["--kind", args.kind, "--host", "0.0.0.0", "--port", str(PORT)],
                ports=cloudrunv2.ServiceTemplateContainerPortsArgs(container_port=PORT),
                envs=[
                    cloudrunv2.ServiceTemplateContainerEnvArgs(name=key, value=value)
                    for key, value in sorted(environment.items())
                ],
                resources=cloudrunv2.ServiceTemplateContainerResourcesArgs(
                    limits={"cpu": "1", "memory": f"{args.memory_mib}Mi"}, cpu_idle=True
                ),
                startup_probe=cloudrunv2.ServiceTemplateContainerStartupProbeArgs(
                    http_get=healthy, period_seconds=2, failure_threshold=15
                ),
                liveness_probe=cloudrunv2.ServiceTemplateContainerLivenessProbeArgs(http_get=alive, period_seconds=30),
            )
        ],
    )
