"""Property values on the wire, as plain Python: secrets and unknowns are kept apart from data.

The SDK encodes secrets, unknowns, assets and resource references inside a protobuf Struct by signature keys
(sdk/go/common/resource/properties.go). Here they become typed values, so that a test compares data with data.
"""

import enum
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Final, TypeAlias, cast

from google.protobuf import struct_pb2

SIGNATURE: Final = "4dabf18193072939515e22adb298388d"
SECRET: Final = "1b47061264138c4ac30d75fd1eb44270"  # noqa: S105 - a public constant of the wire format
RESOURCE: Final = "5cf8f73096256a8f31e491e813e4eb8e"
OUTPUT: Final = "d0e6a833031e9bbcd3f4e8bde6ca49a4"
UNKNOWN_TEXT: Final = "04da6b54-80e4-46f7-96ec-b56ff0331ba9"


class Unknown(enum.Enum):
    """The type of UNKNOWN, a value that a preview cannot know yet."""

    UNKNOWN = "unknown"

    def __repr__(self) -> str:
        return "UNKNOWN"


UNKNOWN: Final = Unknown.UNKNOWN

PropertyValue: TypeAlias = "bool | int | float | str | Unknown | list[PropertyValue] | dict[str, PropertyValue] | None"
Properties: TypeAlias = dict[str, "PropertyValue"]


@dataclass(frozen=True, slots=True)
class Secret:
    """A value marked secret, inside a Marked tree."""

    value: "Marked"


Marked: TypeAlias = "bool | int | float | str | Unknown | Secret | list[Marked] | dict[str, Marked] | None"
"""A property value that still carries its secret marks."""


_Wire: TypeAlias = "bool | float | str | list[_Wire] | dict[str, _Wire] | None"


def decode(struct: struct_pb2.Struct) -> dict[str, Marked]:
    """Return the properties of a request. An empty (unset) struct is an empty dict."""
    return {key: _decode(value) for key, value in struct.fields.items()}


def _decode(value: struct_pb2.Value) -> Marked:
    match value.WhichOneof("kind"):
        case "string_value":
            text = value.string_value
            return UNKNOWN if text == UNKNOWN_TEXT else text
        case "number_value":
            number = value.number_value
            return int(number) if number.is_integer() else number
        case "bool_value":
            return value.bool_value
        case "list_value":
            return [_decode(item) for item in value.list_value.values]
        case "struct_value":
            return _signed({key: _decode(item) for key, item in value.struct_value.fields.items()})
        case _:
            return None


def _signed(fields: dict[str, Marked]) -> Marked:
    """Whatever a signature key makes of a struct; without one, the struct itself."""
    match fields.get(SIGNATURE):
        case None:
            return fields
        case kind if kind == SECRET:
            return Secret(fields.get("value"))
        case kind if kind == RESOURCE:
            # a provider that takes no references sees a custom resource's id and a component's URN
            return fields.get("id") or (fields["urn"] if "id" not in fields else UNKNOWN)
        case kind if kind == OUTPUT:
            value = fields.get("value", UNKNOWN)
            return Secret(value) if fields.get("secret") else value
        case _:  # an asset or an archive: text, path, uri or assets
            return {key: item for key, item in fields.items() if key != SIGNATURE}


def encode(properties: Mapping[str, Marked]) -> struct_pb2.Struct:
    """Return the wire form of what a provider returned.

    Raises TypeError, naming the property, for a value without a wire form (an Output, an object of the program).
    """
    struct = struct_pb2.Struct()
    struct.update({key: _encode(value, key) for key, value in properties.items()})
    return struct


def _encode(value: object, path: str) -> _Wire:
    if value is None or isinstance(value, bool | int | float | str):
        return value.value if isinstance(value, enum.Enum) else value
    if isinstance(value, Secret):
        return {SIGNATURE: SECRET, "value": _encode(value.value, path)}
    if isinstance(value, Unknown):
        return UNKNOWN_TEXT
    if isinstance(value, Mapping):
        mapping = cast("Mapping[str, object]", value)
        return {key: _encode(item, f"{path}.{key}") for key, item in mapping.items()}
    if isinstance(value, list | tuple):
        items = cast("list[object]", value)
        return [_encode(item, f"{path}[{index}]") for index, item in enumerate(items)]
    raise TypeError(
        f"output {path!r} is a {type(value).__name__}, which has no wire form. "
        "Remedy: return plain values (str, int, float, bool, None, list, dict) from the mock."
    )


def reveal(marked: Mapping[str, Marked]) -> tuple[Properties, tuple[str, ...]]:
    """Return the plain properties, and the sorted paths at which a secret was (`sensitiveLabels.authToken`)."""
    return cast("Properties", _plain(marked)), tuple(sorted(_secret_paths(marked, "")))


def _plain(value: "Marked | Mapping[str, Marked]") -> PropertyValue:
    if isinstance(value, Secret):
        return _plain(value.value)
    if isinstance(value, Mapping):
        return {key: _plain(item) for key, item in value.items()}
    if isinstance(value, list):
        return [_plain(item) for item in value]
    return value


def _secret_paths(value: "Marked | Mapping[str, Marked]", path: str) -> Iterator[str]:
    if isinstance(value, Secret):
        yield path
    elif isinstance(value, Mapping):
        for key, item in value.items():
            yield from _secret_paths(item, child(path, key))
    elif isinstance(value, list):
        for index, item in enumerate(value):
            yield from _secret_paths(item, f"{path}[{index}]")


def child(path: str, key: str) -> str:
    """Return the path of `key` below `path`, in Pulumi's notation: `a.b`, or `a["b.c"]` where a name needs it."""
    plain = key.isidentifier() or key.replace("-", "_").isidentifier()
    if not plain:
        quoted = key.replace("\\", "\\\\").replace('"', '\\"')
        return f'{path}["{quoted}"]'
    return f"{path}.{key}" if path else key


def annotate(outputs: Mapping[str, object], inputs: Mapping[str, Marked]) -> dict[str, Marked]:
    """Mark secret what came in secret, as the engine does for providers that keep no secrets (deploy/step.go)."""
    return {key: _annotate(cast("Marked", value), inputs.get(key)) for key, value in outputs.items()}


def _annotate(output: Marked, source: Marked) -> Marked:
    if isinstance(output, Secret):
        return output
    if isinstance(source, Secret):
        return Secret(output)
    if isinstance(output, dict) and isinstance(source, dict):
        return {key: _annotate(item, source.get(key)) for key, item in output.items()}
    if isinstance(output, list) and isinstance(source, list) and len(output) == len(source):
        return [_annotate(item, other) for item, other in zip(output, source, strict=True)]
    return output
