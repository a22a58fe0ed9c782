"""What every source has: a name, the filters and extractors of its lines, and where its entries come from."""

from collections.abc import Mapping
from dataclasses import dataclass
from functools import lru_cache
from typing import Protocol, runtime_checkable

from vigil_apimodel import lql
from vigil_components.arguments import Name, OneLine, is_label_value, validated
from vigil_telemetry.arguments import offer, shown


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


@offer("a source such as CloudRunService(name='api', location='europe-west1'), CloudRunJob(...) or DockerHost(...)")
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


def labelled(resource_type: str, labels: Mapping[str, str]) -> lql.Expr:
    """Return the query that selects the entries of a monitored resource with these labels."""
    return _with_labels(resource_type, tuple(labels.items()))


@lru_cache(maxsize=64)
def _with_labels(resource_type: str, labels: tuple[tuple[str, str], ...]) -> lql.Expr:
    """Return the query, built once: each metric, alert and chart of a source asks for it."""
    return lql.all_of(
        lql.eq("resource.type", resource_type),
        *(lql.eq(f"resource.labels.{key}", value) for key, value in labels),
    )
