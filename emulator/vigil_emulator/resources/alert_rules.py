"""What Monitoring refuses in an alert policy, in its words.

Limits: google/monitoring/v3/alert.proto, common.proto, notification.proto. Texts in quotation marks of Google are
recorded in public issues of terraform-provider-google (#20491, #16892, #16366, #10893) and its modules; the others are
in their manner.
"""

import re
from collections.abc import Iterator
from dataclasses import dataclass

from vigil_apimodel import aligners, limits, monitoring_filter
from vigil_apimodel.json_values import JsonObject, child, children, text, text_map, texts
from vigil_apimodel.metrics.model import Kind, ValueType
from vigil_emulator.errors import invalid_argument, invalid_field, missing_field, too_many
from vigil_emulator.numerals import number
from vigil_emulator.resources import promql
from vigil_emulator.resources.labels import check_user_labels
from vigil_emulator.resources.log_metrics import check_extractor
from vigil_emulator.resources.lql import check_filter
from vigil_emulator.times import MINUTE, SECOND, parse_duration

CONDITIONS = (
    "conditionThreshold",
    "conditionAbsent",
    "conditionMatchedLog",
    "conditionMonitoringQueryLanguage",
    "conditionPrometheusQueryLanguage",
    "conditionSql",
)


def check(policy: JsonObject) -> None:
    """Raise ApiError INVALID_ARGUMENT for the first thing that is wrong with a policy."""
    name = text(policy, "displayName")
    if not name:
        raise missing_field("alert_policy.display_name")
    if len(name) > limits.DISPLAY_NAME_CHARS:
        longest = f"must be at most {limits.DISPLAY_NAME_CHARS} characters long"
        raise invalid_field("alert_policy.display_name", name, longest)
    if not text(policy, "combiner"):
        raise missing_field("alert_policy.combiner")
    kinds = _check_conditions(children(policy, "conditions"))
    _check_strategy(child(policy, "alertStrategy"), logs="conditionMatchedLog" in kinds)
    _check_documentation(child(policy, "documentation"))
    check_user_labels(text_map(policy, "userLabels"), "alert_policy")
    channels = texts(policy, "notificationChannels")
    if len(channels) > limits.POLICY_CHANNELS:
        raise too_many("alert_policy.notification_channels", len(channels), limits.POLICY_CHANNELS)


def _check_conditions(conditions: list[JsonObject]) -> list[str]:
    if not conditions:
        raise missing_field("alert_policy.conditions")
    if len(conditions) > limits.ALERT_CONDITIONS:
        raise too_many("alert_policy.conditions", len(conditions), limits.ALERT_CONDITIONS)
    kinds = [_kind(condition, index) for index, condition in enumerate(conditions)]
    if "conditionMatchedLog" in kinds and len(conditions) > 1:
        raise invalid_argument("Alert policies with a log matching condition can only have a single condition.")
    for alone in ("conditionMonitoringQueryLanguage", "conditionSql"):
        if alone in kinds and len(conditions) > 1:
            raise invalid_argument(f"Alert policies with a {alone} can only have a single condition.")
    for index, condition in enumerate(conditions):
        where = f"alert_policy.conditions[{index}]"
        if not text(condition, "displayName"):
            raise missing_field(f"{where}.display_name")
        _CHECKS[kinds[index]](child(condition, kinds[index]), where)
    return kinds


@dataclass(frozen=True, slots=True)
class Query:
    """A filter of a condition on a metric, with the aggregations that go with it."""

    kind: str
    filter: str
    aggregations: tuple[JsonObject, ...]


def queries(policy: JsonObject) -> Iterator[Query]:
    """Yield every filter of every condition on a metric."""
    for condition in children(policy, "conditions"):
        for kind in ("conditionThreshold", "conditionAbsent"):
            inner = child(condition, kind)
            for field, aggregations in (("filter", "aggregations"), ("denominatorFilter", "denominatorAggregations")):
                if text(inner, field):
                    yield Query(kind, text(inner, field), tuple(children(inner, aggregations)))


