"""The one form of a dashboard document."""

import hashlib
import json
from collections.abc import Mapping
from typing import cast

from vigil_apimodel.dashboards import defaults
from vigil_apimodel.json_values import JsonObject, JsonValue

_ABSENT = object()


def canonical(document: Mapping[str, object]) -> JsonObject:
    """Return the document as the API serves it, with sorted keys: without null, `name` and `etag`.

    Idempotent, and two documents with one canonical form are one dashboard to the API. The defaults that are left out,
    and the ones that are written because the API writes them, are listed in `vigil_apimodel.dashboards.defaults`;
    everything else stays. Numbers that are whole are written as integers, 64-bit integers as text, as in the API's
    answers. The argument is not changed.
    """
    found = {key: value for key, value in document.items() if key not in defaults.SERVER_SET}
    return _message(found, "", "")


def digest_of_form(form: JsonObject) -> str:
    """Return the SHA-256 of a canonical form, 12 hexadecimal digits; it changes whenever the dashboard does.

    Google's provider compares only keys that the new document has, so that a removed key is no change to it. The
    digest, written into a label of the dashboard, makes it one.
    """
    text = json.dumps(form, sort_keys=True, separators=(",", ":"), ensure_ascii=False)
    return hashlib.sha256(text.encode()).hexdigest()[:12]


def _message(message: Mapping[str, object], name: str, parent: str) -> JsonObject:
    """The fields that the API serves of the message in the field `name`, itself in a message in the field `parent`."""
    result: JsonObject = {}
    for key in sorted(message):
        value = _field(name, key, message[key])
        if value is not _ABSENT:
            result[key] = cast("JsonValue", value)
    if not result and name in defaults.EMPTY_MESSAGE:
        return result
    added = cast("JsonObject", dict(defaults.ADDED.get((parent, name), {})))
    return dict(sorted({**added, **result}.items()))


def _field(parent: str, key: str, value: object) -> object:
    """Return the field's value, or _ABSENT where the API would not serve it."""
    if value is None:
        return _ABSENT
    if isinstance(value, Mapping):
        inner = cast("Mapping[str, object]", value)
        form = {name: inner[name] for name in sorted(inner)} if key in defaults.MAPS else _message(inner, key, parent)
        return _ABSENT if not form and key in defaults.EMPTY_MESSAGE else form
    if isinstance(value, list):
        return [_element(key, element, parent) for element in cast("list[object]", value)] or _ABSENT
    if _is_default(key, value):
        return _ABSENT
    return _scalar(f"{parent}.{key}", value)


def _element(key: str, element: object, parent: str) -> object:
    if isinstance(element, Mapping):
        return _message(cast("Mapping[str, object]", element), key, parent)
    if isinstance(element, list):
        return [_element(key, inner, parent) for inner in cast("list[object]", element)]
    return _scalar("", element)


def _is_default(key: str, value: object) -> bool:
    if isinstance(value, bool):
        return not value and key in defaults.FALSE
    if isinstance(value, int | float):
        return value == 0 and key in defaults.ZERO
    return value in defaults.TEXTS.get(key, ())


def _scalar(path: str, value: object) -> object:
    if isinstance(value, bool):
        return value
    if isinstance(value, float) and value.is_integer():
        value = int(value)
    return str(value) if isinstance(value, int) and path in defaults.INT64_TEXT else value
