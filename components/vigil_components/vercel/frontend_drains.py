"""What brings a frontend on Vercel under watch: its drains, its deployments' webhook, Vercel's own alerts."""

import hashlib
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Literal

import pulumi
import pulumiverse_vercel as vercel
from pulumi_gcp import secretmanager

from vigil_components.arguments import InputName, InputProject, LabelValue, Name, ResourceName, validated
from vigil_components.vercel.drain import Drain, DrainArgs

LogSource = Literal["static", "edge", "external", "build", "lambda", "firewall", "redirect"]
DEPLOYMENT_EVENTS = (
    "deployment.created",
    "deployment.ready",
    "deployment.succeeded",
    "deployment.error",
    "deployment.canceled",
    "deployment.promoted",
)
"""Events that the webhook receives (https://vercel.com/docs/webhooks/webhooks-api)."""


@validated
@dataclass(frozen=True, kw_only=True)
class FrontendDrainsArgs:
    """What of a frontend is drained, and where to. Each kind of data can be switched on or off."""

    project: InputProject
    """Google Cloud project of the receiver."""
    environment: LabelValue
    """Environment, such as `prod`: part of the names at Vercel."""
    team: Name
    """Id or slug of the team at Vercel."""
    project_id: str
    """Id of the frontend's project at Vercel, `prj_...`. Drains are compared by it, so a preview must know it."""
    receiver: InputName
    """Address of the drain service, which must be deployed before: Vercel asks it at once for a verification code."""
    signing_secret: InputName = field(repr=False)
    """What signs drains, 32 characters or more."""
    signing_secret_id: InputName
    """Secret Manager secret that the receiver reads it from: `drain_secret_id` of a `DrainService`."""
    webhook_secret_id: InputName
    """Secret Manager secret for the webhook's secret, which Vercel makes: `webhook_secret_id` of a `DrainService`."""
    environments: Sequence[Literal["production", "preview"]] = ("production",)
    """Environments at Vercel whose log lines are drained. Default: production."""
    sources: Sequence[LogSource] = ("static", "edge", "external", "build", "lambda", "firewall", "redirect")
    """Kinds of log lines. Default: all."""
    log_sampling: float = 1
    """Part of the log lines that is drained, more than 0 and at most 1. Default: all."""
    logs: bool = True
    """Whether log lines are drained (Pro or Enterprise). Default: yes."""
    deployments: bool = True
    """Whether a webhook reports deployments (Pro or Enterprise). Default: yes."""
    anomalies: bool = False
    """Whether Vercel's own alerts over 5xx answers and usage notify the team's owners (with Observability Plus).

    Default: no.
    """
    web_analytics: bool = False
    """Whether page views are drained (Pro or Enterprise). Default: no."""
    speed_insights: bool = False
    """Whether web vitals are drained (Pro or Enterprise with Speed Insights Plus). Default: no."""

    def __post_init__(self) -> None:
        """Refuse what Vercel would refuse only at deployment. Raises ValueError."""
        if not self.project_id.startswith("prj_"):
            raise ValueError(
                f"FrontendDrainsArgs.project_id is {self.project_id!r}: give the project's id (prj_...), which its "
                "settings at Vercel show, not its name"
            )
        if not 0 < self.log_sampling <= 1:
            raise ValueError(f"FrontendDrainsArgs.log_sampling is {self.log_sampling}: give more than 0 and at most 1")
        if not self.environments or not self.sources:
            raise ValueError("FrontendDrainsArgs: environments and sources must each name at least one")


