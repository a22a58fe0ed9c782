"""Resources of files, of a project or of a program, in the one form in which they are compared.

`normal_form` takes what the program declares; here what the server adds to its answers is left out as well.
"""

import re
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from typing import Final, cast

from vigil_apimodel import tokens
from vigil_apimodel.json_fields import fields, is_fields, is_list, listed, string, without
from vigil_apimodel.json_values import JsonObject, JsonValue, child
from vigil_runner.check import Found
from vigil_runner.normal_form import normal_form
from vigil_runner.program import Run
from vigil_runner.render import masked
from vigil_runner.wire import APPLIED
from vigil_runner.wire.exchange import compact

COMPARED: Final = {
    tokens.CHANNEL: "channel",
    tokens.UPTIME_CHECK: "uptime check",
    tokens.CUSTOM_SERVICE: "service",
    tokens.LOG_METRIC: "log-based metric",
    tokens.PROJECT_BUCKET: "log bucket",
    tokens.LOG_VIEW: "log view",
    tokens.PROJECT_SINK: "sink",
    tokens.PROJECT_EXCLUSION: "exclusion",
    tokens.SAVED_QUERY: "saved query",
    tokens.LOG_SCOPE: "log scope",
    tokens.SLO: "SLO",
    tokens.ALERT_POLICY: "policy",
    tokens.DASHBOARD: "dashboard",
}
"""The types that are compared, in the order in which others refer to them, and what people call them."""

_PROJECT = re.compile(r"projects/([^/]+)/")
_DURATIONS = frozenset(
    {
        *("duration", "alignmentPeriod", "period", "timeout", "autoClose", "renotifyInterval"),
        *("evaluationInterval", "forecastHorizon", "windowPeriod"),
    }
)
_UNSET = frozenset(
    {"REDUCE_NONE", "ALIGN_NONE", "SEVERITY_UNSPECIFIED", "EVALUATION_MISSING_DATA_UNSPECIFIED", "STATIC_IP_CHECKERS"}
)
"""Values of enums that stand for what was not given."""
_FREE: Final = frozenset({"labels", "userLabels", "labelExtractors", "headers"})


@dataclass(frozen=True, slots=True, kw_only=True)
class Item:
    """A resource in normal form."""

    type: str
    """Pulumi's type token."""
    key: str
    """What identifies it among those of its type: the id that its owner chose, else its display name."""
    body: JsonObject
    """What it says, in normal form."""
    name: str = ""
    """Its full name at Google, empty where nobody knows it."""
    where: str = ""
    """Where it was found: a file, or its name in a program."""
    projects: frozenset[str] = field(default_factory=frozenset[str])
    """The ids and numbers by which it calls its own project."""

    @property
    def noun(self) -> str:
        """What people call its type."""
        return COMPARED.get(self.type, self.type)


def of_found(found: Iterable[Found]) -> list[Item]:
    """Return resources of files or of a project as items."""
    items: list[Item] = []
    for each in found:
        name = string(each.body.get("name"))
        owner = _PROJECT.match(name)
        items.append(
            Item(
                type=each.type,
                key=key_of(each.type, each.inputs) or each.name,
                body=normal(each.type, cast("JsonObject", each.inputs)),
                name=name if "/" in name else "",
                where=each.file,
                projects=frozenset({owner[1]} if owner else ()),
            )
        )
    return items


def of_run(run: Run, *, project: str) -> list[Item]:
    """Return what a run of a program declares, of the types that are compared."""
    items: list[Item] = []
    for each in run.registrations:
        wire = APPLIED.get(each.type)
        if wire is None or each.type not in COMPARED:
            continue
        declared = masked(each.inputs, each.secret_paths)
        inputs = wire.check(declared, urn=each.urn, project=project)
        items.append(
            Item(
                type=each.type,
                key=key_of(each.type, cast("dict[str, object]", inputs)) or each.name,
                body=normal(each.type, inputs),
                name=string((each.outputs or {}).get("name")),
                where=each.name,
                projects=frozenset({project}),
            )
        )
    return items


def key_of(type_: str, inputs: Mapping[str, object]) -> str:
    """Return what identifies a resource among those of its type."""
    match type_:
        case tokens.DASHBOARD:
            return string(fields(normal_form(type_, cast("JsonObject", inputs)).get("dashboard")).get("displayName"))
        case tokens.SLO:
            return f"{string(inputs.get('service')).rpartition('/')[2]}/{string(inputs.get('sloId'))}"
        case tokens.CUSTOM_SERVICE:
            return string(inputs.get("serviceId"))
        case tokens.PROJECT_BUCKET:
            return f"{string(inputs.get('location'))}/{string(inputs.get('bucketId'))}"
        case tokens.LOG_VIEW:
            bucket = string(inputs.get("bucket")).rpartition("/")[2]
            return f"{bucket}/{string(inputs.get('name')).rpartition('/')[2]}"
        case _:
            named = type_ in {tokens.ALERT_POLICY, tokens.CHANNEL, tokens.UPTIME_CHECK}
            return string(inputs.get("displayName" if named else "name"))


