"""Rules of the conditions of an alert policy."""

import re
from collections.abc import Iterator

from vigil_apimodel import limits
from vigil_apimodel import monitoring_filter as mf
from vigil_apimodel.metrics.uptime import TIME_UNTIL_SSL_CERT_EXPIRES
from vigil_apimodel.rules.filters import log_query, parsed, series_filter
from vigil_apimodel.rules.inputs import (
    literal,
    malformed_duration,
    mapping,
    messages,
    number,
    present,
    seconds,
    text,
    too_long,
    unknown,
    within,
)
from vigil_apimodel.rules.model import Finding, Inputs, Severity, rule
from vigil_apimodel.tokens import ALERT_POLICY

KINDS = (
    "conditionThreshold",
    "conditionAbsent",
    "conditionMatchedLog",
    "conditionPrometheusQueryLanguage",
    "conditionSql",
    "conditionMonitoringQueryLanguage",
)
"""The condition types, by their field."""

_PROTO = "google/monitoring/v3/alert.proto"
_STEP = limits.DURATION_STEP_SECONDS
_BY_TIME = re.compile(r"\btimestamp\b\s*(?:[<>=]|BETWEEN\b)", re.IGNORECASE)
_LABEL_NAME = re.compile(r"[a-zA-Z_][a-zA-Z0-9_]*\Z")


def kinds_of(condition: Inputs) -> list[str]:
    """Return the types that a condition has; a well-formed one has one."""
    return [kind for kind in KINDS if present(condition, kind)]


def of_kind(inputs: Inputs, *kinds: str) -> Iterator[tuple[str, Inputs]]:
    """Return the conditions of these types, each with its place."""
    if "conditions" not in inputs:
        return
    for place, condition in messages(inputs, "conditions"):
        for kind in kinds:
            if present(condition, kind):
                yield f"{place}.{kind}", mapping(condition, kind)


def filters(inputs: Inputs) -> Iterator[tuple[str, Inputs, str]]:
    """Return the monitoring filters of a policy: place of the condition, the condition, the filter's field."""
    for place, condition in of_kind(inputs, "conditionThreshold", "conditionAbsent"):
        for key in ("filter", "denominatorFilter"):
            if text(condition, key):
                yield place, condition, key


@rule("alert-filter-length", ALERT_POLICY, source=_PROTO)
def filter_length(inputs: Inputs) -> Iterator[Finding]:
    """A condition's filter has at most 2,048 characters."""
    for place, condition, key in filters(inputs):
        yield from within(place, too_long(condition, key, chars=limits.ALERT_FILTER_CHARS))


@rule("alert-filter-syntax", ALERT_POLICY, source="https://cloud.google.com/monitoring/api/v3/filters")
def filter_syntax(inputs: Inputs) -> Iterator[Finding]:
    """A condition's filter is a monitoring filter."""
    for place, condition, key in filters(inputs):
        yield from within(place, series_filter(condition, key))


@rule(
    "alert-filter-selects",
    ALERT_POLICY,
    source=f"{_PROTO}; hashicorp/terraform-provider-google#4165, #7179",
)
def filter_selects(inputs: Inputs) -> Iterator[Finding]:
    """A condition's filter names a metric type and a resource type."""
    for place, condition, key in filters(inputs):
        expr = parsed(condition, key)
        if expr is None or any(True for _ in mf.selections(expr)) or _has_variable(expr):
            continue
        if not mf.selects(expr, "metric", "type"):
            yield f"{place}.{key}", 'the filter names no metric: add metric.type = "..."'
        if not mf.selects(expr, "resource", "type") and not mf.selects(expr, "group", "id"):
            yield (
                f"{place}.{key}",
                'the filter names no resource: add resource.type = "...", for example that of the log',
            )


def _has_variable(expr: mf.Expr) -> bool:
    match expr:
        case mf.Variable():
            return True
        case mf.And(terms) | mf.Or(terms):
            return any(_has_variable(term) for term in terms)
        case mf.Not(term):
            return _has_variable(term)
        case _:
            return False


@rule("alert-log-filter", ALERT_POLICY, source="https://cloud.google.com/logging/docs/view/logging-query-language")
def log_filter(inputs: Inputs) -> Iterator[Finding]:
    """A log-match condition's filter is a query over fields that log entries have."""
    for place, condition in of_kind(inputs, "conditionMatchedLog"):
        yield from within(place, log_query(condition))


