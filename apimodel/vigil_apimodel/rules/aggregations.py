"""Rules of aggregations, in alert conditions and in charts alike."""

import re
from collections.abc import Iterator
from dataclasses import dataclass

from vigil_apimodel import aligners, limits, metrics
from vigil_apimodel import monitoring_filter as mf
from vigil_apimodel.rules.charts import chart_filters
from vigil_apimodel.rules.conditions import of_kind
from vigil_apimodel.rules.filters import parsed
from vigil_apimodel.rules.inputs import items, literal, malformed_duration, mapping, messages, present, seconds, unknown
from vigil_apimodel.rules.model import Finding, Inputs, Severity, rule
from vigil_apimodel.tokens import ALERT_POLICY, DASHBOARD

_COMMON_PROTO = "google/monitoring/v3/common.proto"
_STEP = limits.DURATION_STEP_SECONDS
_LABELS = ("metric.labels.", "resource.labels.")
_SINGULAR = re.compile(r"^(metric|resource)\.label\.")


@dataclass(frozen=True, slots=True)
class _Series:
    """A filter with the aggregations applied to it in turn."""

    place: str
    filter: mf.Expr | None
    steps: tuple[tuple[str, Inputs], ...]
    alerting: bool


def _series(inputs: Inputs) -> Iterator[_Series]:
    """Return all filters with aggregations of a policy or a dashboard."""
    for place, condition in of_kind(inputs, "conditionThreshold", "conditionAbsent"):
        for key, steps in (("filter", "aggregations"), ("denominatorFilter", "denominatorAggregations")):
            found = tuple((f"{place}.{name}", step) for name, step in messages(condition, steps))
            yield _Series(f"{place}.{key}", parsed(condition, key), found, alerting=True)
    for place, chart in chart_filters(inputs):
        found = tuple(
            (f"{place}.{key}", mapping(chart, key))
            for key in ("aggregation", "secondaryAggregation")
            if present(chart, key)
        )
        yield _Series(f"{place}.filter", parsed(chart), found, alerting=False)


def _aligner(step: Inputs) -> str:
    return literal(step, "perSeriesAligner") or "ALIGN_NONE"


def _reducer(step: Inputs) -> str:
    return literal(step, "crossSeriesReducer") or "REDUCE_NONE"


@rule(
    "alignment-period",
    ALERT_POLICY,
    DASHBOARD,
    source=_COMMON_PROTO,
    server="Field alert_policy.conditions[0].condition_threshold.aggregations[0].alignment_period had an invalid value "
    'of "{"seconds":450}": '
    "alignment period must be in multiples of one minute",
)
def alignment_period(inputs: Inputs) -> Iterator[Finding]:
    """An alignment period is at least a minute; in policies a multiple of a minute and at most 25 hours."""
    for series in _series(inputs):
        for place, step in series.steps:
            where = f"{place}.alignmentPeriod"
            wrong = malformed_duration(step, "alignmentPeriod")
            if wrong:
                yield where, wrong
            found = seconds(step, "alignmentPeriod")
            if found is None or _aligner(step) == "ALIGN_NONE":
                continue
            if found < limits.ALIGNMENT_MINIMUM_SECONDS:
                yield where, f'{found:g} seconds is less than a minute: write "60s" or more'
            elif series.alerting and found % _STEP:
                yield where, f'{found:g} seconds is no multiple of a minute: write "{int(found // _STEP + 1) * _STEP}s"'
            elif series.alerting and found > limits.ALIGNMENT_MAXIMUM_SECONDS:
                yield where, f'{found:g} seconds is more than 25 hours: write "90000s" or less'


@rule("alignment-period-required", ALERT_POLICY, source=_COMMON_PROTO)
def alignment_period_required(inputs: Inputs) -> Iterator[Finding]:
    """An aligner needs an alignment period."""
    for series in _series(inputs):
        for place, step in series.steps:
            if _aligner(step) != "ALIGN_NONE" and not present(step, "alignmentPeriod"):
                yield f"{place}.alignmentPeriod", f'{_aligner(step)} needs a period: write "60s" or more'


