"""Alert policies read from their resources into what is evaluated."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import TypeAlias

from vigil_apimodel.json_values import JsonObject, child, children, flag, text, text_map, texts
from vigil_emulator.errors import ApiError
from vigil_emulator.metrics.series_list import Aggregation
from vigil_emulator.numerals import number
from vigil_emulator.times import DAY, MINUTE, SECOND, parse_duration, parse_time

DEFAULT_AUTO_CLOSE = 7 * DAY
"""AlertStrategy.auto_close where a policy sets none (docs.cloud.google.com/monitoring/alerts/concepts-indepth)."""
THRESHOLD_INTERVAL = MINUTE
"""How often threshold and absence conditions are evaluated: alignment periods slide by a minute (same page)."""
DEFAULT_PROMQL_INTERVAL = 30 * SECOND
"""google/monitoring/v3/alert.proto, PrometheusQueryLanguageCondition.evaluation_interval."""


@dataclass(frozen=True, slots=True, kw_only=True)
class PromQL:
    """A PromQL condition: met by each series of the result, for `duration` in a row."""

    query: str
    labels: Mapping[str, str]
    interval: int
    duration: int
    rule: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Threshold:
    """A metric (or a ratio of two) above or below a value."""

    filter: str
    aggregations: tuple[Aggregation, ...]
    denominator_filter: str
    denominator_aggregations: tuple[Aggregation, ...]
    comparison: str
    value: float
    missing: str
    duration: int
    horizon: int
    interval: int = THRESHOLD_INTERVAL


@dataclass(frozen=True, slots=True, kw_only=True)
class Absence:
    """No points for `duration`."""

    filter: str
    aggregations: tuple[Aggregation, ...]
    duration: int
    interval: int = THRESHOLD_INTERVAL


@dataclass(frozen=True, slots=True, kw_only=True)
class Log:
    """A log-match condition; entries come to it when they are written."""

    filter: str
    duration: int = 0
    interval: int = THRESHOLD_INTERVAL


@dataclass(frozen=True, slots=True, kw_only=True)
class Unsupported:
    """A condition that the emulator does not evaluate, with the reason."""

    reason: str
    duration: int = 0
    interval: int = THRESHOLD_INTERVAL


Test: TypeAlias = PromQL | Threshold | Absence | Log | Unsupported


@dataclass(frozen=True, slots=True, kw_only=True)
class Condition:
    """One condition of a policy."""

    name: str
    display_name: str
    test: Test
    count: int
    percent: float
    body: JsonObject


@dataclass(frozen=True, slots=True, kw_only=True)
class Policy:
    """A policy, ready to be evaluated."""

    name: str
    display_name: str
    enabled: bool
    combiner: str
    conditions: tuple[Condition, ...]
    channels: tuple[str, ...]
    severity: str
    user_labels: Mapping[str, str]
    documentation: JsonObject
    auto_close: int
    rate_limit: int
    prompts: frozenset[str]
    renotify: Mapping[str, int] = field(default_factory=dict[str, int])
    problems: tuple[str, ...] = ()

    @property
    def project(self) -> str:
        """The project's id."""
        return self.name.split("/")[1]


def policy_of(name: str, body: JsonObject) -> Policy:
    """Return the policy; what its conditions say wrongly becomes an Unsupported condition with the reason."""
    strategy = child(body, "alertStrategy")
    conditions = tuple(
        _condition(name, position, condition) for position, condition in enumerate(children(body, "conditions"))
    )
    log_based = any(isinstance(condition.test, Log) for condition in conditions)
    prompts = frozenset(texts(strategy, "notificationPrompts")) or frozenset({"OPENED", "CLOSED"})
    renotify = {
        channel: duration(item, "renotifyInterval")
        for item in children(strategy, "notificationChannelStrategy")
        for channel in texts(item, "notificationChannelNames")
    }
    return Policy(
        name=name,
        display_name=text(body, "displayName"),
        enabled=flag(body, "enabled", default=True),
        combiner=text(body, "combiner", "OR"),
        conditions=conditions,
        channels=tuple(texts(body, "notificationChannels")),
        severity=text(body, "severity"),
        user_labels=text_map(body, "userLabels"),
        documentation=child(body, "documentation"),
        auto_close=duration(strategy, "autoClose") or DEFAULT_AUTO_CLOSE,
        rate_limit=duration(child(strategy, "notificationRateLimit"), "period"),
        prompts=frozenset({"OPENED"}) if log_based else prompts,
        renotify={channel: period for channel, period in renotify.items() if period},
        problems=tuple(
            f"{condition.name}: {condition.test.reason}"
            for condition in conditions
            if isinstance(condition.test, Unsupported)
        ),
    )


def snoozed(snooze: JsonObject, policy: str, now: int) -> bool:
    """Return whether a snooze holds for a policy now."""
    if policy not in texts(child(snooze, "criteria"), "policies"):
        return False
    interval = child(snooze, "interval")
    try:
        start, end = parse_time(text(interval, "startTime")), parse_time(text(interval, "endTime"))
    except ValueError:
        return False
    return start <= now < end


def duration(body: JsonObject, name: str) -> int:
    """Return a duration field in nanoseconds, 0 where there is none; raise ApiError where it is not a duration."""
    raw = text(body, name)
    try:
        return parse_duration(raw) if raw else 0
    except ValueError as error:
        raise ApiError("INVALID_ARGUMENT", f"Field {name}: {error}") from error


def _condition(policy: str, position: int, body: JsonObject) -> Condition:
    trigger = child(child(body, "conditionThreshold") or child(body, "conditionAbsent"), "trigger")
    try:
        test = _test(body)
    except ApiError as error:
        test = Unsupported(reason=error.message)
    return Condition(
        name=text(body, "name") or f"{policy}/conditions/{position}",
        display_name=text(body, "displayName"),
        test=test,
        count=int(number(trigger, "count")) or 1,
        percent=number(trigger, "percent"),
        body=body,
    )


def _test(body: JsonObject) -> Test:
    if promql := child(body, "conditionPrometheusQueryLanguage"):
        return PromQL(
            query=text(promql, "query"),
            labels=text_map(promql, "labels"),
            interval=duration(promql, "evaluationInterval") or DEFAULT_PROMQL_INTERVAL,
            duration=duration(promql, "duration"),
            rule=text(promql, "alertRule"),
        )
    if threshold := child(body, "conditionThreshold"):
        return Threshold(
            filter=text(threshold, "filter"),
            aggregations=_aggregations(threshold, "aggregations"),
            denominator_filter=text(threshold, "denominatorFilter"),
            denominator_aggregations=_aggregations(threshold, "denominatorAggregations"),
            comparison=text(threshold, "comparison", "COMPARISON_GT"),
            value=number(threshold, "thresholdValue"),
            missing=text(threshold, "evaluationMissingData"),
            duration=duration(threshold, "duration"),
            horizon=duration(child(threshold, "forecastOptions"), "forecastHorizon"),
        )
    if absent := child(body, "conditionAbsent"):
        return Absence(
            filter=text(absent, "filter"),
            aggregations=_aggregations(absent, "aggregations"),
            duration=duration(absent, "duration"),
        )
    if matched := child(body, "conditionMatchedLog"):
        return Log(filter=text(matched, "filter"))
    kinds = ", ".join(key for key in body if key.startswith("condition")) or "none"
    return Unsupported(reason=f"conditions of this kind ({kinds}) are not evaluated by the emulator")


def _aggregations(body: JsonObject, name: str) -> tuple[Aggregation, ...]:
    return tuple(Aggregation.of(item, field=name) for item in children(body, name))
