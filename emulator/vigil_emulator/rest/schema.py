"""Requests and responses in proto3's JSON form, by the schemas of the discovery documents.

``decode`` does to a request body what Google's front end does: accepts both spellings of names and of enum values,
refuses what the schema does not know with Google's words, and leaves out what proto3 does not keep. ``encode`` writes
a response in the dialect with enum numbers; the one with names is the form that everything here is in.
"""

import base64
import binascii
import math
import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from functools import cache
from typing import Any, TypeAlias, cast

from vigil_emulator.calls import JsonObject, JsonValue
from vigil_emulator.errors import ApiError
from vigil_emulator.rest.discovery import document
from vigil_emulator.rest.presence import BODY_NAMES, NUMBERS, ONE_OF, PRESENT, UNNAMED
from vigil_emulator.times import format_duration, format_time, parse_duration, parse_time

MAX_DEPTH = 100
"""Messages inside messages that protobuf's JSON parser takes (``protobuf/src/google/protobuf/json``)."""

Where: TypeAlias = "tuple[Where, str] | None"
"""A path into the body, innermost part last: ``((None, "alert_policy"), "display_name")``."""

_INTEGERS = {
    "int32": (-(2**31), 2**31 - 1),
    "uint32": (0, 2**32 - 1),
    "int64": (-(2**63), 2**63 - 1),
    "uint64": (0, 2**64 - 1),
}


@dataclass
class Problems:
    """What is wrong with a body, found in one pass, as ``google.rpc.BadRequest`` lists it."""

    violations: list[tuple[str, str]] = field(default_factory=list["tuple[str, str]"])

    def add(self, where: Where, description: str) -> None:
        """Notes a problem at a path."""
        self.violations.append((_text(where), description))

    def unknown(self, where: Where, name: str, why: str = "Cannot find field.") -> None:
        """Notes a name that the schema does not have."""
        at = f" at '{_text(where)}'" if where else ""
        self.add(where, f'Invalid JSON payload received. Unknown name "{name}"{at}: {why}')

    def invalid(self, where: Where, type_name: str, value: JsonValue) -> None:
        """Notes a value that its field's type does not take."""
        shown = (
            f'"{value}"' if isinstance(value, str) else str(value).lower() if isinstance(value, bool) else str(value)
        )
        self.add(where, f"Invalid value at '{_text(where)}' ({type_name}), {shown[:200]}")

    def check(self) -> None:
        """Raises ApiError INVALID_ARGUMENT when there is any."""
        if not self.violations:
            return
        violations: list[JsonValue] = [
            {"field": where, "description": text} if where else {"description": text} for where, text in self.violations
        ]
        details: JsonObject = {"@type": "type.googleapis.com/google.rpc.BadRequest", "fieldViolations": violations}
        raise ApiError("INVALID_ARGUMENT", "\n".join(text for _, text in self.violations), details=[details])


Decoder: TypeAlias = Callable[[JsonValue, Where, Problems, int], JsonValue]
"""``(value, where, problems, depth) -> value as it is kept``."""


@dataclass(frozen=True, slots=True)
class Field:
    """One field of a schema, ready to decode."""

    name: str
    snake: str
    decode: Decoder
    default: JsonValue
    has_default: bool


def snake_case(name: str) -> str:
    """The proto's spelling of a JSON name: ``displayName`` is ``display_name``."""
    return re.sub(r"([A-Z])", lambda found: "_" + found[1].lower(), name)


def body_name(schema: str) -> str | None:
    """The field of the request that a body of this schema is; None where the body is the whole request."""
    if schema.endswith("Request"):
        return None
    return BODY_NAMES.get(schema, snake_case(schema[0].lower() + schema[1:]))


def decode(api: str, schema: str, body: JsonValue) -> JsonObject:
    """A request body as it is kept. Raises ApiError INVALID_ARGUMENT that names every problem in Google's words."""
    problems = Problems()
    name = body_name(schema)
    decoded = message(api, schema)(body, (None, name) if name else None, problems, 0)
    problems.check()
    return cast("JsonObject", decoded)


