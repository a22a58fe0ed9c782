"""The one place where everything a component registers meets the rules of the API.

Mocks and previews accept what Google refuses, so each component passes the arguments of each resource through
``checked`` on their way to the provider. What is unknown until deployment (an Output) is not checked.
"""

from collections.abc import Mapping, Sequence
from typing import TypeVar, cast

import pulumi
from pulumi._types import input_type_to_dict, is_input_type  # the SDK's own table of wire names; it exports no other
from pulumi_gcp import logging, monitoring

from vigil_apimodel import rules
from vigil_apimodel.rules.reading import UNKNOWN

Args = TypeVar("Args")

TOKENS: Mapping[type, str] = {
    logging.LogScopeArgs: "gcp:logging/logScope:LogScope",
    logging.LogViewArgs: "gcp:logging/logView:LogView",
    logging.MetricArgs: "gcp:logging/metric:Metric",
    logging.ProjectBucketConfigArgs: "gcp:logging/projectBucketConfig:ProjectBucketConfig",
    logging.ProjectExclusionArgs: "gcp:logging/projectExclusion:ProjectExclusion",
    logging.ProjectSinkArgs: "gcp:logging/projectSink:ProjectSink",
    logging.SavedQueryArgs: "gcp:logging/savedQuery:SavedQuery",
    monitoring.AlertPolicyArgs: "gcp:monitoring/alertPolicy:AlertPolicy",
    monitoring.CustomServiceArgs: "gcp:monitoring/customService:CustomService",
    monitoring.DashboardArgs: "gcp:monitoring/dashboard:Dashboard",
    monitoring.NotificationChannelArgs: "gcp:monitoring/notificationChannel:NotificationChannel",
    monitoring.SloArgs: "gcp:monitoring/slo:Slo",
    monitoring.UptimeCheckConfigArgs: "gcp:monitoring/uptimeCheckConfig:UptimeCheckConfig",
}
"""The type token of the resource that takes each class of arguments."""


class RuleViolationError(ValueError):
    """A resource that the API would refuse, or accept and never act on."""

    def __init__(self, resource: str, violations: Sequence[rules.Violation]) -> None:
        """``resource`` is the Pulumi name of the resource, ``violations`` what is wrong with it."""
        self.violations = tuple(violations)
        lines = "\n".join(f"  {one.field}: {one.message} [{one.rule}]" for one in violations)
        super().__init__(f"{resource} breaks {len(violations)} rule(s) of the API:\n{lines}")


def checked(name: str, args: Args) -> Args:
    """``args``, unchanged, if the API would take them.

    ``name`` is the Pulumi name of the resource, for the message. Raises RuleViolationError naming each field, the
    rule and the remedy; warnings go to the log of the deployment.
    """
    token = TOKENS[type(args)]
    violations = rules.check(token, cast("dict[str, object]", wire(args)))
    refused = [one for one in violations if one.severity is rules.Severity.ERROR]
    if refused:
        raise RuleViolationError(name, refused)
    for one in violations:
        pulumi.log.warn(f"{name}: {one.field}: {one.message} [{one.rule}]")
    return args


def wire(value: object) -> object:
    """``value`` on the wire: Pulumi's names, absent values left out, an Output as what is not known yet."""
    if isinstance(value, pulumi.Output):
        return UNKNOWN
    if is_input_type(type(value)):
        return wire(input_type_to_dict(value))
    if isinstance(value, Mapping):
        items = cast("Mapping[str, object]", value).items()
        return {key: wire(item) for key, item in items if item is not None}
    if isinstance(value, Sequence) and not isinstance(value, str | bytes):
        return [wire(item) for item in cast("Sequence[object]", value)]
    return value
