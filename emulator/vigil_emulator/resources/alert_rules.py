"""What Monitoring refuses in an alert policy, in its words.

Limits: google/monitoring/v3/alert.proto, common.proto, notification.proto. Texts in quotation marks of Google are recorded
in public issues of terraform-provider-google (#20491, #16892, #16366, #10893) and its modules; the others are in their manner.
"""

import re
from collections.abc import Iterator

import promql_parser

from vigil_emulator.calls import JsonObject
from vigil_emulator.errors import ApiError
from vigil_emulator.jsonvalues import child, children, number, text, text_map, texts
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
MAX_CONDITIONS = 6
MAX_FILTER = 2048
MAX_NAME = 512
MAX_CHANNELS = 16
MAX_DOCUMENT = 8192
MAX_DOCUMENT_BYTES = 10_240
MAX_LINKS = 3
MAX_LINK_NAME = 63
MAX_LINK_URL = 2083
MAX_RULE = 2048
MIN_AUTO_CLOSE = 1800
MAX_PERIOD = 90_000
MIN_ABSENCE, MAX_ABSENCE = 120, 84_600
FORECAST = (3600, 216_000)


def check(policy: JsonObject) -> None:
    """Raises ApiError INVALID_ARGUMENT for the first thing that is wrong with a policy."""
    conditions = children(policy, "conditions")
    if not text(policy, "displayName"):
        raise _missing("alert_policy.display_name")
    if len(text(policy, "displayName")) > MAX_NAME:
        raise _invalid(
            "alert_policy.display_name", text(policy, "displayName"), f"must be at most {MAX_NAME} characters long"
        )
    if not 1 <= len(conditions) <= MAX_CONDITIONS:
        raise ApiError(
            "INVALID_ARGUMENT",
            f"Field alert_policy.conditions had {len(conditions)} conditions: 1 to {MAX_CONDITIONS} are allowed.",
        )
    if not text(policy, "combiner"):
        raise _missing("alert_policy.combiner")
    kinds = [_kind(condition, index) for index, condition in enumerate(conditions)]
    logs = "conditionMatchedLog" in kinds
    if logs and len(conditions) > 1:
        raise ApiError(
            "INVALID_ARGUMENT", "Alert policies with a log matching condition can only have a single condition."
        )
    for alone in ("conditionMonitoringQueryLanguage", "conditionSql"):
        if alone in kinds and len(conditions) > 1:
            raise ApiError("INVALID_ARGUMENT", f"Alert policies with a {alone} can only have a single condition.")
    for index, condition in enumerate(conditions):
        where = f"alert_policy.conditions[{index}]"
        if not text(condition, "displayName"):
            raise _missing(f"{where}.display_name")
        _CHECKS[kinds[index]](child(condition, kinds[index]), where)
    _check_strategy(child(policy, "alertStrategy"), logs=logs)
    _check_documentation(child(policy, "documentation"))
    check_user_labels(text_map(policy, "userLabels"), "alert_policy")
    channels = texts(policy, "notificationChannels")
    if len(channels) > MAX_CHANNELS:
        raise ApiError(
            "INVALID_ARGUMENT",
            f"Field alert_policy.notification_channels had {len(channels)} channels: at most {MAX_CHANNELS} are allowed.",
        )


def filters(policy: JsonObject) -> Iterator[tuple[str, str]]:
    """``(kind of condition, filter)`` of every condition on a metric."""
    for condition in children(policy, "conditions"):
        for kind in ("conditionThreshold", "conditionAbsent"):
            inner = child(condition, kind)
            for field in ("filter", "denominatorFilter"):
                if text(inner, field):
                    yield kind, text(inner, field)


def metric_types(query: str) -> list[str]:
    """Metric types that a monitoring filter names with ``=``."""
    return re.findall(r"metric\.type\s*=\s*\"([^\"]+)\"|metric\.type\s*=\s*'([^']+)'", query) and [
        first or second for first, second in re.findall(r"metric\.type\s*=\s*(?:\"([^\"]+)\"|'([^']+)')", query)
    ]


