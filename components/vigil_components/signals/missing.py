"""A signal for series that always report, and stop."""

from dataclasses import dataclass
from datetime import timedelta

from vigil_apimodel.metrics import ValueType
from vigil_components.arguments import Lasting, Window, validated
from vigil_components.conditions import MIN_AUTO_CLOSE, AlertSpec
from vigil_components.durations import minutes, promql_duration, spoken
from vigil_components.proofs import Case, ExtraCase, Points, Proof
from vigil_components.severity import AlertSeverity
from vigil_components.signals.series import Series, SeriesSignal
from vigil_components.signals.signal import EVALUATION, SignalThreshold, refuse_short_memory
from vigil_components.signals.words import measured
from vigil_components.sources import Source


@validated
@dataclass(frozen=True, kw_only=True)
class SeriesMissing(SeriesSignal):
    """Whether no such series had a point in the window: a scrape that fails, a part that is gone.

    For what always reports: what is scaled to zero at night is missing every night.
    """

    of: Series
    """Series that always report."""
    before: Window | None = None
    """Time before the window in which there must have been a point: what never reported is then not missing.

    Default: it need not have reported.
    """

    def __post_init__(self) -> None:
        """Refuse a time before that is shorter than the window. Raises ValueError."""
        if self.before is not None:
            refuse_short_memory(self.window, self.before)

    @property
    def title(self) -> str:
        """For example `no pg_up in 10 minutes`."""
        return f"no {self.of.metric.promql} in {spoken(self.window)}"

    @property
    def legend(self) -> str:
        """For example `no Postgres up in 10 minutes`."""
        return f"no {measured(self.of.metric.promql)} in {spoken(self.window)}"

    def promql(self, source: Source) -> str:  # noqa: ARG002 - the series names all
        """Return `absent_over_time` of the series, or how many there were before unless there are some now."""
        suffix = "_count" if self.of.metric.value_type is ValueType.DISTRIBUTION else ""
        now = self.of.text(suffix, self.window)
        if self.before is None:
            return f"absent_over_time({now})"
        earlier = f"{self.of.text(suffix, self.before)} offset {promql_duration(self.window)}"
        return f"(count(count_over_time({earlier})) unless count(count_over_time({now})))"

    @validated
    def alert(
        self,
        *,
        name: str,
        summary: str,
        severity: AlertSeverity,
        runbook: str,
        lasting: Lasting = minutes(0),
        auto_close: timedelta = MIN_AUTO_CLOSE,
    ) -> AlertSpec:
        """Return the alert that notifies when they are missing for `lasting`, whole minutes, beyond the window."""
        return AlertSpec(
            name=name,
            condition=SignalThreshold(signal=self, threshold=0, lasting=lasting),
            severity=severity,
            summary=summary,
            runbook=runbook,
            auto_close=auto_close,
        )

    def proof(self, threshold: float, lasting: timedelta, *, below: bool = False) -> Proof:  # noqa: ARG002 - it is 1 or absent
        """Return points that stop, and points that go on."""
        fed = (self.of.points(1),)
        silent = self.window + lasting + EVALUATION
        return Proof(
            fires=Case(points=fed, lasting=minutes(5), then_silent=silent + minutes(5)),
            stays_silent=Case(points=fed, lasting=silent + minutes(5)),
            opens_within=minutes(5) + silent,
            extra_cases=() if self.before is None else (self._forgotten(fed, self.before),),
        )

    def _forgotten(self, fed: tuple[Points, ...], before: timedelta) -> ExtraCase:
        """Return what stopped so long ago that it is forgotten."""
        silent = self.window + before + minutes(30)
        return ExtraCase(name="forgotten", opens=True, case=Case(points=fed, lasting=minutes(5), then_silent=silent))
