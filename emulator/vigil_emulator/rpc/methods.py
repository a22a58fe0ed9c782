"""RPCs, and the methods of the discovery documents that they are.

Source: `google/logging/v2/*.proto`, `google/monitoring/v3/*.proto`, `google/monitoring/dashboard/v1/*.proto`, as
the clients' generated transports name them.
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass

LOGGING = "google.cloud.logging_v2.types"
MONITORING = "google.cloud.monitoring_v3"

EMPTY = "google.protobuf.empty_pb2:Empty"
OPERATION = "google.longrunning.operations_pb2:Operation"
DASHBOARDS = "google.cloud.monitoring_dashboard_v1"
RESOURCE_DESCRIPTOR = "google.api.monitored_resource_pb2:MonitoredResourceDescriptor"
DESCRIPTOR = "google.api.metric_pb2:MetricDescriptor"


@dataclass(frozen=True, slots=True)
class Rpc:
    """One RPC: its name, the discovery document's method, and its messages (`module:Class`)."""

    name: str
    method: str
    request: str
    response: str


@dataclass(frozen=True, slots=True)
class Streaming:
    """An RPC with streams both ways, and its service."""

    service: str
    rpc: Rpc


STREAMING = Streaming(
    "google.logging.v2.LoggingServiceV2",
    Rpc(
        "TailLogEntries",
        "logging.entries.tail",
        f"{LOGGING}:TailLogEntriesRequest",
        f"{LOGGING}:TailLogEntriesResponse",
    ),
)
"""The only one; REST cannot stream, and answers 501."""


def services() -> Mapping[str, tuple[Rpc, ...]]:
    """Return the RPCs by the full name of their service."""
    logging, monitoring = "google.logging.v2", "google.monitoring.v3"
    return {
        f"{logging}.LoggingServiceV2": (
            _rpc(LOGGING, "WriteLogEntries", "logging.entries.write"),
            _rpc(LOGGING, "ListLogEntries", "logging.entries.list"),
            _rpc(LOGGING, "ListLogs", "logging.projects.logs.list"),
            Rpc("DeleteLog", "logging.projects.logs.delete", f"{LOGGING}:DeleteLogRequest", EMPTY),
            _rpc(LOGGING, "ListMonitoredResourceDescriptors", "logging.monitoredResourceDescriptors.list"),
        ),
        f"{logging}.ConfigServiceV2": (
            *_crud(LOGGING, "Bucket", "logging.projects.locations.buckets", message="LogBucket"),
            *_crud(LOGGING, "View", "logging.projects.locations.buckets.views", message="LogView"),
            *_crud(LOGGING, "Sink", "logging.projects.sinks", message="LogSink"),
            *_crud(LOGGING, "Exclusion", "logging.projects.exclusions", message="LogExclusion"),
            *_links(),
            *_asynchronous(),
            *_settings(),
        ),
        f"{logging}.MetricsServiceV2": tuple(_crud(LOGGING, "LogMetric", "logging.projects.metrics", update="update")),
        "google.longrunning.Operations": (
            Rpc(
                "GetOperation",
                "logging.projects.locations.operations.get",
                "google.longrunning.operations_pb2:GetOperationRequest",
                OPERATION,
            ),
        ),
        f"{monitoring}.AlertPolicyService": tuple(
            _crud(MONITORING, "AlertPolicy", "monitoring.projects.alertPolicies", plural="AlertPolicies")
        ),
        f"{monitoring}.NotificationChannelService": (
            *_crud(MONITORING, "NotificationChannel", "monitoring.projects.notificationChannels"),
            *_channel_types(),
            *_verification(),
        ),
        f"{monitoring}.MetricService": tuple(_metric_service()),
        f"{monitoring}.UptimeCheckService": (
            *_crud(MONITORING, "UptimeCheckConfig", "monitoring.projects.uptimeCheckConfigs"),
            _rpc(MONITORING, "ListUptimeCheckIps", "monitoring.uptimeCheckIps.list"),
        ),
        f"{monitoring}.ServiceMonitoringService": (
            *_crud(MONITORING, "Service", "monitoring.services"),
            *_crud(MONITORING, "ServiceLevelObjective", "monitoring.services.serviceLevelObjectives"),
        ),
        f"{monitoring}.GroupService": (
            *_crud(MONITORING, "Group", "monitoring.projects.groups", update="update"),
            _rpc(MONITORING, "ListGroupMembers", "monitoring.projects.groups.members.list"),
        ),
        f"{monitoring}.QueryService": (_rpc(MONITORING, "QueryTimeSeries", "monitoring.projects.timeSeries.query"),),
        "google.monitoring.dashboard.v1.DashboardsService": tuple(
            _crud(DASHBOARDS, "Dashboard", "monitoring.projects.dashboards")
        ),
        f"{monitoring}.SnoozeService": tuple(
            rpc for rpc in _crud(MONITORING, "Snooze", "monitoring.projects.snoozes") if rpc.name != "DeleteSnooze"
        ),
    }


