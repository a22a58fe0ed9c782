"""What `terraform show -json` prints: a plan or a state."""

import json
from collections.abc import Iterator
from typing import Final

from vigil_apimodel import tokens
from vigil_apimodel.field_names import camel_case
from vigil_runner.check._found import SECRET, Fields, Found, fields, is_fields, is_list, listed, string, without
from vigil_runner.check._places import Path

TYPES: Final = {
    "google_monitoring_alert_policy": tokens.ALERT_POLICY,
    "google_monitoring_dashboard": tokens.DASHBOARD,
    "google_monitoring_notification_channel": tokens.CHANNEL,
    "google_monitoring_slo": tokens.SLO,
    "google_monitoring_uptime_check_config": tokens.UPTIME_CHECK,
    "google_monitoring_custom_service": tokens.CUSTOM_SERVICE,
    "google_monitoring_service": tokens.GENERIC_SERVICE,
    "google_logging_metric": tokens.LOG_METRIC,
    "google_logging_log_view": tokens.LOG_VIEW,
    "google_logging_linked_dataset": tokens.LINKED_DATASET,
    "google_logging_log_scope": tokens.LOG_SCOPE,
    "google_logging_saved_query": tokens.SAVED_QUERY,
    **{
        f"google_logging_{owner}_{kind}": types[index]
        for kind, types in (
            ("sink", tokens.SINKS),
            ("bucket_config", tokens.BUCKETS),
            ("exclusion", tokens.EXCLUSIONS),
        )
        for index, owner in enumerate(("project", "folder", "organization", "billing_account"))
    },
}
"""Terraform's resource types, as Pulumi's tokens."""

_MAPS = frozenset({"user_labels", "label_extractors", "labels", "headers", "user_labels_all", "resource_labels"})
"""Attributes whose keys are the user's own, unless they hold a list of blocks."""
_COMPUTED = frozenset(
    {"id", "name", "creation_record", "verification_status", "etag", "effective_labels", "terraform_labels"}
)
_DASHBOARD_JSON = "dashboard_json"
_NAMED_BY_SERVER = frozenset(
    {tokens.ALERT_POLICY, tokens.CHANNEL, tokens.DASHBOARD, tokens.UPTIME_CHECK, tokens.SLO, tokens.CUSTOM_SERVICE}
)


def is_terraform(document: Fields) -> bool:
    """Return whether the document is a plan or a state."""
    empty = "format_version" in document and set(document) <= {"format_version", "terraform_version"}
    filled = {"values", "planned_values", "resource_changes"} & set(document)
    return empty or ("terraform_version" in document and bool(filled))


def is_raw_state(document: Fields) -> bool:
    """Return whether the document is a state file as Terraform stores it, secrets and all."""
    return {"terraform_version", "lineage", "resources"} <= set(document)


def read(document: Fields, file: str) -> Iterator[Found]:
    """Yield the resources that will exist after a plan, or exist in a state, of the types that have rules."""
    changes = document.get("resource_changes")
    if is_list(changes):
        for index, change in enumerate(listed(changes)):
            yield from _change(fields(change), file, ("resource_changes", index, "change", "after"))
        return
    top = "planned_values" if "planned_values" in document else "values"
    root = fields(fields(document.get(top)).get("root_module"))
    yield from _module(root, file, (top, "root_module"))


def _change(change: Fields, file: str, place: Path) -> Iterator[Found]:
    type_ = TYPES.get(string(change.get("type")))
    inner = fields(change.get("change"))
    after = inner.get("after")
    if type_ is None or not is_fields(after) or change.get("mode", "managed") != "managed":
        return
    values = fields(_hidden(_hidden(after, inner.get("after_unknown")), inner.get("after_sensitive")))
    before = fields(inner.get("before"))
    if before.get(_DASHBOARD_JSON) == values.get(_DASHBOARD_JSON):
        values = _as_written(values)
    yield _found(type_, string(change.get("address")), values, file, place)


def _module(module: Fields, file: str, place: Path) -> Iterator[Found]:
    for index, each in enumerate(listed(module.get("resources"))):
        resource = fields(each)
        type_ = TYPES.get(string(resource.get("type")))
        if type_ is None or resource.get("mode", "managed") != "managed":
            continue
        values = _as_written(fields(_hidden(resource.get("values"), resource.get("sensitive_values"))))
        at = (*place, "resources", index, "values")
        yield _found(type_, string(resource.get("address")), values, file, at)
    for index, each in enumerate(listed(module.get("child_modules"))):
        yield from _module(fields(each), file, (*place, "child_modules", index))


def _found(type_: str, address: str, values: Fields, file: str, place: Path) -> Found:
    inputs = fields(_camel({key: value for key, value in values.items() if _settable(type_, key)}))
    known = string(values.get("id"))
    return Found(
        type=type_,
        name=address,
        inputs=inputs,
        file=file,
        place=place,
        id="" if known == SECRET else known,
        deployed=True,
    )


def _as_written(values: Fields) -> Fields:
    """The attributes of a state, with a dashboard's JSON as somebody wrote it.

    Google's provider keeps the server's whole answer there, and compares it without these two fields
    (terraform-provider-google, resource_monitoring_dashboard.go).
    """
    try:
        answer = fields(json.loads(string(values.get(_DASHBOARD_JSON))))
    except ValueError:
        return values
    return {**values, _DASHBOARD_JSON: json.dumps(without(answer, "etag", "name"))} if answer else values


def _settable(type_: str, key: str) -> bool:
    """Whether the program gives the attribute; the server names what `name` is not given for."""
    return key not in _COMPUTED or (key == "name" and type_ not in _NAMED_BY_SERVER)


def _hidden(value: object, flags: object) -> object:
    """The value with what is flagged (unknown or sensitive) replaced by what the rules pass over."""
    if flags is True:
        return SECRET
    if is_fields(flags):
        known = fields(value)
        hidden = fields(flags)
        return {**known, **{key: _hidden(known.get(key), flag) for key, flag in hidden.items() if _any(flag)}}
    if is_list(flags):
        items, marks = listed(value), listed(flags)
        items += [None] * (len(marks) - len(items))
        return [_hidden(item, marks[index] if index < len(marks) else None) for index, item in enumerate(items)]
    return value


def _any(flags: object) -> bool:
    if is_fields(flags):
        return any(_any(each) for each in fields(flags).values())
    if is_list(flags):
        return any(_any(each) for each in listed(flags))
    return flags is True


def _camel(values: Fields) -> Fields:
    """The attributes as Pulumi writes them; Terraform's state has null, "" and [] for what was not given."""
    found: Fields = {}
    for key, value in values.items():
        if value is None or value in ("", [], {}):
            continue
        found[camel_case(key)] = value if key in _MAPS and is_fields(value) else _value(value)
    if found.get("count") and found.get("percent") == 0:  # an unset number of a trigger reads 0 in the state
        del found["percent"]
    if found.get("percent") and found.get("count") == 0:
        del found["count"]
    return found


def _value(value: object) -> object:
    if is_fields(value):
        return _camel(fields(value))
    if is_list(value):
        return [SECRET if each is None else _value(each) for each in listed(value)]
    return value