def metric_types(query: str) -> tuple[str, ...]:
    """Return the metric types that a monitoring filter names. The filter must parse, which `check` sees to."""
    return monitoring_filter.metric_types(monitoring_filter.parse(query))


def check_aligner(aggregation: JsonObject, kind: str, value_type: str) -> None:
    """Raise ApiError where a first aggregation's aligner does not fit the metric (`vigil_apimodel.aligners`).

    Aligners of which it is not sure that Google refuses them pass.
    """
    aligner = text(aggregation, "perSeriesAligner")
    if not aligner or aligner in aligners.DOUBTFUL:
        return
    try:
        aligners.check(Kind(kind), ValueType(value_type), aligner)
    except aligners.IllegalAggregationError as error:
        raise invalid_argument(error.server) from None


def _kind(condition: JsonObject, index: int) -> str:
    kinds = [kind for kind in CONDITIONS if kind in condition]
    if len(kinds) != 1:
        raise invalid_argument(
            f"Field alert_policy.conditions[{index}] must have exactly one condition type, not {len(kinds)}.",
        )
    return kinds[0]


def _threshold(condition: JsonObject, where: str) -> None:
    where += ".condition_threshold"
    _check_metric_filter(text(condition, "filter"), f"{where}.filter", required=True)
    _check_metric_filter(text(condition, "denominatorFilter"), f"{where}.denominator_filter", required=False)
    _check_aggregations(condition, "aggregations", f"{where}.aggregations")
    _check_aggregations(condition, "denominatorAggregations", f"{where}.denominator_aggregations")
    duration = _minutes(condition, f"{where}.duration")
    if text(condition, "comparison") not in {"COMPARISON_GT", "COMPARISON_LT"}:
        raise invalid_field(
            f"{where}.comparison", text(condition, "comparison"), "only COMPARISON_GT and COMPARISON_LT are supported"
        )
    missing = text(condition, "evaluationMissingData")
    if missing and not duration:
        raise invalid_field(
            f"{where}.evaluation_missing_data",
            missing,
            "Conditions setting evaluation_missing_data must have a non-zero duration.",
        )
    forecast = text(child(condition, "forecastOptions"), "forecastHorizon")
    if (
        forecast
        and not limits.FORECAST_MINIMUM_SECONDS <= parse_duration(forecast) / SECOND <= limits.FORECAST_MAXIMUM_SECONDS
    ):
        raise invalid_field(
            f"{where}.forecast_options.forecast_horizon", forecast, "the forecast horizon must be 1 to 60 hours"
        )


def _absent(condition: JsonObject, where: str) -> None:
    where += ".condition_absent"
    _check_metric_filter(text(condition, "filter"), f"{where}.filter", required=True)
    _check_aggregations(condition, "aggregations", f"{where}.aggregations")
    seconds = _minutes(condition, f"{where}.duration") / SECOND
    if not limits.ABSENCE_MINIMUM_SECONDS <= seconds <= limits.ABSENCE_MAXIMUM_SECONDS:
        raise invalid_field(
            f"{where}.duration", text(condition, "duration"), "the duration must be 2 minutes to 23.5 hours"
        )


def _matched_log(condition: JsonObject, where: str) -> None:
    if not text(condition, "filter"):
        raise missing_field(f"{where}.condition_matched_log.filter")
    check_filter(text(condition, "filter"), "filter")
    for extractor in text_map(condition, "labelExtractors").values():
        check_extractor(extractor)


