"""What happens to alerts, in words: only what differs, and one sentence for alerts that change alike."""

import re
from collections.abc import Iterator
from typing import Final

from vigil_apimodel import promql, tokens
from vigil_apimodel.json_values import text
from vigil_runner.preview._alerts import AlertChange, AlertView
from vigil_runner.preview._changes import Kind
from vigil_runner.preview._declared import Declared
from vigil_runner.preview._report import Report
from vigil_runner.preview._resources import because, names, subject
from vigil_runner.preview._weight import lost
from vigil_runner.preview._words import pieces, safe

_NUMBER: Final = re.compile(r"-?\d+(?:\.\d+)?(?:[eE][+-]?\d+)?")


def alert_sentences(report: Report) -> list[str]:
    """Return a sentence about each alert that changes; alerts that change alike share one."""
    metrics = {**_metrics(report.before), **_metrics(report.after)}
    groups: dict[str, list[AlertChange]] = {}
    for each in report.alerts:
        groups.setdefault(_change_of(each, metrics), []).append(each)
    return [f"{subject('Alert', [one.view.name for one in found])}: {change}." for change, found in groups.items()]


def _change_of(each: AlertChange, metrics: dict[str, str]) -> str:
    if each.after is None:
        return "removed; nobody is notified any more"
    if each.before is None:
        return f"added; notifies {safe(each.after.notified)}"
    parts = [*_parts(each, each.before, each.after)]
    if each.before.severity == "page" and each.after.severity != "page":
        parts.append("nobody is woken any more")
    if each.change.kind is Kind.REPLACED:
        parts.append(f"replaced, because {because(each.change)} cannot change; lost for good: {lost(each.change)}")
    parts += _query(each.before, each.after, metrics, alone=not parts)
    return "; ".join(parts) or "only texts, links or labels change"


def _parts(each: AlertChange, old: AlertView, new: AlertView) -> Iterator[str]:
    rewritten = old.condition != new.condition
    for aspect, before, after in each.rows():
        if aspect == "condition":
            yield _condition(before, after)
        elif aspect == "threshold":
            if not rewritten:
                yield f"threshold {' → '.join(_others(before.split(', '), after.split(', ')))}"
        elif aspect in ("pages", "notifies") and old.enabled and new.enabled:
            yield _notified(aspect, old.channels, new.channels)
        elif not (rewritten and aspect == "holds for" and after in new.condition):
            yield f"{aspect} {safe(before) or 'none'} → {safe(after) or 'none'}"


def _condition(before: str, after: str) -> str:
    """Return a condition before and after; of one that differs in numbers alone, each number before and after."""
    found = pieces(safe(before), safe(after))
    if all(kind == "same" or _NUMBER.fullmatch(words) for kind, words in found):
        marks = {"same": "", "out": "", "in": " → "}
        return "".join(f"{marks[kind]}{words}" for kind, words in found)
    return f"condition {safe(before) or 'none'} → {safe(after) or 'none'}"


def _others(before: list[str], after: list[str]) -> tuple[str, str]:
    """Return what one list has and the other has not."""
    old, new = ([one for one in mine if one not in other] for mine, other in ((before, after), (after, before)))
    return ", ".join(old) or "none", ", ".join(new) or "none"


def _notified(verb: str, before: tuple[str, ...], after: tuple[str, ...]) -> str:
    old, new = (safe(one) for one in _others(list(before), list(after)))
    if new == "none":
        return f"no longer {verb} {old}" + ("" if after else ": nobody is notified any more")
    return f"also {verb} {new}" if old == "none" and before else f"{verb} {old} → {new}"


def _query(old: AlertView, new: AlertView, metrics: dict[str, str], *, alone: bool) -> Iterator[str]:
    """Yield what a query reads now where its metrics differ; else that it differs by more than numbers."""
    if old.queries == new.queries:
        return
    before, after = (list(dict.fromkeys(one for query in each.queries for one in _read(query))) for each in (old, new))
    if set(before) != set(after):
        if old.condition != new.condition:
            return  # which names what it reads
        gone, come = (
            [metrics.get(one, one) for one in mine if one not in other]
            for mine, other in ((before, after), (after, before))
        )
        if gone and come:
            yield f"reads {names(come)} instead of {names(gone)}"
        else:
            yield f"also reads {names(come)}" if come else f"no longer reads {names(gone)}"
    elif [_NUMBER.sub("0", one) for one in old.queries] != [_NUMBER.sub("0", one) for one in new.queries]:
        yield "the query is another" if alone else "the query differs in more than numbers"
    elif alone:
        yield "numbers in the query change"


def _read(query: str) -> Iterator[str]:
    """Yield the metrics that a query of PromQL reads; none of a filter."""
    try:
        expression = promql.parse(query)
    except promql.QueryError:
        return
    for selector in promql.selectors(expression):
        found = promql.name_of(selector)
        yield re.sub(r"_(?:bucket|count|sum)$", "", found)


def _metrics(declared: Declared) -> dict[str, str]:
    """Return the log-based metrics of a revision as people call them, by their names in PromQL."""
    found = (text(one.inputs, "name") for one in declared.resources.values() if one.type == tokens.LOG_METRIC)
    return {promql.metric_name(f"logging.googleapis.com/user/{one}"): one for one in found}
