"""Changes of a policy, and of the metrics that it reads, each of which makes it another alert.

Each mutant is the policy with one thing changed: a threshold, a duration, a window, a term of a filter, a matcher, an
extractor, a grouping, or its notification. Changes of a metric are made on a copy of the metric, which a copy of
the policy then reads, so that all mutants of an alert can be evaluated over the same events.
"""

import copy
import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Final

from vigil_apimodel import lql
from vigil_apimodel.json_values import JsonObject, JsonValue, child, children, text, text_map
from vigil_apimodel.promql import metric_name
from vigil_proofs.causes import ReadMetric, read_metrics
from vigil_proofs.documents import ProvenAlert
from vigil_proofs.inprocess import Resources
from vigil_proofs.play import Player, query_of

_PREFIX: Final = "logging.googleapis.com/user/"
_COMPARED: Final = re.compile(r"(>=|<=|==|!=|>|<) (?:bool )?(\d+(?:\.\d+)?(?:e[+-]?\d+)?)")
_WINDOW: Final = re.compile(r"\[(\d+)([smhdw])(?=[\]:])")
_MATCHER: Final = re.compile(r'([{,])(\w+)(=~|=)"((?:[^"\\]|\\.)*)"(?=[,}])')
_GROUPED: Final = re.compile(r"\b(sum|min|max|avg|count) by \(([^)]*)\) ?\(")
_AGGREGATED: Final = re.compile(r"\b(sum|min|max|avg|count) ?\((?!\))")
_FLIP: Final = {">": "<", "<": ">", ">=": "<=", "<=": ">="}


@dataclass(frozen=True, slots=True, kw_only=True)
class Mutant:
    """One changed policy under its own name. `kind` is what was changed, `what` says how."""

    name: str
    kind: str
    what: str
    policy: JsonObject
    more: Resources = ()


def mutants(player: Player, alert: ProvenAlert) -> tuple[Mutant, ...]:
    """Return all mutants of an alert, the same each time."""
    policy = player.policy(alert)
    made: list[Mutant] = []

    def add(kind: str, what: str, body: JsonObject, more: Resources = ()) -> None:
        number = len(made) + 1
        name = f"{alert.policy}-m{number}"
        conditions: list[JsonValue] = [{**one, "name": f"{name}/conditions/1"} for one in children(body, "conditions")]
        fresh: JsonObject = {**body, "name": name, "conditions": conditions}
        made.append(Mutant(name=name, kind=kind, what=what, policy=fresh, more=more))

    query = query_of(policy)
    for kind, what, changed in _queries(query):
        add(kind, what, _with_query(policy, changed))
    for kind, what, change in _conditions(policy):
        body = copy.deepcopy(policy)
        change(children(body, "conditions")[0])
        add(kind, what, body)
    for what, change in _telling(policy):
        body = copy.deepcopy(policy)
        change(body)
        add("telling", what, body)
    for metric in read_metrics(player, alert, policy):
        for kind, what, body in _metric(metric, query):
            number = len(made) + 1
            identifier = f"m{number}/{metric.id}"
            changed = _renamed(query, metric.id, identifier)
            name = f"projects/{player.subject.project}/metrics/{identifier}"
            more = (("logging.metrics", name, {**body, "name": identifier}),)
            add(kind, f"metric {metric.id}: {what}", _with_query(policy, changed), more)
    return tuple(made)


def _with_query(policy: JsonObject, query: str) -> JsonObject:
    body = copy.deepcopy(policy)
    for condition in children(body, "conditions"):
        child(condition, "conditionPrometheusQueryLanguage")["query"] = query
    return body


def _renamed(query: str, old: str, new: str) -> str:
    was, now = metric_name(_PREFIX + old), metric_name(_PREFIX + new)
    return re.sub(rf"\b{re.escape(was)}(?=(?:_count|_sum|_bucket)?\{{)", now, query)


