"""Where a service's log entries come from: the monitored resource that its filters and queries name."""

from dataclasses import dataclass
from typing import Protocol

from vigil_apimodel import lql


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


@dataclass(frozen=True, kw_only=True)
class CloudRunService:
    """A Cloud Run service.

    ``name`` is the service's name in Cloud Run, ``location`` its region. Each revision is a monitored resource
    ``cloud_run_revision`` of its own; filters name the service, so that they outlive a deployment.
    https://docs.cloud.google.com/monitoring/api/resources#tag_cloud_run_revision
    """

    name: str
    location: str

    @property
    def service(self) -> str:
        """The service's name."""
        return self.name

    @property
    def resource_type(self) -> str:
        """``cloud_run_revision``."""
        return "cloud_run_revision"

    @property
    def entry_filter(self) -> lql.Expr:
        """Entries of every revision of this service in its region."""
        return lql.all_of(
            lql.eq("resource.type", self.resource_type),
            lql.eq("resource.labels.service_name", self.name),
            lql.eq("resource.labels.location", self.location),
        )
