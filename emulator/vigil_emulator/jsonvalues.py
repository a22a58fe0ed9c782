"""Reading JSON of unknown shape: what is not of the asked type reads as empty."""

from collections.abc import Mapping, Sequence

from vigil_emulator.calls import JsonObject, JsonValue
from vigil_emulator.errors import ApiError
from vigil_emulator.numerals import real

NO_OBJECT: JsonObject = {}


def child(body: Mapping[str, JsonValue], name: str) -> JsonObject:
    """The object under a name, empty where there is none."""
    value = body.get(name)
    return value if isinstance(value, dict) else NO_OBJECT


def children(body: Mapping[str, JsonValue], name: str) -> list[JsonObject]:
    """The objects of the list under a name."""
    value = body.get(name)
    return [item for item in value if isinstance(item, dict)] if isinstance(value, list) else []


def text(body: Mapping[str, JsonValue], name: str, default: str = "") -> str:
    """The string under a name."""
    value = body.get(name)
    return value if isinstance(value, str) else default


def texts(body: Mapping[str, JsonValue], name: str) -> list[str]:
    """The strings of the list under a name."""
    value = body.get(name)
    return [item for item in value if isinstance(item, str)] if isinstance(value, list) else []


def text_map(body: Mapping[str, JsonValue], name: str) -> dict[str, str]:
    """The string-to-string map under a name."""
    return {key: value for key, value in child(body, name).items() if isinstance(value, str)}


def flag(body: Mapping[str, JsonValue], name: str, *, default: bool = False) -> bool:
    """The boolean under a name."""
    value = body.get(name)
    return value if isinstance(value, bool) else default


def number(body: Mapping[str, JsonValue], name: str, default: float = 0.0) -> float:
    """The number under a name; int64 values are strings in Google's JSON. Raise ApiError where it is neither."""
    value = body.get(name)
    if value is None:
        return default
    read = real(value) if isinstance(value, (int, float, str)) and not isinstance(value, bool) else None
    if read is not None:
        return read
    raise ApiError("INVALID_ARGUMENT", f'Field {name} had an invalid value of "{value}": a number is needed')


def json_list(items: Sequence[JsonObject]) -> list[JsonValue]:
    """A list of objects as a JSON value."""
    return list(items)


def json_map(items: Mapping[str, str]) -> JsonObject:
    """A string map as a JSON object."""
    return dict(items)
