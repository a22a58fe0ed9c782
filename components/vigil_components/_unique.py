"""Refuse two resources of one program that Google would take for one, before anything is deployed.

Pulumi tells resources apart by their names in the program, Google by their ids. Two services of one name make metrics
of one id: the preview would pass, and the second would fail halfway through the deployment.
"""

import json
from collections.abc import Iterator
from dataclasses import dataclass
from typing import cast
from weakref import WeakKeyDictionary

import pulumi
from pulumi.runtime.mocks import MockMonitor
from pulumi.runtime.settings import get_monitor, get_root_resource
from pulumi_gcp import logging, monitoring

from vigil_apimodel import promql
from vigil_components.wire import UNKNOWN, wire

_RENAME = (
    "give one of the two sources its own id, such as CloudRunService(name='orders', id='orders-us', ...); "
    "what is deployed keeps its id"
)


@dataclass(frozen=True)
class _Claim:
    """What only one resource of a project may have."""

    what: str
    key: str
    shown: str
    remedy: str


_claimed: "WeakKeyDictionary[pulumi.Resource, dict[tuple[object, str, str], tuple[str, str, object]]]" = (
    WeakKeyDictionary()
)


def refuse_coincidence(name: str, args: object) -> None:
    """Remember the ids of a resource, and refuse those that another resource of the program has.

    `name` is the Pulumi name of the resource. Raises ValueError naming both resources and the remedy.
    """
    stack = get_root_resource()
    # the SDK's own mocks serve many unrelated programs in one process, which may well say the same
    if stack is None or type(get_monitor()) is MockMonitor:
        return
    claimed = _claimed.setdefault(stack, {})
    project: object = getattr(args, "project", None) or getattr(args, "parent", None)
    where = project if isinstance(project, str | None) else id(project)
    owner = name.partition(":")[0]
    for claim in _claims(args):
        # the third keeps an Output alive, so that its identity stays its own
        other, shown, _ = claimed.setdefault((where, claim.what, claim.key), (owner, claim.shown, project))
        if other != owner:
            both = claim.shown if shown == claim.shown else f"{shown} and {claim.shown}"
            raise ValueError(f"{other!r} and {owner!r} have the same {claim.what}: {both}; {claim.remedy}")


def _claims(args: object) -> Iterator[_Claim]:
    match args:
        case logging.MetricArgs(name=str() as name):
            yield _Claim("log-based metric", name, name, _RENAME)
            promql_name = promql.metric_name(f"logging.googleapis.com/user/{name}")
            yield _Claim("metric name in PromQL", promql_name, name, _RENAME)
        case monitoring.AlertPolicyArgs(conditions=conditions):
            condition = wire(conditions)
            text = json.dumps(_without_names(condition), sort_keys=True, default=str)
            if UNKNOWN not in _leaves(condition):
                remedy = f"every incident would notify twice: leave one alert out, or {_RENAME}"
                yield _Claim("alert condition", text, _query_of(condition), remedy)
        case monitoring.CustomServiceArgs(service_id=str() as name):
            yield _Claim("service in Monitoring", name, name, _RENAME)
        case logging.ProjectBucketConfigArgs(bucket_id=str() as name, location=location):
            yield _Claim(f"log bucket in {location}", name, name, "declare it once")
        case logging.ProjectSinkArgs(name=str() as name):
            yield _Claim("sink", name, name, "rename one")
        case logging.ProjectExclusionArgs(name=str() as name):
            yield _Claim("exclusion", name, name, "rename one")
        case logging.SavedQueryArgs(name=str() as name):
            yield _Claim("saved query", name, name, "give one another title")
        case logging.LogScopeArgs(name=str() as name):
            yield _Claim("log scope", name, name, "rename one")
        case _:
            return


def _without_names(value: object) -> object:
    """Return a condition without what names it and does not change what it watches."""
    if isinstance(value, dict):
        items = cast("dict[str, object]", value).items()
        return {key: _without_names(item) for key, item in items if key not in _NAMES}
    if isinstance(value, list):
        return [_without_names(item) for item in cast("list[object]", value)]
    return value


_NAMES = frozenset({"displayName", "alertRule", "ruleGroup"})


def _leaves(value: object) -> list[object]:
    if isinstance(value, dict):
        return [leaf for item in cast("dict[str, object]", value).values() for leaf in _leaves(item)]
    if isinstance(value, list):
        return [leaf for item in cast("list[object]", value) for leaf in _leaves(item)]
    return [value]


def _query_of(condition: object) -> str:
    """Return the query or filter of a condition, for the error."""
    texts = [leaf for leaf in _leaves(_without_names(condition)) if isinstance(leaf, str)]
    return max(texts, key=len, default="")
