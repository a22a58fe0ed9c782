"""Which type is applied, which recorded; any other is an error."""

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
from vigil_runner.wire.recorded import is_recorded

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
            "write its requests in runner/vigil_runner/wire (Logging and Monitoring are applied)"
            if type_.startswith(("gcp:logging/", "gcp:monitoring/"))
            else "add its package to RECORDED in runner/vigil_runner/wire/recorded.py if it need not run on one machine"
        )
        raise UnknownTypeError(f"resource type {type_} is neither applied nor recorded locally. Remedy: {remedy}.")
    return wire
