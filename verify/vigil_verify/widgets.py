"""Whether each widget of the deployed dashboards shows something, or since when it does not."""

import re
from collections.abc import Iterator, Sequence
from datetime import timedelta
from typing import Final

from promql_parser import VectorSelector, parse

from vigil_apimodel.json_values import JsonObject, JsonValue, child, text
from vigil_apimodel.metrics import BY_PROMQL, METRICS
from vigil_apimodel.promql import metric_name
from vigil_runner.access import AccessError
from vigil_verify.checks import USER, Look
from vigil_verify.findings import Finding

STEPS: Final = 60
"""Points of a PromQL query over the window."""
_TYPE: Final = re.compile(r'metric\.type\s*=\s*"([^"]+)"')
_SUFFIX: Final = re.compile(r"_(?:bucket|count|sum)$")


def widgets(look: Look) -> Iterator[Finding]:
    """Check that each dashboard is there, and that each query of its widgets has data or is idle."""
    access = look.access
    path = f"v1/{access.name}/dashboards"
    there = {text(one, "displayName"): one for one in access.pages("listing dashboards", path, "dashboards")}
    for title, wanted in look.declared.dashboards.items():
        dashboard = there.get(title)
        if dashboard is None:
            yield Finding("dashboard", title, "failed", "it is declared, and not deployed")
            continue
        declared = {text(widget, "title") for widget in _widgets(wanted)}
        shown = list(_widgets(dashboard))
        lacking = sorted(declared - {text(widget, "title") for widget in shown})
        if lacking:
            yield Finding("dashboard", title, "failed", f"it lacks {', '.join(lacking)}")
        queries = [query for widget in _widgets(wanted) for query in _queries(widget)]
        for widget in shown:
            yield from _widget(look, title, widget, queries)


def _widgets(body: JsonValue) -> Iterator[JsonObject]:
    """Every widget of a dashboard, in groups too."""
    if isinstance(body, dict):
        for name, value in body.items():
            if name == "widget" and isinstance(value, dict):
                yield value
            yield from _widgets(value)
    elif isinstance(body, list):
        for item in body:
            yield from _widgets(item)


def _widget(look: Look, title: str, widget: JsonObject, declared: list[JsonObject]) -> Iterator[Finding]:
    name = f"{title} / {text(widget, 'title')}"
    states: list[Finding] = []
    for query in _queries(widget):
        try:
            states.append(_query(look, name, query, as_declared=query in declared))
        except AccessError as error:
            state = "failed" if error.kind == "refused" else "unknown"
            states.append(Finding("widget", name, state, error.message))
    order = ("failed", "unknown", "ok", "idle")
    if states:
        yield min(states, key=lambda one: order.index(one.state))


def _queries(widget: JsonObject) -> Iterator[JsonObject]:
    """Every `timeSeriesQuery` of a widget."""

    def walk(value: JsonValue) -> Iterator[JsonObject]:
        if isinstance(value, dict):
            for name, inner in value.items():
                if name == "timeSeriesQuery" and isinstance(inner, dict):
                    yield inner
                elif name != "widget":
                    yield from walk(inner)
        elif isinstance(value, list):
            for item in value:
                yield from walk(item)

    yield from walk(widget)


def _query(look: Look, name: str, query: JsonObject, *, as_declared: bool) -> Finding:
    promql = text(query, "prometheusQuery")
    filter_text = text(child(query, "timeSeriesFilter"), "filter") or text(
        child(child(query, "timeSeriesFilterRatio"), "numerator"), "filter"
    )
    if promql:
        plain = re.sub(r"\$\{[^}]*\}", "", promql)
        if _has_data(look, plain, look.window):
            return Finding("widget", name, "ok", "it shows data")
        return _empty(look, name, _types(look, plain), as_declared=as_declared)
    if filter_text:
        if look.last_point(filter_text, look.window) is not None:
            return Finding("widget", name, "ok", "it shows data")
        found = _TYPE.search(filter_text)
        kinds = {found[1]} if found else set[str]()
        return _empty(look, name, kinds, as_declared=as_declared)
    return Finding("widget", name, "idle", "its query is of a kind that is not checked here")


def _has_data(look: Look, promql: str, back: timedelta) -> bool:
    key = (promql, back)
    if key in look.queried:
        return look.queried[key]
    end = int(look.now.timestamp())
    step = max(60, int(back.total_seconds()) // STEPS // 60 * 60)
    start = end - int(back.total_seconds())
    series = look.access.promql(f"asking {promql}", promql, start=start, end=end, step=step)
    look.queried[key] = any(one.get("values") for one in series)
    return look.queried[key]


def _empty(look: Look, name: str, kinds: set[str], *, as_declared: bool) -> Finding:
    """What it means that there is nothing: a broken query, or nothing to show."""
    unknown = sorted(kind for kind in kinds if not _known(look, kind))
    if unknown or not kinds:
        unmade = ", ".join(unknown) or "no metric that is known"
        return Finding("widget", name, "failed", f"it shows nothing: its query reads {unmade}, which nobody makes")
    filters = [f'metric.type="{kind}"' for kind in sorted(kinds)]
    silent = [one for one in filters if look.last_point(one, look.window) is None]
    if not silent:
        listed = ", ".join(sorted(kinds))
        if as_declared:
            return Finding("widget", name, "idle", f"nothing to show: {listed} has points, none as its query asks for")
        return Finding("widget", name, "failed", f"it shows nothing, though {listed} has points: see its query")
    return Finding("widget", name, "idle", f"nothing to show: of {silent[0]} {look.since(silent[0])}")


def _types(look: Look, promql: str) -> set[str]:
    """The metric types that a query reads; an unknown name stands for itself."""
    known = {constant.promql: constant.type for constant in BY_PROMQL.values()}
    known |= {metric_name(USER + one): USER + one for one in look.declared.metrics}
    return {known.get(name) or known.get(_SUFFIX.sub("", name)) or name for name in _selected(promql)}


def _selected(promql: str) -> set[str]:
    """The names that a query's selectors give; none where it cannot be parsed."""
    names: set[str] = set()

    def visit(node: object) -> None:
        if isinstance(node, VectorSelector):
            matched = next((one.value for one in node.matchers.matchers if one.name == "__name__"), "")
            names.add(node.name or matched)
            return
        for part in ("expr", "lhs", "rhs", "vector_selector"):
            inner: object = getattr(node, part, None)
            if inner is not None:
                visit(inner)
        inside: Sequence[object] = getattr(node, "args", None) or ()
        for inner in inside:
            visit(inner)

    try:
        visit(parse(promql))
    except ValueError:
        return set()
    return names


def _known(look: Look, kind: str) -> bool:
    return kind in METRICS or kind.removeprefix(USER) in look.declared.metrics