def encode(api: str, schema: str, value: JsonValue) -> JsonValue:
    """The value with enum numbers for enum names."""
    if not isinstance(value, dict):
        return value
    properties = _properties(api, schema)
    return {name: _encode_property(api, schema, name, properties.get(name), item) for name, item in value.items()}


@cache
def message(api: str, schema: str) -> Decoder:
    """The decoder of a schema. KeyError if the document has no such schema."""
    fields: dict[str, Field] = {}
    exclusive = {name: one_of for one_of, names in ONE_OF.get(schema, {}).items() for name in names}

    def decode_message(value: JsonValue, where: Where, problems: Problems, depth: int) -> JsonValue:
        if not isinstance(value, dict):
            _not_a_message(value, where, problems)
            return {}
        if depth > MAX_DEPTH:
            problems.add(
                where, f"Message too deep. Max recursion depth reached for key '{_text(where).rpartition('.')[2]}'"
            )
            return {}
        if not fields:
            fields.update(_fields(api, schema))
        kept: JsonObject = {}
        chosen: dict[str, str] = {}
        for key, item in value.items():
            found = fields.get(key)
            if found is None:
                problems.unknown(where, key)
                continue
            if item is None:
                continue
            if exclusive and (one_of := exclusive.get(found.name)):
                if one_of in chosen and chosen[one_of] != found.name:
                    problems.add(
                        where,
                        f"Invalid value at '{_text(where)}' (oneof), oneof field '{one_of}' is already set."
                        f" Cannot set '{found.name}'",
                    )
                chosen[one_of] = found.name
            decoded = found.decode(item, (where, found.snake), problems, depth + 1)
            if not (found.has_default and decoded == found.default):
                kept[found.name] = decoded
        return kept

    _properties(api, schema)
    return decode_message


def _fields(api: str, schema: str) -> dict[str, Field]:
    fields: dict[str, Field] = {}
    for name, declared in _properties(api, schema).items():
        one = _field(api, schema, name, declared)
        fields[name] = fields[one.snake] = one
    for name in UNNAMED.get(schema, ()):
        fields[name] = fields[snake_case(name)] = Field(name, snake_case(name), _unnamed, None, has_default=True)
    return fields


def _field(api: str, schema: str, name: str, declared: Mapping[str, Any]) -> Field:
    snake = snake_case(name)
    if declared.get("type") == "array":
        return Field(name, snake, _list_of(_single(api, schema, name, declared["items"])), [], has_default=True)
    if declared.get("type") == "object" and "additionalProperties" in declared:
        values = cast("Mapping[str, Any]", declared["additionalProperties"])
        if values.get("type") == "any":  # google.protobuf.Struct or Any: messages, so present when empty
            return Field(name, snake, _struct, None, has_default=False)
        return Field(name, snake, _map_of(_single(api, schema, name, values)), {}, has_default=True)
    scalar = _single(api, schema, name, declared)
    default = _default(schema, name, declared)
    present = default is None or (schema, name) in PRESENT
    return Field(name, snake, scalar, default, has_default=not present)


def _default(schema: str, name: str, declared: Mapping[str, Any]) -> JsonValue:
    if "enum" in declared:
        return next((value for value, number in enum_numbers(schema, name, declared).items() if number == 0), None)
    kind, fmt = declared.get("type"), declared.get("format")
    if fmt in {"google-datetime", "google-duration", "google-fieldmask"}:
        return None  # messages
    if fmt in {"int64", "uint64"}:
        return "0"
    defaults: dict[str | None, JsonValue] = {"string": "", "boolean": False, "integer": 0, "number": 0}
    return defaults.get(kind)


def enum_numbers(schema: str, name: str, declared: Mapping[str, Any]) -> dict[str, int]:
    """The numbers of a field's enum values by name."""
    exceptions = NUMBERS.get((schema, name), {})
    return {
        value: exceptions.get(value, position) for position, value in enumerate(cast("list[str]", declared["enum"]))
    }


