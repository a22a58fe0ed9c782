"""Alert policies as typed ones: the condition as a query, a PromQL rule or a log rule, and the owner's words."""

from collections.abc import Mapping, Sequence
from typing import Literal, cast

from vigil_apimodel import metrics, promql
from vigil_apimodel import monitoring_filter as mf
from vigil_apimodel.json_fields import Fields, fields, listed, string
from vigil_apimodel.metrics import Metric
from vigil_components.policies import LogRule, PolicyArgs, PolicyCondition, PromqlRule, written_policy
from vigil_components.queries import Quantity, Query
from vigil_components.thresholds import MAX_ABSENCE, MissingData, QueryAbsence, QueryThreshold
from vigil_verify.adopt._built import Built, UnlikeError, duration

_LABELS = 3
"""Segments of a label's path, such as `metric.labels.state`."""


def policy(inputs: Fields, project: str, user_metrics: Mapping[str, Metric]) -> Built:
    """Return a policy in its owner's words. Raises UnlikeError where no typed condition is like its own."""
    conditions = [fields(each) for each in listed(inputs.get("conditions"))]
    if len(conditions) != 1:
        raise UnlikeError(f"it has {len(conditions)} conditions; a typed policy has one")
    condition, description = _condition(conditions[0], user_metrics)
    title, own = string(inputs.get("displayName")), string(conditions[0].get("displayName"))
    documentation, strategy = fields(inputs.get("documentation")), fields(inputs.get("alertStrategy"))
    channels = [string(each) for each in listed(inputs.get("notificationChannels"))]
    repeated = [fields(each) for each in listed(strategy.get("notificationChannelStrategies"))]
    if len(repeated) > 1:
        raise UnlikeError("it repeats its notification to channels at different intervals")
    again = [string(each) for each in listed(repeated[0].get("notificationChannelNames"))] if repeated else []
    rate, close = string(fields(strategy.get("notificationRateLimit")).get("period")), string(strategy.get("autoClose"))
    args = PolicyArgs(
        project=project,
        title=title,
        condition=condition,
        condition_title="" if own == title else own,
        channels=channels,
        text=string(documentation.get("content")),
        subject=string(documentation.get("subject")),
        links={
            string(fields(each).get("displayName")): string(fields(each).get("url"))
            for each in listed(documentation.get("links"))
        },
        severity=cast('Literal["CRITICAL", "ERROR", "WARNING"] | None', string(inputs.get("severity")) or None),
        labels={key: string(value) for key, value in fields(inputs.get("userLabels")).items()},
        enabled=inputs.get("enabled") is not False,
        auto_close=duration(close) if close else None,
        notify_on=cast('Sequence[Literal["OPENED", "CLOSED"]]', listed(strategy.get("notificationPrompts"))),
        repeat_every=duration(string(repeated[0].get("renotifyInterval"))) if repeated else None,
        repeat_to=() if sorted(again) == sorted(channels) else again,
        at_most_every=duration(rate) if rate else None,
    )
    return Built(args=args, resource=written_policy(args), description=description)


def _condition(condition: Fields, user_metrics: Mapping[str, Metric]) -> tuple[PolicyCondition, str]:
    if rule := fields(condition.get("conditionPrometheusQueryLanguage")):
        return _promql(rule), "a PromQL rule"
    if rule := fields(condition.get("conditionMatchedLog")):
        labels = {key: string(each) for key, each in fields(rule.get("labelExtractors")).items()}
        return LogRule(filter=string(rule.get("filter")), labels=labels), "a log rule"
    if absent := fields(condition.get("conditionAbsent")):
        query = _query(string(absent.get("filter")), absent.get("aggregations"), user_metrics)
        lasting = duration(string(absent.get("duration")))
        if lasting > MAX_ABSENCE:
            raise UnlikeError("it waits longer than the API takes today")
        absence = QueryAbsence(query=query, lasting=lasting)
        return absence, absence.title
    if body := fields(condition.get("conditionThreshold")):
        threshold = _threshold(body, user_metrics)
        return threshold, threshold.title
    kind = next((key for key in condition if key.startswith("condition")), "no condition")
    raise UnlikeError(f"its condition is a {kind}, which no typed one is")


def _promql(rule: Fields) -> PromqlRule:
    every = string(rule.get("evaluationInterval"))
    return PromqlRule(
        query=string(rule.get("query")),
        lasting=duration(string(rule.get("duration"))),
        every=duration(every) if every else None,
        group=string(rule.get("ruleGroup")),
        rule=string(rule.get("alertRule")),
        labels={key: string(each) for key, each in fields(rule.get("labels")).items()},
        metrics_exist=rule.get("disableMetricValidation") is not True,
    )


