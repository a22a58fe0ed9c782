"""A widget's query answered: series with their labels, or a note that says why there are none."""

import inspect
import math
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

from promql_parser import BinaryExpr, NumberLiteral, ParenExpr

from vigil_apimodel import promql
from vigil_apimodel.json_values import JsonObject, child, children, text, text_map
from vigil_apimodel.syntax import quote
from vigil_emulator.calls import Call, Handler
from vigil_emulator.charts.buckets import mean_of
from vigil_emulator.charts.window import Window
from vigil_emulator.errors import ApiError
from vigil_emulator.metrics import filters
from vigil_emulator.metrics.series import SeriesStore
from vigil_emulator.promql.evaluate import matchers_of, parse
from vigil_emulator.promql.frame import NAME, PromQLError, Samples
from vigil_emulator.promql.source import StoreSource
from vigil_emulator.times import SECOND, format_duration, format_time, moment, parse_duration, parse_time

QUERY_RANGE = "monitoring.projects.location.prometheus.api.v1.query_range"
TIME_SERIES = "monitoring.projects.timeSeries.list"
_MILLION = 1_000_000
_VARIABLE = re.compile(r"\$\{?(\w+)(?:\.(?:value|name))?\}?")
_EMPTY_TERM = re.compile(r"""(?:\s+AND\s+|^\s*)(?P<hole>\u0000)|(?P<first>\u0000)\s+AND\s+""")


