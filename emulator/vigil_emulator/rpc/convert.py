"""From a request message to the parts of a call: path, query, body."""

from collections.abc import Iterator
from dataclasses import dataclass

from vigil_apimodel.field_names import camel_case
from vigil_apimodel.json_values import JsonObject, JsonValue, child, text
from vigil_emulator.errors import missing_field
from vigil_emulator.rest.discovery import Method
from vigil_emulator.rest.schema import body_name, decode


@dataclass(frozen=True, slots=True)
class Parts:
    """What a call is made of."""

    path: dict[str, str]
    query: dict[str, str]
    body: JsonObject


def parts(method: Method, request: JsonObject) -> Parts:
    """Return the call that a request message in its JSON form stands for.

    Path parameters are fields of the request, or the resource's own `name` in updates; the body is the field that
    REST sends as the body; everything else is the query. Raises ApiError for a missing name and for what the schema
    refuses.
    """
    rest = dict(request)
    name = body_name(method.request) if method.request else None
    field = camel_case(name) if name else None
    body = child(rest, field) if field else {}
    if field:
        rest.pop(field, None)
    path: dict[str, str] = {}
    for place in method.places:
        path[place] = text(rest, place) or text(body, "name")
        rest.pop(place, None)
        if not path[place]:
            raise missing_field(place)
    if method.request is None:
        return Parts(path, dict(_flat(rest)), {})
    if field is None:
        return Parts(path, {}, decode(method.api, method.request, rest))
    return Parts(path, dict(_flat(rest)), decode(method.api, method.request, body))


def _flat(value: JsonObject, prefix: str = "") -> Iterator[tuple[str, str]]:
    for key, item in value.items():
        if isinstance(item, dict):
            yield from _flat(item, f"{prefix}{key}.")
        else:
            yield prefix + key, _written(item)


def _written(value: JsonValue) -> str:
    if isinstance(value, bool):
        return str(value).lower()
    if isinstance(value, list):
        return ",".join(_written(item) for item in value)
    return str(value)
