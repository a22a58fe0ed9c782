"""Why an alert's proof fails: the filter term, the event, the unit or the threshold that does it, named."""

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Final

from vigil_apimodel import lql
from vigil_apimodel.json_values import JsonObject, child, children, text, text_map
from vigil_apimodel.promql import metric_name
from vigil_emulator.errors import ApiError
from vigil_emulator.logging.entry import Entry
from vigil_emulator.logging.errors import FilterError
from vigil_emulator.logging.extract import extractor
from vigil_emulator.logging.filters import compiled
from vigil_emulator.times import MINUTE
from vigil_proofs import noise
from vigil_proofs.documents import Case, Origin, ProvenAlert
from vigil_proofs.judge import Breach, Cases
from vigil_proofs.play import PlayedCase, Player, query_of
from vigil_proofs.samples import SampleError
from vigil_proofs.timeline import Curve, short, timeline
from vigil_proofs.written import written, written_for

_PREFIX: Final = "logging.googleapis.com/user/"
_COMPARISON: Final = re.compile(r"\b(above|below) ([0-9.]+(?:e[+-]?\d+)?)")
_FOLLOWING: Final = frozenset({"revision_name", "configuration_name"})
"""Labels that follow from the service's name."""
_THOUSAND: Final = 1000.0
_NEAR: Final = 2.0
"""Values that differ from a thousandfold by less than this factor look like milliseconds for seconds."""


@dataclass(frozen=True, slots=True, kw_only=True)
class ReadMetric:
    """A log-based metric that the condition reads."""

    id: str
    event: str
    measure: str | None
    body: JsonObject


def causes(
    player: Player, alert: ProvenAlert, policy: JsonObject, cases: Cases, found: tuple[Breach, ...]
) -> tuple[str, ...]:
    """Return what explains the breaches, most telling first; each once."""
    reasons: list[str] = []
    kinds = {(breach.case, breach.kind) for breach in found}
    reasons += [f"the condition cannot be evaluated: {reason}" for reason in cases.fires.problems.values()]
    reasons += _thresholds(alert, policy)
    with player.library.in_force():
        reasons += _metrics(player, alert, policy, cases.fires.case)
        if ("near miss", "opened") in kinds or ("fires", "silent") in kinds:
            reasons += _strangers(player, alert, policy)
    for case, played in (("fires", cases.fires), ("near miss", cases.stays_silent)):
        if any(
            breach.case == case and breach.kind in {"silent", "late", "opened", "early", "open"} for breach in found
        ):
            reasons += _values(alert, policy, played, fires=case == "fires")
    return tuple(dict.fromkeys(reasons))


def read_metrics(player: Player, alert: ProvenAlert, policy: JsonObject) -> tuple[ReadMetric, ...]:
    """Return the stack's log-based metrics that a condition's query reads."""
    return tuple(_read(player, alert, policy))


def wrong_units(player: Player, alert: ProvenAlert, policy: JsonObject) -> tuple[str, ...]:
    """Return the metrics that a condition reads and whose unit is not that of the measure they hold."""
    return tuple(reason for metric in _read(player, alert, policy) for reason in _unit(alert, metric))


def _read(player: Player, alert: ProvenAlert, policy: JsonObject) -> Iterator[ReadMetric]:
    query = query_of(policy)
    for kind, name, body in player.resources:
        if kind != "logging.metrics":
            continue
        identifier = name.partition("/metrics/")[2]
        if re.search(rf"\b{re.escape(metric_name(_PREFIX + identifier))}(_count|_sum|_bucket)?\{{", query):
            event, _, measure = identifier.removeprefix(f"{alert.service}/").partition("/")
            yield ReadMetric(id=identifier, event=event, measure=measure or None, body=body)


def _thresholds(alert: ProvenAlert, policy: JsonObject) -> Iterator[str]:
    """Where the policy compares with another number than the alert says."""
    stated = _COMPARISON.search(alert.title)
    compared = _compared(policy)
    if stated is None or not compared:
        return
    number = float(stated[2])
    if not any(abs(one - number) <= 1e-9 * max(abs(number), 1) for one in compared):
        nearest = compared[0]  # the signal's own comparison stands first, a guard against little traffic after it
        yield (
            f"the policy compares with {nearest:.6g}, the alert says {stated[0]}"
            + (f": {nearest / number:.4g} times as much" if number else "")
        )


