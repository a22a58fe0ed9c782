"""An alert policy in its owner's words: one typed condition, and title, text, labels and channels as they are given.

`Alert` derives all of these from a service, an event and a runbook. A policy that was there before has its own.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Literal, TypeAlias

import pulumi
from pulumi_gcp import monitoring

from vigil_components.arguments import Duration, Filled, InputName, InputProject, Lasting, Name, ResourceName, validated
from vigil_components.checked import checked
from vigil_components.conditions import MIN_AUTO_CLOSE
from vigil_components.durations import api_duration, seconds
from vigil_components.thresholds import QueryAbsence, QueryThreshold

Moment: TypeAlias = Literal["OPENED", "CLOSED"]


@validated
@dataclass(frozen=True, kw_only=True)
class PromqlRule:
    """A PromQL query that has a value while something is wrong, with what Prometheus knows of a rule."""

    query: Filled
    """The query."""
    lasting: Lasting = seconds(0)
    """How long the query must have a value, whole minutes. Default: one evaluation is enough."""
    every: Duration | None = None
    """How often it is evaluated, a multiple of 30 seconds. Default: Google's, every 30 seconds."""
    group: str = ""
    """Name of the rule group. Default: none."""
    rule: str = ""
    """Name of the rule. Default: none."""
    labels: Mapping[str, str] = field(default_factory=dict[str, str])
    """Labels of its incidents, with Prometheus' templates. Default: none."""
    metrics_exist: bool = True
    """Whether Monitoring refuses a query over a metric that it has not seen yet. Default: yes."""

    def args(self, title: str) -> monitoring.AlertPolicyConditionArgs:
        """Return the condition as a `conditionPrometheusQueryLanguage`."""
        return monitoring.AlertPolicyConditionArgs(
            display_name=title,
            condition_prometheus_query_language=monitoring.AlertPolicyConditionConditionPrometheusQueryLanguageArgs(
                query=self.query,
                duration=api_duration(self.lasting),
                evaluation_interval=None if self.every is None else api_duration(self.every),
                rule_group=self.group or None,
                alert_rule=self.rule or None,
                labels=dict(self.labels) or None,
                disable_metric_validation=None if self.metrics_exist else True,
            ),
        )


@validated
@dataclass(frozen=True, kw_only=True)
class LogRule:
    """An incident for each log entry that a query finds."""

    filter: Filled
    """The Logging query."""
    labels: Mapping[str, str] = field(default_factory=dict[str, str])
    """Labels of its incidents, each with its extractor, such as `EXTRACT(jsonPayload.user)`. Default: none."""

    def args(self, title: str) -> monitoring.AlertPolicyConditionArgs:
        """Return the condition as a `conditionMatchedLog`."""
        return monitoring.AlertPolicyConditionArgs(
            display_name=title,
            condition_matched_log=monitoring.AlertPolicyConditionConditionMatchedLogArgs(
                filter=self.filter, label_extractors=dict(self.labels) or None
            ),
        )


PolicyCondition: TypeAlias = QueryThreshold | QueryAbsence | PromqlRule | LogRule
"""What a policy watches: `query_value(...).above(...)`, `absence(...)`, a PromQL rule or a log rule."""


