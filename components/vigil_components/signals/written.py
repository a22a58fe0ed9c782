"""A number by a PromQL query that somebody wrote, where no typed signal fits."""

import difflib
import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import timedelta
from typing import Final

from vigil_apimodel import promql as google_promql
from vigil_apimodel.metrics import BY_PROMQL, RESOURCES, Metric
from vigil_components.arguments import Filled, Name, UnitCode, unknown_name, validated
from vigil_components.durations import minutes
from vigil_components.logged import Logged
from vigil_components.metrics import MetricSpec
from vigil_components.proofs import Case, Proof
from vigil_components.queries import QueryError
from vigil_components.signals.signal import EVALUATION, NumberSignal
from vigil_components.sources import Source

_LOGS: Final = "logging_googleapis_com:user_"
_EVERY_SERIES: Final = frozenset({"__name__", "le", "monitored_resource", "project_id"})
_SUFFIX: Final = re.compile(r"_(bucket|count|sum)$")


@validated
@dataclass(frozen=True, kw_only=True)
class WrittenNumber(NumberSignal):
    """The number that a PromQL query of your own has.

    It is parsed, and each metric in it must be a constant, a log-based metric, or one that `reads` declares. Its proof
    cannot be derived, so both cases are given: what is written when it must open, and what comes near.
    """

    query: Filled
    """The query, with one line as its result, or a line for each value of `grouped_by`."""
    what: Name
    """What the number is, in a few words: it stands in titles and notifications."""
    unit_of: UnitCode = "1"
    """Unit (UCUM) of the number. Default: a plain number."""
    reads: tuple[Metric, ...] = ()
    """Metrics in the query that are no constants of `vigil_apimodel.metrics`. Default: those of the cases' points."""
    fires: Case
    """Points and events in which the alert must open."""
    stays_silent: Case
    """Points and events that come near and must not open it."""
    labels: tuple[str, ...] = ()
    """Labels that distinguish the lines of the result. Default: the result is one line."""

    def __post_init__(self) -> None:
        """Refuse a query that cannot be parsed, or reads what nobody knows. Raises QueryError."""
        try:
            expression = google_promql.parse(self.query)
        except google_promql.QueryError as error:
            raise QueryError(
                f"query {self.query!r} is no PromQL: {error}; give one such as 'sum(rate(requests[5m]))'"
            ) from error
        refused = [*google_promql.incompatibilities(expression), *self._unread(expression)]
        if refused:
            raise QueryError(f"query {self.query!r}: {'; '.join(refused)}")

    def _unread(self, expression: object) -> Iterator[str]:
        """Say which selectors read what nobody knows, or leave open which resource they mean."""
        own = (*self.reads, *(points.metric for case in (self.fires, self.stays_silent) for points in case.points))
        known = {**BY_PROMQL, **{metric.promql: metric for metric in own}}
        for selector in google_promql.selectors(expression):
            name = google_promql.name_of(selector)
            metric = known.get(name) or known.get(_SUFFIX.sub("", name)) or known.get(google_promql.metric_name(name))
            if metric is None and not name.startswith(_LOGS):
                near = difflib.get_close_matches(name, known, 3)
                hint = f"; near it: {', '.join(near)}" if near else ""
                yield (
                    f"it reads {name}, which no constant has{hint}. If it exists, declare it: "
                    "reads=[declare_metric(...)]"
                )
            named = {matcher.name for matcher in selector.matchers.matchers}
            if metric is not None:
                yield from _unknown_labels(name, metric, named)
            if metric is not None and len(metric.resources) > 1 and "monitored_resource" not in named:
                yield (
                    f"{name} is written against {', '.join(metric.resources)}, and Google refuses a selector that does "
                    f'not say which: add monitored_resource="{metric.resources[0]}"'
                )

    @property
    def unit(self) -> str:
        """The unit that was given."""
        return self.unit_of

    @property
    def title(self) -> str:
        """What the number is."""
        return self.what

    @property
    def event(self) -> Logged | None:
        """None: the query reads metrics."""
        return None

    @property
    def grouped_by(self) -> tuple[str, ...]:
        """The labels of the result."""
        return self.labels

    def metrics(self, source: Source) -> tuple[MetricSpec, ...]:  # noqa: ARG002 - what it reads exists
        """Return none: the query reads what exists."""
        return ()

    def promql(self, source: Source) -> str:  # noqa: ARG002 - the query is as it was written
        """Return the query."""
        return self.query

    def proof(self, threshold: float, lasting: timedelta, *, below: bool = False) -> Proof:  # noqa: ARG002 - the cases are given
        """Return the cases that were given."""
        return Proof(
            fires=self.fires,
            stays_silent=self.stays_silent,
            opens_within=max(self.fires.lasting - minutes(1), lasting + EVALUATION) + self.fires.then_silent,
        )


def _unknown_labels(name: str, metric: Metric, named: set[str]) -> Iterator[str]:
    """Say which labels a selector compares that no series of the metric has, where all of them are known."""
    resources = [RESOURCES.get(one) for one in metric.resources]
    if not metric.labels_known or not resources or any(one is None or not one.labels_known for one in resources):
        return
    of_metric = {label.key for label in metric.labels}
    of_resource = {label for one in resources if one is not None for label in one.labels}
    known = {*of_metric, *of_resource, *(f"metric_{key}" for key in of_metric & of_resource)}
    for label in sorted(named - known - _EVERY_SERIES):
        if not label.startswith("metadata_"):
            yield unknown_name(f"{name} has no label", label, known)


@validated
def written(
    query: Filled,
    *,
    what: Name,
    fires: Case,
    stays_silent: Case,
    unit: UnitCode = "1",
    by: Sequence[Name] = (),
    reads: Sequence[Metric] = (),
) -> WrittenNumber:
    """Return the number that a PromQL query of your own has, for what no typed signal says.

    `fires` and `stays_silent` are the two cases of its proof, for the threshold that its alert will have. `reads`
    declares the metrics that are no constants and of which the cases write no points.
    """
    return WrittenNumber(
        query=query,
        what=what,
        fires=fires,
        stays_silent=stays_silent,
        unit_of=unit,
        labels=tuple(by),
        reads=tuple(reads),
    )
