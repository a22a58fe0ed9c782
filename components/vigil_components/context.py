"""What all services of a stack share: where they run, who is notified, where the runbooks are."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Protocol, runtime_checkable

import pulumi

from vigil_components.arguments import Address, InputProject, LabelValue, Name, validated
from vigil_components.severity import AlertSeverity
from vigil_telemetry.arguments import offer


@offer("a routing, made with Routing(...)")
@runtime_checkable
class AlertRouting(Protocol):
    """The choice of the channels that an alert notifies; `Routing` makes it by team and severity."""

    def channels(self, team: str, severity: AlertSeverity) -> tuple[pulumi.Input[str], ...]:
        """Return the resource names of the channels. Raises ValueError for an unknown team."""
        ...


@validated
@dataclass(frozen=True, kw_only=True)
class Application:
    """An application of App Hub, on whose page Google shows the alerts of its services and workloads.

    Google attaches none of these labels to a policy by itself
    (https://docs.cloud.google.com/monitoring/docs/application-monitoring-labels).
    """

    id: LabelValue
    """Id of the application, such as `shop`."""
    location: LabelValue
    """Where the application is defined: a region such as `europe-west1`, or `global`."""
    services: Mapping[Name, LabelValue] = field(default_factory=dict[str, str])
    """Ids of services in App Hub by the name of the source here, such as `{"api": "shop-api"}`. Default: none."""
    workloads: Mapping[Name, LabelValue] = field(default_factory=dict[str, str])
    """Ids of workloads in App Hub by the name of the source here. Default: none."""

    def __post_init__(self) -> None:
        """Refuse a source that is a service and a workload, and an application of neither. Raises ValueError."""
        both = sorted(self.services.keys() & self.workloads.keys())
        if both:
            raise ValueError(f"{', '.join(both)} is in services and in workloads; give it in one of them")
        if not self.services and not self.workloads:
            raise ValueError(
                "services and workloads are both empty; name a source, such as services={'api': 'shop-api'}"
            )

    def labels(self, source: str) -> dict[str, str]:
        """Return the labels that associate the policies of a source; none for a source that is not registered."""
        if source in self.services:
            kind, identifier = "service", self.services[source]
        elif source in self.workloads:
            kind, identifier = "workload", self.workloads[source]
        else:
            return {}
        return {
            "apphub_application_id": self.id,
            "apphub_application_location": self.location,
            f"apphub_{kind}_id": identifier,
        }


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
    application: Application | None = None
    """Application of App Hub that the services belong to; its labels are put on their policies. Default: none."""

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