def _compared(policy: JsonObject) -> list[float]:
    (condition, *_) = children(policy, "conditions") or [{}]
    threshold = child(condition, "conditionThreshold")
    if threshold:
        value = threshold.get("thresholdValue")
        return [float(value)] if isinstance(value, int | float) else [0.0]
    from vigil_apimodel.promql import comparisons  # noqa: PLC0415 - beside what it is for

    return [one.threshold for one in comparisons(query_of(policy))]


def _metrics(player: Player, alert: ProvenAlert, policy: JsonObject, case: Case) -> Iterator[str]:
    """Where what the application writes is not what the metrics count."""
    read = read_metrics(player, alert, policy)
    query = query_of(policy)
    for name in re.findall(r"logging_googleapis_com:user_\w+", query):
        if not any(name.startswith(metric_name(_PREFIX + one.id)) for one in read):
            yield f"the query reads {name}, which is no log-based metric of the stack"
    for emission in case.emissions:
        try:
            entries = written(emission).entries(player.library, alert.origin, 0)
        except SampleError as error:
            yield str(error)
            continue
        if not entries:
            why, level = written(emission).silenced(), player.subject.level
            yield f"no line is written of {emission.event}: {why}, the stack logs from {level} on"
            continue
        entry = _entry(entries[-1])
        own = [one for one in read if one.event == emission.event]
        if read and not own:
            events = ", ".join(sorted({one.event for one in read}))
            yield f"the case emits {emission.event}, the query reads metrics over {events}"
        for metric in own:
            yield from _uncounted(metric, entry, emission.event)
            yield from _extraction(metric, entry)
    if _log_filter(policy) and case.emissions:
        first = case.emissions[0]
        for body in written(first).entries(player.library, alert.origin, 0):
            yield from _failing_terms("the condition's filter", _log_filter(policy), _entry(body), first.event)


def _uncounted(metric: ReadMetric, entry: Entry, event: str) -> Iterator[str]:
    yield from _failing_terms(f"metric {metric.id}", text(metric.body, "filter"), entry, event)
    if metric.body.get("disabled") is True:
        yield f"metric {metric.id} is disabled"


def _failing_terms(subject: str, filter_text: str, entry: Entry, event: str) -> Iterator[str]:
    """The terms of a filter that an entry does not satisfy, with what it has there."""
    try:
        if compiled(filter_text)(entry):
            return
        parsed = lql.parse(filter_text)
    except (lql.QuerySyntaxError, FilterError, ApiError) as error:
        yield f"{subject} has a filter that cannot be read: {error}"
        return
    terms = parsed.terms if isinstance(parsed, lql.And) else (parsed,)
    for term in terms:
        shown = lql.render(term)
        if not compiled(shown)(entry):
            there = _there(term, entry)
            yield f"{subject} counts no {event} of this service: its filter asks for {shown}, the entry has {there}"


def _there(term: lql.Expr, entry: Entry) -> str:
    if not isinstance(term, lql.Comparison):
        return "something else"
    path = re.split(r"[=:<>!~]", lql.render(term))[0].strip()
    value: object = entry.body
    for part in path.split("."):
        value = value.get(part) if isinstance(value, dict) else None
    return f"{path}={value!r}" if value is not None else f"no {path}"


def _unit(alert: ProvenAlert, metric: ReadMetric) -> Iterator[str]:
    if metric.measure is None:
        return
    declared = written_for(alert, metric.event).unit(metric.measure)
    unit = text(child(metric.body, "metricDescriptor"), "unit", "1")
    if declared is not None and unit != declared:
        yield f"metric {metric.id} is in {unit!r}, the event's {metric.measure} in {declared!r}: a wrong unit"


def _extraction(metric: ReadMetric, entry: Entry) -> Iterator[str]:
    if metric.measure is not None:
        source = text(metric.body, "valueExtractor")
        if extractor(source)(entry) in (None, ""):
            yield f"metric {metric.id} records nothing: {source} finds no value in the entry"
    for name, source in text_map(metric.body, "labelExtractors").items():
        if extractor(source)(entry) in (None, ""):
            yield f"metric {metric.id} has no value for its label {name}: {source} finds none in the entry"