def _threshold(body: Fields, user_metrics: Mapping[str, Metric]) -> QueryThreshold:
    if fields(body.get("forecastOptions")):
        raise UnlikeError("it forecasts, which no typed condition does")
    query = _query(string(body.get("filter")), body.get("aggregations"), user_metrics)
    below = string(body.get("denominatorFilter"))
    of = _query(below, body.get("denominatorAggregations"), user_metrics) if below else None
    limit = body.get("thresholdValue")
    missing = string(body.get("evaluationMissingData")).removeprefix("EVALUATION_MISSING_DATA_")
    return QueryThreshold(
        query=query,
        of=of,
        limit=Quantity(value=float(limit) if isinstance(limit, int | float) else 0.0, unit="1" if of else query.unit),
        lasting=duration(string(body.get("duration"))),
        below=body.get("comparison") == "COMPARISON_LT",
        missing=cast("MissingData | None", missing or None),
    )


def _query(filter_: str, aggregations: object, user_metrics: Mapping[str, Metric]) -> Query:
    """The query of a filter and its aggregation. Raises UnlikeError for what a typed query does not say."""
    steps = [fields(each) for each in listed(aggregations)]
    if len(steps) != 1:
        raise UnlikeError(f"it has {len(steps)} aggregations; a typed query has one")
    (step,) = steps
    wanted = _wanted(filter_)
    metric_type, resource = wanted.pop(("metric", "type"), ""), wanted.pop(("resource", "type"), "")
    if not isinstance(metric_type, str) or not isinstance(resource, str) or not metric_type or not resource:
        raise UnlikeError("its filter does not name one type of metric and one of resource")
    metric = metrics.lookup(metric_type) or user_metrics.get(metric_type)
    if metric is None:
        raise UnlikeError(f"nobody knows the kind and the unit of {metric_type}")
    made = Query(
        metric=metric,
        resource=resource,
        aligner=string(step.get("perSeriesAligner")) or "ALIGN_NONE",
        alignment=duration(string(step.get("alignmentPeriod"))),
        where={path[2]: value for path, value in wanted.items() if path[0] == "metric"},
        where_resource={path[2]: value for path, value in wanted.items() if path[0] == "resource"},
        reducer=string(step.get("crossSeriesReducer")) or None,
        group_by=[_grouped(string(each)) for each in listed(step.get("groupByFields"))],
        first="resource" if filter_.lstrip().startswith("resource") else "metric",
    )
    if made.filter != filter_:
        raise UnlikeError(f"a typed query spells its filter otherwise: {made.filter}")
    return made


def _wanted(filter_: str) -> dict[tuple[str, ...], str | tuple[str, ...]]:
    """What a filter wants of each field. Raises UnlikeError where it says more than one value, or one of some."""
    try:
        parsed = mf.parse(filter_)
    except mf.QuerySyntaxError as error:
        raise UnlikeError(f"its filter cannot be parsed: {error}") from error
    found: dict[tuple[str, ...], str | tuple[str, ...]] = {}
    for term in parsed.terms if isinstance(parsed, mf.And) else (parsed,):
        match term:
            case mf.Comparison(mf.Selector(path), mf.Operator.EQUAL, mf.Text(text)):
                value: str | tuple[str, ...] = text
            case mf.Comparison(mf.Selector(path), mf.Operator.EQUAL, mf.Function("one_of", values)):
                value = values
            case _:
                raise UnlikeError(f"its filter asks for more than values of labels: {mf.render(term)}")
        known = path in {("metric", "type"), ("resource", "type")} or (
            len(path) == _LABELS and path[0] in {"metric", "resource"} and path[1] in {"labels", "label"}
        )
        if path in found or not known:
            raise UnlikeError(f"its filter asks for more than values of labels: {mf.render(term)}")
        found[path] = value
    return found


def _grouped(field: str) -> str:
    owner, _, label = field.partition(".label.")
    if label == metrics.EVERY_LABEL:
        raise UnlikeError(f"it groups by every label of the {owner}; a typed query names each")
    if owner == "resource":
        return f"resource.{label}"
    if owner == "metric" and promql.label(label) == label:
        return label
    raise UnlikeError(f"a typed query does not group by {field}")
