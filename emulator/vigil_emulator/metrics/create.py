"""`timeSeries.create`: points that clients write."""

from collections.abc import Callable, Sequence

from vigil_apimodel import limits
from vigil_apimodel.json_values import JsonObject, child, children, text, text_map
from vigil_emulator.database import Database
from vigil_emulator.errors import ApiError
from vigil_emulator.metrics.descriptors import Descriptors
from vigil_emulator.metrics.distribution import distribution_of
from vigil_emulator.metrics.series import Series, SeriesKey, SeriesStore, Value, label_tuple
from vigil_emulator.times import DAY, MINUTE, SECOND, parse_time

_WRITABLE = (
    "custom.googleapis.com/",
    "external.googleapis.com/",
    "workload.googleapis.com/",
    "prometheus.googleapis.com/",
)
_VALUES = {
    "boolValue": "BOOL",
    "int64Value": "INT64",
    "doubleValue": "DOUBLE",
    "stringValue": "STRING",
    "distributionValue": "DISTRIBUTION",
}


class TimeSeriesCreation:
    """The method `timeSeries.create`."""

    def __init__(
        self,
        store: SeriesStore,
        descriptors: Descriptors,
        database: Database,
        save_points: Callable[[], None],
    ) -> None:
        self._store = store
        self._descriptors = descriptors
        self._database = database
        self._save_points = save_points

    def answer(self, project: str, request: JsonObject, now: int) -> JsonObject:
        """Write what is legal; raise ApiError with the first reason if anything was not."""
        bodies = children(request, "timeSeries")
        if len(bodies) > limits.TIME_SERIES_OF_REQUEST:
            raise ApiError(
                "INVALID_ARGUMENT",
                f"Field timeSeries had an invalid value: A maximum of {limits.TIME_SERIES_OF_REQUEST} TimeSeries can "
                "be written per request.",
            )
        problems = self.create(project, bodies, now)
        if problems:
            first = problems[0]
            raise ApiError(first.status, f"One or more TimeSeries could not be written: {first.message}")
        return {}

    def create(self, project: str, bodies: Sequence[JsonObject], now: int, *, any_type: bool = False) -> list[ApiError]:
        """Write what is legal, and return why the rest is not. `any_type` lets Google's own metrics be written."""
        problems: list[ApiError] = []
        seen: set[SeriesKey] = set()
        with self._database.transaction():
            for index, body in enumerate(bodies):
                try:
                    self._write(project, index, body, now, seen, any_type=any_type)
                except ApiError as error:
                    problems.append(error)
            self._save_points()
        return problems

    def _write(
        self, project: str, index: int, body: JsonObject, now: int, seen: set[SeriesKey], *, any_type: bool
    ) -> None:
        field = f"timeSeries[{index}]"
        metric, resource = child(body, "metric"), child(body, "resource")
        kind_of_metric = text(metric, "type")
        if not any_type and not kind_of_metric.startswith(_WRITABLE):
            raise _invalid(f"{field}.metric.type", kind_of_metric, "The metric type is not one that can be written")
        key = SeriesKey(
            project,
            kind_of_metric,
            label_tuple(text_map(metric, "labels")),
            text(resource, "type", "global"),
            label_tuple({"project_id": project, **text_map(resource, "labels")}),
        )
        if key in seen:
            raise ApiError(
                "INVALID_ARGUMENT",
                f"Field {field} had an invalid value: Duplicate TimeSeries encountered. Only one point can be written "
                "per TimeSeries per request.",
            )
        seen.add(key)
        points = children(body, "points")
        if len(points) != 1:
            raise ApiError(
                "INVALID_ARGUMENT",
                f"Field {field}.points had an invalid value: Only one point can be written per TimeSeries per request.",
            )
        start, end, value, value_type = _point(points[0], f"{field}.points[0]", now)
        kind = text(body, "metricKind") or "GAUGE"
        described = self._descriptors.get(project, kind_of_metric, now)
        if described is not None:
            kind = text(described, "metricKind", kind)
            if text(described, "valueType", value_type) != value_type:
                raise _invalid(
                    f"{field}.points[0].value", value_type, f"The metric has value type {text(described, 'valueType')}"
                )
        _check_interval(f"{field}.points[0].interval", kind, start, end)
        series = self._store.get(key)
        if series is None:
            unit = text(body, "unit") or (text(described, "unit") if described else "")
            series = self._store.add(Series(key, kind, value_type, unit))
        _check_order(series, end)
        series.put(start, end, value)
        self._store.changed.add((series, end))


def _check_interval(field: str, kind: str, start: int, end: int) -> None:
    if kind == "GAUGE" and start != end:
        raise _invalid(field, "", "The start time must equal the end time for GAUGE metrics")
    if kind != "GAUGE" and start >= end:
        raise _invalid(
            f"{field}.start_time",
            "",
            f"The start time must be before the end time for {kind} metrics",
        )


def _check_order(series: Series, end: int) -> None:
    if series.ends and end <= series.ends[-1]:
        raise ApiError(
            "INVALID_ARGUMENT",
            "Points must be written in order. One or more of the points specified had an older start time than the "
            "most recent point.",
        )
    if series.ends and end - series.ends[-1] < 5 * SECOND:
        raise ApiError(
            "INVALID_ARGUMENT",
            "One or more points were written more frequently than the maximum sampling period configured for the "
            "metric.",
        )


def _point(point: JsonObject, field: str, now: int) -> tuple[int, int, Value, str]:
    interval = child(point, "interval")
    try:
        end = parse_time(text(interval, "endTime"))
        start = parse_time(text(interval, "startTime")) if text(interval, "startTime") else end
    except ValueError as error:
        raise ApiError("INVALID_ARGUMENT", f"Field {field}.interval had an invalid value: {error}") from error
    if end > now + 5 * MINUTE:
        raise _invalid(
            f"{field}.interval.end_time",
            text(interval, "endTime"),
            "Data points cannot be written more than 5m0s in the future",
        )
    if end < now - DAY - 3600 * SECOND:
        raise _invalid(
            f"{field}.interval.end_time",
            text(interval, "endTime"),
            "Data points cannot be written more than 25h0m0s in the past",
        )
    typed = child(point, "value")
    for name, value_type in _VALUES.items():
        if name in typed:
            return start, end, _value(typed, name), value_type
    raise _invalid(f"{field}.value", "", "A value is required")


def _value(typed: JsonObject, name: str) -> Value:
    raw = typed[name]
    if name == "distributionValue":
        return distribution_of(child(typed, name))
    if name == "boolValue":
        return raw is True
    if name == "stringValue":
        return str(raw)
    try:
        return float(str(raw))
    except ValueError as error:
        raise _invalid(f"value.{name}", str(raw), "A number is needed") from error


def _invalid(field: str, value: str, reason: str) -> ApiError:
    shown = f' of "{value}"' if value else ""
    return ApiError("INVALID_ARGUMENT", f"Field {field} had an invalid value{shown}: {reason}.")
