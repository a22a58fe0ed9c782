"""Rules over the whole set of files: what one resource says against the others, and advice to each alert."""

import json
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Final

from vigil_apimodel import tokens
from vigil_apimodel.rules.conditions import of_kind
from vigil_apimodel.rules.inputs import items, literal, mapping, present, text
from vigil_emulator.resources import promql
from vigil_runner.check import _names
from vigil_runner.check._api_fields import refused_fields, unnamed_fields
from vigil_runner.check._finding import Level
from vigil_runner.check._found import VARIABLE, Found, fields, is_fields, is_list, listed, without
from vigil_runner.check._mql import as_promql
from vigil_runner.check._reach import unreachable

Broken = tuple[Found, str, str]
"""The resource, the field, and what is wrong with it, remedy included."""


@dataclass(frozen=True, slots=True)
class SetRule:
    """A rule over all resources of a check."""

    id: str
    level: Level
    summary: str
    check: Callable[[Sequence[Found]], Iterator[Broken]]


def _policies(resources: Sequence[Found]) -> Iterator[Found]:
    return (each for each in resources if each.type == tokens.ALERT_POLICY)


def _unmade(resources: Sequence[Found]) -> Iterator[Broken]:
    made = _names.made(resources)
    if not made or not _names.all_known(resources):
        return  # the metric that is read may be one whose name is known later
    for each in resources:
        for field, name, is_promql in _names.read(each):
            if VARIABLE not in name and not _names.same(name, is_promql=is_promql, known=made):
                yield (
                    each,
                    field,
                    f"no log-based metric {name!r} is in these files: correct the name, or add the metric",
                )


def _unread(resources: Sequence[Found]) -> Iterator[Broken]:
    readers = [each for each in resources if each.type in {tokens.ALERT_POLICY, tokens.DASHBOARD, tokens.SLO}]
    if not readers:
        return
    read = {(name, is_promql) for each in readers for _, name, is_promql in _names.read(each)}
    for name, found in _names.made(resources).items():
        if not any(_names.same(each, is_promql=is_promql, known=(name,)) for each, is_promql in read):
            yield found, "name", f"nothing in these files reads the metric {name!r}: remove it, or chart it"


def _channels(resources: Sequence[Found], *, deployed: bool) -> Iterator[Broken]:
    in_use = any(items(each.inputs, "notificationChannels") for each in _policies(resources))
    for each in _policies(resources):
        channels = each.inputs.get("notificationChannels")
        if (channels is None or channels == []) and (each.deployed or in_use) is deployed:
            yield each, "notificationChannels", "the policy notifies nobody: name at least one channel"


def _silent(resources: Sequence[Found]) -> Iterator[Broken]:
    return _channels(resources, deployed=True)


def _silent_template(resources: Sequence[Found]) -> Iterator[Broken]:
    return _channels(resources, deployed=False)


def _runbook(resources: Sequence[Found]) -> Iterator[Broken]:
    for each in _policies(resources):
        documentation = mapping(each.inputs, "documentation")
        content = text(documentation, "content")
        if content is None and present(documentation, "content"):
            continue
        if not (content or "").strip() and not items(documentation, "links"):
            yield each, "documentation", "the notification says nothing about what to do: add a runbook"


def _twins(resources: Sequence[Found]) -> Iterator[Broken]:
    seen: dict[str, Found] = {}
    for each in _policies(resources):
        conditions = [_normal_condition(fields(condition)) for condition in listed(each.inputs.get("conditions"))]
        if not conditions:
            continue
        key = json.dumps([sorted(json.dumps(one, sort_keys=True) for one in conditions), each.inputs.get("combiner")])
        other = seen.setdefault(key, each)
        if other is not each and (other.file, other.place) != (each.file, each.place) and other.name != each.name:
            yield each, "conditions", f"{other.name!r} ({other.file}) has the same conditions: keep one of the two"


def _namesakes(resources: Sequence[Found]) -> Iterator[Broken]:
    seen: dict[str, Found] = {}
    for each in _policies(resources):
        name = literal(each.inputs, "displayName") or ""
        other = seen.setdefault(name, each)
        if name and VARIABLE not in name and other is not each:
            where = f"{other.name}, {other.file}" if other.name != name else other.file
            yield (
                each,
                "displayName",
                f"another policy ({where}) is called {name!r} too, and a notification does not say which: rename one",
            )


def _normal_condition(condition: Mapping[str, object]) -> object:
    """A condition without its names, in the API's normal form: defaults are as if they were not written."""
    defaults: Mapping[str, object] = {"duration": "0s", "evaluationInterval": "30s", "trigger": {"count": 1}}

    def plain(value: object) -> object:
        if is_fields(value):
            inner = fields(value)
            return {
                key: plain(each)
                for key, each in inner.items()
                if each not in (None, "", [], {}, "REDUCE_NONE") and defaults.get(key) != each
            }
        if is_list(value):
            found = listed(value)
            return [plain(each) for each in found]
        return " ".join(value.split()) if isinstance(value, str) else value

    return plain(without(condition, "displayName", "name"))


def _unreachable(resources: Sequence[Found]) -> Iterator[Broken]:
    for each in _policies(resources):
        for field, message in unreachable(each.inputs):
            yield each, field, message


def _promql(resources: Sequence[Found]) -> Iterator[Broken]:
    for each in _policies(resources):
        for place, condition in of_kind(each.inputs, "conditionPrometheusQueryLanguage"):
            query = literal(condition, "query") if VARIABLE not in (text(condition, "query") or "") else None
            if query and (wrong := promql.problem(query)) is not None:
                yield each, f"{place}.query", f"the query cannot be read ({wrong.strip()}): correct it"


def _mql(resources: Sequence[Found]) -> Iterator[Broken]:
    for each in _policies(resources):
        for place, condition in of_kind(each.inputs, "conditionMonitoringQueryLanguage"):
            written = as_promql(text(condition, "query") or "")
            remedy = f"write it in PromQL, {written}" if written else "write it in PromQL"
            yield each, f"{place}.query", f"MQL is deprecated since 22 October 2024: {remedy}"


SET_RULES: Final = (
    SetRule("set-metric-missing", Level.WARNING, "A log-based metric that is read is made in the same set", _unmade),
    SetRule("set-metric-unread", Level.WARNING, "A log-based metric is read by an alert, a chart or an SLO", _unread),
    SetRule("set-no-channel", Level.WARNING, "An alert policy notifies somebody", _silent),
    SetRule("set-no-channel-yet", Level.NOTE, "A policy that is not deployed yet names a channel", _silent_template),
    SetRule("set-no-runbook", Level.NOTE, "An alert says what to do", _runbook),
    SetRule("set-same-conditions", Level.WARNING, "No two policies have the same conditions", _twins),
    SetRule("set-same-name", Level.WARNING, "No two policies have the same display name", _namesakes),
    SetRule("set-unreachable-threshold", Level.ERROR, "A threshold can be crossed, and is not always", _unreachable),
    SetRule("set-refused-field", Level.ERROR, "Google knows each field, and takes its value", refused_fields),
    SetRule("set-unnamed-field", Level.WARNING, "A field is one that the API's description names", unnamed_fields),
    SetRule("set-promql-syntax", Level.ERROR, "A PromQL query can be read", _promql),
    SetRule("set-mql-deprecated", Level.WARNING, "No condition uses MQL", _mql),
)
"""The rules over a set, in their order."""
