"""Series for the queries of a dashboard: of the kind that their aligners and functions take."""

import dataclasses
import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Final

import re2

from vigil_apimodel import metrics, promql
from vigil_apimodel import monitoring_filter as mf
from vigil_apimodel.json_values import JsonObject, JsonValue, child, children, text, texts
from vigil_emulator.illustration._shape import DAY, Shape, in_incident
from vigil_emulator.metrics.distribution import Distribution
from vigil_emulator.metrics.series import Series, SeriesKey, SeriesStore, label_tuple
from vigil_emulator.promql.evaluate import matchers_of, parse
from vigil_emulator.promql.frame import NAME, PromQLError
from vigil_emulator.times import MINUTE

STEP: Final = 2
"""Minutes between two points: rates over five minutes have two points at least."""
_VARIABLE: Final = re.compile(r"\$\{?[A-Za-z_]\w*(?:\.\w+)?\}?")
_LIKELY: Final = ("2xx", "200", "4xx", "404", "5xx", "500", "a", "1")
"""Values that an expression may want, where the made-up one is not among them."""
_ALTERNATIVE: Final = re.compile(r"\|")
_COUNTED: Final = re.compile(r"\b(?:rate|irate|increase)\(")
"""Functions that take counters alone."""
_GROUPED: Final = re.compile(r"\bby\s*\(([^)]*)\)")
_DELTAS: Final = frozenset({"ALIGN_RATE", "ALIGN_DELTA"})
_BOUND: Final = re.compile(r"\d+(?:\.\d+)?")
_BOUNDS: Final = tuple(0.0005 * 1.6**power for power in range(56))
_SAMPLES: Final = (0.4, 0.6, 0.7, 0.8, 0.9, 1.0, 1.1, 1.25, 1.5, 2.2)
"""How the values of a distribution spread around its level."""
_SWITCH: Final = re.compile(r"(?:^|[_/:])up$|check_passed$")
"""What only is or is not, where nothing says so."""
_PART: Final = re.compile(r"utili[sz]ation")
_LEVELS: Final = (
    (re.compile(r"(?<!bytes)_count$"), 12.0),
    (re.compile(r"utili[sz]ation|percent|ratio|fraction"), 0.3),
    (re.compile(r"bytes|memory|disk|size|storage"), 3.2e8),
    (re.compile(r"latenc|duration|seconds|_time|delay|(?<![a-z])age(?![a-z])"), 0.25),
    (re.compile(r"up$|check_passed|ready|healthy"), 1.0),
)
"""Usual sizes by the words of a metric's name; what none fits is 12."""
_UNITS: Final = {
    "s": 0.25, "ms": 180.0, "us": 9e3, "10^2.%": 0.45, "%": 45.0, "USD": 2.4,
    "By": 3.2e8, "KiBy": 3.2e5, "kBy": 3.2e5, "MiBy": 300.0, "MBy": 300.0,
    "GiBy": 3.0, "GBy": 3.0, "TiBy": 0.5, "TBy": 0.5,
}  # fmt: skip
"""Usual sizes by unit."""
_CONVERTED: Final = re.compile(r"[*/]\s*(?:1e\d|100|1000|1024|1048576)|\b(?:1e\d|100|1000|1024|1048576)\s*[*/]")
"""A query that turns one unit into another: that of its chart is not that of its metric."""
_PLAIN: Final = 12.0
_HISTORY: Final = ((28 * 1440, 360), (2 * 1440, 30))
"""(Minutes back, minutes between points) of what is older: windows of days and error budgets reach that far."""
_VALUES: Final = {
    "status_class": ("2xx", "4xx", "5xx"),
    "response_code_class": ("2xx", "4xx", "5xx"),
    "method": ("GET", "POST", "PUT"),
    "route": ("/orders", "/orders/{id}", "/health"),
    "model": ("model-small", "model-large", "model-fast"),
    "zone": ("europe-west1-b", "europe-west1-c", "europe-west1-d"),
    "state": ("active", "idle", "waiting"),
}
"""Values of well-known labels; those of others are made of the label's name."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Wanted:
    """The series of one metric that some query reads."""

    metric: str
    kind: str
    value_type: str
    resource: str
    labels: tuple[Mapping[str, str], ...] = ()
    grouped: tuple[str, ...] = ()
    """Labels that the query keeps apart."""
    equal: Mapping[str, str] = field(default_factory=dict[str, str])
    """Labels that it fixes."""
    where: Mapping[str, str] = field(default_factory=dict[str, str])
    unit: str = ""
    bounds: frozenset[float] = frozenset()
    """Bounds of buckets that the query names."""


def queries_of(value: JsonValue) -> Iterator[JsonObject]:
    """Yield each `timeSeriesQuery` of a document."""
    if isinstance(value, list):
        for item in value:
            yield from queries_of(item)
    elif isinstance(value, dict):
        for name, item in value.items():
            if name == "timeSeriesQuery" and isinstance(item, dict):
                yield item
            else:
                yield from queries_of(item)


def wanted(query: JsonObject) -> list[Wanted]:
    """Return the series that a `timeSeriesQuery` reads; none for a language that is not evaluated here."""
    unit = text(query, "unitOverride")
    if written := text(query, "prometheusQuery"):
        return _of_promql(written, "" if _CONVERTED.search(written) else unit)
    found = [child(query, "timeSeriesFilter"), *(child(child(query, "timeSeriesFilterRatio"), part) for part in _PARTS)]
    return [one for body in found if body for one in _of_filter(body, unit)]


_PARTS: Final = ("numerator", "denominator")


def level_of(one: Wanted) -> float:
    """Return the usual size of a metric, by its unit and its name."""
    known = metrics.lookup(one.metric) or metrics.BY_PROMQL.get(one.metric)
    unit = one.unit or (known.unit if known is not None else "")
    if known is not None and known.unit in _UNITS:
        return _UNITS[known.unit]
    if unit in _UNITS:
        return _UNITS[unit]
    name = re.split("[/:]", one.metric.lower())[-1]
    return next((level for words, level in _LEVELS if words.search(name)), _PLAIN)


def fill(
    store: SeriesStore,
    document: JsonObject,
    *,
    project: str,
    now: int,
    minutes: int = 60,
    shapes: Mapping[str, Shape] | None = None,
) -> int:
    """Write a point every two minutes, up to `now` (ns), for every query of a dashboard, and sparse ones before.

    `shapes` say how a metric runs; others have their usual size. Returns how many series were added.
    """
    before = len(store)
    for one in merged(each for query in queries_of(document) for each in wanted(query)):
        shape = (shapes or {}).get(one.metric) or Shape(level_of(one))
        for place, labels in enumerate(one.labels):
            _write(store, one, labels, place, shape, project=project, now=now, minutes=minutes)
    return len(store) - before


def merged(found: Iterable[Wanted]) -> list[Wanted]:
    """Return each metric once, with the labels of all queries that read it: one that groups sees what others sum."""
    by_metric: dict[str, list[Wanted]] = {}
    for one in found:
        same = by_metric.setdefault(one.metric, [])
        if not same or (one.kind, one.value_type) == (same[0].kind, same[0].value_type):
            same.append(one)
    spread = {metric for metric, same in by_metric.items() if same[0].value_type == "DISTRIBUTION"}
    of_them = {f"{metric}{end}" for metric in spread for end in ("_count", "_sum")}
    return [_together(same) for metric, same in by_metric.items() if metric not in of_them]


def _together(same: Sequence[Wanted]) -> Wanted:
    grouped = dict.fromkeys(label for one in same for label in one.grouped)
    kept = list(dict.fromkeys(tuple(sorted(one.equal.items())) for one in same))
    rows: list[Mapping[str, str]] = []
    for place, equal in enumerate(kept):
        count = 2 if len(kept) == 1 or not equal else 1
        rows += [
            {
                **{label: value_of(label, other) for label in grouped},
                **dict(equal),
                "series": f"series {chr(ord('a') + other % 26)}",
            }
            for other in range(place, place + count)
        ]
    where = {**{key: value for one in same for key, value in one.where.items()}}
    bounds = frozenset(bound for one in same for bound in one.bounds)
    return dataclasses.replace(same[0], labels=tuple(rows), where=where, bounds=bounds)


def value_of(label: str, place: int) -> str:
    """Return a value for a label, another for each place."""
    known = _VALUES.get(label)
    return known[place % len(known)] if known else f"{label}-{'abcdef'[place % 6]}"


def _of_filter(body: JsonObject, unit: str) -> Iterator[Wanted]:
    found: dict[tuple[str, ...], str] = {}
    try:
        expr = mf.parse(_VARIABLE.sub("", text(body, "filter")))
    except mf.QuerySyntaxError:
        return
    for term in expr.terms if isinstance(expr, mf.And) else (expr,):
        if isinstance(term, mf.Comparison) and isinstance(term.value, mf.Text) and term.operator is mf.Operator.EQUAL:
            found[term.selector.segments] = term.value.text
    metric = found.get(("metric", "type"))
    if metric is None:
        return
    known = metrics.lookup(metric)
    aggregation = child(body, "aggregation")
    aligner = text(aggregation, "perSeriesAligner")
    spread = "PERCENTILE" in aligner or "PERCENTILE" in text(aggregation, "crossSeriesReducer")
    guessed = "BOOL" if "TRUE" in aligner else "DISTRIBUTION" if spread and "RATE" not in aligner else "DOUBLE"
    where = {path[2]: value for path, value in found.items() if path[:2] == ("resource", "labels")}
    grouped: list[str] = []
    for name in texts(aggregation, "groupByFields"):
        owner, _, label = name.partition(".")
        key = label.rpartition(".")[2] or owner
        if key == metrics.EVERY_LABEL:
            continue
        if owner == "metric":
            grouped.append(key)
        else:
            where.setdefault(key, value_of(key, 0))
    yield Wanted(
        metric=metric,
        kind=known.kind.value if known is not None else "DELTA" if aligner in _DELTAS else "GAUGE",
        value_type=known.value_type.value if known is not None else guessed,
        resource=found.get(("resource", "type"), "gce_instance"),
        grouped=tuple(grouped),
        equal={path[2]: value for path, value in found.items() if path[:2] == ("metric", "labels")},
        where=where,
        unit=unit,
    )


def _of_promql(written: str, unit: str) -> list[Wanted]:
    try:
        expr = parse(_VARIABLE.sub('x="x"', written.replace("${__interval}", "5m").replace("$__interval", "5m")))
    except PromQLError:
        return []
    found: list[Wanted] = []
    grouped = [name.strip() for listed in _GROUPED.findall(written) for name in listed.split(",")]
    for selector in promql.selectors(expr):
        matchers = matchers_of(selector)
        name = selector.name or next((m.value for m in matchers if m.name == NAME), "")
        equal = {
            m.name: value
            for m in matchers
            if m.name not in (NAME, "le") and (value := _satisfying(m.name, str(m.op), m.value)) is not None
        }
        resource = equal.pop("monitored_resource", "prometheus_target")
        if not name:
            continue
        bucket = name.endswith("_bucket")
        found.append(
            Wanted(
                metric=name.removesuffix("_bucket") if bucket else name,
                kind="CUMULATIVE" if bucket or _COUNTED.search(written) else "GAUGE",
                value_type="DISTRIBUTION" if bucket else "DOUBLE",
                resource=resource,
                grouped=tuple(each for each in grouped if each and each != "le"),
                equal=equal,
                unit=unit,
                bounds=frozenset(float(m.value) for m in matchers if m.name == "le" and _BOUND.fullmatch(m.value)),
            )
        )
    return found


def _satisfying(label: str, operator: str, value: str) -> str | None:
    """Return a value of a label that a matcher takes; None where a series without the label will do."""
    if "Equal" in operator:
        if "Not" not in operator:
            return value
        return value_of(label, 0) if not value else None
    if "Not" in operator:
        return value_of(label, 0) if _matches(value, "") else None
    if _matches(value, ""):
        return None
    first = _ALTERNATIVE.split(value.strip("^$()"))[0]
    return next((one for one in (value_of(label, 0), *_LIKELY, first) if _matches(value, one)), first)


def _matches(expression: str, text_: str) -> bool:
    try:
        return re2.fullmatch(expression, text_) is not None
    except re2.error:
        return False


def _write(
    store: SeriesStore,
    one: Wanted,
    labels: Mapping[str, str],
    place: int,
    shape: Shape,
    *,
    project: str,
    now: int,
    minutes: int,
) -> None:
    if any(
        other.kind != one.kind or other.value_type != one.value_type for other in store.of_metric(project, one.metric)
    ):
        return  # a metric has one kind: an earlier query of the dashboard took another aligner
    where = label_tuple({"project_id": project, **one.where})
    key = SeriesKey(project, one.metric, label_tuple(labels), one.resource, where)
    if store.get(key) is not None:
        return
    series = store.add(Series(key, one.kind, one.value_type))
    known = metrics.lookup(one.metric) or metrics.BY_PROMQL.get(one.metric)
    switch = _SWITCH.search(one.metric) if known is None else known.value_type is metrics.ValueType.BOOL
    bounded = _PART.search(one.metric) is not None and shape.factor == 1.0
    total: float = 0.0
    bounds = tuple(sorted({*_BOUNDS, *one.bounds}))
    whole = Distribution(bounds)
    for minute, step in grid(minutes):
        end = now - minute * MINUTE
        level = shape.at(now // MINUTE - minute, place, calm=minute > DAY)
        if switch:
            level = 0.0 if shape.factor < 1 and minute <= DAY and in_incident(now // MINUTE - minute) else 1.0
        elif bounded:
            level = min(level, 0.4)
        total += level * step * 60
        if one.value_type == "DISTRIBUTION":
            whole = _spread(whole if one.kind == "CUMULATIVE" else Distribution(bounds), level)
        value = whole if one.value_type == "DISTRIBUTION" else _number(one, level, total, step)
        began = {"DELTA": end - step * MINUTE, "CUMULATIVE": now - 30 * 1440 * MINUTE}
        series.put(began.get(one.kind, end), end, value)


def _number(one: Wanted, level: float, total: float, step: int) -> bool | float:
    if one.value_type == "BOOL":
        return level > 0
    return {"CUMULATIVE": total, "DELTA": level * step * 60}.get(one.kind, level)


def _spread(before: Distribution, level: float) -> Distribution:
    """Return a distribution with values around a level more."""
    fresh = Distribution(before.bounds, before.count, before.mean, before.deviation, list(before.counts))
    for part in _SAMPLES:
        fresh.add(level * part)
    return fresh


def grid(minutes: int) -> Iterator[tuple[int, int]]:
    """Yield (minutes before now, minutes since the point before): dense for the last `minutes`, sparse before."""
    for begin, step in _HISTORY:
        end = minutes if (begin, step) == _HISTORY[-1] else max(minutes, _HISTORY[-1][0])
        for minute in range(begin, end, -step):
            yield minute, step
    for minute in range(minutes - minutes % STEP, -1, -STEP):
        yield minute, STEP


def thresholds_of(widget: JsonObject) -> list[tuple[float, bool]]:
    """Return the thresholds of a chart or scorecard: value, and whether below it is bad."""
    body = child(widget, "xyChart") or child(widget, "scorecard")
    found: list[tuple[float, bool]] = []
    for one in children(body, "thresholds"):
        value = one.get("value", 0)
        if isinstance(value, int | float) and not isinstance(value, bool):
            found.append((float(value), text(one, "direction") == "BELOW"))
    return found