def _promql(condition: JsonObject, where: str) -> None:
    where += ".condition_prometheus_query_language"
    query = text(condition, "query")
    if not query.strip():
        raise missing_field(f"{where}.query")
    wrong = promql.problem(query)
    if wrong is not None:
        raise invalid_field(f"{where}.query", query, wrong)
    interval = text(condition, "evaluationInterval") or "30s"
    if parse_duration(interval) <= 0 or parse_duration(interval) % (limits.EVALUATION_STEP_SECONDS * SECOND):
        raise invalid_field(
            f"{where}.evaluation_interval",
            interval,
            "the evaluation interval must be a positive multiple of 30 seconds",
        )
    if text(condition, "duration") and parse_duration(text(condition, "duration")) < 0:
        raise invalid_field(f"{where}.duration", text(condition, "duration"), "the duration must not be negative")
    for field, name in (("ruleGroup", "rule_group"), ("alertRule", "alert_rule")):
        if len(text(condition, field)) > limits.PROMQL_NAME_CHARS:
            raise invalid_field(
                f"{where}.{name}", text(condition, field), f"must be at most {limits.PROMQL_NAME_CHARS} characters long"
            )
    rule = text(condition, "alertRule")
    if rule and not re.fullmatch(r"[a-zA-Z_:][a-zA-Z0-9_:]*", rule):
        raise invalid_field(f"{where}.alert_rule", rule, "the alert rule must be a valid Prometheus name")


def _query_language(condition: JsonObject, where: str) -> None:
    if not text(condition, "query"):
        raise missing_field(f"{where}.condition_monitoring_query_language.query")
    _minutes(condition, f"{where}.condition_monitoring_query_language.duration")


def _sql(condition: JsonObject, where: str) -> None:
    where += ".condition_sql"
    if not text(condition, "query"):
        raise missing_field(f"{where}.query")
    minutes = child(condition, "minutes")
    if minutes and not limits.SQL_MINUTES[0] <= number(minutes, "periodicity") <= limits.SQL_MINUTES[1]:
        raise invalid_field(
            f"{where}.minutes.periodicity", str(minutes.get("periodicity")), "must be 5 to 1440 minutes"
        )
    hourly = child(condition, "hourly")
    if hourly and not limits.SQL_HOURS[0] <= number(hourly, "periodicity") <= limits.SQL_HOURS[1]:
        raise invalid_field(f"{where}.hourly.periodicity", str(hourly.get("periodicity")), "must be 1 to 48 hours")


_CHECKS = {
    "conditionThreshold": _threshold,
    "conditionAbsent": _absent,
    "conditionMatchedLog": _matched_log,
    "conditionPrometheusQueryLanguage": _promql,
    "conditionMonitoringQueryLanguage": _query_language,
    "conditionSql": _sql,
}


def _check_metric_filter(query: str, field: str, *, required: bool) -> None:
    if not query:
        if required:
            raise missing_field(field)
        return
    if len(query) > limits.ALERT_FILTER_CHARS:
        raise invalid_field(field, query[:50] + "...", f"must be at most {limits.ALERT_FILTER_CHARS} characters long")
    try:
        expr = monitoring_filter.parse(query)
    except monitoring_filter.QuerySyntaxError as error:
        raise invalid_field(field, query, f"The filter does not parse: {error}") from None
    if monitoring_filter.selects(expr, "group", "id") or any(monitoring_filter.selections(expr)):
        return  # a group or a service level objective stands for its metrics and resources
    if not monitoring_filter.selects(expr, "metric", "type"):
        raise invalid_field(field, query, 'must specify a restriction on "metric.type" in the filter')
    if not monitoring_filter.selects(expr, "resource", "type"):
        raise invalid_field(
            field,
            query,
            'must specify a restriction on "resource.type" in the filter; see'
            ' "https://cloud.google.com/monitoring/api/resources" for a list of available resource types.',
        )


def _check_aggregations(condition: JsonObject, field: str, where: str) -> None:
    for index, aggregation in enumerate(children(condition, field)):
        at = f"{where}[{index}]"
        period = text(aggregation, "alignmentPeriod")
        aligner = text(aggregation, "perSeriesAligner")
        reducer = text(aggregation, "crossSeriesReducer")
        if aligner and not period:
            raise missing_field(f"{at}.alignment_period")
        if period:
            nanoseconds = parse_duration(period)
            shown = f'{{"seconds":{nanoseconds // SECOND}}}'
            if nanoseconds % MINUTE or (nanoseconds < MINUTE and aligner):
                raise invalid_field(
                    f"{at}.alignment_period", shown, "alignment period must be in multiples of one minute"
                )
            if nanoseconds > limits.ALIGNMENT_MAXIMUM_SECONDS * SECOND:
                raise invalid_field(f"{at}.alignment_period", shown, "alignment period must be at most 25 hours")
        if texts(aggregation, "groupByFields") and not reducer:
            raise invalid_argument("An aggregation cannot have group-by fields without a reducer.")
        if reducer and not aligner:
            raise invalid_field(
                f"{at}.cross_series_reducer", reducer, "a reducer needs an aligner other than ALIGN_NONE"
            )


