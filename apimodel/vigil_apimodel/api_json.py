"""The API's own JSON: which resource it is, and the wire inputs that Pulumi sends for it."""

import json
import re
from collections.abc import Callable, Iterator, Mapping
from typing import Final, TypeAlias

from vigil_apimodel import tokens
from vigil_apimodel.field_names import camel_case
from vigil_apimodel.json_fields import Fields, fields, is_fields, is_list, listed, string, without
from vigil_apimodel.rules import UNKNOWN

SERVER_SET: Final = (
    "creationRecord",
    "creationRecords",
    "mutationRecord",
    "mutationRecords",
    "createTime",
    "updateTime",
    "etag",
    "version",
    "verificationStatus",
    "validity",
    "lifecycleState",
)
"""Fields that the server sets and nobody writes."""
_SECRET_LABELS: Final = {"auth_token": "authToken", "password": "password", "service_key": "serviceKey"}
_DAY_SECONDS = 86_400
_PLURAL: Final = {
    "location": "locations",
    "method": "methods",
    "notificationChannelStrategy": "notificationChannelStrategies",
    "version": "versions",
}
SINGULAR: Final = {plural: name for name, plural in _PLURAL.items()}
"""Lists of basic indicators and policies that Pulumi names in the plural, with the API's name."""
_OWNERS: Final = {"folders": "folder", "organizations": "organization", "billingAccounts": "billingAccount"}
SHARED_WRITER: Final = "serviceAccount:cloud-logs@system.gserviceaccount.com"
"""The account that writes for every sink without a unique writer."""


_OWN_KEYS: Final = frozenset({"labels", "userLabels", "labelExtractors", "headers", "serviceLabels"})
"""Maps whose keys are the user's (`additionalProperties` in the APIs' descriptions)."""


def in_camel_case(value: object) -> object:
    """Return a value of the API's JSON with `displayName` for `display_name`, which Google takes as well.

    Google's clients for Python can write the names of the protos. A field that is there by both
    names keeps both.
    """
    if is_list(value):
        return [in_camel_case(each) for each in value]
    if not is_fields(value):
        return value
    found: Fields = {}
    for key, each in value.items():
        name = camel_case(key)
        found[key if name in value else name] = each if _is_own(name, each) else in_camel_case(each)
    return found


def named_twice(value: object, place: str = "") -> Iterator[tuple[str, str]]:
    """Yield each field that is there by both of its names: where its proto's name stands, and its name in JSON."""
    for key, each in value.items() if is_fields(value) else ():
        name = camel_case(key)
        if name != key and name in fields(value):
            yield f"{place}{key}", name
        if not _is_own(name, each):
            yield from named_twice(each, f"{place}{key}.")
    for index, each in enumerate(listed(value)):
        yield from named_twice(each, f"{place.removesuffix('.')}[{index}].")


def _is_own(name: str, value: object) -> bool:
    """Whether the keys of a field's value are the user's; the `labels` of a descriptor are a list of messages."""
    return name in _OWN_KEYS and is_fields(value)


def kind_of(body: Mapping[str, object]) -> str | None:
    """Return the type token of a resource in the API's JSON, None for anything else."""
    return next((kind(string(body.get("name"))) for fits, kind in _KINDS if fits(body)), None)


def _by_owner(name: str, types: tuple[str, ...]) -> str:
    owners = ("projects/", "folders/", "organizations/", "billingAccounts/")
    return next((type_ for owner, type_ in zip(owners, types, strict=True) if name.startswith(owner)), types[0])


def _plain_metric(body: Mapping[str, object]) -> bool:
    """Whether this is a log-based metric that only counts: a name and a filter."""
    return set(body) - {"description", "createTime", "updateTime", "version", "resourceName"} == {"name", "filter"}


def _has(*keys: str) -> Callable[[Mapping[str, object]], bool]:
    return lambda body: not body.keys().isdisjoint(keys)


def _is(token: str) -> Callable[[str], str]:
    return lambda _name: token


def _named(*parts: str) -> Callable[[Mapping[str, object]], bool]:
    return lambda body: all(part in string(body.get("name")) for part in parts)