def _queries(query: str) -> Iterator[tuple[str, str, str]]:
    """(kind, what, query) for each change of a PromQL query."""
    for found in _COMPARED.finditer(query):
        operator, number = found[1], float(found[2])
        above = operator.startswith(">")
        values = (
            (number * 10, number / 10, number * (0.9 if above else 1.1), number * (2 if above else 0.5))
            if number
            else (1.0, 10.0)
        )
        for value in values:
            yield "threshold", f"{found[0]} becomes {operator} {value:.6g}", _put(query, found, 2, f"{value:.12g}")
        if operator in _FLIP:
            flipped = _FLIP[operator]
            yield "threshold", f"{found[0]} becomes {flipped} {found[2]}", _put(query, found, 1, flipped)
    for found in _WINDOW.finditer(query):
        amount, unit = int(found[1]), found[2]
        for text_ in (f"{amount * 2}{unit}", _half(amount, unit)):
            changed = f"{query[: found.start()]}[{text_}{query[found.end() :]}"
            yield "window", f"[{found[1]}{unit}] number {_nth(query, found)} becomes [{text_}]", changed
    for found in _MATCHER.finditer(query):
        opening, name, operator, value = found.groups()
        shown = f'{name}{operator}"{value}" number {_nth(query, found)}'
        changed = f'{query[: found.start()]}{opening}{name}="another"{query[found.end() :]}'
        yield "label", f"{shown} becomes another", changed
        if name != "monitored_resource":  # which Monitoring does not let a query leave out
            rest = query[found.end() :]
            rest = rest.removeprefix(",") if opening == "{" else rest
            yield "label", f"{shown} is dropped", f"{query[: found.start()]}{'{' if opening == '{' else ''}{rest}"
    yield from _groupings(query)


def _groupings(query: str) -> Iterator[tuple[str, str, str]]:
    for found in _GROUPED.finditer(query):
        yield "grouping", f"by ({found[2]}) is dropped", f"{query[: found.start()]}{found[1]} ({query[found.end() :]}"
    for found in _AGGREGATED.finditer(query):
        changed = f"{query[: found.start()]}{found[1]} by (project_id) ({query[found.end() :]}"
        yield "grouping", f"{found[1]} number {_nth(query, found)} is by (project_id)", changed


def _conditions(policy: JsonObject) -> Iterator[tuple[str, str, Callable[[JsonObject], None]]]:
    """Changes of durations, of a threshold condition's numbers, of a log match's filter."""
    (condition, *_) = children(policy, "conditions")
    for kind in ("conditionPrometheusQueryLanguage", "conditionThreshold", "conditionAbsent"):
        inner = child(condition, kind)
        if inner:
            seconds = int(text(inner, "duration", "0s").removesuffix("s"))
            for changed in (0, seconds * 2) if seconds else (300,):
                yield "duration", f"duration {seconds}s becomes {changed}s", _set(kind, "duration", f"{changed}s")
    threshold = child(condition, "conditionThreshold")
    if threshold:
        value = threshold.get("thresholdValue")
        number = float(value) if isinstance(value, int | float) else 0.0
        for changed in (number * 10, number / 10) if number else (1.0,):
            yield "threshold", f"{number:g} becomes {changed:g}", _set("conditionThreshold", "thresholdValue", changed)
        flipped = "COMPARISON_LT" if threshold.get("comparison") == "COMPARISON_GT" else "COMPARISON_GT"
        yield "threshold", f"the comparison becomes {flipped}", _set("conditionThreshold", "comparison", flipped)
    match = child(condition, "conditionMatchedLog")
    for change, changed in _filters(text(match, "filter"), drop_type=True):
        yield "filter", change, _set("conditionMatchedLog", "filter", changed)
    extractors = text_map(match, "labelExtractors")
    for name in extractors:
        left = {key: value for key, value in extractors.items() if key != name}
        yield "label", f"the label {name} is not extracted", _set("conditionMatchedLog", "labelExtractors", dict(left))