def _minutes(condition: JsonObject, where: str) -> int:
    duration = text(condition, "duration") or "0s"
    nanoseconds = parse_duration(duration)
    if nanoseconds < 0 or nanoseconds % MINUTE:
        raise invalid_field(where, duration, "only multiples of 1 minute are supported")
    return nanoseconds


def _check_strategy(strategy: JsonObject, *, logs: bool) -> None:
    close = text(strategy, "autoClose")
    if close and parse_duration(close) < limits.AUTO_CLOSE_MINIMUM_SECONDS * SECOND:
        raise invalid_field(
            "alertStrategy.autoClose",
            f"seconds: {parse_duration(close) // SECOND}",
            "the autoclose duration should be at least 30 minutes",
        )
    limit = text(child(strategy, "notificationRateLimit"), "period")
    if logs and not limit:
        raise invalid_argument(
            "Field alertStrategy.notificationRateLimit is required: log-based alert policies must specify a"
            " notification rate limit",
        )
    if limit and not logs:
        shown = f"period {{ seconds: {parse_duration(limit) // SECOND} }}"
        raise invalid_field(
            "alertStrategy.notificationRateLimit",
            shown,
            "only log-based alert policies may specify a notification rate limit",
        )
    if logs and set(texts(strategy, "notificationPrompts")) - {"OPENED"}:
        raise invalid_field(
            "alertStrategy.notificationPrompts",
            ", ".join(texts(strategy, "notificationPrompts")),
            "log-based alert policies only support OPENED",
        )


def _check_documentation(document: JsonObject) -> None:
    content = text(document, "content")
    if len(content) > limits.DOCUMENTATION_CHARS or len(content.encode()) > limits.DOCUMENTATION_BYTES:
        raise invalid_argument(
            f"Field alert_policy.documentation.content is too long: at most {limits.DOCUMENTATION_CHARS}"
            f" characters and {limits.DOCUMENTATION_BYTES} bytes are allowed.",
        )
    if len(text(document, "subject").encode()) > limits.DOCUMENTATION_BYTES:
        raise invalid_argument(
            f"Field alert_policy.documentation.subject is too long: at most {limits.DOCUMENTATION_BYTES} bytes are"
            " allowed.",
        )
    if text(document, "mimeType") not in {"", "text/markdown"}:
        raise invalid_field(
            "alert_policy.documentation.mime_type", text(document, "mimeType"), "only text/markdown is supported"
        )
    links = children(document, "links")
    if len(links) > limits.DOCUMENTATION_LINKS:
        raise invalid_argument(
            f"Field alert_policy.documentation.links had {len(links)} links: at most {limits.DOCUMENTATION_LINKS}"
            " are allowed.",
        )
    for index, link in enumerate(links):
        if not 1 <= len(text(link, "displayName")) <= limits.DOCUMENTATION_LINK_NAME_CHARS:
            raise invalid_field(
                f"alert_policy.documentation.links[{index}].display_name",
                text(link, "displayName"),
                f"must be 1 to {limits.DOCUMENTATION_LINK_NAME_CHARS} characters long",
            )
        if not 1 <= len(text(link, "url")) <= limits.DOCUMENTATION_LINK_URL_CHARS:
            raise invalid_field(
                f"alert_policy.documentation.links[{index}].url",
                text(link, "url")[:50],
                f"must be 1 to {limits.DOCUMENTATION_LINK_URL_CHARS} characters long",
            )