@rule(
    "alert-duration",
    ALERT_POLICY,
    source=_PROTO,
    server='... condition_threshold.duration had an invalid value of "30s": only multiples of 1 minute are supported',
)
def duration(inputs: Inputs) -> Iterator[Finding]:
    """A threshold's duration is a multiple of a minute, 0 among them."""
    for place, condition in of_kind(inputs, "conditionThreshold"):
        wrong = malformed_duration(condition, "duration")
        if wrong:
            yield f"{place}.duration", wrong
        found = seconds(condition, "duration")
        if found is not None and (found < 0 or found % _STEP):
            yield f"{place}.duration", f"{found:g} seconds is no multiple of a minute: write {_minutes(found)}"


def _minutes(found: float) -> str:
    """Return the next multiple of a minute, as JSON has it."""
    return f'"{max(0, -int(-found // _STEP)) * _STEP}s"'


@rule("alert-comparison", ALERT_POLICY, source=_PROTO)
def comparison(inputs: Inputs) -> Iterator[Finding]:
    """A threshold is compared with COMPARISON_GT or COMPARISON_LT."""
    for place, condition in of_kind(inputs, "conditionThreshold"):
        found = literal(condition, "comparison")
        if found not in (None, "COMPARISON_GT", "COMPARISON_LT"):
            message = f"{found!r} is not supported: write COMPARISON_GT or COMPARISON_LT and move the threshold"
            yield f"{place}.comparison", message


@rule(
    "alert-missing-data",
    ALERT_POLICY,
    source="hashicorp/terraform-provider-google#16892",
    server="... condition_threshold.evaluation_missing_data had an invalid value of ...: Conditions setting "
    "evaluation_missing_data must have a non-zero duration.",
)
def missing_data(inputs: Inputs) -> Iterator[Finding]:
    """A condition that says what missing data means lasts at least a minute."""
    for place, condition in of_kind(inputs, "conditionThreshold"):
        meaning = literal(condition, "evaluationMissingData")
        lasting = seconds(condition, "duration") if present(condition, "duration") else 0.0
        if meaning in (None, "", "EVALUATION_MISSING_DATA_UNSPECIFIED") or lasting is None:
            continue
        if lasting < limits.MISSING_DATA_DURATION_SECONDS:
            yield (
                f"{place}.evaluationMissingData",
                'needs a duration of at least "60s": set the duration, or leave it out',
            )


@rule("alert-absence-duration", ALERT_POLICY, source=f"{_PROTO}; monitoring/alerts/metric-absence")
def absence_duration(inputs: Inputs) -> Iterator[Finding]:
    """An absence lasts 2 minutes to 23.5 hours, in whole minutes."""
    for place, condition in of_kind(inputs, "conditionAbsent"):
        wrong = malformed_duration(condition, "duration")
        if wrong:
            yield f"{place}.duration", wrong
        found = seconds(condition, "duration")
        if found is None:
            continue
        if found % _STEP:
            yield f"{place}.duration", f"{found:g} seconds is no multiple of a minute: write {_minutes(found)}"
        if found < limits.ABSENCE_MINIMUM_SECONDS:
            yield f"{place}.duration", f'{found:g} seconds is less than 2 minutes: write "120s" or more'
        if found > limits.ABSENCE_MAXIMUM_SECONDS:
            yield f"{place}.duration", f'{found:g} seconds is more than 23.5 hours: write "84600s" or less'


@rule("alert-forecast", ALERT_POLICY, source=_PROTO)
def forecast(inputs: Inputs) -> Iterator[Finding]:
    """A forecast looks 1 to 60 hours ahead."""
    for place, condition in of_kind(inputs, "conditionThreshold"):
        found = seconds(mapping(condition, "forecastOptions"), "forecastHorizon")
        if found is not None and not limits.FORECAST_MINIMUM_SECONDS <= found <= limits.FORECAST_MAXIMUM_SECONDS:
            message = f'{found:g} seconds is not within 1 and 60 hours: write "3600s" to "216000s"'
            yield f"{place}.forecastOptions.forecastHorizon", message


@rule("alert-trigger", ALERT_POLICY, source=_PROTO)
def trigger(inputs: Inputs) -> Iterator[Finding]:
    """A trigger counts series or takes a share of them, not both."""
    for place, condition in of_kind(
        inputs, "conditionThreshold", "conditionAbsent", "conditionMonitoringQueryLanguage"
    ):
        found = mapping(condition, "trigger")
        percent = number(found, "percent")
        if number(found, "count") and percent:
            yield f"{place}.trigger", "count and percent exclude each other: keep one"
        if percent is not None and not 0 <= percent <= 100:  # noqa: PLR2004 - per cent
            yield f"{place}.trigger.percent", f"{percent:g} is not within 0 and 100"