def _rpc(module: str, name: str, method: str, response: str | None = None, request: str | None = None) -> Rpc:
    return Rpc(name, method, f"{module}:{request or name + 'Request'}", response or f"{module}:{name}Response")


def _crud(
    module: str,
    resource: str,
    method: str,
    *,
    message: str | None = None,
    plural: str | None = None,
    update: str = "patch",
) -> Iterator[Rpc]:
    one = f"{module}:{message or resource}"
    yield _rpc(module, f"List{plural or resource + 's'}", f"{method}.list")
    for verb, discovery in (("Get", "get"), ("Create", "create"), ("Update", update)):
        yield _rpc(module, f"{verb}{resource}", f"{method}.{discovery}", one)
    yield _rpc(module, f"Delete{resource}", f"{method}.delete", EMPTY)


def _channel_types() -> Iterator[Rpc]:
    method, one = "monitoring.projects.notificationChannelDescriptors", "NotificationChannelDescriptor"
    yield _rpc(MONITORING, f"List{one}s", f"{method}.list")
    yield _rpc(MONITORING, f"Get{one}", f"{method}.get", f"{MONITORING}:{one}")


def _links() -> Iterator[Rpc]:
    method = "logging.projects.locations.buckets.links"
    yield _rpc(LOGGING, "ListLinks", f"{method}.list")
    yield _rpc(LOGGING, "GetLink", f"{method}.get", f"{LOGGING}:Link")
    yield _rpc(LOGGING, "CreateLink", f"{method}.create", OPERATION)
    yield _rpc(LOGGING, "DeleteLink", f"{method}.delete", OPERATION)


def _asynchronous() -> Iterator[Rpc]:
    method = "logging.projects.locations.buckets"
    yield _rpc(LOGGING, "UndeleteBucket", f"{method}.undelete", EMPTY)
    yield _rpc(LOGGING, "CreateBucketAsync", f"{method}.createAsync", OPERATION, "CreateBucketRequest")
    yield _rpc(LOGGING, "UpdateBucketAsync", f"{method}.updateAsync", OPERATION, "UpdateBucketRequest")


def _settings() -> Iterator[Rpc]:
    for name, one in (("CmekSettings", "CmekSettings"), ("Settings", "Settings")):
        yield _rpc(LOGGING, f"Get{name}", f"logging.get{name}", f"{LOGGING}:{one}")
        yield _rpc(LOGGING, f"Update{name}", f"logging.update{name}", f"{LOGGING}:{one}")
    yield _rpc(LOGGING, "CopyLogEntries", "logging.entries.copy", OPERATION)


def _verification() -> Iterator[Rpc]:
    method, one = "monitoring.projects.notificationChannels", "NotificationChannelVerificationCode"
    yield _rpc(MONITORING, f"Send{one}", f"{method}.sendVerificationCode", EMPTY)
    yield _rpc(MONITORING, f"Get{one}", f"{method}.getVerificationCode")
    yield _rpc(MONITORING, "VerifyNotificationChannel", f"{method}.verify", f"{MONITORING}:NotificationChannel")


def _metric_service() -> Iterator[Rpc]:
    descriptors = "monitoring.projects.metricDescriptors"
    yield _rpc(MONITORING, "ListMetricDescriptors", f"{descriptors}.list")
    yield _rpc(MONITORING, "GetMetricDescriptor", f"{descriptors}.get", DESCRIPTOR)
    yield _rpc(MONITORING, "CreateMetricDescriptor", f"{descriptors}.create", DESCRIPTOR)
    yield _rpc(MONITORING, "DeleteMetricDescriptor", f"{descriptors}.delete", EMPTY)
    resources = "monitoring.projects.monitoredResourceDescriptors"
    yield _rpc(MONITORING, "ListMonitoredResourceDescriptors", f"{resources}.list")
    yield _rpc(MONITORING, "GetMonitoredResourceDescriptor", f"{resources}.get", RESOURCE_DESCRIPTOR)
    series = "monitoring.projects.timeSeries"
    yield _rpc(MONITORING, "ListTimeSeries", f"{series}.list")
    yield _rpc(MONITORING, "CreateTimeSeries", f"{series}.create", EMPTY)
    yield _rpc(MONITORING, "CreateServiceTimeSeries", f"{series}.createService", EMPTY, "CreateTimeSeriesRequest")
