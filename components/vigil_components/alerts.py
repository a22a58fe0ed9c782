"""Alert policies: one condition, an owner, a severity, a runbook, a link to the logs, and a proof."""

import copy
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property

import pulumi
from pulumi_gcp import monitoring

from vigil_apimodel.limits import DOCUMENTATION_LINK_URL_CHARS
from vigil_components import documents, links
from vigil_components.arguments import InputName, LabelValue, ResourceName, validated, without_credential
from vigil_components.checked import checked
from vigil_components.conditions import AlertSpec, explaining_entries
from vigil_components.context import MonitoringContext
from vigil_components.durations import api_duration, minutes, whole_seconds
from vigil_components.logged import declared
from vigil_components.severity import AlertSeverity
from vigil_components.sources import Source

RENOTIFY = minutes(30)
"""A page that nobody answered is repeated after this long."""

RATE_LIMIT = minutes(5)
"""A log match notifies at most this often; Monitoring takes no shorter period."""


@validated
@dataclass(frozen=True, kw_only=True)
class AlertArgs:
    """What makes an alert policy of a spec."""

    context: MonitoringContext
    """Project, environment, routing and runbooks of the stack."""
    source: Source
    """Service that is watched."""
    spec: AlertSpec
    """What is watched, and how urgent it is."""
    team: LabelValue
    """Name of the team that owns the alert."""
    channels: Sequence[InputName] | None = None
    """Resource names of the channels that it notifies. Default: those of the team for its severity."""

    @property
    def notified(self) -> tuple[pulumi.Input[str], ...]:
        """The resource names of the channels that it notifies."""
        if self.channels is not None:
            return tuple(self.channels)
        return self.context.routing.channels(self.team, self.spec.severity)

    @cached_property
    def log_query(self) -> str:
        """The query for the entries that explain it: its links and its facts have the same."""
        return explaining_entries(self.source, self.spec.condition)


class Alert(pulumi.ComponentResource):
    """One alert policy.

    Its registered inputs carry the event, the runbook, the team and the proof, so that tools find them without parsing
    a query. It makes no channel and no metric: the service that owns it does.
    """

    TYPE = documents.ALERT

    policy: monitoring.AlertPolicy
    policy_name: pulumi.Output[str]

    @validated
    def __init__(self, name: ResourceName, args: AlertArgs, opts: pulumi.ResourceOptions | None = None) -> None:
        """Register the policy. Raises RuleViolationError for what Monitoring would refuse."""
        super().__init__(
            self.TYPE,
            name,
            {"title": args.spec.condition.title, documents.FACTS: documents.written(_facts(args))},
            # A preview shows the condition in words here, and all else in the policy; the proof only follows from it.
            _hiding_facts(opts),
        )
        self.policy = monitoring.AlertPolicy(
            f"{name}-policy",
            checked(name, policy_args(args)),
            opts=pulumi.ResourceOptions(parent=self),
        )
        self.policy_name = self.policy.name
        self.register_outputs({"policyName": self.policy.name})


def _hiding_facts(opts: pulumi.ResourceOptions | None) -> pulumi.ResourceOptions:
    """Return the options with the facts among the hidden differences; the SDK's `merge` goes through 25 options."""
    hiding = copy.copy(opts) if opts is not None else pulumi.ResourceOptions()
    hiding.hide_diffs = [*(hiding.hide_diffs or ()), documents.FACTS]
    return hiding


def _facts(args: AlertArgs) -> dict[str, object]:
    """Return what tools read of an alert."""
    spec, source = args.spec, args.source
    return {
        "alert": spec.name,
        "service": source.service,
        "team": args.team,
        "severity": spec.severity.value,
        "summary": spec.summary,
        "runbook": spec.runbook,
        "event": None if spec.condition.event is None else declared(spec.condition.event).name,
        "lastingSeconds": whole_seconds(spec.condition.lasting),
        "logs": args.log_query,
        "groupedBy": list(spec.condition.grouped_by),
        "origin": source.origin.document(),
        "proof": spec.condition.proof().document(),
    }