def _kind(condition: JsonObject, index: int) -> str:
    kinds = [kind for kind in CONDITIONS if kind in condition]
    if len(kinds) != 1:
        raise ApiError(
            "INVALID_ARGUMENT",
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
        raise _invalid(
            f"{where}.comparison", text(condition, "comparison"), "only COMPARISON_GT and COMPARISON_LT are supported"
        )
    missing = text(condition, "evaluationMissingData")
    if missing and not duration:
        raise _invalid(
            f"{where}.evaluation_missing_data",
            missing,
            "Conditions setting evaluation_missing_data must have a non-zero duration.",
        )
    forecast = text(child(condition, "forecastOptions"), "forecastHorizon")
    if forecast and not FORECAST[0] <= parse_duration(forecast) / SECOND <= FORECAST[1]:
        raise _invalid(
            f"{where}.forecast_options.forecast_horizon", forecast, "the forecast horizon must be 1 to 60 hours"
        )


def _absent(condition: JsonObject, where: str) -> None:
    where += ".condition_absent"
    _check_metric_filter(text(condition, "filter"), f"{where}.filter", required=True)
    _check_aggregations(condition, "aggregations", f"{where}.aggregations")
    seconds = _minutes(condition, f"{where}.duration") / SECOND
    if not MIN_ABSENCE <= seconds <= MAX_ABSENCE:
        raise _invalid(f"{where}.duration", text(condition, "duration"), "the duration must be 2 minutes to 23.5 hours")


def _matched_log(condition: JsonObject, where: str) -> None:
    if not text(condition, "filter"):
        raise _missing(f"{where}.condition_matched_log.filter")
    check_filter(text(condition, "filter"), "filter")
    for extractor in text_map(condition, "labelExtractors").values():
        check_extractor(extractor)


def _promql(condition: JsonObject, where: str) -> None:
    where += ".condition_prometheus_query_language"
    query = text(condition, "query")
    if not query.strip():
        raise _missing(f"{where}.query")
    try:
        promql_parser.parse(query)
    except ValueError as error:
        raise _invalid(f"{where}.query", query, f"The query does not parse: {error}") from None
    interval = text(condition, "evaluationInterval") or "30s"
    if parse_duration(interval) <= 0 or parse_duration(interval) % (30 * SECOND):
        raise _invalid(
            f"{where}.evaluation_interval",
            interval,
            "the evaluation interval must be a positive multiple of 30 seconds",
        )
    if text(condition, "duration") and parse_duration(text(condition, "duration")) < 0:
        raise _invalid(f"{where}.duration", text(condition, "duration"), "the duration must not be negative")
    for field, name in (("ruleGroup", "rule_group"), ("alertRule", "alert_rule")):
        if len(text(condition, field)) > MAX_RULE:
            raise _invalid(f"{where}.{name}", text(condition, field), f"must be at most {MAX_RULE} characters long")
    rule = text(condition, "alertRule")
    if rule and not re.fullmatch(r"[a-zA-Z_:][a-zA-Z0-9_:]*", rule):
        raise _invalid(f"{where}.alert_rule", rule, "the alert rule must be a valid Prometheus name")


def _query_language(condition: JsonObject, where: str) -> None:
    if not text(condition, "query"):
        raise _missing(f"{where}.condition_monitoring_query_language.query")
    _minutes(condition, f"{where}.condition_monitoring_query_language.duration")


def _sql(condition: JsonObject, where: str) -> None:
    where += ".condition_sql"
    if not text(condition, "query"):
        raise _missing(f"{where}.query")
    minutes = child(condition, "minutes")
    if minutes and not 5 <= number(minutes, "periodicity") <= 1440:  # noqa: PLR2004 - alert.proto
        raise _invalid(f"{where}.minutes.periodicity", str(minutes.get("periodicity")), "must be 5 to 1440 minutes")
    hourly = child(condition, "hourly")
    if hourly and not 1 <= number(hourly, "periodicity") <= 48:  # noqa: PLR2004 - alert.proto
        raise _invalid(f"{where}.hourly.periodicity", str(hourly.get("periodicity")), "must be 1 to 48 hours")


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
            raise _missing(field)
        return
    if len(query) > MAX_FILTER:
        raise _invalid(field, query[:50] + "...", f"must be at most {MAX_FILTER} characters long")
    if not re.search(r"metric\.type|group\.id|select_slo", query):
        raise _invalid(field, query, 'must specify a restriction on "metric.type" in the filter')
    if not re.search(r"resource\.type|group\.id|select_slo", query):
        raise _invalid(
            field,
            query,
            'must specify a restriction on "resource.type" in the filter; see "https://cloud.google.com/monitoring/api/resources" for a list of available resource types.',
        )


def _check_aggregations(condition: JsonObject, field: str, where: str) -> None:
    for index, aggregation in enumerate(children(condition, field)):
        at = f"{where}[{index}]"
        period = text(aggregation, "alignmentPeriod")
        aligner = text(aggregation, "perSeriesAligner")
        reducer = text(aggregation, "crossSeriesReducer")
        if aligner and not period:
            raise _missing(f"{at}.alignment_period")
        if period:
            nanoseconds = parse_duration(period)
            shown = f'{{"seconds":{nanoseconds // SECOND}}}'
            if nanoseconds % MINUTE or (nanoseconds < MINUTE and aligner):
                raise _invalid(f"{at}.alignment_period", shown, "alignment period must be in multiples of one minute")
            if nanoseconds > MAX_PERIOD * SECOND:
                raise _invalid(f"{at}.alignment_period", shown, "alignment period must be at most 25 hours")
        if texts(aggregation, "groupByFields") and not reducer:
            raise ApiError("INVALID_ARGUMENT", "An aggregation cannot have group-by fields without a reducer.")
        if reducer and not aligner:
            raise _invalid(f"{at}.cross_series_reducer", reducer, "a reducer needs an aligner other than ALIGN_NONE")


def _minutes(condition: JsonObject, where: str) -> int:
    duration = text(condition, "duration") or "0s"
    nanoseconds = parse_duration(duration)
    if nanoseconds < 0 or nanoseconds % MINUTE:
        raise _invalid(where, duration, "only multiples of 1 minute are supported")
    return nanoseconds


def _check_strategy(strategy: JsonObject, *, logs: bool) -> None:
    close = text(strategy, "autoClose")
    if close and parse_duration(close) < MIN_AUTO_CLOSE * SECOND:
        raise _invalid(
            "alertStrategy.autoClose",
            f"seconds: {parse_duration(close) // SECOND}",
            "the autoclose duration should be at least 30 minutes",
        )
    limit = text(child(strategy, "notificationRateLimit"), "period")
    if logs and not limit:
        raise ApiError(
            "INVALID_ARGUMENT",
            "Field alertStrategy.notificationRateLimit is required: log-based alert policies must specify a notification rate limit",
        )
    if limit and not logs:
        shown = f"period {{ seconds: {parse_duration(limit) // SECOND} }}"
        raise _invalid(
            "alertStrategy.notificationRateLimit",
            shown,
            "only log-based alert policies may specify a notification rate limit",
        )
    if logs and set(texts(strategy, "notificationPrompts")) - {"OPENED"}:
        raise _invalid(
            "alertStrategy.notificationPrompts",
            ", ".join(texts(strategy, "notificationPrompts")),
            "log-based alert policies only support OPENED",
        )


def _check_documentation(document: JsonObject) -> None:
    content = text(document, "content")
    if len(content) > MAX_DOCUMENT or len(content.encode()) > MAX_DOCUMENT_BYTES:
        raise ApiError(
            "INVALID_ARGUMENT",
            f"Field alert_policy.documentation.content is too long: at most {MAX_DOCUMENT} characters and {MAX_DOCUMENT_BYTES} bytes are allowed.",
        )
    if len(text(document, "subject").encode()) > MAX_DOCUMENT_BYTES:
        raise ApiError(
            "INVALID_ARGUMENT",
            f"Field alert_policy.documentation.subject is too long: at most {MAX_DOCUMENT_BYTES} bytes are allowed.",
        )
    if text(document, "mimeType") not in {"", "text/markdown"}:
        raise _invalid(
            "alert_policy.documentation.mime_type", text(document, "mimeType"), "only text/markdown is supported"
        )
    links = children(document, "links")
    if len(links) > MAX_LINKS:
        raise ApiError(
            "INVALID_ARGUMENT",
            f"Field alert_policy.documentation.links had {len(links)} links: at most {MAX_LINKS} are allowed.",
        )
    for index, link in enumerate(links):
        if not 1 <= len(text(link, "displayName")) <= MAX_LINK_NAME:
            raise _invalid(
                f"alert_policy.documentation.links[{index}].display_name",
                text(link, "displayName"),
                f"must be 1 to {MAX_LINK_NAME} characters long",
            )
        if not 1 <= len(text(link, "url")) <= MAX_LINK_URL:
            raise _invalid(
                f"alert_policy.documentation.links[{index}].url",
                text(link, "url")[:50],
                f"must be 1 to {MAX_LINK_URL} characters long",
            )


def _missing(field: str) -> ApiError:
    return ApiError("INVALID_ARGUMENT", f"Field {field} is required.")


def _invalid(field: str, value: str, why: str) -> ApiError:
    return ApiError("INVALID_ARGUMENT", f'Field {field} had an invalid value of "{value}": {why}')
