"""The one place where everything a component registers meets the rules of the API.

Mocks and previews accept what Google refuses, so each component passes the arguments of each resource through
`checked` on their way to the provider. What is unknown until deployment (an Output) is not checked.
"""

from collections.abc import Mapping, Sequence
from typing import TypeVar, cast

import pulumi
from pulumi_gcp import logging, monitoring

from vigil_apimodel import rules, tokens
from vigil_components._unique import refuse_coincidence
from vigil_components.wire import wire

Args = TypeVar("Args")

TOKENS: Mapping[type, str] = {
    logging.LogScopeArgs: tokens.LOG_SCOPE,
    logging.LogViewArgs: tokens.LOG_VIEW,
    logging.MetricArgs: tokens.LOG_METRIC,
    logging.ProjectBucketConfigArgs: tokens.PROJECT_BUCKET,
    logging.ProjectExclusionArgs: tokens.PROJECT_EXCLUSION,
    logging.ProjectSinkArgs: tokens.PROJECT_SINK,
    logging.SavedQueryArgs: tokens.SAVED_QUERY,
    monitoring.AlertPolicyArgs: tokens.ALERT_POLICY,
    monitoring.CustomServiceArgs: tokens.CUSTOM_SERVICE,
    monitoring.DashboardArgs: tokens.DASHBOARD,
    monitoring.NotificationChannelArgs: tokens.CHANNEL,
    monitoring.SloArgs: tokens.SLO,
    monitoring.UptimeCheckConfigArgs: tokens.UPTIME_CHECK,
}
"""The type token of the resource that takes each class of arguments."""


class RuleViolationError(ValueError):
    """A resource that the API would refuse, or accept and never act on."""

    def __init__(self, resource: str, violations: Sequence[rules.Violation]) -> None:
        """`resource` is the Pulumi name of the resource, `violations` what is wrong with it."""
        self.violations = tuple(violations)
        lines = "\n".join(f"  {one.field}: {one.message} [{one.rule}]" for one in violations)
        super().__init__(
            f"{resource} breaks {'a rule' if len(violations) == 1 else f'{len(violations)} rules'} of the API:\n{lines}"
        )


def checked(name: str, args: Args, *, accept: Sequence[str] | None = None) -> Args:
    """Return `args` unchanged if the API would take them.

    `name` is the Pulumi name of the resource, for the message. Warnings go to the log of the deployment. `accept` are
    ids of rules that a resource may break, where somebody else wrote it; two such policies may have one condition.

    Raises RuleViolationError naming each field, the rule and the remedy, and ValueError for an id that another
    resource of the program has.
    """
    token = TOKENS[type(args)]
    violations = [
        one for one in rules.check(token, cast("dict[str, object]", wire(args))) if one.rule not in (accept or ())
    ]
    refused = [one for one in violations if one.severity is rules.Severity.ERROR]
    if refused:
        raise RuleViolationError(name, refused)
    if accept is None or not isinstance(args, monitoring.AlertPolicyArgs):
        refuse_coincidence(name, args)
    for one in violations:
        pulumi.log.warn(f"{name}: {one.field}: {one.message} [{one.rule}]")
    return args
