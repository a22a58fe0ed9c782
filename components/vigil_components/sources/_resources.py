"""Other monitored resources: any by its type and labels, workloads on GKE, and the project's audit logs."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Annotated, Literal, TypeAlias

from vigil_apimodel import lql
from vigil_apimodel.metrics import RESOURCES
from vigil_components._labels import refuse_resource_label
from vigil_components.arguments import Name, Place, validated
from vigil_components.sources._source import NamedSource, Origin, ParsedSource, labelled
from vigil_telemetry.arguments import matching

ResourceType: TypeAlias = Annotated[
    Name,
    matching(
        r"[A-Za-z][A-Za-z0-9_.-]*(/[A-Za-z0-9_]+)?",
        "give the type of a monitored resource, such as 'cloudsql_database'",
    ),
]
"""The type of a monitored resource. There are more than the constants know, so it is checked for its form alone."""


@validated
@dataclass(frozen=True, kw_only=True)
class MonitoredResource(NamedSource, ParsedSource):
    """Any monitored resource of Google Cloud, by its type and labels.

    For what has no source class here, such as a Cloud SQL instance: `MonitoredResource(name="orders-db",
    type="cloudsql_database", labels={"database_id": "my-project:orders"})`.
    https://docs.cloud.google.com/monitoring/api/resources
    """

    type: ResourceType
    """Type of the monitored resource, such as `cloudsql_database`."""
    labels: Mapping[str, str]
    """Labels that distinguish the monitored resource from others of its type, without the project."""

    def __post_init__(self) -> None:
        """Refuse a label that a resource of a known type does not have. Raises UnknownLabelError."""
        NamedSource.__post_init__(self)
        for name in self.labels:
            refuse_resource_label(RESOURCES.get(self.type), name, argument="labels: ")

    @property
    def resource_type(self) -> str:
        """The type of the monitored resource."""
        return self.type

    @property
    def entry_filter(self) -> lql.Expr:
        """Entries with these labels."""
        return labelled(self.type, self.labels)

    @property
    def origin(self) -> Origin:
        """The resource itself."""
        return Origin(resource=self.type, labels=dict(self.labels), writer=self.name)


@validated
@dataclass(frozen=True, kw_only=True)
class GkeWorkload(NamedSource, ParsedSource):
    """A container of a workload on Google Kubernetes Engine, in all of its pods.

    https://docs.cloud.google.com/monitoring/api/resources#tag_k8s_container
    """

    cluster: Name
    """Name of the cluster."""
    location: Place
    """Region or zone of the cluster, such as `europe-west1`."""
    namespace: Name = "default"
    """Namespace of the workload. Default: `default`."""

    @property
    def resource_type(self) -> str:
        """The type of the monitored resource."""
        return "k8s_container"

    @property
    def entry_filter(self) -> lql.Expr:
        """Entries of the container of this name in all pods."""
        return labelled(self.resource_type, self._labels)

    @property
    def origin(self) -> Origin:
        """The labels of one pod."""
        labels = {**self._labels, "pod_name": f"{self.name}-7d4f8-x2x9q"}
        return Origin(resource=self.resource_type, labels=labels, writer=self.name, log="stdout")

    @property
    def _labels(self) -> Mapping[str, str]:
        return {
            "location": self.location,
            "cluster_name": self.cluster,
            "namespace_name": self.namespace,
            "container_name": self.name,
        }


@validated
@dataclass(frozen=True, kw_only=True)
class AuditLog(NamedSource, ParsedSource):
    """What people and programs did with the project's resources: Cloud Audit Logs.

    Entries are written against the resource that changed, so they have many resource types. Conditions on them read
    the entries themselves (`log_match`): a log-based metric would be one of many resource types, which PromQL refuses.
    """

    name: Name = "audit"
    """Name in titles and alerts. Default: `audit`."""
    log: Literal["activity", "system_event", "policy", "data_access"] = "activity"
    """Which of the audit logs. Default: `activity`, what was changed by whom; it is always on."""

    @property
    def resource_type(self) -> str:
        """Empty: the entries have many."""
        return ""

    @property
    def entry_filter(self) -> lql.Expr:
        """Entries of the log."""
        return lql.log_id(f"cloudaudit.googleapis.com/{self.log}")

    @property
    def origin(self) -> Origin:
        """The entries keep the resource that they were recorded with."""
        return Origin(resource="", labels={}, writer=self.name, log=f"cloudaudit.googleapis.com/{self.log}")
