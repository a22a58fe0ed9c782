"""The kinds of resource that a definition can be: their token, and the SDK's classes."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final, cast

import pulumi
from pulumi._types import input_type_py_to_pulumi_names  # the SDK's own table of wire names; it exports no other
from pulumi_gcp import logging, monitoring

from vigil_apimodel import tokens
from vigil_components.arguments import unknown_name


@dataclass(frozen=True, kw_only=True)
class Kind:
    """One kind of resource."""

    token: str
    """Pulumi's token."""
    noun: str
    """What people call it; the child's name ends in it."""
    arguments: type
    """The SDK's class of arguments."""
    resource: type[pulumi.CustomResource]
    """The SDK's class of the resource."""

    def args(self, inputs: Mapping[str, object], project: pulumi.Input[str]) -> object:
        """Return the SDK's arguments of wire inputs. Raises ValueError for a field that the resource does not have."""
        names = {wire: name for name, wire in input_type_py_to_pulumi_names(self.arguments).items()}
        unknown = next((key for key in inputs if key not in names), None)
        if unknown is not None:
            raise ValueError(unknown_name(f"a {self.noun} has no field", unknown, names))
        values = {names[key]: value for key, value in inputs.items()}
        if "project" in names and "project" not in inputs:
            values["project"] = project
        return cast("object", self.arguments(**values))

    def make(self, name: str, args: object, parent: pulumi.Resource) -> pulumi.CustomResource:
        """Register the resource below its component."""
        return self.resource(name, args, pulumi.ResourceOptions(parent=parent))  # pyright: ignore[reportCallIssue, reportArgumentType] - every SDK class takes (name, args, opts)


KINDS: Final[Mapping[str, Kind]] = {
    token: Kind(token=token, noun=noun, arguments=arguments, resource=resource)
    for token, noun, arguments, resource in (
        (tokens.ALERT_POLICY, "policy", monitoring.AlertPolicyArgs, monitoring.AlertPolicy),
        (tokens.DASHBOARD, "dashboard", monitoring.DashboardArgs, monitoring.Dashboard),
        (tokens.CHANNEL, "channel", monitoring.NotificationChannelArgs, monitoring.NotificationChannel),
        (tokens.SLO, "slo", monitoring.SloArgs, monitoring.Slo),
        (tokens.UPTIME_CHECK, "check", monitoring.UptimeCheckConfigArgs, monitoring.UptimeCheckConfig),
        (tokens.CUSTOM_SERVICE, "service", monitoring.CustomServiceArgs, monitoring.CustomService),
        (tokens.LOG_METRIC, "metric", logging.MetricArgs, logging.Metric),
        (tokens.PROJECT_SINK, "sink", logging.ProjectSinkArgs, logging.ProjectSink),
        (tokens.PROJECT_BUCKET, "bucket", logging.ProjectBucketConfigArgs, logging.ProjectBucketConfig),
        (tokens.PROJECT_EXCLUSION, "exclusion", logging.ProjectExclusionArgs, logging.ProjectExclusion),
        (tokens.LOG_VIEW, "view", logging.LogViewArgs, logging.LogView),
        (tokens.LOG_SCOPE, "scope", logging.LogScopeArgs, logging.LogScope),
        (tokens.SAVED_QUERY, "query", logging.SavedQueryArgs, logging.SavedQuery),
    )
}
"""Every kind by its token."""
