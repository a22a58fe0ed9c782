"""Compute Engine machines, from outside and by the Ops Agent inside."""

from dataclasses import dataclass
from typing import Literal

from vigil_apimodel import lql
from vigil_apimodel.metrics import compute, ops_agent
from vigil_components.arguments import Name, PositiveCount, validated
from vigil_components.charts import Chart
from vigil_components.durations import minutes
from vigil_components.severity import AlertSeverity
from vigil_components.signals import growth, level, missing
from vigil_components.sources import MonitoredResource
from vigil_components.watch import Watch
from vigil_components.watches._shared import Share, id_of, series


@validated
def machine(instance_id: Name, *, zone: Name, name: Name) -> MonitoredResource:
    """Return a Compute Engine machine as a source; `instance_id` is its number, `name` what it is called in alerts."""
    return MonitoredResource(
        name=name, id=id_of(name), type=compute.RESOURCE, labels={"instance_id": instance_id, "zone": zone}
    )


@validated
@dataclass(frozen=True, kw_only=True)
class NamedMachine(MonitoredResource):
    """A Compute Engine machine by its name, whatever its number is: it keeps its alerts when it is made anew."""

    type: Literal["gce_instance"] = compute.RESOURCE
    """Type of the monitored resource."""

    @property
    def entry_filter(self) -> lql.Expr:
        """Entries that the Ops Agent wrote on a machine of this name.

        https://docs.cloud.google.com/logging/docs/agent/ops-agent#logs
        """
        return lql.all_of(super().entry_filter, lql.eq('labels."compute.googleapis.com/resource_name"', self.name))


@validated
def named_machine(name: Name, *, zone: Name) -> NamedMachine:
    """Return a Compute Engine machine as a source, by its name."""
    return NamedMachine(name=name, id=id_of(name), labels={"zone": zone})


@validated
def managed_group(name: Name, *, location: Name) -> MonitoredResource:
    """Return a managed instance group as a source; `location` is its zone, or the region of a regional one."""
    return MonitoredResource(
        name=name,
        id=id_of(name),
        type=compute.GROUP,
        labels={"instance_group_name": name, "location": location},
    )


@validated
def managed_group_health(
    source: MonitoredResource, *, least: PositiveCount, most: PositiveCount | None = None
) -> Watch:
    """Return what a managed instance group is watched for: that it has its machines, and room for more.

    `least` is its target size, or the minimum of its autoscaler. `most` is the maximum of its autoscaler. Default of
    `most`: none, as the group does not grow; where it grows, the alert opens above 90 %, which leaves little room.
    """
    size = level(series(source, compute.GROUP_SIZE), reduce="sum")
    small = size.alert(
        below=least,
        lasting=minutes(10),
        name="group-small",
        severity=AlertSeverity.PAGE,
        summary="The group has fewer machines than it should",
        runbook="google-cloud/group-size",
    )
    alerts = [small]
    if most is not None:
        alerts.append(
            size.alert(
                above=_NEAR_MOST * most,
                lasting=minutes(15),
                name="group-full",
                severity=AlertSeverity.TICKET,
                summary="The group nearly has as many machines as it may",
                runbook="google-cloud/group-size",
            )
        )
    return Watch(alerts=tuple(alerts), charts=(Chart(title="Machines", signals=(size,)),))


_NEAR_MOST = 0.9
"""Part of the maximum of a group from which on it has nearly no room for more load."""


@validated
@dataclass(frozen=True, kw_only=True)
class MachineLimits:
    """What a machine may do before somebody is notified."""

    cpu: Share = 0.9
    """Part of a machine's CPUs in use for 15 minutes. Default: 90 %; above it everything on it slows down."""
    memory: Share = 0.9
    """Part of a machine's memory in use. Default: 90 %; above it the kernel soon kills a process."""
    disk: Share = 0.85
    """Part of a disk in use. Default: 85 %, so that somebody can enlarge it before writes fail."""


@validated
def machine_health(source: MonitoredResource, limits: MachineLimits | None = None) -> Watch:
    """Return what a machine that is always on is watched for."""
    where = {"instance_name": source.name} if isinstance(source, NamedMachine) else {}
    cpu = level(series(source, compute.CPU_UTILIZATION, where), smooth=True)
    gone = missing(series(source, compute.UPTIME_TOTAL, where), window=minutes(10))
    return Watch(
        alerts=(
            cpu.alert(
                above=(limits or MachineLimits()).cpu,
                lasting=minutes(15),
                name="machine-cpu",
                severity=AlertSeverity.TICKET,
                summary="The machine's CPUs are used up",
                runbook="google-cloud/machine-cpu",
            ),
            gone.alert(
                name="machine-down",
                severity=AlertSeverity.PAGE,
                summary="The machine does not run",
                runbook="google-cloud/machine-down",
            ),
        ),
        charts=(
            Chart(
                title="Bytes received and sent in five minutes",
                signals=(
                    growth(series(source, compute.RECEIVED_BYTES, where)),
                    growth(series(source, compute.SENT_BYTES, where)),
                ),
            ),
        ),
    )


@validated
def machine_inside(source: MonitoredResource, limits: MachineLimits | None = None) -> Watch:
    """Return what a machine with the Ops Agent is also watched for: its memory and its disks."""
    chosen = limits or MachineLimits()
    memory = level(series(source, ops_agent.MEMORY, {"state": "used"}), smooth=True)
    disk = level(series(source, ops_agent.DISK, {"state": "used"}), by=("device",))
    return Watch(
        alerts=(
            memory.alert(
                above=100 * chosen.memory,
                lasting=minutes(10),
                name="machine-memory",
                severity=AlertSeverity.TICKET,
                summary="The machine's memory is nearly used up",
                runbook="google-cloud/machine-memory",
            ),
            disk.alert(
                above=100 * chosen.disk,
                lasting=minutes(10),
                name="machine-disk",
                severity=AlertSeverity.PAGE,
                summary="A disk of the machine is filling up",
                runbook="google-cloud/machine-disk",
            ),
        ),
    )
