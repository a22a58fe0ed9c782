"""What all parts of a system share: a source, an owner, and the alerts and charts that its kind brings along."""

from dataclasses import dataclass
from typing import ClassVar

import pulumi

from vigil_components.arguments import ResourceName, validated
from vigil_components.service import ServiceMonitoring, ServiceMonitoringArgs


@validated
@dataclass(frozen=True, kw_only=True)
class PartArgs(ServiceMonitoringArgs):
    """One part of a system: the arguments of its monitoring, of which `watch` is what its kind brings along."""


class Part(pulumi.ComponentResource):
    """One part of the system, with everything that watches it."""

    TYPE: ClassVar[str] = "vigil:systems:Part"

    monitoring: ServiceMonitoring

    @validated
    def __init__(self, name: ResourceName, args: PartArgs, opts: pulumi.ResourceOptions | None = None) -> None:
        """Register the part's monitoring."""
        super().__init__(self.TYPE, name, {"service": args.source.service, "team": args.team}, opts)
        self.monitoring = ServiceMonitoring(name, args, opts=pulumi.ResourceOptions(parent=self))
        self.register_outputs({"dashboard": self.monitoring.dashboard.url})
