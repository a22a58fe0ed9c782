"""Prometheus' HTTP API as Cloud Monitoring serves it under `/v1/projects/P/location/global/prometheus/api/v1/`.

Formats: prometheus.io/docs/prometheus/latest/querying/api; the methods are in monitoring v1's discovery document.
"""

import math

import numpy as np
from promql_parser import Expr, MatrixSelector, SubqueryExpr, VectorSelector, parse_duration

from vigil_apimodel.json_values import JsonObject, JsonValue, json_list, json_map, texts
from vigil_apimodel.promql import metric_name
from vigil_emulator.errors import ApiError
from vigil_emulator.metrics.descriptors import Descriptors
from vigil_emulator.metrics.series import SeriesStore
from vigil_emulator.numerals import whole
from vigil_emulator.promql import budget
from vigil_emulator.promql.evaluate import MAXIMUM_STEPS, Evaluated, Evaluator, matchers_of, parse
from vigil_emulator.promql.frame import Frame, Numbers, PromQLError, Samples, Times
from vigil_emulator.promql.source import StoreSource
from vigil_emulator.promql.values import format_number
from vigil_emulator.times import EARLIEST, LATEST, parse_time

_MILLION = 1_000_000


class PrometheusError(ApiError):
    """An error in Prometheus' own form."""

    def __init__(self, message: str, kind: str = "bad_data") -> None:
        super().__init__("INVALID_ARGUMENT", message)
        self.kind = kind

    def body(self) -> JsonObject:
        """Return `{"status": "error", ...}`."""
        return {"status": "error", "errorType": self.kind, "error": self.message}


class PrometheusApi:
    """Answers queries over one store."""

    def __init__(self, store: SeriesStore, descriptors: Descriptors) -> None:
        self._store = store
        self._descriptors = descriptors

    def query(self, project: str, parameters: JsonObject, now: int) -> JsonObject:
        """Answer `/query`: at one time."""
        at = _time(parameters, "time", now)
        expr = self._parsed(parameters)
        if isinstance(expr, (MatrixSelector, SubqueryExpr)):
            return self._matrix_of_range(project, expr, at, now)
        value = self._evaluated(project, expr, at, at, 1, now)
        stamp = at / 1000
        if isinstance(value, str):
            return _success({"resultType": "string", "result": [stamp, value]})
        if isinstance(value, Frame):
            vector: list[JsonObject] = [
                {"metric": json_map(dict(labels)), "value": _pair(at, float(row[0]))}
                for labels, row in zip(value.labels, value.values, strict=True)
            ]
            return _success({"resultType": "vector", "result": json_list(vector)})
        return _success({"resultType": "scalar", "result": _pair(at, float(value[0]))})

    def query_range(self, project: str, parameters: JsonObject, now: int) -> JsonObject:
        """Answer `/query_range`: at each step."""
        start, end = _time(parameters, "start", now), _time(parameters, "end", now)
        step = _step(parameters)
        if end < start:
            raise PrometheusError('invalid parameter "end": end timestamp must not be before start time')
        if (end - start) // step + 1 > MAXIMUM_STEPS:
            raise PrometheusError(
                "exceeded maximum resolution of 11,000 points per timeseries. Try decreasing the query resolution "
                "(?step=XX)"
            )
        expr = self._parsed(parameters)
        if isinstance(expr, (MatrixSelector, SubqueryExpr)):
            raise PrometheusError(
                'invalid parameter "query": invalid expression type "range vector" for range query, must be Scalar or '
                "instant Vector"
            )
        value = self._evaluated(project, expr, start, end, step, now)
        times = np.arange(start, end + 1, step, dtype=np.int64)
        if isinstance(value, str):
            raise PrometheusError(
                'invalid parameter "query": invalid expression type "string" for range query, must be Scalar or '
                "instant Vector"
            )
        if not isinstance(value, Frame):
            value = Frame.of([({}, value, np.ones(len(times), dtype=np.bool_))], len(times))
        matrix: list[JsonObject] = [
            {"metric": json_map(dict(labels)), "values": _pairs(times[present], row[present])}
            for labels, row, present in zip(value.labels, value.values, value.present, strict=True)
        ]
        matrix.sort(key=lambda item: sorted(str(pair) for pair in _metric(item)))
        return _success({"resultType": "matrix", "result": json_list(matrix)})

    def series(self, project: str, parameters: JsonObject, now: int) -> JsonObject:
        """Answer `/series`: label sets that selectors find in a time range."""
        if not _selectors(parameters):
            raise PrometheusError("no match[] parameter provided")
        found = {frozenset(s.labels.items()): s for s in self._matched(project, parameters, now)}
        return _success(json_list([json_map(dict(samples.labels)) for samples in found.values()]))

    def labels(self, project: str, parameters: JsonObject, now: int) -> JsonObject:
        """Answer `/labels`: names of labels."""
        names = {name for samples in self._matched(project, parameters, now) for name in samples.labels}
        return _success(_texts(names))

    def label_values(self, project: str, label: str, parameters: JsonObject, now: int) -> JsonObject:
        """Answer `/label/NAME/values`: the values of a label."""
        values = {samples.labels.get(label, "") for samples in self._matched(project, parameters, now)} - {""}
        return _success(_texts(values))

    def metadata(self, project: str, parameters: JsonObject, now: int) -> JsonObject:
        """Answer `/metadata`: type, help and unit of metrics, or of the one that `metric` names; at most `limit`."""
        found: JsonObject = {}
        limit, wanted = _limit(parameters), str(parameters.get("metric") or "")
        for descriptor in self._descriptors.all(project, now):
            metric = str(descriptor["type"])
            if wanted not in {"", metric, metric_name(metric)}:
                continue
            if limit is not None and len(found) >= limit:
                break
            kind = "counter" if descriptor.get("metricKind") in {"DELTA", "CUMULATIVE"} else "gauge"
            if descriptor.get("valueType") == "DISTRIBUTION":
                kind = "histogram"
            found[str(descriptor["type"])] = [
                {"type": kind, "help": descriptor.get("description") or "", "unit": descriptor.get("unit") or ""}
            ]
        return _success(found)

    def _parsed(self, parameters: JsonObject) -> Expr:
        query = parameters.get("query")
        if not isinstance(query, str) or not query.strip():
            raise PrometheusError(
                'invalid parameter "query": unknown position: parse error: no expression found in input'
            )
        try:
            return parse(query)
        except PromQLError as error:
            raise PrometheusError(f'invalid parameter "query": {error}') from error

    def _evaluated(  # noqa: PLR0917 - a query's five parts
        self, project: str, expr: Expr, start: int, end: int, step: int, now: int
    ) -> Evaluated:
        source = StoreSource(self._store, project, now)
        try:
            with budget.bounded():
                value = Evaluator(source, start, end, step, widened=True).evaluate(expr)
            if isinstance(value, Frame):
                budget.points(int(value.present.sum()))
        except PromQLError as error:
            raise PrometheusError(str(error), "execution") from error
        return value

    def _matrix_of_range(self, project: str, expr: MatrixSelector | SubqueryExpr, at: int, now: int) -> JsonObject:
        source = StoreSource(self._store, project, now)
        try:
            with budget.bounded():
                over = Evaluator(source, at, at, 1).range_of(expr)
            budget.points(sum(len(samples.times) for samples in over.samples))
        except PromQLError as error:
            raise PrometheusError(str(error), "execution") from error
        end = int(over.ends[0])
        matrix: list[JsonObject] = []
        for samples in over.samples:
            inside = (samples.times >= end - over.span) & (samples.times <= end)
            if inside.any():
                pairs = _pairs(samples.times[inside], samples.values[inside])
                matrix.append({"metric": json_map(dict(samples.labels)), "values": pairs})
        return _success({"resultType": "matrix", "result": json_list(matrix)})

    def _matched(self, project: str, parameters: JsonObject, now: int) -> list[Samples]:
        selectors = _selectors(parameters)
        start, end = _time(parameters, "start", 0), _time(parameters, "end", now)
        source = StoreSource(self._store, project, now)
        found: list[Samples] = [] if selectors else list(source.everything())
        for selector in selectors:
            try:
                found += source.select(matchers_of(_selector(selector)), start, end)
            except PromQLError as error:
                raise PrometheusError(f'invalid parameter "match[]": {error}') from error
        return [s for s in found if ((s.times >= start) & (s.times <= end)).any()]