_Recognizer: TypeAlias = "tuple[Callable[[Mapping[str, object]], bool], Callable[[str], str]]"
_KINDS: Final[tuple[_Recognizer, ...]] = (
    (
        lambda body: is_list(body.get("conditions")) and ("combiner" in body or "displayName" in body),
        _is(tokens.ALERT_POLICY),
    ),
    (_has("mosaicLayout", "gridLayout", "rowLayout", "columnLayout"), _is(tokens.DASHBOARD)),
    (_has("serviceLevelIndicator"), _is(tokens.SLO)),
    (_has("httpCheck", "tcpCheck", "syntheticMonitor"), _is(tokens.UPTIME_CHECK)),
    (_has("destination"), lambda name: _by_owner(name, tokens.SINKS)),
    (_named("/buckets/", "/views/"), _is(tokens.LOG_VIEW)),
    (
        lambda body: "retentionDays" in body or _named("/buckets/")(body),
        lambda name: _by_owner(name, tokens.BUCKETS),
    ),
    (
        lambda body: (
            "filter" in body and _has("metricDescriptor", "labelExtractors", "valueExtractor", "bucketOptions")(body)
        ),
        _is(tokens.LOG_METRIC),
    ),
    (_has("loggingQuery"), _is(tokens.SAVED_QUERY)),
    (_named("/logScopes/"), _is(tokens.LOG_SCOPE)),
    (lambda body: "type" in body and is_fields(body.get("labels")), _is(tokens.CHANNEL)),
    (lambda body: "displayName" in body and _has("custom", "telemetry")(body), _is(tokens.CUSTOM_SERVICE)),
    (lambda body: {"filter", "disabled"} <= set(body), lambda name: _by_owner(name, tokens.EXCLUSIONS)),
    (_plain_metric, _is(tokens.LOG_METRIC)),
)
"""How each kind is recognised by its fields and name, and its token by its name; the first that fits counts."""


def name_of(body: Mapping[str, object]) -> str:
    """Return what people call the resource: its display name, or its name."""
    return string(body.get("displayName")) or string(body.get("name")) or "unnamed"


def deployed(body: Mapping[str, object]) -> bool:
    """Return whether this is a server's answer, which has a full name."""
    name = string(body.get("name"))
    return name.startswith("projects/") and "${" not in name


def wire(kind: str, body: Fields) -> Fields:
    """Return the wire inputs of a resource, without what the server sets. Secrets read as unknown."""
    inputs = written(kind, body)
    if "sensitiveLabels" in inputs:
        inputs["sensitiveLabels"] = dict.fromkeys(fields(inputs["sensitiveLabels"]), UNKNOWN)
    check = fields(inputs.get("httpCheck"))
    if "authInfo" in check:
        check = {**check, "authInfo": {**fields(check["authInfo"]), "password": UNKNOWN}}
    if check.get("maskHeaders"):
        check = {**check, "headers": dict.fromkeys(fields(check.get("headers")), UNKNOWN)}
    return {**inputs, **({"httpCheck": check} if check else {})}


def written(kind: str, body: Fields) -> Fields:
    """Return the wire inputs as `wire` does, with secrets as they are written; one that is masked reads as unknown."""
    plain = without(body, *SERVER_SET)
    return _FORMS.get(kind, lambda each: without(each, "name"))(plain)


def _dashboard(body: Fields) -> Fields:
    return {"dashboardJson": json.dumps(without(body, "name"))}


def _policy(body: Fields) -> Fields:
    conditions = [_condition(without(fields(each), "name")) for each in listed(body.get("conditions"))]
    strategy = {_PLURAL.get(key, key): value for key, value in fields(body.get("alertStrategy")).items()}
    return {
        **without(body, "name"),
        **({"conditions": conditions} if "conditions" in body else {}),
        **({"alertStrategy": strategy} if "alertStrategy" in body else {}),
    }


def _condition(body: Fields) -> Fields:
    """The API writes an int64 as text, here the only one of a policy."""
    sql = fields(body.get("conditionSql"))
    rows = fields(sql.get("rowCountTest"))
    threshold = rows.get("threshold")
    if not isinstance(threshold, str) or not re.fullmatch(r"-?\d{1,19}", threshold):
        return body
    return {**body, "conditionSql": {**sql, "rowCountTest": {**rows, "threshold": int(threshold)}}}


def _log_metric(body: Fields) -> Fields:
    descriptor = without(fields(body.get("metricDescriptor")), "name", "type", "description", "monitoredResourceTypes")
    name = string(body.get("name")).rpartition("/metrics/")[2]
    return {
        **without(body, "resourceName", "metricDescriptor"),
        **({"name": name} if name else {}),
        **({"metricDescriptor": descriptor} if descriptor else {}),
    }


def _channel(body: Fields) -> Fields:
    labels = fields(body.get("labels"))
    sensitive = {_SECRET_LABELS[key]: _unmasked(value) for key, value in labels.items() if key in _SECRET_LABELS}
    open_ = {key: value for key, value in labels.items() if key not in _SECRET_LABELS}
    secret = {**fields(body.get("sensitiveLabels")), **sensitive}
    return {**without(body, "name"), "labels": open_, **({"sensitiveLabels": secret} if secret else {})}


def _sink(body: Fields) -> Fields:
    name = string(body.get("name")).rpartition("/sinks/")[2]
    own_writer = body.get("writerIdentity") != SHARED_WRITER
    options = without(fields(body.get("bigqueryOptions")), "usesTimestampColumnPartitioning")
    return {
        **without(body, "writerIdentity", "bigqueryOptions", "resourceName"),
        "uniqueWriterIdentity": own_writer,
        **({"name": name} if name else {}),
        **({"bigqueryOptions": options} if options else {}),
    }


