"""Every kind of the control plane, put together: which handler answers which method."""

from collections.abc import Mapping

from vigil_emulator.calls import Handler
from vigil_emulator.resources.alert_policies import AlertPolicies
from vigil_emulator.resources.buckets import Buckets, Links, Views
from vigil_emulator.resources.catalogs import ChannelDescriptors, GroupMembers, ResourceDescriptors, UptimeCheckIps
from vigil_emulator.resources.channels import Channels
from vigil_emulator.resources.collection import Context
from vigil_emulator.resources.dashboards import Dashboards
from vigil_emulator.resources.descriptors import Descriptors, Written
from vigil_emulator.resources.groups import Groups, Snoozes
from vigil_emulator.resources.log_metrics import LogMetrics
from vigil_emulator.resources.operations import Operations
from vigil_emulator.resources.queries import LogScopes, SavedQueries
from vigil_emulator.resources.scopes import MetricsScopes, ScopeOperations
from vigil_emulator.resources.services import Objectives, Services
from vigil_emulator.resources.settings import Settings
from vigil_emulator.resources.sinks import Exclusions, Sinks
from vigil_emulator.resources.uptime import UptimeChecks


def control_plane(context: Context, written: Written | None = None) -> Mapping[tuple[str, str], Handler]:
    """Return the handlers by kind and verb (`("logging.sinks", "create")`); `written` knows of undeclared metrics."""
    operations = Operations(context)
    buckets = Buckets(context, operations)
    services = Services(context)
    kinds = (
        operations,
        buckets,
        Views(context, buckets),
        Links(context, buckets, operations),
        Sinks(context),
        Exclusions(context),
        Settings(context),
        LogMetrics(context),
        SavedQueries(context),
        LogScopes(context),
        AlertPolicies(context),
        Channels(context),
        Dashboards(context),
        UptimeChecks(context),
        Groups(context),
        Snoozes(context),
        services,
        Objectives(context, services),
        Descriptors(context, written),
        MetricsScopes(context),
        ScopeOperations(context),
        ChannelDescriptors(),
        ResourceDescriptors("monitoring.monitoredResourceDescriptors"),
        ResourceDescriptors("logging.monitoredResourceDescriptors"),
        GroupMembers(context),
        UptimeCheckIps(),
    )
    return {(kind.kind, verb): handler for kind in kinds for verb, handler in kind.handlers().items()}