@rule("alert-promql-query", ALERT_POLICY, source=_PROTO)
def promql_query(inputs: Inputs) -> Iterator[Finding]:
    """A PromQL condition has a query."""
    for place, condition in of_kind(inputs, "conditionPrometheusQueryLanguage"):
        query = condition.get("query")
        if query is None or (isinstance(query, str) and not query.strip()):
            yield f"{place}.query", "the query is empty: write a PromQL expression that is true while the alert holds"


@rule("alert-promql-interval", ALERT_POLICY, source=_PROTO)
def promql_interval(inputs: Inputs) -> Iterator[Finding]:
    """A PromQL condition is evaluated at a multiple of 30 seconds, and lasts no negative time."""
    for place, condition in of_kind(inputs, "conditionPrometheusQueryLanguage"):
        for key in ("evaluationInterval", "duration"):
            wrong = malformed_duration(condition, key)
            if wrong:
                yield f"{place}.{key}", wrong
        found = seconds(condition, "evaluationInterval")
        if found is not None and (found <= 0 or found % limits.EVALUATION_STEP_SECONDS):
            message = f'{found:g} seconds is no positive multiple of 30: write "30s", "60s" and so on'
            yield f"{place}.evaluationInterval", message
        lasting = seconds(condition, "duration")
        if lasting is not None and lasting < 0:
            yield f"{place}.duration", f'{lasting:g} seconds is negative: write "0s" or more'


@rule("alert-promql-names", ALERT_POLICY, source=_PROTO)
def promql_names(inputs: Inputs) -> Iterator[Finding]:
    """A PromQL condition's rule group, alert rule and labels have names that Prometheus allows."""
    for place, condition in of_kind(inputs, "conditionPrometheusQueryLanguage"):
        for key in ("ruleGroup", "alertRule"):
            yield from within(place, too_long(condition, key, chars=limits.PROMQL_NAME_CHARS))
        alert = literal(condition, "alertRule")
        if alert and not _LABEL_NAME.match(alert):
            message = f"{alert!r} is no label name of Prometheus: use letters, digits and _, no digit first"
            yield f"{place}.alertRule", message
        for name in mapping(condition, "labels"):
            if not _LABEL_NAME.match(name) and not unknown(name):
                message = f"{name!r} is no label name of Prometheus: use letters, digits and _, no digit first"
                yield f"{place}.labels.{name}", message


@rule("alert-sql-schedule", ALERT_POLICY, source=_PROTO)
def sql_schedule(inputs: Inputs) -> Iterator[Finding]:
    """A SQL condition runs every 5 to 1,440 minutes or 1 to 48 hours, at minute 0 to 59."""
    for place, condition in of_kind(inputs, "conditionSql"):
        for schedule, key, (lowest, highest) in (
            ("minutes", "periodicity", limits.SQL_MINUTES),
            ("hourly", "periodicity", limits.SQL_HOURS),
            ("hourly", "minuteOffset", limits.SQL_MINUTE_OFFSET),
        ):
            found = number(mapping(condition, schedule), key)
            if found is not None and not lowest <= found <= highest:
                yield f"{place}.{schedule}.{key}", f"{found:g} is not within {lowest} and {highest}"


@rule("alert-sql-time", ALERT_POLICY, source=_PROTO)
def sql_time(inputs: Inputs) -> Iterator[Finding]:
    """A SQL condition's query does not filter by time, the schedule does."""
    for place, condition in of_kind(inputs, "conditionSql"):
        if _BY_TIME.search(text(condition, "query") or ""):
            yield f"{place}.query", "the schedule limits the time: remove the comparison of timestamp"


@rule(
    "alert-certificate-days",
    ALERT_POLICY,
    severity=Severity.WARNING,
    source="https://cloud.google.com/monitoring/api/metrics_gcp_i_o#gcp-monitoring: the unit is days",
)
def certificate_days(inputs: Inputs) -> Iterator[Finding]:
    """A threshold on a certificate's expiry is in days."""
    for place, condition in of_kind(inputs, "conditionThreshold"):
        found = number(condition, "thresholdValue")
        expr = parsed(condition)
        types = mf.metric_types(expr) if expr is not None else ()
        if found is not None and found > limits.CERTIFICATE_DAYS and TIME_UNTIL_SSL_CERT_EXPIRES.type in types:
            yield f"{place}.thresholdValue", f"{found:g} is no number of days: write 14 for two weeks, for example"
