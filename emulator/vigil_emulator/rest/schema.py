"""Requests and responses in proto3's JSON form, by the schemas of the discovery documents.

`decode` does to a request body what Google's front end does: accepts both spellings of names and of enum values,
refuses what the schema does not know with Google's words, and leaves out what proto3 does not keep. `encode` writes
a response in the dialect with enum numbers; the one with names is the form that everything here is in.
"""

from collections.abc import Mapping
from functools import cache
from typing import Any, NamedTuple, cast

from vigil_apimodel.dashboards import SEEN, accepted
from vigil_apimodel.field_names import snake_case
from vigil_apimodel.json_values import JsonObject, JsonValue
from vigil_emulator.rest import scalars
from vigil_emulator.rest.discovery import document
from vigil_emulator.rest.presence import BODY_NAMES, NUMBERS, ONE_OF, PRESENT
from vigil_emulator.rest.problems import Problems, Where, path_text

DASHBOARDS = "monitoring.v1"
"""The API whose messages may have fields that its description does not name."""

MAX_DEPTH = 100
"""Messages inside messages that protobuf's JSON parser takes (`protobuf/src/google/protobuf/json`)."""


_TEXT = {str}


class Field(NamedTuple):
    """One field of a schema, ready to decode; a tuple, because a request of log entries has a million of them.

    `default` is what proto3 does not keep, None where the field has presence; `one_of` the oneof that it is part
    of.
    """

    name: str
    snake: str
    decode: scalars.Decoder
    default: JsonValue
    one_of: str | None = None


def body_name(schema: str) -> str | None:
    """Return the field of the request that a body of this schema is; None where the body is the whole request."""
    if schema.endswith("Request"):
        return None
    return BODY_NAMES.get(schema, snake_case(schema))


def decode(api: str, schema: str, body: JsonValue) -> JsonObject:
    """Return a request body as it is kept. Raises ApiError INVALID_ARGUMENT with every problem in Google's words."""
    problems = Problems()
    name = body_name(schema)
    decoded = message(api, schema)(body, (None, name) if name else None, problems, 0)
    problems.check()
    return cast("JsonObject", decoded)


def encode(api: str, schema: str, value: JsonValue) -> JsonValue:
    """Return the value with enum numbers for enum names."""
    if not isinstance(value, dict):
        return value
    properties = _properties(api, schema)
    return {name: _encode_property(api, schema, name, properties.get(name), item) for name, item in value.items()}


@cache
def message(api: str, schema: str) -> scalars.Decoder:  # noqa: C901 - the hot path of each request
    """Return the decoder of a schema. KeyError if the document has no such schema."""
    fields: dict[str, Field] = {}
    string = scalars.string  # most fields are text: they are not worth a call

    def decode_message(  # noqa: C901 - as above
        value: JsonValue, where: Where, problems: Problems, depth: int
    ) -> JsonValue:
        if not isinstance(value, dict):
            scalars.not_a_message(value, where, problems)
            return {}
        if depth > MAX_DEPTH:
            problems.add(
                where, f"Message too deep. Max recursion depth reached for key '{path_text(where).rpartition('.')[2]}'"
            )
            return {}
        if not fields:
            fields.update(_fields(api, schema))
        kept: JsonObject = {}
        chosen: dict[str, str] = {}
        depth += 1
        for key, item in value.items():
            found = fields.get(key)
            if found is None:
                if api == DASHBOARDS and accepted(schema, key):
                    found = Field(key, key, scalars.unnamed, scalars.NOTHING)
                else:
                    problems.unknown(where, key)
                    continue
            name, snake, single, default, one_of = found
            if one_of is None and single is string and type(item) is str:
                if item or default is None:
                    kept[name] = item
                continue
            if item is None:
                continue
            if one_of is not None:
                problems.choose(where, one_of, chosen.setdefault(one_of, name), name)
            decoded = single(item, (where, snake), problems, depth)
            if default is None or decoded != default:
                kept[name] = decoded
        return kept

    _properties(api, schema)
    return decode_message


