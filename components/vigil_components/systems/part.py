"""What all parts of a system share: a source, an owner, and the alerts and charts that its kind brings along."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import ClassVar

import pulumi

from vigil_components.arguments import Name, validated
from vigil_components.charts import Chart, Plot
from vigil_components.conditions import AlertSpec
from vigil_components.service import ServiceMonitoring, ServiceMonitoringArgs, Surroundings
from vigil_components.slos import Slo
from vigil_components.sources import Source


@validated
@dataclass(frozen=True, kw_only=True)
class Watch:
    """Alerts and charts that belong together: what one kind of part is watched for."""

    alerts: tuple[AlertSpec, ...] = ()
    """Alerts, each with a name of its own. Default: none."""
    charts: tuple[Chart | Plot, ...] = ()
    """Charts. Default: none."""

    @validated
    def along_with(self, *others: "Watch") -> "Watch":
        """These alerts and charts, then those of each of the others."""
        watches = (self, *others)
        return Watch(
            alerts=tuple(alert for watch in watches for alert in watch.alerts),
            charts=tuple(chart for watch in watches for chart in watch.charts),
        )

    @validated
    def without(self, *names: str) -> "Watch":
        """The same without the alerts of these names. Raises ValueError for a name that there is not."""
        known = {alert.name for alert in self.alerts}
        unknown = sorted(set(names) - known)
        if unknown:
            raise ValueError(f"no alert {', '.join(unknown)} to leave out; there are {', '.join(sorted(known))}")
        return Watch(alerts=tuple(one for one in self.alerts if one.name not in names), charts=self.charts)


@validated
@dataclass(frozen=True, kw_only=True)
class PartArgs:
    """One part of a system."""

    surroundings: Surroundings
    """What it shares with the stack's other parts."""
    source: Source
    """Where its log entries come from."""
    team: Name
    """Name of the team that owns it."""
    watch: Watch
    """Alerts and charts that its kind brings along."""
    alerts: Sequence[AlertSpec] = field(default_factory=tuple[AlertSpec, ...])
    """Alerts of the team's own. Default: none."""
    charts: Sequence[Chart | Plot] = field(default_factory=tuple["Chart | Plot", ...])
    """Charts of the team's own. Default: none."""
    slos: Sequence[Slo] = field(default_factory=tuple[Slo, ...])
    """Objectives. Default: none."""
    console_slos: bool = False
    """Whether the objectives are also in Monitoring's SLO pages. Default: no."""


class Part(pulumi.ComponentResource):
    """One part of the system, with everything that watches it."""

    TYPE: ClassVar[str] = "vigil:systems:Part"

    monitoring: ServiceMonitoring

    @validated
    def __init__(self, name: str, args: PartArgs, opts: pulumi.ResourceOptions | None = None) -> None:
        """Register the part's monitoring."""
        super().__init__(self.TYPE, name, {"service": args.source.service, "team": args.team}, opts)
        self.monitoring = ServiceMonitoring(
            name,
            ServiceMonitoringArgs(
                surroundings=args.surroundings,
                source=args.source,
                team=args.team,
                alerts=(*args.watch.alerts, *args.alerts),
                charts=(*args.watch.charts, *args.charts),
                slos=args.slos,
                console_slos=args.console_slos,
            ),
            opts=pulumi.ResourceOptions(parent=self),
        )
        self.register_outputs({"dashboard": self.monitoring.dashboard.url})
