"""What all parts of a system share: a source, an owner, and the alerts and charts that its kind brings along."""

from dataclasses import dataclass
from typing import ClassVar

import pulumi

from vigil_components.arguments import ResourceName, validated
from vigil_components.service import ServiceMonitoring, ServiceMonitoringArgs
from vigil_components.watch import Watch
from vigil_components.watches import platform


@validated
@dataclass(frozen=True, kw_only=True)
class PartArgs(ServiceMonitoringArgs):
    """One part of a system: the arguments of its monitoring, of which `watch` is what its kind brings along."""

    platform: Watch | None = None
    """What Google's platform says about the source. Default: everything that it says, `watches.platform(source)`.

    A Cloud Run service, worker pool or job has alerts for memory kills, failed starts, exits, refusals and limits; the
    audit log has its changes. Adjust or leave out alerts with `platform(source).changed(...)` and `.without(...)`, or
    give `Watch()` for none. An alert of the same name in `watch` or `alerts` takes the place of the platform's.
    """

    def _together(self) -> Watch:
        """The alerts and charts of its kind and its own, then those of the platform."""
        own = super()._together()
        by_default = platform(self.source) if self.platform is None else self.platform
        named = {one.name for one in own.alerts}
        replaced = [one.name for one in by_default.alerts if one.name in named]
        return own.along_with(by_default.without(*replaced))


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
