"""Where a part's log entries come from: the monitored resource, and the form in which a line arrives.

The source writes filters, extractors and links, since the same event is found differently where an agent parsed the
line and where it is still text.
"""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from functools import lru_cache
from typing import Annotated, ClassVar, Literal, Protocol, TypeAlias, runtime_checkable

from vigil_apimodel import lql
from vigil_apimodel.metrics import RESOURCES
from vigil_apimodel.syntax import quote
from vigil_components._labels import refuse_resource_label
from vigil_components.arguments import Name, OneLine, Place, Region, is_label_value, validated
from vigil_telemetry.arguments import matching, shown

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
class Origin:
    """What Cloud Logging says about where an entry comes from, for an entry that one instance of a source wrote.

    It is written beside the filters and not derived from them, so that proofs, which write entries of this origin,
    notice a filter that selects something else.
    """

    resource: str
    """Type of the monitored resource, such as `cloud_run_revision`; empty where each entry keeps its own."""
    labels: Mapping[str, str]
    """Labels of the monitored resource, without the project."""
    writer: Name
    """Name of the service in the line itself."""
    log: Name = "run.googleapis.com/stdout"
    """Id of the log. Default: standard output on Cloud Run."""
    text: bool = False
    """Whether nobody parses the line on its way. Default: an agent parses it."""

    def document(self) -> dict[str, object]:
        """Return the origin as it stands in the render."""
        return {
            "resource": self.resource,
            "labels": dict(self.labels),
            "writer": self.writer,
            "log": self.log,
            "text": self.text,
        }


@runtime_checkable
class Source(Protocol):
    """A workload whose lines reach Cloud Logging under one monitored resource."""

    @property
    def service(self) -> str:
        """The service's name in metric ids, titles and links. It must be unique in a project."""
        ...

    @property
    def resource_type(self) -> str:
        """The type of the monitored resource, for example `cloud_run_revision`."""
        ...

    @property
    def entry_filter(self) -> lql.Expr:
        """The Logging query that selects this source's entries and no other's."""
        ...

    def event_filter(self, event: str) -> lql.Expr:
        """Return the Logging query that selects the entries of one event among them."""
        ...

    def extractor(self, path: str) -> str:
        """Return the extractor of a log-based metric for a field, given its path in a parsed entry."""
        ...

    @property
    def origin(self) -> Origin:
        """Where an entry of this source says that it comes from."""
        ...


@validated
@dataclass(frozen=True, kw_only=True)
class NamedSource:
    """The base of all sources: what the workload is called."""

    name: Name
    """Name of the service, pool, job, container or part. It stands in filters, so a preview must know it."""
    id: OneLine = ""
    """Name in metric ids, titles and alerts. Default: `name`.

    Give one where two sources of a project have the same name, such as one service in two regions. It must not change
    once it is deployed: the metrics would be new ones.
    """

    def __post_init__(self) -> None:
        """Refuse a name that cannot stand in labels and ids of metrics, where there is no id. Raises ValueError."""
        if not is_label_value(self.service):
            argument = "id" if self.id else "name"
            raise ValueError(
                f"{argument} is {shown(argument, self.service)}; it stands in labels and ids of metrics, which have "
                "lower-case letters, digits, dashes and underscores, at most 63: "
                + ("give such an id" if self.id else "give an id beside the name, such as id='orders'")
            )

    @property
    def service(self) -> str:
        """The service's name in metric ids, titles and links."""
        return self.id or self.name


class ParsedSource:
    """The base of sources whose lines an agent turns into fields: Cloud Run, and the agents of a Docker host."""

    def event_filter(self, event: str) -> lql.Expr:
        """Return a filter on the field `event`."""
        return lql.eq("jsonPayload.event", event)

    def extractor(self, path: str) -> str:
        """Return an extractor that reads the field itself."""
        return f"EXTRACT({path})"


@validated
@dataclass(frozen=True, kw_only=True)
class _CloudRunSource(NamedSource, ParsedSource):
    """The base of what runs on Cloud Run; a kind differs by its resource type and the label that holds its name."""

    RESOURCE_TYPE: ClassVar[str]
    NAME_LABEL: ClassVar[str]

    location: Region
    """Region, such as `europe-west1`. It stands in filters, so a preview must know it."""

    @property
    def resource_type(self) -> str:
        """The type of the monitored resource."""
        return self.RESOURCE_TYPE

    @property
    def entry_filter(self) -> lql.Expr:
        """Entries of every revision or execution in the region."""
        return _labelled(self.RESOURCE_TYPE, {self.NAME_LABEL: self.name, "location": self.location})

    @property
    def origin(self) -> Origin:
        """One revision or execution."""
        labels = {self.NAME_LABEL: self.name, "location": self.location, **self._instance_labels()}
        return Origin(resource=self.RESOURCE_TYPE, labels=labels, writer=self.name)

    def _instance_labels(self) -> Mapping[str, str]:
        """Return the labels that distinguish revisions."""
        return {"revision_name": f"{self.name}-00001"}


@validated
@dataclass(frozen=True, kw_only=True)
class CloudRunService(_CloudRunSource):
    """A Cloud Run service.

    Each revision is a separate monitored resource `cloud_run_revision`. Filters name the service, so that they
    outlive a deployment. https://docs.cloud.google.com/monitoring/api/resources#tag_cloud_run_revision
    """

    RESOURCE_TYPE: ClassVar[str] = "cloud_run_revision"
    NAME_LABEL: ClassVar[str] = "service_name"

    def _instance_labels(self) -> Mapping[str, str]:
        return {"revision_name": f"{self.name}-00001", "configuration_name": self.name}