def _set(kind: str, name: str, value: object) -> Callable[[JsonObject], None]:
    def change(condition: JsonObject) -> None:
        child(condition, kind)[name] = value  # type: ignore[assignment] # JSON

    return change


def _telling(policy: JsonObject) -> Iterator[tuple[str, Callable[[JsonObject], None]]]:
    """Changes of the notification."""
    yield "it is disabled", lambda body: body.update(enabled=False)
    yield "its severity is another", lambda body: body.update(severity="ERROR")
    yield "it notifies nobody", lambda body: body.update(notificationChannels=[])
    if text(policy, "severity") and not _rate_limited(policy):
        yield (
            "it does not notify of recovery",
            lambda body: child(body, "alertStrategy").update(notificationPrompts=["OPENED"]),
        )
    for name in text_map(policy, "userLabels"):
        if name != "managed-by":
            yield f"its label {name} is another", _relabelled(name)
    yield "its subject is empty", lambda body: child(body, "documentation").update(subject="")
    yield "its text is empty", lambda body: child(body, "documentation").update(content="")
    yield "its links are gone", lambda body: child(body, "documentation").update(links=[])


def _relabelled(name: str) -> Callable[[JsonObject], None]:
    return lambda body: child(body, "userLabels").update({name: "another"})


def _rate_limited(policy: JsonObject) -> bool:
    return bool(child(child(policy, "alertStrategy"), "notificationRateLimit"))


def _metric(metric: ReadMetric, query: str) -> Iterator[tuple[str, str, JsonObject]]:
    """Changes of a metric: terms of its filter, the value it takes, the labels that the query asks for."""
    for change, changed in _filters(text(metric.body, "filter"), drop_type=False):
        yield "filter", change, {**metric.body, "filter": changed}
    if metric.measure is not None:
        yield (
            "label",
            "it takes another field's value",
            {**metric.body, "valueExtractor": "EXTRACT(jsonPayload.another)"},
        )
    extractors = text_map(metric.body, "labelExtractors")
    for name in extractors:
        if re.search(rf"[{{,]{re.escape(name)}=", query):
            other = {**extractors, name: "EXTRACT(jsonPayload.another)"}
            yield "label", f"its label {name} takes another field", {**metric.body, "labelExtractors": dict(other)}


def _filters(filter_text: str, *, drop_type: bool) -> Iterator[tuple[str, str]]:
    """Each term changed, and dropped. A metric's `resource.type` is not: the query asks for the type again."""
    if not filter_text:
        return
    parsed = lql.parse(filter_text)
    terms = parsed.terms if isinstance(parsed, lql.And) else (parsed,)
    for index, term in enumerate(terms):
        shown = lql.render(term)
        rest = [*terms[:index], *terms[index + 1 :]]
        if rest and (drop_type or not shown.startswith("resource.type")):
            yield f"{shown} is dropped", lql.render(lql.all_of(*rest))
        altered = re.sub(r'"([^"]*)"$', '"another"', shown)
        if altered != shown:
            yield f"{shown} becomes {altered}", lql.render(lql.all_of(*rest, lql.parse(altered)))


def _half(amount: int, unit: str) -> str:
    if amount % 2 == 0:
        return f"{amount // 2}{unit}"
    smaller = {"w": ("d", 7), "d": ("h", 24), "h": ("m", 60), "m": ("s", 60), "s": ("s", 1)}[unit]
    return f"{amount * smaller[1] // 2}{smaller[0]}"


def _put(query: str, found: re.Match[str], group: int, value: str) -> str:
    return query[: found.start(group)] + value + query[found.end(group) :]


def _nth(query: str, found: re.Match[str]) -> int:
    """The how manieth of its text it is: the same range stands in several places of a query."""
    return query[: found.start()].count(found[0]) + 1