@rule("reducer-needs-aligner", ALERT_POLICY, DASHBOARD, source=_COMMON_PROTO)
def reducer_needs_aligner(inputs: Inputs) -> Iterator[Finding]:
    """A reducer needs an aligner."""
    for series in _series(inputs):
        aligned = False
        for place, step in series.steps:
            aligned = aligned or (present(step, "perSeriesAligner") and _aligner(step) != "ALIGN_NONE")
            if _reducer(step) != "REDUCE_NONE" and not aligned and not _unknown_aligner(step):
                message = f"{_reducer(step)} works on aligned series: set perSeriesAligner, for example ALIGN_RATE"
                yield f"{place}.perSeriesAligner", message


def _unknown_aligner(step: Inputs) -> bool:
    return present(step, "perSeriesAligner") and literal(step, "perSeriesAligner") is None


@rule(
    "group-by-needs-reducer",
    ALERT_POLICY,
    source="hashicorp/terraform-provider-google#16366",
    server="An aggregation cannot have group-by fields without a reducer.",
)
def group_by_needs_reducer(inputs: Inputs) -> Iterator[Finding]:
    """Group-by fields need a reducer."""
    for series in _series(inputs):
        if not series.alerting:
            continue
        for place, step in series.steps:
            known = not present(step, "crossSeriesReducer") or literal(step, "crossSeriesReducer") is not None
            if items(step, "groupByFields") and _reducer(step) == "REDUCE_NONE" and known:
                yield (
                    f"{place}.groupByFields",
                    "grouping needs a reducer: set crossSeriesReducer, for example REDUCE_SUM",
                )


@rule("ratio-alignment", ALERT_POLICY, source=_COMMON_PROTO)
def ratio_alignment(inputs: Inputs) -> Iterator[Finding]:
    """Numerator and denominator of a ratio are aligned to the same period."""
    for place, condition in of_kind(inputs, "conditionThreshold"):
        if not present(condition, "denominatorFilter"):
            continue
        above = [seconds(step, "alignmentPeriod") for _, step in messages(condition, "aggregations")]
        below = [seconds(step, "alignmentPeriod") for _, step in messages(condition, "denominatorAggregations")]
        if above and below and above[0] and below[0] and above[0] != below[0]:  # 0 is the same as none
            message = f"{below[0]:g} seconds, but the numerator has {above[0]:g}: use the same period in both"
            yield f"{place}.denominatorAggregations[0].alignmentPeriod", message


@rule(
    "aligner-legal",
    ALERT_POLICY,
    DASHBOARD,
    source="monitoring v3 discovery document, Aggregation.perSeriesAligner",
    server='Field aggregation.perSeriesAligner had an invalid value of "ALIGN_RATE": The aligner cannot be applied to '
    "metrics with kind DELTA and value type DISTRIBUTION.",
)
def aligner_legal(inputs: Inputs) -> Iterator[Finding]:
    """Aligners and reducers are legal for the metric, where its kind is known."""
    for series in _series(inputs):
        known = _metric(series.filter)
        if known is None:
            continue
        kind, value_type = known.kind, known.value_type
        for place, step in series.steps:
            aligner, reducer = _aligner(step), _reducer(step)
            if value_type is metrics.ValueType.DISTRIBUTION and aligner in aligners.DOUBTFUL:
                break
            try:
                kind, value_type = aligners.aligned(kind, value_type, aligner)
            except aligners.IllegalAggregationError as error:
                yield f"{place}.perSeriesAligner", f"{known.type}: {error}"
                break
            try:
                aligners.check_reducer(kind, value_type, reducer)
            except aligners.IllegalAggregationError as error:
                yield f"{place}.crossSeriesReducer", f"{known.type}: {error}"
                break
            legal = aligners.REDUCERS[reducer]
            value_type = legal.result_type or value_type


def _metric(expr: mf.Expr | None) -> metrics.Metric | None:
    """Return the constant of the one metric that a filter names."""
    types = mf.metric_types(expr) if expr is not None else ()
    return metrics.lookup(types[0]) if len(types) == 1 else None


def _resource(expr: mf.Expr | None) -> metrics.ResourceType | None:
    """Return the constant of the one monitored resource that a filter names."""
    types = mf.resource_types(expr) if expr is not None else ()
    return metrics.RESOURCES.get(types[0]) if len(types) == 1 else None