def normal(type_: str, inputs: JsonObject) -> JsonObject:
    """Return what a resource says, by wire inputs from anywhere: without defaults and what the server adds."""
    found = normal_form(type_, inputs)
    if type_ == tokens.DASHBOARD:
        return child(found, "dashboard") or found
    kept = cast("JsonObject", without(found, *_PLACES.get(type_, ("project",)), *_PROVIDER))
    plain = cast("JsonObject", _plain(kept, ""))
    adjust = _ADJUSTED.get(type_)
    return compact(adjust(plain) if adjust is not None else plain)


_PROVIDER: Final = ("forceDelete", "deletionPolicy")
"""Inputs that Google's provider keeps to itself."""
_PLACES: Final = {
    tokens.LOG_VIEW: ("bucket", "parent", "location"),
    tokens.SAVED_QUERY: ("parent", "location"),
    tokens.LOG_SCOPE: ("parent", "location"),
    tokens.SLO: ("project", "service"),
}
"""Inputs that say where a resource is: its key has what identifies it."""


def _plain(value: JsonValue, key: str) -> JsonValue:
    """The value without what stands for nothing, durations in one spelling."""
    if isinstance(value, dict):
        if key in _FREE:
            return value
        inner = {name: _plain(each, name) for name, each in value.items()}
        return {name: each for name, each in inner.items() if each is not None}
    if isinstance(value, list):
        return [_plain(each, "") for each in value]
    if isinstance(value, str):
        if value in _UNSET:
            return None
        if key in _DURATIONS and re.fullmatch(r"[0-9]+(\.[0-9]+)?s", value):
            seconds = float(value[:-1])
            return f"{seconds:g}s" if seconds else None
    return value


def _policy(body: JsonObject) -> JsonObject:
    conditions: list[JsonValue] = []
    for each in listed(body.get("conditions")):
        condition = fields(each)
        for kind in ("conditionThreshold", "conditionAbsent"):
            if fields(fields(condition.get(kind)).get("trigger")) == {"count": 1}:  # what no trigger means
                condition = {**condition, kind: without(fields(condition[kind]), "trigger")}
        conditions.append(cast("JsonValue", condition))
    return {**body, "conditions": conditions}


def _log_metric(body: JsonObject) -> JsonObject:
    """A counter that says nothing of its descriptor has the same one as one that says all."""
    descriptor = fields(body.get("metricDescriptor"))
    defaults = {"metricKind": "DELTA", "valueType": "INT64", "unit": "1", "launchStage": "UNSPECIFIED"}
    kept = {key: value for key, value in descriptor.items() if defaults.get(key) != value}
    labels = [_label(fields(each)) for each in listed(descriptor.get("labels"))]
    if labels:
        kept["labels"] = sorted(labels, key=lambda each: string(each.get("key")))
    return cast("JsonObject", {**without(body, "metricDescriptor"), **({"metricDescriptor": kept} if kept else {})})


def _label(label: dict[str, object]) -> dict[str, object]:
    return {key: value for key, value in label.items() if value and (key, value) != ("valueType", "STRING")}


def _uptime(body: JsonObject) -> JsonObject:
    adjusted = dict(body)
    check = fields(body.get("httpCheck"))
    if check:
        usual = 443 if check.get("useSsl") else 80
        adjusted["httpCheck"] = cast(
            "JsonObject", {"port": usual, **{key: each for key, each in check.items() if each}}
        )
    resource = fields(body.get("monitoredResource"))
    if resource:
        labels = without(fields(resource.get("labels")), "project_id")
        adjusted["monitoredResource"] = cast("JsonObject", {**resource, "labels": labels})
    regions = listed(body.get("selectedRegions"))
    return {**adjusted, "selectedRegions": cast("list[JsonValue]", sorted(map(str, regions)))}


def _sink(body: JsonObject) -> JsonObject:
    exclusions = [without(fields(each), "createTime", "updateTime") for each in listed(body.get("exclusions"))]
    return {**body, "exclusions": cast("list[JsonValue]", exclusions)}


def _bucket(body: JsonObject) -> JsonObject:
    indexes = [without(fields(each), "createTime") for each in listed(body.get("indexConfigs"))]
    return {
        **body,
        "indexConfigs": cast("list[JsonValue]", sorted(indexes, key=lambda each: string(each.get("fieldPath")))),
    }


def _service(body: JsonObject) -> JsonObject:
    telemetry = fields(body.get("telemetry"))
    own = string(telemetry.get("resourceName")).startswith("//monitoring.googleapis.com/")
    return cast("JsonObject", without(body, "telemetry")) if own else body


_ADJUSTED: Final[Mapping[str, Callable[[JsonObject], JsonObject]]] = {
    tokens.ALERT_POLICY: _policy,
    tokens.LOG_METRIC: _log_metric,
    tokens.UPTIME_CHECK: _uptime,
    tokens.CUSTOM_SERVICE: _service,
    tokens.PROJECT_SINK: _sink,
    tokens.PROJECT_BUCKET: _bucket,
}


def texts(value: object) -> Iterator[str]:
    """Yield every text in a JSON value."""
    if is_fields(value):
        for each in value.values():
            yield from texts(each)
    elif is_list(value):
        for each in value:
            yield from texts(each)
    elif isinstance(value, str):
        yield value
