"""Parts outside Google Cloud, through the service that receives their log drain."""

from dataclasses import dataclass

from vigil_apimodel import lql
from vigil_components.arguments import Name, Region, validated
from vigil_components.sources._cloud_run import CloudRunService
from vigil_components.sources._source import NamedSource, Origin, ParsedSource


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