@validated
def policy_args(args: AlertArgs) -> monitoring.AlertPolicyArgs:
    """Return the policy's arguments: a pure function of the spec and its context."""
    spec, source = args.spec, args.source
    return monitoring.AlertPolicyArgs(
        project=args.context.project,
        display_name=f"{source.service}: {spec.name} ({args.context.environment})",
        enabled=True,
        combiner="OR",
        severity=spec.severity.policy_severity,
        conditions=[spec.condition.args(source, spec.name)],
        notification_channels=list(args.notified),
        alert_strategy=_strategy(spec, args.notified),
        documentation=monitoring.AlertPolicyDocumentationArgs(
            subject=f"{spec.severity.value.upper()} {source.service}: {spec.summary} ({args.context.environment})",
            content=_content(args),
            mime_type="text/markdown",
            links=[
                monitoring.AlertPolicyDocumentationLinkArgs(
                    display_name="Runbook", url=_page(args.context.runbooks_url, spec.runbook)
                ),
                monitoring.AlertPolicyDocumentationLinkArgs(
                    display_name="Logs", url=_entries(args.context.project, args.log_query)
                ),
            ],
        ),
        user_labels={
            "alert": spec.name,
            "environment": args.context.environment,
            "managed-by": "vigil",
            "service": source.service,
            "severity": spec.severity.value,
            "team": args.team,
            **({} if args.context.application is None else args.context.application.labels(source.service)),
        },
    )


def _page(runbooks_url: pulumi.Input[str], runbook: str) -> pulumi.Input[str]:
    if isinstance(runbooks_url, str):
        return f"{runbooks_url.rstrip('/')}/{runbook}.md"
    known = pulumi.Output.from_input(without_credential("MonitoringContext: runbooks_url", runbooks_url))
    return known.apply(lambda url: f"{url.rstrip('/')}/{runbook}.md")


def _entries(project: pulumi.Input[str], query: str) -> pulumi.Input[str]:
    longest = DOCUMENTATION_LINK_URL_CHARS
    if isinstance(project, str):
        return links.logs_within(project, query, longest)
    return pulumi.Output.from_input(project).apply(lambda known: links.logs_within(known, query, longest))


def _strategy(spec: AlertSpec, channels: Sequence[pulumi.Input[str]]) -> monitoring.AlertPolicyAlertStrategyArgs:
    if spec.condition.matches_logs:
        return monitoring.AlertPolicyAlertStrategyArgs(
            auto_close=api_duration(max(spec.auto_close, minutes(60))),
            notification_prompts=["OPENED"],
            notification_rate_limit=monitoring.AlertPolicyAlertStrategyNotificationRateLimitArgs(
                period=api_duration(RATE_LIMIT)
            ),
        )
    repeated = spec.severity is AlertSeverity.PAGE and bool(channels)
    return monitoring.AlertPolicyAlertStrategyArgs(
        auto_close=api_duration(spec.auto_close),
        notification_prompts=["OPENED", "CLOSED"],
        notification_channel_strategies=[
            monitoring.AlertPolicyAlertStrategyNotificationChannelStrategyArgs(
                notification_channel_names=list(channels), renotify_interval=api_duration(RENOTIFY)
            )
        ]
        if repeated
        else None,
    )


def _content(args: AlertArgs) -> str:
    spec = args.spec
    event = spec.condition.event
    lines = "warnings and errors" if event is None else f"event `{declared(event).name}`"
    judged = f" Judged only with {spec.condition.minimum}." if spec.condition.minimum else ""
    return "\n".join(
        (
            f"**{args.source.service}: {spec.summary}** ({args.context.environment})",
            "",
            f"Condition: {spec.condition.title}.{judged}",
            f"Owner: {args.team}. Severity: {spec.severity.value}. Environment: {args.context.environment}.",
            f"What to do: runbook `{spec.runbook}`.",
            f"Log lines behind it: {lines} of `{args.source.service}`.",
        )
    )
