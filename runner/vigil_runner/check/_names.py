"""The metrics that resources make and read."""

import json
import re
from collections.abc import Iterable, Iterator

from vigil_apimodel import promql, tokens
from vigil_apimodel.metrics.logging import USER_PREFIX
from vigil_runner.check._found import SECRET, VARIABLE, Found, is_fields, is_list, string

_USER = re.compile(re.escape(USER_PREFIX) + r"""([^"'\\\s,(){}]+)""")
_PROMQL_USER = re.compile(r"logging_googleapis_com:user_([A-Za-z0-9_]+)")
_SUFFIX = re.compile(r"_(?:bucket|sum|count)$")


def made(resources: Iterable[Found]) -> dict[str, Found]:
    """Return the log-based metrics of a set by their name, without those whose name is filled in or known later."""
    metrics = ((string(each.inputs.get("name")), each) for each in resources if each.type == tokens.LOG_METRIC)
    return {name: each for name, each in metrics if _is_known(name)}


def all_known(resources: Iterable[Found]) -> bool:
    """Return whether each log-based metric of a set has its name."""
    return all(_is_known(string(each.inputs.get("name"))) for each in resources if each.type == tokens.LOG_METRIC)


def _is_known(name: str) -> bool:
    return bool(name) and VARIABLE not in name and SECRET not in name


def in_promql(name: str) -> str:
    """Return the part of a log-based metric's PromQL name that is its own."""
    return promql.metric_name(USER_PREFIX + name).partition(":user_")[2]


def read(found: Found) -> Iterator[tuple[str, str, bool]]:
    """Yield the log-based metrics that a resource reads: field, name, whether it is a name of PromQL."""
    inputs: object = found.inputs
    if found.type == tokens.DASHBOARD:
        try:
            inputs = json.loads(string(found.inputs.get("dashboardJson")) or "{}")
        except ValueError:
            return
    if found.type in {tokens.ALERT_POLICY, tokens.DASHBOARD, tokens.SLO}:
        yield from _walk(inputs, "")


def _walk(value: object, place: str) -> Iterator[tuple[str, str, bool]]:
    if is_fields(value):
        for key, inner in value.items():
            yield from _walk(inner, f"{place}.{key}" if place else str(key))
    elif is_list(value):
        for index, inner in enumerate(value):
            yield from _walk(inner, f"{place}[{index}]")
    elif isinstance(value, str) and "logging" in value:
        for name in dict.fromkeys(_USER.findall(value)):
            yield place, name, False
        for name in dict.fromkeys(_PROMQL_USER.findall(value)):
            yield place, name, True


def same(name: str, *, is_promql: bool, known: Iterable[str]) -> bool:
    """Return whether one of the known metrics is meant; a distribution's parts in PromQL count as the metric."""
    if not is_promql:
        return name in known
    names = {in_promql(each) for each in known}
    return name in names or _SUFFIX.sub("", name) in names