class FrontendDrains(pulumi.ComponentResource):
    """The drains, webhook and alert rule of one project at Vercel."""

    TYPE = "vigil:vercel:FrontendDrains"

    @validated
    def __init__(
        self, name: ResourceName, args: FrontendDrainsArgs, opts: pulumi.ResourceOptions | None = None
    ) -> None:
        """Register what `args` switches on."""
        switched = {
            "logs": args.logs,
            "deployments": args.deployments,
            "anomalies": args.anomalies,
            "webAnalytics": args.web_analytics,
            "speedInsights": args.speed_insights,
        }
        on = sorted(key for key, value in switched.items() if value)
        super().__init__(self.TYPE, name, {"projectId": args.project_id, "parts": on}, opts)
        child = pulumi.ResourceOptions(parent=self)
        self.log_drain: vercel.LogDrain | None = None
        self.webhook: vercel.Webhook | None = None
        if args.logs or args.web_analytics or args.speed_insights:
            signing = _version(f"{name}-signing-secret", args.signing_secret_id, args.signing_secret, child)
            # The receiver must know the secret before the first delivery, or refuses it.
            known = pulumi.ResourceOptions(parent=self, depends_on=[signing])
            if args.logs:
                self.log_drain = vercel.LogDrain(
                    f"{name}-logs",
                    name=f"vigil logs ({args.environment})",
                    team_id=args.team,
                    project_ids=[args.project_id],
                    endpoint=pulumi.Output.concat(args.receiver, "/vercel/logs"),
                    secret=pulumi.Output.secret(args.signing_secret),
                    delivery_format="ndjson",
                    environments=list(args.environments),
                    sources=list(args.sources),
                    sampling_rate=args.log_sampling if args.log_sampling < 1 else None,
                    opts=known,
                )
            if args.web_analytics:
                Drain(f"{name}-analytics", _drain(args, "analytics", "/vercel/analytics"), known)
            if args.speed_insights:
                Drain(f"{name}-speed-insights", _drain(args, "speed_insights", "/vercel/speed-insights"), known)
        if args.deployments:
            self.webhook = vercel.Webhook(
                f"{name}-deployments",
                team_id=args.team,
                project_ids=[args.project_id],
                endpoint=pulumi.Output.concat(args.receiver, "/vercel/deployments"),
                events=list(DEPLOYMENT_EVENTS),
                opts=child,
            )
            _version(f"{name}-webhook-secret", args.webhook_secret_id, self.webhook.secret, child)
        if args.anomalies:
            _alert_rule(name, args, child)
        self.register_outputs({"parts": on})


@validated
def verification_code(team: Name, opts: pulumi.InvokeOutputOptions | None = None) -> pulumi.Output[str]:
    """Return the code by which the receiver proves to Vercel that it is ours; the same for all drains of a team."""
    return vercel.get_endpoint_verification_output(team_id=team, opts=opts).verification_code


def _drain(args: FrontendDrainsArgs, schema: Literal["analytics", "speed_insights"], path: str) -> DrainArgs:
    return DrainArgs(
        name=f"vigil {schema.replace('_', ' ')} ({args.environment})",
        schema=schema,
        team=args.team,
        project_ids=(args.project_id,),
        endpoint=pulumi.Output.concat(args.receiver, path),
        secret=args.signing_secret,
    )


def _alert_rule(name: str, args: FrontendDrainsArgs, opts: pulumi.ResourceOptions) -> vercel.AlertRule:
    return vercel.AlertRule(
        f"{name}-anomalies",
        name=f"vigil anomalies ({args.environment})",
        team_id=args.team,
        type="built-in",
        rule_scope=vercel.AlertRuleRuleScopeArgs(type="include", project_ids=[args.project_id]),
        triggers=[
            vercel.AlertRuleTriggerArgs(type="error_anomaly", filter="statusGroup:5xx"),
            vercel.AlertRuleTriggerArgs(type="usage_anomaly"),
        ],
        match_minimum_severity_level="high",
        notification_settings=vercel.AlertRuleNotificationSettingsArgs(enable_team_owner_notifications=True),
        tags=["vigil", args.environment],
        opts=opts,
    )


def _version(
    name: str, secret_id: pulumi.Input[str], value: pulumi.Input[str], opts: pulumi.ResourceOptions
) -> "secretmanager.SecretVersion":
    """A version of a secret by the write-only field, so that it is not in the state; its mark follows the value."""
    hidden = pulumi.Output.secret(value)
    return secretmanager.SecretVersion(
        name,
        secret=secret_id,
        secret_data_wo=hidden,
        secret_data_wo_version=pulumi.Output.unsecret(hidden.apply(_mark)),
        opts=opts,
    )


def _mark(value: str | None) -> str:
    """Return the beginning of a digest: another value has another mark, and the mark says nothing about it."""
    return hashlib.sha256((value or "").encode()).hexdigest()[:12]