@validated
@dataclass(frozen=True, kw_only=True)
class CloudRunWorkerPool(_CloudRunSource):
    """A Cloud Run worker pool: always on, without requests, such as Temporal workers."""

    RESOURCE_TYPE: ClassVar[str] = "cloud_run_worker_pool"
    NAME_LABEL: ClassVar[str] = "worker_pool_name"


@validated
@dataclass(frozen=True, kw_only=True)
class CloudRunJob(_CloudRunSource):
    """A Cloud Run job: it runs to its end, each time as a separate execution."""

    RESOURCE_TYPE: ClassVar[str] = "cloud_run_job"
    NAME_LABEL: ClassVar[str] = "job_name"

    def _instance_labels(self) -> Mapping[str, str]:
        return {}


@validated
@dataclass(frozen=True, kw_only=True)
class DockerHost(NamedSource):
    """A container on a Docker host that you run yourself.

    The Ops Agent, Fluent Bit and the OpenTelemetry Collector parse a JSON line into fields. Docker's `gcplogs` driver
    keeps it as text inside `jsonPayload.message`, where filters and extractors then look. Prefer an agent: it also
    understands severity and time.
    """

    shipper: Literal["ops-agent", "fluent-bit", "otel-collector", "gcplogs"] = "ops-agent"
    """What brings the lines to Cloud Logging. Default: the Ops Agent."""
    resource: Literal["gce_instance", "generic_node", "global"] = "gce_instance"
    """Type of the monitored resource: `gce_instance` on Compute Engine (default), else one of the others."""

    @property
    def resource_type(self) -> str:
        """The type of the host's monitored resource."""
        return self.resource

    @property
    def entry_filter(self) -> lql.Expr:
        """Entries of this service by the name that the library writes into each line: a host runs several."""
        if self.shipper == "gcplogs":
            named = lql.matches("jsonPayload.message", _in_text("service", self.name))
        else:
            named = lql.eq("jsonPayload.service", self.name)
        return lql.all_of(lql.eq("resource.type", self.resource_type), named)

    def event_filter(self, event: str) -> lql.Expr:
        """Return a filter on the field `event`, or on its text in the line."""
        if self.shipper == "gcplogs":
            return lql.matches("jsonPayload.message", _in_text("event", event))
        return lql.eq("jsonPayload.event", event)

    def extractor(self, path: str) -> str:
        """Return an extractor that reads the field, or its text in the line."""
        if self.shipper == "gcplogs":
            key = path.rsplit(".", 1)[-1]
            return f"REGEXP_EXTRACT(jsonPayload.message, {quote(_value_in_text(key))})"
        return f"EXTRACT({path})"

    @property
    def origin(self) -> Origin:
        """One container on one host."""
        labels = {
            "gce_instance": {"instance_id": "1", "zone": "europe-west1-b"},
            "generic_node": {"location": "europe-west1", "namespace": "", "node_id": "host-1"},
            "global": dict[str, str](),
        }[self.resource]
        plain = self.shipper == "gcplogs"
        log = "gcplogs-docker-driver" if plain else self.name
        return Origin(resource=self.resource, labels=labels, writer=self.name, log=log, text=plain)


@validated
@dataclass(frozen=True, kw_only=True)
class DrainSource(NamedSource, ParsedSource):
    """A part outside Google Cloud whose log drain a small service receives and writes on."""

    drain: Name
    """Name of the Cloud Run service that receives the drain."""
    location: Region
    """Region of that service, such as `europe-west1`."""

    @property
    def resource_type(self) -> str:
        """The type of the drain's monitored resource."""
        return "cloud_run_revision"

    @property
    def entry_filter(self) -> lql.Expr:
        """Entries that the drain wrote."""
        return self._receiver.entry_filter

    @property
    def origin(self) -> Origin:
        """A revision of the drain, which writes in the part's name."""
        origin = self._receiver.origin
        return Origin(resource=origin.resource, labels=origin.labels, writer=self.name)

    @property
    def _receiver(self) -> CloudRunService:
        return CloudRunService(name=self.drain, location=self.location)


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
        return _labelled(self.type, self.labels)

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
        return _labelled(self.resource_type, self._labels)

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


def _labelled(resource_type: str, labels: Mapping[str, str]) -> lql.Expr:
    return _with_labels(resource_type, tuple(labels.items()))


@lru_cache(maxsize=64)
def _with_labels(resource_type: str, labels: tuple[tuple[str, str], ...]) -> lql.Expr:
    """Return the query, built once: each metric, alert and chart of a source asks for it."""
    return lql.all_of(
        lql.eq("resource.type", resource_type),
        *(lql.eq(f"resource.labels.{key}", value) for key, value in labels),
    )


def _in_text(key: str, value: str) -> str:
    """Return a regular expression for a text member of a JSON line as the library writes it: no space, quoted keys."""
    return f'"{key}":"{re.escape(value)}"'


def _value_in_text(key: str) -> str:
    """Return a regular expression whose one group is the value of a member: a number, true or false, else a text.

    A text may hold commas and braces, as a route does (`/orders/{number}`). Cloud Logging allows one group, so both
    kinds share it. What follows tells them apart: after a number the next key or the line's end, after a text its
    closing quote.
    """
    number = r"-?[0-9][0-9.eE+-]*|true|false"
    text = r'(?:[^"\\]|\\.)*'
    return f'"{key}":"?({number}|{text})(?:"[,}}\\]]|[}}\\]]*(?:,"[^,}}\\]]|$))'