@validated
@dataclass(frozen=True, kw_only=True)
class PolicyArgs:
    """An alert policy in its owner's words."""

    project: InputProject
    """Project that the policy belongs to."""
    title: Name
    """What people read in the list of policies."""
    condition: PolicyCondition
    """What is watched."""
    condition_title: str = ""
    """What people read of the condition in an incident. Default: the policy's title."""
    channels: Sequence[InputName] = ()
    """Resource names of the channels that it notifies. Default: none, incidents are only listed."""
    text: str = ""
    """What the notification says, in Markdown. Default: nothing."""
    subject: str = ""
    """Subject of the notification. Default: Google's."""
    links: Mapping[str, str] = field(default_factory=dict[str, str])
    """Addresses in the notification by what they are called. Default: none."""
    severity: Literal["CRITICAL", "ERROR", "WARNING"] | None = None
    """Severity of its incidents. Default: none."""
    labels: Mapping[str, str] = field(default_factory=dict[str, str])
    """Labels of the policy. `team` and `service` also stand in Vigil's lists. Default: none."""
    enabled: bool = True
    """Whether it opens incidents. Default: yes."""
    auto_close: Duration | None = None
    """How long without data until an incident closes by itself, at least 30 minutes. Default: Google's, 7 days."""
    notify_on: Sequence[Moment] = ()
    """Moments of an incident that notify. Default: Google's, both."""
    repeat_every: Duration | None = None
    """After how long an open incident notifies `repeat_to` again. Default: never."""
    repeat_to: Sequence[InputName] = ()
    """Channels that are notified again. Default: all of `channels`, where `repeat_every` is given."""
    at_most_every: Duration | None = None
    """How often a log rule notifies at most; Google wants it of each. Default: no limit."""
    tests: str = ""
    """File of unit tests that `vigil test` runs for it, relative to the program's folder. Default: derived ones."""

    def __post_init__(self) -> None:
        """Refuse what would be ignored or refused later. Raises ValueError."""
        if self.auto_close is not None and self.auto_close < MIN_AUTO_CLOSE:
            raise ValueError(f"PolicyArgs: auto_close is {api_duration(self.auto_close)}; the API takes 1800s or more")
        if self.repeat_to and self.repeat_every is None:
            raise ValueError(
                "PolicyArgs: repeat_to is given without repeat_every; say after how long it notifies again"
            )
        if self.repeat_every is not None and not (self.repeat_to or self.channels):
            raise ValueError("PolicyArgs: repeat_every is given, but no channel; give channels")
        if isinstance(self.condition, LogRule) and self.at_most_every is None:
            raise ValueError(
                "at_most_every is not given, and Monitoring wants it of each log rule; give at_most_every=minutes(5)"
            )
        if not isinstance(self.condition, LogRule) and self.at_most_every is not None:
            raise ValueError(
                "at_most_every is given, and only a log rule notifies for each entry; leave it out, and give the "
                "condition a duration: lasting=minutes(5)"
            )


class Policy(pulumi.ComponentResource):
    """One alert policy in its owner's words. `vigil test` derives its proof, or runs its unit tests."""

    TYPE = "vigil:policies:Policy"

    policy: monitoring.AlertPolicy
    """The SDK's policy."""
    policy_name: pulumi.Output[str]
    """Its name at Google."""

    @validated
    def __init__(self, name: ResourceName, args: PolicyArgs, opts: pulumi.ResourceOptions | None = None) -> None:
        """Register the policy. Raises RuleViolationError for what Monitoring would refuse."""
        owners = {key: args.labels.get(key, "") for key in ("team", "service")}
        super().__init__(self.TYPE, name, {"title": args.title, **owners, "tests": args.tests}, opts)
        self.policy = monitoring.AlertPolicy(
            f"{name}-policy",
            checked(name, written_policy(args), accept=()),
            opts=pulumi.ResourceOptions(parent=self),
        )
        self.policy_name = self.policy.name
        self.register_outputs({"policyName": self.policy_name})


@validated
def written_policy(args: PolicyArgs) -> monitoring.AlertPolicyArgs:
    """Return the policy's arguments: a pure function of what is given."""
    title = args.condition_title or args.title
    condition = args.condition
    bound = condition.args(title) if isinstance(condition, PromqlRule | LogRule) else condition.named(title)
    return monitoring.AlertPolicyArgs(
        project=args.project,
        display_name=args.title,
        enabled=args.enabled,
        combiner="OR",
        severity=args.severity,
        conditions=[bound],
        notification_channels=list(args.channels) or None,
        alert_strategy=_strategy(args),
        documentation=_documentation(args),
        user_labels=dict(args.labels) or None,
    )


def _documentation(args: PolicyArgs) -> monitoring.AlertPolicyDocumentationArgs | None:
    if not (args.text or args.subject or args.links):
        return None
    return monitoring.AlertPolicyDocumentationArgs(
        content=args.text or None,
        mime_type="text/markdown" if args.text else None,
        subject=args.subject or None,
        links=[
            monitoring.AlertPolicyDocumentationLinkArgs(display_name=name, url=url) for name, url in args.links.items()
        ]
        or None,
    )


def _strategy(args: PolicyArgs) -> monitoring.AlertPolicyAlertStrategyArgs | None:
    settings = (args.auto_close, args.notify_on, args.repeat_every, args.at_most_every)
    if not any(settings):
        return None
    return monitoring.AlertPolicyAlertStrategyArgs(
        auto_close=None if args.auto_close is None else api_duration(args.auto_close),
        notification_prompts=list(args.notify_on) or None,
        notification_rate_limit=None
        if args.at_most_every is None
        else monitoring.AlertPolicyAlertStrategyNotificationRateLimitArgs(period=api_duration(args.at_most_every)),
        notification_channel_strategies=None
        if args.repeat_every is None
        else [
            monitoring.AlertPolicyAlertStrategyNotificationChannelStrategyArgs(
                notification_channel_names=list(args.repeat_to or args.channels),
                renotify_interval=api_duration(args.repeat_every),
            )
        ],
    )
