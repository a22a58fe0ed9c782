"""What Monitoring writes of a probe: one point of each metric for each checker.

Metrics, kinds and units: `vigil_apimodel.metrics.uptime`. Labels that only private checks have are left out.
"""

from collections.abc import Iterator
from typing import Final

from vigil_apimodel.json_values import JsonObject, JsonValue
from vigil_apimodel.metrics import Metric, ValueType, uptime
from vigil_emulator.probing.check import Check
from vigil_emulator.probing.probe import Outcome
from vigil_emulator.times import DAY, format_time, nanoseconds

_MILLISECONDS: Final = 1000.0
_FIELDS: Final = {ValueType.BOOL: "boolValue", ValueType.DOUBLE: "doubleValue", ValueType.STRING: "stringValue"}


def series_of(check: Check, outcome: Outcome, at: int) -> list[JsonObject]:
    """Return the series for `timeSeries.create`, of a probe that ended at `at` (ns of the emulator's clock).

    The days that are left of a certificate are counted on that clock too: it is what the day is in the emulator.
    """
    return [
        _series(check, metric, value, location, at)
        for location in check.locations
        for metric, value in _values(outcome, at)
    ]


def _values(outcome: Outcome, at: int) -> Iterator[tuple[Metric, JsonValue]]:
    yield uptime.CHECK_PASSED, outcome.passed
    if outcome.seconds is not None:
        yield uptime.REQUEST_LATENCY, outcome.seconds * _MILLISECONDS
    if outcome.status is not None:
        yield uptime.HTTP_STATUS, str(outcome.status)
    if outcome.mismatch is not None:
        yield uptime.CONTENT_MISMATCH, outcome.mismatch
    if outcome.code:
        yield uptime.ERROR_CODE, outcome.code
    if outcome.certificate_ends is not None:
        yield uptime.TIME_UNTIL_SSL_CERT_EXPIRES, (nanoseconds(outcome.certificate_ends) - at) / DAY


def _series(check: Check, metric: Metric, value: JsonValue, location: str, at: int) -> JsonObject:
    labels: JsonObject = {
        "check_id": check.identifier,
        "checker_location": location,
        "checked_resource_id": check.checked,
    }
    return {
        "metric": {"type": metric.type, "labels": labels},
        "resource": check.resource,
        "metricKind": metric.kind.value,
        "unit": metric.unit,
        "points": [{"interval": {"endTime": format_time(at)}, "value": {_FIELDS[metric.value_type]: value}}],
    }