@rule(
    "filter-label",
    ALERT_POLICY,
    DASHBOARD,
    source="constants of vigil_apimodel.metrics with their sources",
)
def filter_label(inputs: Inputs) -> Iterator[Finding]:
    """A filter compares labels that the metric has, with values that they can have."""
    for series in _series(inputs):
        known = _metric(series.filter)
        if known is None or series.filter is None:
            continue
        for comparison in mf.comparisons(series.filter):
            yield from ((series.place, message) for message in _label_mistakes(known, comparison))


@rule("filter-resource-label", ALERT_POLICY, DASHBOARD, source="constants of vigil_apimodel.metrics with their sources")
def filter_resource_label(inputs: Inputs) -> Iterator[Finding]:
    """A filter compares labels that the resource has, where all of them are known."""
    for series in _series(inputs):
        known = _resource(series.filter)
        if known is None or series.filter is None:
            continue
        for comparison in mf.comparisons(series.filter):
            match comparison.selector.segments:
                case ("resource", "labels", key):
                    try:
                        known.label(key)
                    except metrics.UnknownLabelError as error:
                        yield series.place, str(error)
                case _:
                    continue


@rule(
    "group-by-label",
    ALERT_POLICY,
    source="google/monitoring/v3/common.proto; constants of vigil_apimodel.metrics with their sources",
    severity=Severity.WARNING,
)
def group_by_label(inputs: Inputs) -> Iterator[Finding]:
    """A grouping names labels that the series have, and that no earlier reducer drops."""
    for series in _series(inputs):
        if not series.alerting:
            continue  # Google's sample dashboards group by labels of other resources too
        kept: frozenset[str] | None = None
        for place, step in series.steps:
            named = _group_by(step)
            if named is None:
                break
            for field in named:
                wrong = _no_label(series.filter, field)
                every = f"{field.rpartition('.')[0]}.{metrics.EVERY_LABEL}"
                if wrong is None and kept is not None and field.startswith(_LABELS) and not {field, every} & kept:
                    wrong = f"an earlier reducer drops {field}: group by it there too"
                if wrong is not None:
                    yield f"{place}.groupByFields", wrong
            if _reducer(step) != "REDUCE_NONE":
                kept = frozenset((*named, "resource.labels.project_id"))


def _group_by(step: Inputs) -> tuple[str, ...] | None:
    """The fields of a grouping, with `labels` where `label` is written; None where one is not known yet."""
    fields = step.get("groupByFields")
    if fields is not None and not isinstance(fields, list):
        return None
    named = [field for field in items(step, "groupByFields") if isinstance(field, str) and not unknown(field)]
    known = len(named) == len(items(step, "groupByFields")) and (
        not present(step, "crossSeriesReducer") or literal(step, "crossSeriesReducer") is not None
    )
    return tuple(_SINGULAR.sub(r"\1.labels.", field.replace('"', "")) for field in named) if known else None


def _no_label(expr: mf.Expr | None, field: str) -> str | None:
    """Say that the metric or the resource of a filter has no such label; None if it has, or may have.

    `resource.label.*` is every label: the console writes it into the alerts of uptime checks.
    """
    metric, resource = _metric(expr), _resource(expr)
    key = field.removeprefix("metric.labels.").removeprefix("resource.labels.")
    if key == metrics.EVERY_LABEL:
        return None
    try:
        if field.startswith("metric.labels.") and metric is not None and metric.labels_known:
            metric.label(key)
        elif field.startswith("resource.labels.") and resource is not None:
            resource.label(key)
    except metrics.UnknownLabelError as error:
        return str(error)
    return None


def _label_mistakes(known: metrics.Metric, comparison: mf.Comparison) -> Iterator[str]:
    match comparison.selector.segments:
        case ("metric", "labels", key):
            try:
                label = known.label(key)
            except metrics.UnknownLabelError as error:
                if known.labels_known:
                    yield str(error)
                return
            value = comparison.value
            if not label.values or not isinstance(value, mf.Text) or comparison.operator is not mf.Operator.EQUAL:
                return
            if "${" not in value.text and value.text not in label.values:
                yield f"metric.labels.{key} is never {value.text!r}: it is one of {', '.join(label.values)}"
        case _:
            return
