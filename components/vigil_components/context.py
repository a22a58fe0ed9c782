"""What all services of a stack share: where they run, who is notified, where the runbooks are."""

from dataclasses import dataclass
from typing import Protocol, runtime_checkable

import pulumi

from vigil_components.arguments import Address, InputProject, LabelValue, validated
from vigil_components.severity import AlertSeverity


@runtime_checkable
class AlertRouting(Protocol):
    """The choice of the channels that an alert notifies; `Routing` makes it by team and severity."""

    def channels(self, team: str, severity: AlertSeverity) -> tuple[pulumi.Input[str], ...]:
        """Return the resource names of the channels. Raises ValueError for an unknown team."""
        ...


@validated
@dataclass(frozen=True, kw_only=True)
class MonitoringContext:
    """What all services of a stack share."""

    project: InputProject
    """Project that is watched."""
    environment: LabelValue
    """Environment, such as `prod`: part of names and labels."""
    routing: AlertRouting
    """What chooses the channels of an alert: a `Routing`."""
    runbooks_url: pulumi.Input[Address]
    """Address under which the runbook pages are served."""

    def __post_init__(self) -> None:
        """Refuse a routing of another project or environment. Raises ValueError.

        A policy notifies only the channels in its project
        (https://docs.cloud.google.com/monitoring/api/ref_v3/rest/v3/projects.alertPolicies).
        """
        for argument, own in (("project", self.project), ("environment", self.environment)):
            other = getattr(self.routing, argument, own)
            if isinstance(own, str) and isinstance(other, str) and own != other:
                raise ValueError(
                    f"{argument} is {own!r}, and that of routing is {other!r}; give both the same, since alerts notify "
                    f"the channels in their {argument}"
                )