def _selector(text: str) -> VectorSelector:
    expr = parse(text)
    if isinstance(expr, VectorSelector):
        return expr
    raise PromQLError(f"{text} is not a selector")


def _metric(item: JsonObject) -> list[tuple[str, JsonValue]]:
    metric = item["metric"]
    return sorted(metric.items()) if isinstance(metric, dict) else []


def _texts(values: set[str]) -> list[JsonValue]:
    return list(sorted(values))  # noqa: C413 - a list of JSON values, not of texts


def _success(data: JsonValue) -> JsonObject:
    return {"status": "success", "data": data}


def _pair(at: int, value: float) -> list[JsonValue]:
    return [at / 1000 if at % 1000 else at // 1000, format_number(value)]


def _pairs(times: Times, values: Numbers) -> list[JsonValue]:
    return [_pair(at, value) for at, value in zip(times.tolist(), values.tolist(), strict=True)]


def _time(parameters: JsonObject, name: str, fallback: int) -> int:
    """Milliseconds; `fallback` is in nanoseconds."""
    raw = parameters.get(name)
    if raw is None or raw == "":
        return fallback // _MILLION
    try:
        seconds = float(str(raw)) * 1000
        at = round(seconds) if math.isfinite(seconds) else None
    except ValueError:
        try:
            at = parse_time(str(raw)) // _MILLION
        except ValueError:
            at = None
    if at is None or not EARLIEST <= at * _MILLION <= LATEST:
        raise PrometheusError(f'invalid parameter "{name}": cannot parse "{raw}" to a valid timestamp')
    return at


def _selectors(parameters: JsonObject) -> list[str]:
    single = parameters.get("match")
    return [single] if isinstance(single, str) else texts(parameters, "match")


def _limit(parameters: JsonObject) -> int | None:
    """How many the request wants; None for all, as for a negative number."""
    raw = str(parameters.get("limit") or "-1")
    limit = whole(raw)
    if limit is None:
        raise PrometheusError(f'limit must be a number: strconv.Atoi: parsing "{raw[:40]}": invalid syntax')
    return None if limit < 0 else limit


def _step(parameters: JsonObject) -> int:
    raw = str(parameters.get("step") or "")
    try:
        seconds = float(raw) * 1000
        step = round(seconds) if math.isfinite(seconds) else 0
    except ValueError:
        try:
            step = round(parse_duration(raw).total_seconds() * 1000)
        except (ValueError, OverflowError) as error:
            raise PrometheusError(f'invalid parameter "step": cannot parse "{raw}" to a valid duration') from error
    if step <= 0:
        raise PrometheusError(
            'invalid parameter "step": zero or negative query resolution step widths are not accepted. Try a positive '
            "integer"
        )
    return step