def _bucket(body: Fields) -> Fields:
    found = re.fullmatch(r"([^/]+/[^/]+)/locations/([^/]+)/buckets/([^/]+)", string(body.get("name")))
    if not found:
        return without(body, "name")
    if found[3] == "_Required":  # Google's own bucket is in every project; whoever lists it changes nothing
        return {}
    collection, _, owner = found[1].partition("/")
    owned = {"project": owner} if collection == "projects" else {_OWNERS.get(collection, collection): found[1]}
    analytics = {"enableAnalytics": True} if body.get("analyticsEnabled") else {}
    settings = without(body, "name", "analyticsEnabled", "indexConfigs")
    indexes = [without(fields(each), "createTime") for each in listed(body.get("indexConfigs"))]
    indexed = {"indexConfigs": indexes} if indexes else {}
    return {**settings, **indexed, **analytics, **owned, "location": found[2], "bucketId": found[3]}


def _view(body: Fields) -> Fields:
    bucket, _, name = string(body.get("name")).partition("/views/")
    return {**body, "name": name or bucket, "bucket": bucket}


def _slo(body: Fields) -> Fields:
    indicator = fields(body.get("serviceLevelIndicator"))
    renamed = {"requestBased": "requestBasedSli", "windowsBased": "windowsBasedSli", "basicSli": "basicSli"}
    if "basicSli" in indicator:
        indicator = {**indicator, "basicSli": _basic(fields(indicator["basicSli"]))}
    windows = fields(indicator.get("windowsBased"))
    threshold = fields(windows.get("goodTotalRatioThreshold"))
    if "basicSliPerformance" in threshold:
        threshold = {**threshold, "basicSliPerformance": _basic(fields(threshold["basicSliPerformance"]))}
        indicator = {**indicator, "windowsBased": {**windows, "goodTotalRatioThreshold": threshold}}
    period = re.fullmatch(r"([0-9.]+)s", string(body.get("rollingPeriod")))
    days = float(period[1]) / _DAY_SECONDS if period else 0.0
    parent, _, identifier = string(body.get("name")).partition("/serviceLevelObjectives/")
    return {
        **without(body, "name", "serviceLevelIndicator", "rollingPeriod"),
        **{renamed.get(key, key): value for key, value in indicator.items()},
        **({"rollingPeriodDays": int(days) if days.is_integer() else days} if period else {}),
        **({"sloId": identifier, "service": parent.rpartition("/")[2]} if identifier else {}),
    }


def _basic(sli: Fields) -> Fields:
    """Availability is an empty message to the API; Pulumi names lists in the plural."""
    named = {_PLURAL.get(key, key): value for key, value in sli.items()}
    return {**named, "availability": {"enabled": True}} if "availability" in named else named


def _service(body: Fields) -> Fields:
    """The API marks a custom service by an empty message, which the provider does not have."""
    identifier = string(body.get("name")).rpartition("/")[2]
    return {**without(body, "name", "custom"), **({"serviceId": identifier} if identifier else {})}


def _uptime(body: Fields) -> Fields:
    check = fields(body.get("httpCheck"))
    auth = fields(check.get("authInfo"))
    if "password" in auth:
        check = {**check, "authInfo": {**auth, "password": _unmasked(auth["password"])}}
    if check.get("maskHeaders"):
        check = {**check, "headers": {key: _unmasked(each) for key, each in fields(check.get("headers")).items()}}
    return {**without(body, "name"), **({"httpCheck": check} if check else {})}


def _unmasked(value: object) -> object:
    """The value, or what stands for one that is not known where the server shows asterisks."""
    return UNKNOWN if isinstance(value, str) and "**" in value else value


def _located(body: Fields) -> Fields:
    found = re.fullmatch(r"([^/]+/[^/]+)/locations/([^/]+)/[^/]+/([^/]+)", string(body.get("name")))
    return {**body, "parent": found[1], "location": found[2], "name": found[3]} if found else body


_FORMS: Final[Mapping[str, Callable[[Fields], Fields]]] = {
    tokens.ALERT_POLICY: _policy,
    tokens.DASHBOARD: _dashboard,
    tokens.LOG_METRIC: _log_metric,
    tokens.CHANNEL: _channel,
    tokens.LOG_VIEW: _view,
    tokens.SLO: _slo,
    tokens.CUSTOM_SERVICE: _service,
    tokens.UPTIME_CHECK: _uptime,
    tokens.SAVED_QUERY: _located,
    tokens.LOG_SCOPE: _located,
    **dict.fromkeys(tokens.SINKS, _sink),
    **dict.fromkeys(tokens.BUCKETS, _bucket),
    **dict.fromkeys(
        tokens.EXCLUSIONS, lambda body: {**body, "name": string(body.get("name")).rpartition("/exclusions/")[2]}
    ),
}
"""How each kind becomes wire inputs; where none is given the name is dropped."""
