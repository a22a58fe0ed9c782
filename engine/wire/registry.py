"""Which type is applied, which recorded; any other is an error."""

from collections.abc import Mapping
from typing import Final

from engine.wire.base import Wire
from engine.wire.logging_access import ViewMemberWire
from engine.wire.logging_config import BucketWire, ExclusionWire, LinkWire, SavedQueryWire, ScopeWire, ViewWire
from engine.wire.logging_metrics import MetricWire
from engine.wire.logging_sinks import FolderSinkWire, OrganizationSinkWire, ProjectSinkWire
from engine.wire.monitoring_alerting import AlertPolicyWire, ChannelWire, GroupWire, UptimeWire
from engine.wire.monitoring_dashboards import DashboardWire
from engine.wire.monitoring_slo import CustomServiceWire, DescriptorWire, GenericServiceWire, SloWire
from engine.wire.recorded import is_recorded

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


class UnknownTypeError(ValueError):
    """A resource type that the engine can neither apply nor record."""


def wire_for(type_: str) -> Wire | None:
    """The wire of an applied type, None for a recorded one.

    Raises UnknownTypeError, naming the type and the remedy, for any other.
    """
    wire = APPLIED.get(type_)
    if wire is None and not is_recorded(type_):
        remedy = (
            "write its requests in engine/wire (Logging and Monitoring are applied)"
            if type_.startswith(("gcp:logging/", "gcp:monitoring/"))
            else "add its package to RECORDED in engine/wire/recorded.py if it need not run on one machine"
        )
        raise UnknownTypeError(f"resource type {type_} is neither applied nor recorded locally. Remedy: {remedy}.")
    return wire
