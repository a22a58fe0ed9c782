"""How many events there are: in a window, or a second."""

from dataclasses import dataclass, field
from datetime import timedelta

from vigil_apimodel import promql
from vigil_apimodel.metrics import RESOURCES
from vigil_components._labels import refuse_unknown_label
from vigil_components.arguments import refuse_twice, validated
from vigil_components.durations import minutes, promql_duration, spoken
from vigil_components.logged import Logged, declared
from vigil_components.metrics import MetricSpec
from vigil_components.proofs import Case, Emission, Proof, dropping, grown
from vigil_components.signals.labels import Where, matchers, pinned
from vigil_components.signals.signal import EVALUATION, NumberSignal
from vigil_components.signals.words import happened
from vigil_components.sources import Source


@validated
@dataclass(frozen=True, kw_only=True)
class EventCount(NumberSignal):
    """How many events the window holds."""

    of: Logged
    """Event that is counted."""
    where: Where = field(default_factory=dict[str, "str | tuple[str, ...]"])
    """Label values that an event must have. Default: every event."""
    by: tuple[str, ...] = ()
    """Labels of the event, or of the source's resource, of which each value has its own line and incident.

    Default: one line.
    """

    def __post_init__(self) -> None:
        """Refuse a label, or a value, that the event does not declare. Raises UnknownLabelError."""
        matchers(self.of, self.where)
        refuse_twice("by", self.by)

    @property
    def title(self) -> str:
        """For example `workflow.failed in 5 minutes`."""
        return f"{declared(self.of).name} in {spoken(self.window)}"

    @property
    def legend(self) -> str:
        """For example `workflows failed in 5 minutes`."""
        return f"{happened(declared(self.of).name)} in {spoken(self.window)}"

    @property
    def event(self) -> Logged:
        """The counted event."""
        return self.of

    @property
    def grouped_by(self) -> tuple[str, ...]:
        """The labels of `by`."""
        return self.by

    def metrics(self, source: Source) -> tuple[MetricSpec, ...]:
        """Return the counter of the event."""
        return (MetricSpec(source=source, event=self.of),)

    def promql(self, source: Source) -> str:
        """Return the increase over the window. Raises UnknownLabelError for a label that nothing has."""
        self._refuse_unknown(source)
        selector = self.metrics(source)[0].selector(matchers(self.of, self.where))
        by = promql.grouping(self.by, after=" ")
        return f"sum{by}(increase({selector}[{promql_duration(self.window)}]))"

    def _refuse_unknown(self, source: Source) -> None:
        resource = RESOURCES.get(source.resource_type)
        labels = [label.name for label in declared(self.of).metric_labels]
        known = [*labels, *(resource.labels if resource is not None else ())]
        for name in self.by if resource is None or resource.labels_known else ():
            refuse_unknown_label(f"by: {declared(self.of).name} of {source.resource_type}", name, known)

    def proof(self, threshold: float, lasting: timedelta, *, below: bool = False) -> Proof:
        """Return a steady stream of events that fills the window beyond, or just within, the threshold."""
        beyond, within = grown(threshold, self.window, below=below)

        def case(per_minute: float) -> Case:
            events = Emission(event=self.of, per_minute=per_minute, fields=pinned(self.where))
            return Case(emissions=(events,), lasting=opens + minutes(5))

        opens = self.window + lasting + EVALUATION
        if below:
            return dropping(case(beyond), case(within), window=self.window, opens=opens)
        return Proof(fires=case(beyond), stays_silent=case(within), opens_within=opens)


@validated
@dataclass(frozen=True, kw_only=True)
class EventRate(NumberSignal):
    """Events a second, for charts."""

    of: Logged
    """Event that is counted."""
    where: Where = field(default_factory=dict[str, "str | tuple[str, ...]"])
    """Label values that an event must have. Default: every event."""
    by: tuple[str, ...] = ()
    """Labels of which each value is a separate line. Default: one line."""

    def __post_init__(self) -> None:
        """Refuse a label, or a value, that the event does not declare. Raises UnknownLabelError."""
        matchers(self.of, self.where)
        matchers(self.of, dict.fromkeys(self.by, ()), "by")
        refuse_twice("by", self.by)

    @property
    def unit(self) -> str:
        """Events a second."""
        return "1/s"

    @property
    def title(self) -> str:
        """For example `http.request.completed by status_class`."""
        by = f" by {', '.join(self.by)}" if self.by else ""
        return f"{declared(self.of).name}{by}"

    @property
    def legend(self) -> str:
        """For example `HTTP requests completed`; by labels, the title says which."""
        return happened(declared(self.of).name)

    @property
    def grouped_by(self) -> tuple[str, ...]:
        """The labels of `by`."""
        return self.by

    @property
    def event(self) -> Logged:
        """The counted event."""
        return self.of

    def metrics(self, source: Source) -> tuple[MetricSpec, ...]:
        """Return the counter of the event."""
        return (MetricSpec(source=source, event=self.of),)

    def promql(self, source: Source) -> str:
        """Return the rate over the window."""
        selector = self.metrics(source)[0].selector(matchers(self.of, self.where))
        by = f" by ({', '.join(self.by)})" if self.by else ""
        return f"sum{by}(rate({selector}[{promql_duration(self.window)}]))"

    def proof(self, threshold: float, lasting: timedelta, *, below: bool = False) -> Proof:
        """Return the proof of the count that this rate makes in its window."""
        count = EventCount(window=self.window, of=self.of, where=self.where)
        return count.proof(threshold * self.window.total_seconds(), lasting, below=below)