def _fields(api: str, schema: str) -> dict[str, Field]:
    fields: dict[str, Field] = {}
    exclusive = {name: one_of for one_of, names in ONE_OF.get(schema, {}).items() for name in names}
    for name, declared in _properties(api, schema).items():
        one = _field(api, schema, name, declared)._replace(one_of=exclusive.get(name))
        fields[name] = fields[one.snake] = one
    for name in SEEN.get(schema, ()) if api == DASHBOARDS else ():
        fields[name] = fields[snake_case(name)] = Field(name, snake_case(name), scalars.unnamed, scalars.NOTHING)
    return fields


def _field(api: str, schema: str, name: str, declared: Mapping[str, Any]) -> Field:
    snake = snake_case(name)
    if declared.get("type") == "array":
        return Field(name, snake, _list_of(_single(api, schema, name, declared["items"])), [])
    if declared.get("type") == "object" and "additionalProperties" in declared:
        values = cast("Mapping[str, Any]", declared["additionalProperties"])
        if values.get("type") == "any":  # google.protobuf.Struct or Any: messages, so present when empty
            return Field(name, snake, scalars.struct, None)
        return Field(name, snake, _map_of(_single(api, schema, name, values)), {})
    scalar = _single(api, schema, name, declared)
    default = None if (schema, name) in PRESENT else _default(schema, name, declared)
    return Field(name, snake, scalar, default)


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
    """Return the numbers of a field's enum values by name."""
    exceptions = NUMBERS.get((schema, name), {})
    return {
        value: exceptions.get(value, position) for position, value in enumerate(cast("list[str]", declared["enum"]))
    }


def _single(api: str, schema: str, name: str, declared: Mapping[str, Any]) -> scalars.Decoder:
    if "$ref" in declared:
        return message(api, cast("str", declared["$ref"]))  # whose fields are read when it is first used
    if "enum" in declared:
        return scalars.enum(f"type.googleapis.com/{schema}.{name}", enum_numbers(schema, name, declared))
    kind, fmt = declared.get("type"), cast("str | None", declared.get("format"))
    if fmt in scalars.INTEGERS:
        return scalars.integer(fmt)
    formats: dict[str | None, scalars.Decoder] = {
        "google-datetime": scalars.datetime,
        "google-duration": scalars.duration,
        "byte": scalars.base64_bytes,
        "double": scalars.number,
        "float": scalars.number,
    }
    kinds: dict[str | None, scalars.Decoder] = {
        "string": scalars.string,
        "boolean": scalars.boolean,
        "number": scalars.number,
        "object": scalars.struct,
        "any": scalars.anything,
    }
    return formats.get(fmt) or kinds[kind]


def _list_of(single: scalars.Decoder) -> scalars.Decoder:
    def decode_list(value: JsonValue, where: Where, problems: Problems, depth: int) -> JsonValue:
        if not isinstance(value, list):  # protobuf takes a lone value for a list of one
            return [single(value, where, problems, depth)]
        return [single(item, (where, index), problems, depth) for index, item in enumerate(value)]

    return decode_list


def _map_of(single: scalars.Decoder) -> scalars.Decoder:
    string = scalars.string

    def decode_map(value: JsonValue, where: Where, problems: Problems, depth: int) -> JsonValue:
        if not isinstance(value, dict):
            scalars.not_a_message(value, where, problems)
            return {}
        if single is string and {*map(type, value.values())} == _TEXT:
            return value
        return {
            key: item if type(item) is str and single is string else single(item, (where, f"[{key}]"), problems, depth)
            for key, item in value.items()
            if item is not None
        }

    return decode_map


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
    if not isinstance(value, dict) or values is None:
        return value
    inner = str(value.get("@type", "")).rpartition(".")[2]  # of a google.protobuf.Any: its message has its own schema
    known = inner in document(api)["schemas"]
    encoded = {key: _encode_property(api, schema, name, values, item) for key, item in value.items()}
    return encode(api, inner, value) if known else encoded
