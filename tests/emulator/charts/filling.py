"""Gives every query of a dashboard something to find: series of the kind that its aligner takes, sixty minutes long."""

import math
import re
from collections.abc import Iterator, Mapping
from typing import Any

from vigil_apimodel import monitoring_filter as mf
from vigil_apimodel.promql import selectors
from vigil_emulator.metrics.distribution import Distribution
from vigil_emulator.metrics.series import Series, SeriesKey, SeriesStore, label_tuple
from vigil_emulator.promql.evaluate import matchers_of, parse
from vigil_emulator.promql.frame import NAME, PromQLError
from vigil_emulator.times import MINUTE

_VARIABLE = re.compile(r"\$\{?\w+(?:\.\w+)?\}?")
_COUNTED = re.compile(r"\b(?:rate|irate|increase)\(")
"""Functions that take counters alone."""
_DELTAS = {"ALIGN_RATE", "ALIGN_DELTA"}
_BOUNDS = tuple(2.0**power for power in range(12))
POINTS = 60


def fill(store: SeriesStore, document: Mapping[str, Any], *, project: str, now: int) -> int:
    """Returns how many series were added."""
    before = len(store)
    for kind, body in _queries(document):
        if kind == "prometheusQuery":
            _fill_promql(store, body, project, now)
        else:
            _fill_filter(store, body, project, now)
    return len(store) - before


def _queries(value: Any) -> Iterator[tuple[str, Any]]:
    if isinstance(value, list):
        for item in value:
            yield from _queries(item)
    elif isinstance(value, dict):
        for name, item in value.items():
            if name == "prometheusQuery" or (
                name in {"timeSeriesFilter", "numerator", "denominator"} and isinstance(item, dict)
            ):
                yield name, item
            else:
                yield from _queries(item)


def _fill_filter(store: SeriesStore, body: Mapping[str, Any], project: str, now: int) -> None:
    text = _VARIABLE.sub("", body.get("filter", ""))
    found: dict[tuple[str, ...], str] = {}
    try:
        expr = mf.parse(text)
    except mf.QuerySyntaxError:
        return
    for term in expr.terms if isinstance(expr, mf.And) else (expr,):
        if isinstance(term, mf.Comparison) and isinstance(term.value, mf.Text) and term.operator is mf.Operator.EQUAL:
            found[term.selector.segments] = term.value.text
    metric = found.get(("metric", "type"))
    if metric is None:
        return
    aggregation = body.get("aggregation", {})
    aligner = aggregation.get("perSeriesAligner", "")
    kind = "DELTA" if aligner in _DELTAS else "GAUGE"
    spread = "PERCENTILE" in aligner or "PERCENTILE" in aggregation.get("crossSeriesReducer", "")
    value_type = "BOOL" if "TRUE" in aligner else "DISTRIBUTION" if spread and "RATE" not in aligner else "DOUBLE"
    resource = found.get(("resource", "type"), "gce_instance")
    for place in range(3):
        labels = {path[2]: value for path, value in found.items() if path[:2] == ("metric", "labels")}
        where = {path[2]: value for path, value in found.items() if path[:2] == ("resource", "labels")}
        for name in aggregation.get("groupByFields", []):
            owner, _, label = name.partition(".")
            (labels if owner == "metric" else where).setdefault(label.rpartition(".")[2] or owner, f"value-{place}")
        labels.setdefault("number", str(place))
        _add(store, metric, labels, resource, where, kind, value_type, project, now, place)


def _fill_promql(store: SeriesStore, query: str, project: str, now: int) -> None:
    try:
        expr = parse(_VARIABLE.sub('x="x"', query.replace("${__interval}", "5m")))
    except PromQLError:
        return
    for selector in selectors(expr):
        matchers = matchers_of(selector)
        name = selector.name or next((m.value for m in matchers if m.name == NAME), "")
        equal = {
            m.name: m.value for m in matchers if "Equal" in str(m.op) and "Not" not in str(m.op) and m.name != NAME
        }
        resource = equal.pop("monitored_resource", "prometheus_target")
        for place in range(2):
            labels = {**equal, "instance": f"host-{place}"}
            kind = "CUMULATIVE" if _COUNTED.search(query) else "GAUGE"
            if name.endswith("_bucket"):  # a histogram is one metric: its buckets are read out of distributions
                whole = name.removesuffix("_bucket")
                _add(store, whole, labels, resource, {}, "CUMULATIVE", "DISTRIBUTION", project, now, place)
            elif name:
                _add(store, name, labels, resource, {}, kind, "DOUBLE", project, now, place)


def _add(  # noqa: PLR0917 - a series' parts
    store: SeriesStore,
    metric: str,
    labels: Mapping[str, str],
    resource: str,
    where: Mapping[str, str],
    kind: str,
    value_type: str,
    project: str,
    now: int,
    place: int,
) -> None:
    if any(one.kind != kind or one.value_type != value_type for one in store.of_metric(project, metric)):
        return  # a metric has one kind: an earlier query of the dashboard took another aligner
    key = SeriesKey(project, metric, label_tuple(labels), resource, label_tuple({"project_id": project, **where}))
    if store.get(key) is not None:
        return
    series = store.add(Series(key, kind, value_type))
    for minute in range(POINTS, 0, -1):
        end = now - (minute - 1) * MINUTE
        level = 10 * (place + 1) + 5 * math.sin(minute / 7 + place) + (POINTS - minute) * (metric.endswith("_total"))
        value: Any = level
        if value_type == "BOOL":
            value = minute % 9 > 0
        if value_type == "DISTRIBUTION":
            value = Distribution(_BOUNDS)
            for part in range(1, 9):
                value.add(level * part / 4)
        if kind == "CUMULATIVE" and value_type == "DOUBLE":
            value = level * (POINTS - minute + 1)
        began = {"DELTA": end - MINUTE, "CUMULATIVE": now - POINTS * MINUTE}
        series.put(began.get(kind, end), end, value)
