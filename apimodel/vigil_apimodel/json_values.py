"""JSON values, and readers of objects of unknown shape: a value of another type reads as empty."""

from collections.abc import Iterable, Mapping, Sequence
from typing import TypeAlias, cast

JsonValue: TypeAlias = "bool | int | float | str | list[JsonValue] | dict[str, JsonValue] | None"
JsonObject: TypeAlias = dict[str, "JsonValue"]

NO_OBJECT: JsonObject = {}
_DEEPEST = 100
"""Levels of a message that Google reads (https://protobuf.dev/programming-guides/proto-limits/)."""


def child(body: Mapping[str, JsonValue], name: str) -> JsonObject:
    """Return the object under a name, empty where there is none."""
    value = body.get(name)
    return value if isinstance(value, dict) else NO_OBJECT


def children(body: Mapping[str, JsonValue], name: str) -> list[JsonObject]:
    """Return the objects of the list under a name."""
    value = body.get(name)
    return [item for item in value if isinstance(item, dict)] if isinstance(value, list) else []


def text(body: Mapping[str, JsonValue], name: str, default: str = "") -> str:
    """Return the string under a name."""
    value = body.get(name)
    return value if isinstance(value, str) else default


def texts(body: Mapping[str, JsonValue], name: str) -> list[str]:
    """Return the strings of the list under a name."""
    value = body.get(name)
    return [item for item in value if isinstance(item, str)] if isinstance(value, list) else []


def text_map(body: Mapping[str, JsonValue], name: str) -> dict[str, str]:
    """Return the string-to-string map under a name."""
    return {key: value for key, value in child(body, name).items() if isinstance(value, str)}


def flag(body: Mapping[str, JsonValue], name: str, *, default: bool = False) -> bool:
    """Return the boolean under a name."""
    value = body.get(name)
    return value if isinstance(value, bool) else default


def json_list(items: Sequence[JsonObject]) -> list[JsonValue]:
    """Return a list of objects as a JSON value."""
    return list(items)


def copied(value: JsonValue) -> JsonValue:
    """Return a JSON value that shares no object and no list with this one. Far faster than `copy.deepcopy`."""
    if isinstance(value, dict):
        return {name: copied(item) if isinstance(item, dict | list) else item for name, item in value.items()}
    if isinstance(value, list):
        return [copied(item) if isinstance(item, dict | list) else item for item in value]
    return value


def copied_object(body: JsonObject) -> JsonObject:
    """Return an object that shares no object and no list with this one."""
    return {name: copied(item) if isinstance(item, dict | list) else item for name, item in body.items()}


def is_too_deep(value: object) -> bool:
    """Return whether a value is nested deeper than any message. Python 3.12 and newer parse nearly any depth."""
    level = [value]
    for _ in range(_DEEPEST):
        level = [inner for each in level for inner in _inner(each)]
        if not level:
            return False
    return True


def _inner(value: object) -> Iterable[object]:
    if isinstance(value, dict):
        return cast("dict[object, object]", value).values()
    return cast("list[object]", value) if isinstance(value, list) else ()


def json_map(items: Mapping[str, str]) -> JsonObject:
    """Return a string map as a JSON object."""
    return dict(items)
