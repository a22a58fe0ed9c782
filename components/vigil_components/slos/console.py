"""The objective as Monitoring's own resource, for its SLO pages."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import cast

import pulumi
from pulumi_gcp import monitoring

from vigil_components.arguments import InputProject, LabelValue, ResourceName, validated
from vigil_components.checked import checked
from vigil_components.slos.objectives import Slo
from vigil_components.sources import Source


@validated
@dataclass(frozen=True, kw_only=True)
class ConsoleSlosArgs:
    """The objectives of one service, as they appear under its name in the console."""

    project: InputProject
    """Project whose metrics they read."""
    environment: LabelValue
    """Environment, such as `prod`: part of the service's title."""
    source: Source
    """The service."""
    slos: Sequence[Slo]
    """Its objectives."""


class ConsoleSlos(pulumi.ComponentResource):
    """A Monitoring service with its SLOs.

    Nothing depends on it: alerts and budget charts read the same metrics themselves. It can be registered only once
    the metrics have been seen: the API refuses an SLO over a metric that it does not know yet ("The metric referenced
    by the provided filter is unknown"), up to ten minutes after the metric's creation.
    """

    TYPE = "vigil:slos:ConsoleSlos"

    @validated
    def __init__(self, name: ResourceName, args: ConsoleSlosArgs, opts: pulumi.ResourceOptions | None = None) -> None:
        """Register the service and each SLO."""
        super().__init__(
            self.TYPE, name, {"service": args.source.service, "sloIds": [slo.name for slo in args.slos]}, opts
        )
        labels = {"environment": args.environment, "managed-by": "vigil"}
        service_args = monitoring.CustomServiceArgs(
            project=args.project,
            service_id=args.source.service,
            display_name=f"{args.source.service} ({args.environment})",
            user_labels=labels,
        )
        child = pulumi.ResourceOptions(parent=self)
        self.service = monitoring.CustomService(f"{name}-service", checked(f"{name}-service", service_args), opts=child)
        self.slos = {slo.name: self._slo(f"{name}-{slo.name}", args, slo, child) for slo in args.slos}
        self.register_outputs({"serviceName": self.service.name})

    def _slo(self, name: str, args: ConsoleSlosArgs, slo: Slo, opts: pulumi.ResourceOptions) -> monitoring.Slo:
        native = slo.indicator.native(args.source)
        slo_args = monitoring.SloArgs(
            project=args.project,
            service=self.service.service_id,
            slo_id=slo.name,
            display_name=slo.title,
            goal=float(slo.goal),
            rolling_period_days=slo.period.days,
            user_labels={"environment": args.environment, "managed-by": "vigil"},
            request_based_sli=cast("monitoring.SloRequestBasedSliArgs | None", native.get("request_based_sli")),
            windows_based_sli=cast("monitoring.SloWindowsBasedSliArgs | None", native.get("windows_based_sli")),
        )
        return monitoring.Slo(name, checked(name, slo_args), opts=opts)
