"""Indicators over others' distributions, such as those of OpenTelemetry."""

from dataclasses import dataclass
from datetime import timedelta

from vigil_components.arguments import validated
from vigil_components.metrics import MetricSpec
from vigil_components.proofs import Emission, Points
from vigil_components.signals.shares import Samples
from vigil_components.sources import Source
from vigil_telemetry import Event


@validated
@dataclass(frozen=True, kw_only=True)
class SampleAvailability:
    """The part of a distribution's samples that are not bad."""

    samples: Samples
    """Samples, and which of them are bad."""

    @property
    def title(self) -> str:
        """For example `http.server.request.duration without error.type 500`."""
        return self.samples.title.replace(" with ", " without ", 1)

    @property
    def event(self) -> type[Event] | None:
        """None: the metric is one of others."""
        return None

    def metrics(self, source: Source) -> tuple[MetricSpec, ...]:  # noqa: ARG002 - its metric exists without us
        """Return none that the stack would have to make."""
        return ()

    def bad_part(self, source: Source, window: timedelta) -> str:  # noqa: ARG002 - the series names all
        """Return the quotient of the rates."""
        return self.samples.part(window)

    def events(self, source: Source, window: timedelta) -> str:  # noqa: ARG002 - the series names all
        """Return the samples of the window."""
        return self.samples.counted(window, "increase")

    def emissions(self, per_minute: float, part: float) -> tuple[Emission, ...]:  # noqa: ARG002 - it counts no events
        """Return none: it counts no events."""
        return ()

    def points(self, per_minute: float, part: float) -> tuple[Points, ...]:
        """Return samples of which `part` is bad."""
        return self.samples.points(per_minute, part)

    def native(self, source: Source) -> dict[str, object]:  # noqa: ARG002 - see below
        """Raise ValueError: Monitoring's own objectives take a cut of a distribution, not labels of its samples."""
        raise ValueError(
            f"{self.title}: Monitoring's own SLO pages cannot judge the samples of a distribution by their labels; "
            "leave console_slos off for this service"
        )
