"""What brings a frontend on Vercel under watch: its drains, its deployments' webhook, Vercel's own alerts."""

import hashlib
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Literal

import pulumi
import pulumiverse_vercel as vercel
from pulumi_gcp import secretmanager

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
"""What the webhook hears of (https://vercel.com/docs/webhooks/webhooks-api)."""


@dataclass(frozen=True, kw_only=True)
class FrontendDrainsArgs:
    """What of a frontend is drained, and whereto.

    ``team`` is its id or slug, ``project_id`` the frontend's (``prj_...``). ``receiver`` is the address of the drain
    service, which must be deployed before: Vercel asks it at once whether it is ours. ``signing_secret`` signs drains;
    ``signing_secret_id`` and ``webhook_secret_id`` are the Secret Manager secrets that the service reads, into which
    this component puts the drains' secret and the one that Vercel makes for the webhook.

    Each part can be switched: ``logs`` (Pro or Enterprise), ``deployments`` (a webhook of the team: Pro or Enterprise),
    ``anomalies`` (Vercel's own alerts over 5xx answers and usage, to the team's owners: Pro or Enterprise with
    Observability Plus), ``web_analytics`` (Pro or Enterprise), ``speed_insights`` (Pro or Enterprise with Speed
    Insights Plus). ``log_sampling`` is the part of the log lines that is drained.
    """

    project: str
    environment: str
    team: str
    project_id: str
    receiver: pulumi.Input[str]
    signing_secret: pulumi.Input[str] = field(repr=False)
    signing_secret_id: pulumi.Input[str]
    webhook_secret_id: pulumi.Input[str]
    environments: Sequence[Literal["production", "preview"]] = ("production",)
    sources: Sequence[LogSource] = ("static", "edge", "external", "build", "lambda", "firewall", "redirect")
    log_sampling: float = 1
    logs: bool = True
    deployments: bool = True
    anomalies: bool = False
    web_analytics: bool = False
    speed_insights: bool = False

    def __post_init__(self) -> None:
        """Refuse what Vercel would refuse only at deployment. Raises ValueError."""
        if not self.team:
            raise ValueError("FrontendDrainsArgs.team is empty: give the team's id or slug; drains belong to a team")
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

    def __init__(self, name: str, args: FrontendDrainsArgs, opts: pulumi.ResourceOptions | None = None) -> None:
        """Register what ``args`` switches on."""
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


def verification_code(team: str, opts: pulumi.InvokeOutputOptions | None = None) -> pulumi.Output[str]:
    """The code by which the receiver proves to Vercel that it is ours; the same for all drains of a team."""
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
) -> secretmanager.SecretVersion:
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
    """The beginning of a digest: another value has another mark, and the mark says nothing about it."""
    return hashlib.sha256((value or "").encode()).hexdigest()[:12]
