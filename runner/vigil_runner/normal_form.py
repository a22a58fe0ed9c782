"""The one form in which declared resources are compared: what Google adds, orders or leaves out is no difference.

Renders of two revisions are compared in it, and so is what a program declares with what is deployed.
"""

import json
from collections.abc import Mapping
from typing import Final, cast

from vigil_apimodel import dashboards, tokens
from vigil_apimodel.json_values import JsonObject, JsonValue, child, text
from vigil_runner.wire import APPLIED
from vigil_runner.wire.exchange import compact

DIGEST_LABEL: Final = "vigil-digest"
"""A dashboard's label that changes with every change of the rest, so that it says nothing itself."""

_KEYS: Final = ("name", "key", "fieldPath", "displayName", "topic", "email", "content", "url")
"""Fields that distinguish the elements of a list, the surest first."""
_SETS: Final = frozenset(
    {"notificationChannels", "notificationChannelNames", "labels", "indexConfigs", "exclusions", "restrictedFields"}
)
"""Lists whose order means nothing to the API."""


def normal_form(type_: str, inputs: Mapping[str, JsonValue]) -> JsonObject:
    """Return the inputs of a resource as one canonical value; equal values are one resource to the API.

    The provider's defaults are filled in, empty fields are left out, lists that are sets are sorted. A dashboard's
    document is read: its field `dashboardJson` becomes `dashboard`, in the API's own form without the digest label.
    Values that stand for secrets or unknowns stay as they are. Types that are only recorded keep every field.
    """
    wire = APPLIED.get(type_)
    if wire is None:
        return cast("JsonObject", _ordered(dict(inputs), ""))
    fields = dict(inputs)
    if type_ == tokens.DASHBOARD:
        document = _document(text(fields, "dashboardJson"))
        if document is None:
            return fields
        fields.pop("dashboardJson", None)
        return {**cast("JsonObject", _ordered(fields, "")), "dashboard": document}
    return cast("JsonObject", _ordered(compact(wire.defaults(fields)), ""))


def identity_of(element: JsonObject) -> str | None:
    """Return what distinguishes an element of a list from its neighbours, or None."""
    return next((str(element[key]) for key in _KEYS if isinstance(element.get(key), str)), None)


def _document(written: str) -> JsonObject | None:
    """Return the dashboard's document, None for what is no JSON object, such as a secret's placeholder."""
    try:
        document: object = json.loads(written)
    except json.JSONDecodeError:
        return None
    if not isinstance(document, dict):
        return None
    found = dashboards.canonical(cast("dict[str, object]", document))
    labels = {key: value for key, value in child(found, "labels").items() if key != DIGEST_LABEL}
    return {**found, "labels": labels} if labels else {key: value for key, value in found.items() if key != "labels"}


def _ordered(value: JsonValue, name: str) -> JsonValue:
    if isinstance(value, dict):
        return {key: _ordered(value[key], key) for key in sorted(value)}
    if isinstance(value, list):
        items = [_ordered(item, "") for item in value]
        return sorted(items, key=_rank) if name in _SETS else items
    return value


def _rank(value: JsonValue) -> str:
    return (identity_of(value) or json.dumps(value, sort_keys=True)) if isinstance(value, dict) else json.dumps(value)
