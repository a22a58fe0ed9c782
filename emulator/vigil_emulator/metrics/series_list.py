"""`timeSeries.list`: select, align, reduce, and reduce again."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np

from vigil_apimodel import monitoring_filter as mf
from vigil_apimodel.json_values import JsonObject, JsonValue, children, json_list, json_map, text, texts
from vigil_emulator.errors import ApiError
from vigil_emulator.metrics import filters
from vigil_emulator.metrics.align import Aligned, align, check_period
from vigil_emulator.metrics.descriptors import Descriptors
from vigil_emulator.metrics.distribution import Distribution
from vigil_emulator.metrics.objectives import ObjectiveSeries
from vigil_emulator.metrics.reduce import reduce_series
from vigil_emulator.metrics.series import IDLE, Columns, Series, SeriesStore, Times, Value
from vigil_emulator.numerals import count, number
from vigil_emulator.times import MINUTE, bounded, format_time, parse_duration, parse_time

MAXIMUM_POINTS = 100_000
"""Points of a page, or series where the request wants headers only (the method's reference: pageSize)."""


@dataclass(frozen=True, slots=True)
class Aggregation:
    """One step of aggregation; a period of 0 means none."""

    period: int = 0
    aligner: str = "ALIGN_NONE"
    reducer: str = "REDUCE_NONE"
    group_by: tuple[str, ...] = ()

    @classmethod
    def of(cls, body: Mapping[str, JsonValue], *, field: str = "aggregation") -> "Aggregation":
        """Return the aggregation of the API's JSON; raise ApiError where it is not legal."""
        raw = text(body, "alignmentPeriod")
        try:
            period = parse_duration(raw) if raw else 0
        except ValueError as error:
            raise ApiError("INVALID_ARGUMENT", f"Field {field}.alignmentPeriod: {error}") from error
        aligner = text(body, "perSeriesAligner", "ALIGN_NONE")
        reducer = text(body, "crossSeriesReducer", "REDUCE_NONE")
        group_by = tuple(texts(body, "groupByFields"))
        if aligner != "ALIGN_NONE":
            check_period(period, field=field)
        elif reducer != "REDUCE_NONE":
            raise ApiError(
                "INVALID_ARGUMENT",
                f'Field {field}.crossSeriesReducer had an invalid value of "{reducer}": '
                "A reducer needs a perSeriesAligner other than ALIGN_NONE.",
            )
        if group_by and reducer == "REDUCE_NONE":
            raise ApiError("INVALID_ARGUMENT", "An aggregation cannot have group-by fields without a reducer.")
        return cls(period, aligner, reducer, group_by)


def aggregated(series: Sequence[Series], first: Aggregation, ends: Times, now: int) -> list[Aligned]:
    """Return the series aligned at the ends and reduced; raise ApiError where that is not legal for them."""
    aligned: list[Aligned] = []
    for item in series:
        numbers, values, present, kind, value_type = align(
            item.columns(now), item.kind, item.value_type, first.aligner, ends, first.period
        )
        if present.any():
            key = item.key
            aligned.append(
                Aligned(
                    key.metric_labels, key.resource, key.resource_labels, kind, value_type, numbers, values, present
                )
            )
    return reduce_series(aligned, first.reducer, first.group_by) if aligned else []


def again(series: Sequence[Aligned], second: Aggregation, ends: Times) -> list[Aligned]:
    """Apply the secondary aggregation to what the first gave."""
    out: list[Aligned] = []
    for item in series:
        kept = item.present
        columns = Columns(
            ends[kept] - second.period,
            ends[kept],
            item.numbers[kept] if len(item.numbers) else item.numbers,
            [value for value, there in zip(item.values, kept, strict=True) if there] if item.values else [],
        )
        numbers, values, present, kind, value_type = align(
            columns, item.kind, item.value_type, second.aligner, ends, second.period
        )
        out.append(
            Aligned(item.metric_labels, item.resource, item.resource_labels, kind, value_type, numbers, values, present)
        )
    return reduce_series(out, second.reducer, second.group_by)


class TimeSeriesListing:
    """The method `timeSeries.list`."""

    def __init__(self, store: SeriesStore, descriptors: Descriptors, objectives: ObjectiveSeries) -> None:
        self._store = store
        self._descriptors = descriptors
        self._objectives = objectives

    def answer(self, project: str, request: JsonObject, now: int) -> JsonObject:
        """Return the answer; `request` has the method's parameters as an object (`interval`, `aggregation` nested)."""
        filter_text = text(request, "filter")
        if not filter_text:
            raise ApiError("INVALID_ARGUMENT", 'Field filter had an invalid value of "": The filter is required.')
        expr = filters.parsed(filter_text)
        start, end = _interval(request)
        first = Aggregation.of(_object(request, "aggregation"))
        second = Aggregation.of(_object(request, "secondaryAggregation"), field="secondaryAggregation")
        of_objective = self._objectives.selected(expr, start - max(first.period, MINUTE), end, now)
        if of_objective is not None:
            metric, unit, series = mf.render(expr), "1", of_objective
        else:
            metric = filters.metric_type(expr, filter_text)
            descriptor = self._descriptors.get(project, metric, now)
            if descriptor is None:
                raise unknown_metric(metric)
            unit = text(descriptor, "unit")
            series = filters.matching(self._store.of_metric(project, metric), filters.predicate(expr))
        headers = text(request, "view") == "HEADERS"
        if first.aligner == "ALIGN_NONE":
            items = [_raw(item, metric, start, end, now) for item in series]
        else:
            ends = _ends(series, start, end, first.period)
            aligned = aggregated(series, first, ends, now)
            period = first.period
            if second.aligner != "ALIGN_NONE":
                aligned, period = again(aligned, second, ends), second.period
            items = [_aligned(item, metric, ends, period) for item in aligned]
        found = [item for item in items if item.get("points")]
        page, token = _page(found, request, headers=headers)
        body: JsonObject = {"timeSeries": json_list(page), "unit": unit, "nextPageToken": token}
        return {key: value for key, value in body.items() if value not in ("", [])}


def _page(found: Sequence[JsonObject], request: JsonObject, *, headers: bool) -> tuple[list[JsonObject], str]:
    """The series of a page, the first and the last perhaps with a part of their points, and the next page's token."""
    requested = int(number(request, "pageSize"))
    if requested < 0:
        raise ApiError(
            "INVALID_ARGUMENT", f'Field pageSize had an invalid value of "{requested}": must not be negative'
        )
    left = min(requested or MAXIMUM_POINTS, MAXIMUM_POINTS)
    first_text, _, point_text = (text(request, "pageToken") or "0.0").partition(".")
    first, point = count(first_text), count(point_text)
    if first is None or point is None:
        raise ApiError("INVALID_ARGUMENT", "page_token is invalid")
    page: list[JsonObject] = []
    skipped = point
    for index, item in enumerate(found[first:], first):
        if not left:
            return page, f"{index}.0"
        if headers:
            page.append({name: value for name, value in item.items() if name != "points"})
            left -= 1
            continue
        points = children(item, "points")[skipped:]
        page.append({**item, "points": json_list(points[:left])})
        if len(points) > left:
            return page, f"{index}.{skipped + left}"
        left, skipped = left - len(points), 0
    return page, ""


def unknown_metric(metric: str) -> ApiError:
    """Return what Monitoring answers for a metric that it does not know (yet)."""
    return ApiError(
        "NOT_FOUND",
        f'Cannot find metric(s) that match type = "{metric}". If a metric was created recently, it could take up to '
        "10 minutes to become available. Please try again soon.",
    )


def typed_value(value: Value, value_type: str) -> JsonObject:
    """Return a TypedValue."""
    if isinstance(value, Distribution):
        return {"distributionValue": value.to_json()}
    match value_type:
        case "BOOL":
            return {"boolValue": bool(value)}
        case "INT64":
            return {"int64Value": str(int(float(value)))}
        case "STRING":
            return {"stringValue": str(value)}
        case _:
            number = float(value)
            return {"doubleValue": number if np.isfinite(number) else str(number).replace("inf", "Infinity")}


def _ends(series: Sequence[Series], start: int, end: int, period: int) -> Times:
    """Where periods end, backwards from the end of the interval; those without a point at either side are left out."""
    filled = [item for item in series if item.ends]
    if filled:
        start = max(start, min(min(item.starts[0], item.ends[0]) for item in filled) - period)
        newest = max(item.ends[-1] + (IDLE if item.filled else 0) for item in filled)
        end -= max(0, (end - newest) // period - 1) * period
        ends = np.arange(end, start, -period, dtype=np.int64)[::-1]
        if len(ends):
            return ends
    return np.array([end], dtype=np.int64)


def _object(request: JsonObject, name: str) -> JsonObject:
    value = request.get(name)
    return value if isinstance(value, dict) else {}


def _interval(request: JsonObject) -> tuple[int, int]:
    interval = _object(request, "interval")
    if not text(interval, "endTime"):
        raise ApiError("INVALID_ARGUMENT", "Field interval.endTime is required.")
    try:
        end = parse_time(text(interval, "endTime"))
        start = parse_time(text(interval, "startTime")) if text(interval, "startTime") else end
    except ValueError as error:
        raise ApiError("INVALID_ARGUMENT", f"Field interval had an invalid value: {error}") from error
    if start > end:
        raise ApiError("INVALID_ARGUMENT", "Field interval had an invalid value: startTime is after endTime.")
    return bounded(start), bounded(end)


def _raw(series: Series, metric: str, start: int, end: int, now: int) -> JsonObject:
    columns = series.columns(now)
    low = int(np.searchsorted(columns.ends, start, side="left"))
    high = int(np.searchsorted(columns.ends, end, side="right"))
    points: list[JsonObject] = []
    for index in range(high - 1, low - 1, -1):
        value: Value = float(columns.numbers[index]) if len(columns.numbers) else columns.values[index]
        points.append(_point(int(columns.starts[index]), int(columns.ends[index]), value, series.value_type))
    key = series.key
    return _series(
        metric, dict(key.metric_labels), key.resource, dict(key.resource_labels), series.kind, series.value_type, points
    )


def _aligned(item: Aligned, metric: str, ends: Times, period: int) -> JsonObject:
    points: list[JsonObject] = []
    for place in np.flatnonzero(item.present)[::-1]:
        index = int(place)
        value: Value = float(item.numbers[index]) if len(item.numbers) else item.values[index]
        end = int(ends[index])
        points.append(_point(end - period if item.kind != "GAUGE" else end, end, value, item.value_type))
    return _series(
        metric, dict(item.metric_labels), item.resource, dict(item.resource_labels), item.kind, item.value_type, points
    )


def _point(start: int, end: int, value: Value, value_type: str) -> JsonObject:
    return {
        "interval": {"startTime": format_time(start), "endTime": format_time(end)},
        "value": typed_value(value, value_type),
    }


def _series(  # noqa: PLR0917 - the time series' fields
    metric: str,
    metric_labels: Mapping[str, str],
    resource: str,
    resource_labels: Mapping[str, str],
    kind: str,
    value_type: str,
    points: list[JsonObject],
) -> JsonObject:
    described: JsonObject = {"type": metric}
    if metric_labels:
        described["labels"] = json_map(metric_labels)
    where: JsonObject = {"type": resource}
    if resource_labels:
        where["labels"] = json_map(resource_labels)
    return {
        "metric": described,
        "resource": where,
        "metricKind": kind,
        "valueType": value_type,
        "points": json_list(points),
    }
