"""Which types are applied to the emulator. Every other one is recorded.

A program may contain resources of any provider. What is recorded is listed as not run locally; its outputs are made up
from its inputs.
"""

from collections.abc import Mapping
from typing import Final

from vigil_runner.wire.base import Wire
from vigil_runner.wire.logging_access import ViewMemberWire
from vigil_runner.wire.logging_config import BucketWire, ExclusionWire, LinkWire, SavedQueryWire, ScopeWire, ViewWire
from vigil_runner.wire.logging_metrics import MetricWire
from vigil_runner.wire.logging_sinks import FolderSinkWire, OrganizationSinkWire, ProjectSinkWire
from vigil_runner.wire.monitoring_alerting import AlertPolicyWire, ChannelWire, GroupWire, UptimeWire
from vigil_runner.wire.monitoring_dashboards import DashboardWire
from vigil_runner.wire.monitoring_slo import CustomServiceWire, DescriptorWire, GenericServiceWire, SloWire

APPLIED: Final[Mapping[str, Wire]] = {
    wire.type: wire
    for wire in (
        AlertPolicyWire(),
        BucketWire(),
        ChannelWire(),
        CustomServiceWire(),
        DashboardWire(),
        DescriptorWire(),
        ExclusionWire(),
        FolderSinkWire(),
        GenericServiceWire(),
        GroupWire(),
        LinkWire(),
        MetricWire(),
        OrganizationSinkWire(),
        ProjectSinkWire(),
        SavedQueryWire(),
        ScopeWire(),
        SloWire(),
        UptimeWire(),
        ViewMemberWire(),
        ViewWire(),
    )
}
"""Every applied type by its token."""


def wire_for(type_: str) -> Wire | None:
    """Return the wire of an applied type; None for any other, whose resources are recorded."""
    return APPLIED.get(type_)
