"""Services, worker pools and jobs on Cloud Run."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import ClassVar

from vigil_apimodel import lql
from vigil_components.arguments import Region, validated
from vigil_components.sources._source import NamedSource, Origin, ParsedSource, labelled


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
        return labelled(self.RESOURCE_TYPE, {self.NAME_LABEL: self.name, "location": self.location})

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