@dataclass(frozen=True, slots=True, kw_only=True)
class Answer:
    """One series of an answer; times in milliseconds. `buckets` are distributions, one for each time."""

    labels: Mapping[str, str]
    times: tuple[int, ...]
    values: tuple[float, ...]
    buckets: tuple[JsonObject, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Found:
    """What a query gave. Without series, `note` says why."""

    series: tuple[Answer, ...] = ()
    note: str = ""
    unit: str = ""
    share: bool = False
    """Whether it divides one thing by another of its kind."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Reader:
    """Answers queries of one project by the emulator's own methods."""

    project: str
    handlers: Mapping[str, Handler]
    series: SeriesStore
    variables: Mapping[str, tuple[str, str]] = field(default_factory=dict[str, "tuple[str, str]"])
    """Of the dashboard: name to label (`resource.labels.zone`) and chosen value, empty where nothing is chosen."""

    async def call(self, method: str, body: JsonObject, *, query: Mapping[str, str] | None = None) -> JsonObject:
        """Call one API method. Raises ApiError."""
        path = {"name": f"projects/{self.project}/location/global" if "prometheus" in method else self._name}
        result = self.handlers[method](Call(method=method, path=path, query=query or {}, body=body))
        return await result if inspect.isawaitable(result) else result

    @property
    def _name(self) -> str:
        return f"projects/{self.project}"

    async def answer(  # noqa: PLR0911 - one line for each kind of query
        self, query: JsonObject, window: Window
    ) -> Found:
        """Answer a `timeSeriesQuery`. What is wrong with it is its note: nothing is raised for a query."""
        unit = text(query, "unitOverride")
        try:
            if promql := text(query, "prometheusQuery"):
                return await self._promql(promql, unit, window)
            if "timeSeriesFilter" in query:
                return await self._filtered(child(query, "timeSeriesFilter"), unit, window)
            if "timeSeriesFilterRatio" in query:
                return await self._ratio(child(query, "timeSeriesFilterRatio"), unit, window)
        except (ApiError, PromQLError) as error:
            return Found(note=f"The query cannot be evaluated: {error}", unit=unit)
        if "timeSeriesQueryLanguage" in query:
            return Found(note="No data: this query is written in MQL, which the emulator does not evaluate.", unit=unit)
        if "opsAnalyticsQuery" in query:
            return Found(note="No data: this query runs in BigQuery, which the emulator does not have.", unit=unit)
        return Found(note="No data: the widget has no query.", unit=unit)

    # -- PromQL -----------------------------------------------------------------------------------------------------

    async def _promql(self, query: str, unit: str, window: Window) -> Found:
        query = self._filled_promql(query, window)
        expr = parse(query)
        share = is_share(expr)
        body: JsonObject = {
            "query": query,
            "start": str(window.start / 1000),
            "end": str(window.end / 1000),
            "step": str(window.step / 1000),
        }
        answer = child(await self.call(QUERY_RANGE, body), "data")
        found: list[Answer] = []
        for item in children(answer, "result"):
            pairs = item.get("values")
            rows = [pair for pair in pairs if isinstance(pair, list)] if isinstance(pairs, list) else []
            points = [(round(float(str(row[0])) * 1000), float(str(row[1]))) for row in rows]
            known = [(at, value) for at, value in points if math.isfinite(value)]  # 0 by 0 is no value to draw
            if known:
                times, values = zip(*known, strict=True)
                found.append(Answer(labels=text_map(item, "metric"), times=times, values=values))
        if found:
            return Found(series=tuple(found), unit=unit, share=share)
        return Found(note=self._since_promql(expr, window), unit=unit, share=share)

    def _filled_promql(self, query: str, window: Window) -> str:
        span = f"{max(window.step, 60_000) // 1000}s"
        query = query.replace("${__interval}", span).replace("$__interval", span)

        def value(match: re.Match[str]) -> str:
            path, chosen = self.variables.get(match[1], ("", ""))
            label = path.rpartition(".")[2]
            bare = ".value" in match[0]
            if not label or bare:
                return chosen or ".*"
            return f"{label}={quote(chosen)}" if chosen else f'{label}=~".*"'

        return _VARIABLE.sub(value, query)

    def _since_promql(self, expr: object, window: Window) -> str:
        source = StoreSource(self.series, self.project, window.now)
        now = window.now // _MILLION
        lasts: list[_Last] = []
        for selector in promql.selectors(expr):
            matchers, name = matchers_of(selector), promql.name_of(selector)
            last = _last_of(source.select(matchers, 0, now))
            ever = last or _last_of(source.select([m for m in matchers if m.name == NAME], 0, now))
            lasts.append(_Last(name, last, written=bool(ever)))
        return _since(lasts, window)

    # -- filters ----------------------------------------------------------------------------------------------------

    async def _filtered(self, query: JsonObject, unit: str, window: Window) -> Found:
        filter_text = self.filled_filter(text(query, "filter"))
        listed, real_unit = await self._listed(filter_text, query, window)
        if not listed:
            return Found(note=self._since_filter([filter_text], window), unit=unit or real_unit)
        return Found(series=_picked(listed, child(query, "pickTimeSeriesFilter")), unit=unit or real_unit)

    async def _ratio(self, query: JsonObject, unit: str, window: Window) -> Found:
        upper, lower = child(query, "numerator"), child(query, "denominator")
        filters_of = [self.filled_filter(text(part, "filter")) for part in (upper, lower)]
        above, _ = await self._listed(filters_of[0], upper, window, second=child(query, "secondaryAggregation"))
        below, _ = await self._listed(filters_of[1], lower, window, second=child(query, "secondaryAggregation"))
        found = _divided(above, below)
        if not found:
            return Found(note=self._since_filter(filters_of, window), unit=unit, share=True)
        return Found(series=_picked(found, child(query, "pickTimeSeriesFilter")), unit=unit, share=True)

    async def _listed(
        self, filter_text: str, query: JsonObject, window: Window, *, second: JsonObject | None = None
    ) -> tuple[list[Answer], str]:
        parameters = {
            "filter": filter_text,
            "interval.startTime": format_time(window.start * _MILLION),
            "interval.endTime": format_time(window.end * _MILLION),
        }
        parts = {
            "aggregation": child(query, "aggregation"),
            "secondaryAggregation": second or child(query, "secondaryAggregation"),
        }
        for name, aggregation in parts.items():
            for key, value in _legal(aggregation, second=name != "aggregation").items():
                if key == "alignmentPeriod":
                    parameters[f"{name}.{key}"] = _period(str(value), window)
                elif isinstance(value, list):
                    parameters[f"{name}.{key}"] = ",".join(str(one) for one in value)
                else:
                    parameters[f"{name}.{key}"] = str(value)
            if aggregation and "alignmentPeriod" not in aggregation:
                parameters[f"{name}.alignmentPeriod"] = _period("60s", window)
        try:
            answer = await self.call(TIME_SERIES, {}, query=parameters)
        except ApiError as error:
            if error.status == "NOT_FOUND":  # a metric that nobody has written yet
                return [], ""
            raise
        return [_answer(item) for item in children(answer, "timeSeries")], text(answer, "unit")

    def filled_filter(self, filter_text: str) -> str:
        """Return a filter with the dashboard's variables; one for which nothing is chosen filters nothing."""

        def value(match: re.Match[str]) -> str:
            path, chosen = self.variables.get(match[1], ("", ""))
            if not chosen:
                return "\0"
            return f"{path}={quote(chosen)}" if ".value" not in match[0] else chosen

        filled = _VARIABLE.sub(value, filter_text) if "$" in filter_text else filter_text
        return _EMPTY_TERM.sub("", filled).replace("\0", "").strip()

    def _since_filter(self, texts: Sequence[str], window: Window) -> str:
        lasts: list[_Last] = []
        for one in texts:
            expr = filters.parsed(one)
            metric = filters.metric_type(expr, one)
            every = self.series.of_metric(self.project, metric)
            series = filters.matching(every, filters.predicate(expr))
            last = max((item.ends[-1] // _MILLION for item in series if item.ends), default=0)
            lasts.append(_Last(metric, last, written=any(item.ends for item in every)))
        return _since(lasts, window)


def is_share(expr: object) -> bool:
    """Return whether a PromQL expression divides one query by another, or is what such a quotient leaves of one."""
    if isinstance(expr, ParenExpr):
        return is_share(expr.expr)
    if not isinstance(expr, BinaryExpr):
        return False
    if str(expr.op) == "-":
        return isinstance(expr.lhs, NumberLiteral) and expr.lhs.val == 1 and is_share(expr.rhs)
    return str(expr.op) == "/" and not isinstance(expr.rhs, NumberLiteral)


@dataclass(frozen=True, slots=True)
class _Last:
    """What a query's selector finds: its metric, its last point (ms, 0 for none), and whether the metric has any."""

    metric: str
    at: int
    written: bool


def _last_of(series: Sequence[Samples]) -> int:
    return max((int(one.times[-1]) for one in series if len(one.times)), default=0)


def _since(lasts: Sequence[_Last], window: Window) -> str:
    missing = next((one for one in lasts if not one.at), None)
    if missing is not None and missing.written:
        return f"No data: {missing.metric or 'the metric'} has points, but the filter matches none of its series."
    if missing is not None:
        return f"No data yet: nothing was ever written to {missing.metric or 'the metric'}."
    last = min((one.at for one in lasts), default=0)
    if not last:
        return "No data."
    if last >= window.start:
        return "No series meets the query in this time."
    return f"No data since {moment(last * _MILLION):%Y-%m-%d %H:%M} UTC."


def _legal(aggregation: JsonObject, *, second: bool) -> JsonObject:
    """What dashboards may leave out and `timeSeries.list` wants: labels to group by mean nothing without a reducer.

    A second reduction without alignment takes the first one's points as they are, which their own mean is too.
    """
    found = {name: value for name, value in aggregation.items() if value not in ([], "")}
    if text(found, "crossSeriesReducer", "REDUCE_NONE") == "REDUCE_NONE":
        found.pop("groupByFields", None)
    elif second and text(found, "perSeriesAligner", "ALIGN_NONE") == "ALIGN_NONE":
        found["perSeriesAligner"] = "ALIGN_MEAN"
    return found


def _period(written: str, window: Window) -> str:
    """An alignment period that gives no more points than can be seen."""
    try:
        own = parse_duration(written)
    except ValueError:
        own = 60 * SECOND
    least = -(-window.step // 60_000) * 60 * SECOND
    return format_duration(max(own, least))


def _answer(item: JsonObject) -> Answer:
    metric, resource = child(item, "metric"), child(item, "resource")
    times: list[int] = []
    values: list[float] = []
    buckets: list[JsonObject] = []
    for point in reversed(children(item, "points")):
        value = child(point, "value")
        times.append(parse_time(text(child(point, "interval"), "endTime")) // _MILLION)
        if "distributionValue" in value:
            buckets.append(child(value, "distributionValue"))
            values.append(mean_of(child(value, "distributionValue")))
        else:
            plain = _plain(next(iter(value.values()), 0))
            values.append(plain if math.isfinite(plain) else 0.0)
    labels = {**text_map(resource, "labels"), **text_map(metric, "labels"), NAME: text(metric, "type")}
    return Answer(labels=labels, times=tuple(times), values=tuple(values), buckets=tuple(buckets))


def _plain(value: object) -> float:
    if isinstance(value, bool):
        return float(value)
    try:
        return float(str(value))
    except ValueError:
        return 0.0


def _divided(above: Sequence[Answer], below: Sequence[Answer]) -> list[Answer]:
    """Quotients of series with the same labels; a single divisor serves all."""

    def key(answer: Answer) -> Mapping[str, str]:
        return {name: value for name, value in answer.labels.items() if name != NAME}

    found: list[Answer] = []
    for one in above:
        other = next((each for each in below if key(each) == key(one)), below[0] if len(below) == 1 else None)
        if other is None:
            continue
        divisors = dict(zip(other.times, other.values, strict=True))
        pairs = [
            (at, value / divisors[at]) for at, value in zip(one.times, one.values, strict=True) if divisors.get(at)
        ]
        if pairs:
            found.append(
                Answer(
                    labels=dict(key(one)),
                    times=tuple(at for at, _ in pairs),
                    values=tuple(value for _, value in pairs),
                )
            )
    return found


def _picked(series: Sequence[Answer], pick: JsonObject) -> tuple[Answer, ...]:
    """`pickTimeSeriesFilter`: the highest or lowest few (dashboards v1, PickTimeSeriesFilter)."""
    count = pick.get("numTimeSeries")
    if not isinstance(count, int) or isinstance(count, bool) or count <= 0:
        return tuple(series)
    method = text(pick, "rankingMethod")

    def rank(answer: Answer) -> float:
        values = answer.values or (0.0,)
        match method:
            case "METHOD_MAX":
                return max(values)
            case "METHOD_MIN":
                return min(values)
            case "METHOD_SUM":
                return sum(values)
            case "METHOD_LATEST":
                return values[-1]
            case _:
                return sum(values) / len(values)

    ordered = sorted(series, key=rank, reverse=text(pick, "direction") != "BOTTOM")
    return tuple(ordered[:count])