def _single(api: str, schema: str, name: str, declared: Mapping[str, Any]) -> Decoder:
    if "$ref" in declared:
        return _lazy(api, cast("str", declared["$ref"]))
    if "enum" in declared:
        return _enum(f"type.googleapis.com/{schema}.{name}", enum_numbers(schema, name, declared))
    kind, fmt = declared.get("type"), cast("str | None", declared.get("format"))
    if fmt in _INTEGERS:
        return _integer(fmt)
    formats: dict[str | None, Decoder] = {
        "google-datetime": _datetime,
        "google-duration": _duration,
        "byte": _bytes,
        "double": _number,
        "float": _number,
    }
    kinds: dict[str | None, Decoder] = {
        "string": _string,
        "boolean": _boolean,
        "number": _number,
        "object": _struct,
        "any": _anything,
    }
    return formats.get(fmt) or kinds[kind]


def _lazy(api: str, schema: str) -> Decoder:
    """Schemas refer to each other in circles, so the decoder is made when first used."""
    made: list[Decoder] = []

    def decode_reference(value: JsonValue, where: Where, problems: Problems, depth: int) -> JsonValue:
        if not made:
            made.append(message(api, schema))
        return made[0](value, where, problems, depth)

    return decode_reference


def _list_of(single: Decoder) -> Decoder:
    def decode_list(value: JsonValue, where: Where, problems: Problems, depth: int) -> JsonValue:
        if not isinstance(value, list):  # protobuf takes a lone value for a list of one
            return [single(value, where, problems, depth)]
        return [single(item, (where, f"[{index}]"), problems, depth) for index, item in enumerate(value)]

    return decode_list


def _map_of(single: Decoder) -> Decoder:
    def decode_map(value: JsonValue, where: Where, problems: Problems, depth: int) -> JsonValue:
        if not isinstance(value, dict):
            _not_a_message(value, where, problems)
            return {}
        return {
            key: single(item, (where, f"[{key}]"), problems, depth) for key, item in value.items() if item is not None
        }

    return decode_map


def _enum(type_name: str, numbers: Mapping[str, int]) -> Decoder:
    names = {number: name for name, number in reversed(numbers.items())}

    def decode_enum(value: JsonValue, where: Where, problems: Problems, _depth: int) -> JsonValue:
        if isinstance(value, str) and value in numbers:
            return value
        if isinstance(value, int) and not isinstance(value, bool) and value in names:
            return names[value]
        if isinstance(value, str) and re.fullmatch(r"-?\d+", value) and int(value) in names:
            return names[int(value)]
        problems.invalid(where, type_name, value)
        return value

    return decode_enum


def _integer(fmt: str) -> Decoder:
    low, high = _INTEGERS[fmt]
    as_text = fmt.endswith("64")

    def decode_integer(value: JsonValue, where: Where, problems: Problems, _depth: int) -> JsonValue:
        number: int | None = None
        if isinstance(value, str) and re.fullmatch(r"-?\d{1,20}", value):
            number = int(value)
        elif isinstance(value, float) and value.is_integer():
            number = int(value)
        elif isinstance(value, int) and not isinstance(value, bool):
            number = value
        if number is None or not low <= number <= high:
            problems.invalid(where, f"TYPE_{fmt.upper()}", value)
            return value
        return str(number) if as_text else number

    return decode_integer


def _number(value: JsonValue, where: Where, problems: Problems, _depth: int) -> JsonValue:
    if isinstance(value, str):
        if value in {"NaN", "Infinity", "-Infinity"}:
            return value
        try:
            value = float(value)
        except ValueError:
            problems.invalid(where, "TYPE_DOUBLE", value)
            return value
    if isinstance(value, bool) or not isinstance(value, (int, float)):
        problems.invalid(where, "TYPE_DOUBLE", value)
        return value
    if isinstance(value, float):
        if not math.isfinite(value):
            problems.invalid(where, "TYPE_DOUBLE", str(value))
        elif value.is_integer() and abs(value) < 2**53:
            return int(value)
    return value


