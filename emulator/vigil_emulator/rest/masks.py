"""Field masks: `updateMask` on changes, `fields` on responses."""

import copy
import re
from collections.abc import Sequence
from typing import Any, cast

from vigil_apimodel.dashboards import SEEN
from vigil_apimodel.field_names import snake_case
from vigil_apimodel.json_values import JsonObject, JsonValue
from vigil_emulator.errors import ApiError, invalid_argument
from vigil_emulator.rest.discovery import document


def parse_update_mask(text: str, api: str, schema: str) -> list[tuple[str, ...]] | None:
    """Return the paths of a mask in JSON spelling; None for a full update.

    That is what no mask, an empty one and `*` ask for. Both spellings are taken (`display_name`, `displayName`).
    Raises ApiError INVALID_ARGUMENT for an unknown path.
    """
    paths = [path.strip() for path in text.split(",") if path.strip()]
    if not paths or paths == ["*"]:
        return None
    return [_path(path, api, schema) for path in paths]


def apply_update_mask(before: JsonObject, body: JsonObject, paths: Sequence[tuple[str, ...]]) -> JsonObject:
    """Return `before` with each path's value replaced by the body's; a path that the body leaves out is cleared."""
    after = copy.deepcopy(before)
    for path in paths:
        _set(after, path, _get(body, path))
    return after


def select(value: JsonValue, fields: str) -> JsonValue:
    """Return what `fields` asks for: `a,b(c,d/e)`, `*` for all. Raises ApiError if it does not parse."""
    tokens = re.findall(r"[A-Za-z0-9_@.$\-]+|[*,/()]", fields)
    if "".join(tokens) != re.sub(r"\s", "", fields):
        raise _invalid_selection(fields)
    tree, rest = _selection(tokens, fields)
    if rest:
        raise _invalid_selection(fields)
    return _pick(value, tree)


def _path(path: str, api: str, schema: str) -> tuple[str, ...]:
    schemas = cast("dict[str, dict[str, Any]]", document(api)["schemas"])
    current: str | None = schema
    found: list[str] = []
    for part in path.replace("`", "").split("."):
        if current is None:  # inside a map or a message without a schema: any key
            found.append(part)
            continue
        properties = cast("dict[str, dict[str, Any]]", schemas[current].get("properties", {}))
        names = {spelling: name for name in properties for spelling in (name, snake_case(name))}
        names |= {spelling: name for name in SEEN.get(current, ()) for spelling in (name, snake_case(name))}
        if part not in names:
            raise invalid_argument(
                f"Invalid value at 'update_mask' (type.googleapis.com/google.protobuf.FieldMask), Field '{path}'"
                " could not be"
                f" found in {schema}.",
            )
        found.append(names[part])
        current = cast("str | None", properties.get(names[part], {}).get("$ref"))
    return tuple(found)


def _get(body: JsonObject, path: Sequence[str]) -> JsonValue:
    value: JsonValue = body
    for part in path:
        value = value.get(part) if isinstance(value, dict) else None
    return copy.deepcopy(value)


def _set(body: JsonObject, path: Sequence[str], value: JsonValue) -> None:
    *parents, last = path
    node = body
    for part in parents:
        inner = node.get(part)
        if not isinstance(inner, dict):
            if value is None:
                return
            inner = node[part] = cast("JsonObject", {})
        node = inner
    if value is None:
        node.pop(last, None)
    else:
        node[last] = value


Selection = dict[str, "Selection"]


def _selection(tokens: list[str], fields: str) -> tuple[Selection, list[str]]:
    tree: Selection = {}
    while True:
        if not tokens or tokens[0] in {",", "/", "(", ")"}:
            raise _invalid_selection(fields)
        names, tokens = tokens[0].split("."), tokens[1:]
        node = tree
        for name in names:
            node = node.setdefault(name, {})
        while tokens and tokens[0] == "/":
            if len(tokens) == 1:
                raise _invalid_selection(fields)
            node, tokens = node.setdefault(tokens[1], {}), tokens[2:]
        if tokens and tokens[0] == "(":
            inner, tokens = _selection(tokens[1:], fields)
            if not tokens or tokens[0] != ")":
                raise _invalid_selection(fields)
            node.update(inner)
            tokens = tokens[1:]
        if not tokens or tokens[0] != ",":
            return tree, tokens
        tokens = tokens[1:]


def _pick(value: JsonValue, tree: Selection) -> JsonValue:
    if not tree:
        return value
    if isinstance(value, list):
        return [_pick(item, tree) for item in value]
    if not isinstance(value, dict):
        return value
    every = tree.get("*")
    picked: JsonObject = {}
    for key, item in value.items():
        inner = tree.get(key, every)
        if inner is not None:
            picked[key] = _pick(item, inner)
    return picked


def _invalid_selection(fields: str) -> ApiError:
    return invalid_argument(f"Request contains an invalid argument: invalid field selection {fields}")