def _strangers(player: Player, alert: ProvenAlert, policy: JsonObject) -> Iterator[str]:
    """Where the metrics count what is not the alert's."""
    assert alert.proof is not None  # noqa: S101 - only what has a proof is played
    query = query_of(policy)
    filters: Mapping[str, str] = {one.id: text(one.body, "filter") for one in read_metrics(player, alert, policy)}
    if _log_filter(policy):
        filters = {"": _log_filter(policy)}
    for side in (alert.proof.fires, alert.proof.stays_silent):
        for other in noise.emissions(alert, side, query):
            for body in written(other.emission).entries(player.library, other.origin, 0):
                entry = _entry(body)
                for identifier, filter_text in filters.items():
                    subject = f"metric {identifier}" if identifier else "the condition's filter"
                    if _matches(filter_text, entry) and _foreign(identifier, other, alert):
                        yield f"{subject} counts {_whose(other.emission.event, other.origin, alert)} too: {filter_text}"
    for emission in alert.proof.fires.emissions:
        for name, value in emission.fields.items():
            if isinstance(value, str) and query and f'{name}="{value}"' not in query and f"{name}=~" not in query:
                yield f"the query does not ask for {name}={value!r}, which the alert is about"


def _foreign(identifier: str, other: noise.UnrelatedEmission, alert: ProvenAlert) -> bool:
    """Whether what others emit is not the metric's: from elsewhere, or another event."""
    event = identifier.removeprefix(f"{alert.service}/").partition("/")[0]
    return other.origin != alert.origin or bool(identifier and other.emission.event != event)


def _whose(event: str, origin: Origin, alert: ProvenAlert) -> str:
    if origin.called:
        return f"{origin.called} (with the same fields)"
    differing = [
        f"{name} {value!r}"
        for name, value in origin.labels.items()
        if alert.origin.labels.get(name) != value and name not in _FOLLOWING
    ]
    if origin.resource != alert.origin.resource:
        differing.append(f"resource type {origin.resource!r}")
    if origin.writer != alert.origin.writer and not differing:
        differing.append(f"service {origin.writer!r}")
    return f"{event} of {', '.join(differing)}" if differing else event


def _matches(filter_text: str, entry: Entry) -> bool:
    try:
        return compiled(filter_text)(entry)
    except (lql.QuerySyntaxError, FilterError, ApiError):
        return False


def _values(alert: ProvenAlert, policy: JsonObject, played: PlayedCase, *, fires: bool) -> Iterator[str]:
    """How far the values came, compared with what the condition wants."""
    line = timeline("", policy, played, name=alert.policy)
    for curve in line.curves:
        extreme = curve.extreme
        required = f"{curve.comparison.operator} {curve.comparison.threshold:.6g}"
        if extreme is None:
            if fires:
                yield f"{short(curve.comparison.text)} never has a value: nothing is counted"
            continue
        value = extreme[0]
        below = curve.comparison.operator.startswith("<")
        what = short(curve.comparison.text)
        beyond = value < curve.comparison.threshold if below else value > curve.comparison.threshold
        if fires and not beyond and curve.comparison.operator in {">", "<"}:
            yield f"{what} came to {value:.6g}, the policy requires {required}{_factor(curve, value)}"
        if not fires and beyond and curve.comparison.operator in {">", "<"}:
            yield f"{what} came to {value:.6g} in the near miss, the policy requires {required}"
    if fires and any(line.holds) and not line.incidents and line.lasting:
        yield f"the condition held, but never for the {line.lasting:g} minutes that the policy asks for"


def _factor(curve: Curve, value: float) -> str:
    threshold = curve.comparison.threshold
    if not value or not threshold:
        return ""
    factor = max(threshold / value, value / threshold)
    unit = ": a thousandfold, as milliseconds are of seconds" if _THOUSAND / _NEAR < factor < _THOUSAND * _NEAR else ""
    return f" ({factor:.3g} times as much){unit}" if threshold > value else f" ({factor:.3g} times less){unit}"


def _log_filter(policy: JsonObject) -> str:
    (condition, *_) = children(policy, "conditions") or [{}]
    return text(child(condition, "conditionMatchedLog"), "filter")


def _entry(body: JsonObject) -> Entry:
    return Entry(
        body={**body, "insertId": "1"},
        time=MINUTE,
        received=MINUTE,
        severity=0,
        log_name=text(body, "logName"),
        insert_id="1",
    )