def _string(value: JsonValue, where: Where, problems: Problems, _depth: int) -> JsonValue:
    if not isinstance(value, str):
        if isinstance(value, (dict, list)):
            _not_a_message(value, where, problems)
        else:
            problems.invalid(where, "TYPE_STRING", value)
    return value


def _boolean(value: JsonValue, where: Where, problems: Problems, _depth: int) -> JsonValue:
    if not isinstance(value, bool):
        problems.invalid(where, "TYPE_BOOL", value)
    return value


def _bytes(value: JsonValue, where: Where, problems: Problems, _depth: int) -> JsonValue:
    if isinstance(value, str):
        try:
            plain = value.replace("-", "+").replace("_", "/")
            return base64.b64encode(base64.b64decode(plain + "=" * (-len(plain) % 4), validate=True)).decode()
        except binascii.Error:
            pass
    problems.invalid(where, "TYPE_BYTES", value)
    return value


def _datetime(value: JsonValue, where: Where, problems: Problems, _depth: int) -> JsonValue:
    if isinstance(value, str):
        try:
            return format_time(parse_time(value))
        except (ValueError, OverflowError):
            pass
    problems.add(
        where,
        f"Invalid value at '{_text(where)}' (type.googleapis.com/google.protobuf.Timestamp), Field '{_text(where)}', Illegal timestamp format; timestamps must end with 'Z' or have a valid timezone offset.",
    )
    return value


def _duration(value: JsonValue, where: Where, problems: Problems, _depth: int) -> JsonValue:
    if isinstance(value, str):
        try:
            return format_duration(parse_duration(value))
        except ValueError:
            pass
    problems.add(
        where,
        f"Invalid value at '{_text(where)}' (type.googleapis.com/google.protobuf.Duration), Field '{_text(where)}', Illegal duration format; duration must end with 's'",
    )
    return value


def _struct(value: JsonValue, where: Where, problems: Problems, _depth: int) -> JsonValue:
    if not isinstance(value, dict):
        _not_a_message(value, where, problems)
        return {}
    return value


def _anything(value: JsonValue, _where: Where, _problems: Problems, _depth: int) -> JsonValue:
    return value


def _unnamed(value: JsonValue, _where: Where, _problems: Problems, _depth: int) -> JsonValue:
    """An unnamed field's type is unknown; what would be a default of any scalar or list is left out as proto3 does."""
    return None if value in (False, 0, "", []) else value


def _not_a_message(value: JsonValue, where: Where, problems: Problems) -> None:
    if isinstance(value, list):
        name = where[1] if where else "root"
        problems.unknown(where[0] if where else None, name, "Proto field is not repeating, cannot start list.")
    elif isinstance(value, dict):
        problems.add(where, f"Invalid value at '{_text(where)}' (TYPE_STRING), Starting an object on a scalar field")
    else:
        problems.invalid(where, "type.googleapis.com/google.protobuf.Message", value)


def _text(where: Where) -> str:
    parts: list[str] = []
    while where is not None:
        where, part = where
        parts.append(part)
    return ".".join(reversed(parts)).replace(".[", "[")


def _properties(api: str, schema: str) -> Mapping[str, Mapping[str, Any]]:
    return document(api)["schemas"][schema].get("properties", {})


def _encode_property(
    api: str, schema: str, name: str, declared: Mapping[str, Any] | None, value: JsonValue
) -> JsonValue:
    if declared is None:
        return value
    if isinstance(value, list):
        return [_encode_property(api, schema, name, declared.get("items"), item) for item in value]
    if "$ref" in declared:
        return encode(api, declared["$ref"], value)
    if "enum" in declared and isinstance(value, str):
        return enum_numbers(schema, name, declared).get(value, value)
    values = declared.get("additionalProperties")
    if isinstance(value, dict) and values is not None:
        return {key: _encode_property(api, schema, name, values, item) for key, item in value.items()}
    return value
