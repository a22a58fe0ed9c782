"""Where a part's log entries come from: the monitored resource, and the form in which a line arrives.

A filter, an extractor and a link are written by the source, since the same event is found differently where an agent
parsed the line and where it is still text.
"""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Literal, Protocol

from vigil_apimodel import lql
from vigil_apimodel.syntax import quote


@dataclass(frozen=True, kw_only=True)
class Origin:
    """What Cloud Logging says of where an entry is from, for an entry that one instance of a source wrote.

    Written beside the filters and not derived from them, so that proofs, which write entries of this origin, notice a
    filter that selects something else. ``labels`` are the monitored resource's, without the project. ``writer`` is the
    service's name in the line itself, ``log`` the log's id. ``text`` says that nobody parses the line on its way.
    """

    resource: str
    labels: Mapping[str, str]
    writer: str
    log: str = "run.googleapis.com/stdout"
    text: bool = False

    def document(self) -> dict[str, object]:
        """As it stands in the render."""
        return {
            "resource": self.resource,
            "labels": dict(self.labels),
            "writer": self.writer,
            "log": self.log,
            "text": self.text,
        }


class Source(Protocol):
    """A workload whose lines reach Cloud Logging under one monitored resource."""

    @property
    def service(self) -> str:
        """The service's name, as it stands in metric names, titles and links."""
        ...

    @property
    def resource_type(self) -> str:
        """The type of the monitored resource, for example ``cloud_run_revision``."""
        ...

    @property
    def entry_filter(self) -> lql.Expr:
        """The Logging query that selects this source's entries and no other's."""
        ...

    def event_filter(self, event: str) -> lql.Expr:
        """The Logging query that selects the entries of one event among them."""
        ...

    def extractor(self, path: str) -> str:
        """The extractor of a log-based metric for a field, ``path`` being where a parsed entry has it."""
        ...

    @property
    def origin(self) -> Origin:
        """Where an entry of this source says that it is from."""
        ...


@dataclass(frozen=True, kw_only=True)
class Named:
    """What every source has: the ``name`` of the service, pool, job, container or part."""

    name: str

    @property
    def service(self) -> str:
        """The name."""
        return self.name


class Parsed:
    """What holds where an agent turned the line into fields: Cloud Run, the Ops Agent, Fluent Bit."""

    def event_filter(self, event: str) -> lql.Expr:
        """By the field ``event``."""
        return lql.eq("jsonPayload.event", event)

    def extractor(self, path: str) -> str:
        """The field itself."""
        return f"EXTRACT({path})"


@dataclass(frozen=True, kw_only=True)
class CloudRunService(Named, Parsed):
    """A Cloud Run service.

    ``name`` is the service's name in Cloud Run, ``location`` its region. Each revision is a monitored resource
    ``cloud_run_revision`` of its own; filters name the service, so that they outlive a deployment.
    https://docs.cloud.google.com/monitoring/api/resources#tag_cloud_run_revision
    """

    location: str

    @property
    def resource_type(self) -> str:
        """``cloud_run_revision``."""
        return "cloud_run_revision"

    @property
    def entry_filter(self) -> lql.Expr:
        """Entries of every revision of this service in its region."""
        return _labelled(self.resource_type, service_name=self.name, location=self.location)

    @property
    def origin(self) -> Origin:
        """A revision of the service."""
        return _revision(self.name, self.location, writer=self.name)


@dataclass(frozen=True, kw_only=True)
class CloudRunWorkerPool(Named, Parsed):
    """A Cloud Run worker pool: always on, without requests, such as Temporal workers."""

    location: str

    @property
    def resource_type(self) -> str:
        """``cloud_run_worker_pool``."""
        return "cloud_run_worker_pool"

    @property
    def entry_filter(self) -> lql.Expr:
        """Entries of every revision of this pool in its region."""
        return _labelled(self.resource_type, worker_pool_name=self.name, location=self.location)

    @property
    def origin(self) -> Origin:
        """A revision of the pool."""
        labels = {"worker_pool_name": self.name, "location": self.location, "revision_name": f"{self.name}-00001"}
        return Origin(resource=self.resource_type, labels=labels, writer=self.name)


@dataclass(frozen=True, kw_only=True)
class CloudRunJob(Named, Parsed):
    """A Cloud Run job."""

    location: str

    @property
    def resource_type(self) -> str:
        """``cloud_run_job``."""
        return "cloud_run_job"

    @property
    def entry_filter(self) -> lql.Expr:
        """Entries of every execution of this job in its region."""
        return _labelled(self.resource_type, job_name=self.name, location=self.location)

    @property
    def origin(self) -> Origin:
        """An execution of the job."""
        labels = {"job_name": self.name, "location": self.location}
        return Origin(resource=self.resource_type, labels=labels, writer=self.name)


@dataclass(frozen=True, kw_only=True)
class DockerHost(Named):
    """A container on a host of one's own.

    ``shipper`` is what brings its lines to Cloud Logging. The Ops Agent and Fluent Bit parse a JSON line into fields;
    Docker's ``gcplogs`` driver keeps it as text inside ``jsonPayload.message``, where filters and extractors then look.
    Prefer an agent: it also understands severity and time. ``resource`` is ``gce_instance`` on Compute Engine,
    ``generic_node`` or ``global`` elsewhere.
    """

    shipper: Literal["ops-agent", "fluent-bit", "gcplogs"] = "ops-agent"
    resource: Literal["gce_instance", "generic_node", "global"] = "gce_instance"

    @property
    def resource_type(self) -> str:
        """The host's."""
        return self.resource

    @property
    def entry_filter(self) -> lql.Expr:
        """Entries of this service by the name that the library writes into each line: a host runs several."""
        if self.shipper == "gcplogs":
            named = lql.matches("jsonPayload.message", _in_text("service", re.escape(self.name)))
        else:
            named = lql.eq("jsonPayload.service", self.name)
        return lql.all_of(lql.eq("resource.type", self.resource_type), named)

    def event_filter(self, event: str) -> lql.Expr:
        """By the field, or by its text in the line."""
        if self.shipper == "gcplogs":
            return lql.matches("jsonPayload.message", _in_text("event", re.escape(event)))
        return lql.eq("jsonPayload.event", event)

    def extractor(self, path: str) -> str:
        """The field, or what stands at its place in the text."""
        if self.shipper == "gcplogs":
            key = path.rsplit(".", 1)[-1]
            return f"REGEXP_EXTRACT(jsonPayload.message, {quote(_in_text(key, '([^,}]*?)', quoted=False))})"
        return f"EXTRACT({path})"

    @property
    def origin(self) -> Origin:
        """A container on the host."""
        labels = {
            "gce_instance": {"instance_id": "1", "zone": "europe-west1-b"},
            "generic_node": {"location": "europe-west1", "namespace": "", "node_id": "host-1"},
            "global": dict[str, str](),
        }[self.resource]
        plain = self.shipper == "gcplogs"
        log = "gcplogs-docker-driver" if plain else self.name
        return Origin(resource=self.resource, labels=labels, writer=self.name, log=log, text=plain)


@dataclass(frozen=True, kw_only=True)
class Drained(Named, Parsed):
    """A part outside Google Cloud whose log drain a small service of ours receives and writes on.

    ``name`` is the part's name (``database``, ``frontend``), ``drain`` the Cloud Run service that receives for it.
    """

    drain: str
    location: str

    @property
    def resource_type(self) -> str:
        """That of the drain."""
        return "cloud_run_revision"

    @property
    def entry_filter(self) -> lql.Expr:
        """Entries that the drain wrote."""
        return _labelled(self.resource_type, service_name=self.drain, location=self.location)

    @property
    def origin(self) -> Origin:
        """A revision of the drain."""
        return _revision(self.drain, self.location, writer=self.name)


def _revision(service: str, location: str, *, writer: str) -> Origin:
    labels = {
        "service_name": service,
        "location": location,
        "revision_name": f"{service}-00001",
        "configuration_name": service,
    }
    return Origin(resource="cloud_run_revision", labels=labels, writer=writer)


def _labelled(resource_type: str, **labels: str) -> lql.Expr:
    return lql.all_of(
        lql.eq("resource.type", resource_type),
        *(lql.eq(f"resource.labels.{key}", value) for key, value in labels.items()),
    )


def _in_text(key: str, value: str, *, quoted: bool = True) -> str:
    """A regular expression for a member of a JSON line as our library writes it: no space, keys in double quotes."""
    return f'"{key}":"{value}"' if quoted else f'"{key}":"?{value}"?[,}}]'
