"""Decoders of single values: each keeps what proto3's JSON form keeps, and notes what it cannot take."""

import base64
import binascii
import math
import re
from collections.abc import Callable, Mapping
from typing import TypeAlias

from vigil_apimodel.json_values import JsonValue
from vigil_emulator.numerals import as_stored, finite, whole
from vigil_emulator.rest.problems import Problems, Where, path_text
from vigil_emulator.times import format_duration, format_time, parse_duration, parse_time

Decoder: TypeAlias = Callable[[JsonValue, Where, Problems, int], JsonValue]
"""`(value, where, problems, depth) -> value as it is kept`."""


_WRITTEN = frozenset(len("2026-01-01T00:00:00") + length for length in (1, 5, 8, 11))
_WHOLE_SECONDS = re.compile(r"(0|[1-9]\d{0,11})s")

INTEGERS = {
    "int32": (-(2**31), 2**31 - 1),
    "uint32": (0, 2**32 - 1),
    "int64": (-(2**63), 2**63 - 1),
    "uint64": (0, 2**64 - 1),
}


NOTHING: list[JsonValue] = []
"""What an unnamed field that is not kept decodes to."""


def enum(type_name: str, numbers: Mapping[str, int]) -> Decoder:
    """Return the decoder of an enum: names of its values, or their numbers."""
    names = {number: name for name, number in reversed(list(numbers.items()))}

    def decode_enum(value: JsonValue, where: Where, problems: Problems, _depth: int) -> JsonValue:
        if isinstance(value, str) and value in numbers:
            return value
        if isinstance(value, int) and not isinstance(value, bool) and value in names:
            return names[value]
        if isinstance(value, str) and (read := whole(value)) is not None and read in names:
            return names[read]
        problems.invalid(where, type_name, value)
        return value

    return decode_enum


def integer(fmt: str) -> Decoder:
    """Decode 32 bits as numbers, 64 bits as text."""
    low, high = INTEGERS[fmt]
    as_text = fmt.endswith("64")

    def decode_integer(value: JsonValue, where: Where, problems: Problems, _depth: int) -> JsonValue:
        number = _whole(value)
        if number is None or not low <= number <= high:
            problems.invalid(where, f"TYPE_{fmt.upper()}", value)
            return value
        return str(number) if as_text else number

    return decode_integer


def _whole(value: JsonValue) -> int | None:
    if isinstance(value, str):
        return whole(value)
    if isinstance(value, float):
        return int(value) if value.is_integer() else None
    return value if isinstance(value, int) and not isinstance(value, bool) else None


def number(value: JsonValue, where: Where, problems: Problems, _depth: int) -> JsonValue:
    """Decode doubles; whole ones are written as whole numbers."""
    if isinstance(value, str):
        if value in {"NaN", "Infinity", "-Infinity"}:
            return value
        read = None if "_" in value else finite(value)
        if read is None:
            problems.invalid(where, "TYPE_DOUBLE", value)
            return value
        value = read
    if isinstance(value, bool) or not isinstance(value, (int, float)):
        problems.invalid(where, "TYPE_DOUBLE", value)
        return value
    if isinstance(value, float):
        if not math.isfinite(value):
            problems.invalid(where, "TYPE_DOUBLE", str(value))
        elif value.is_integer() and abs(value) < 2**53:
            return int(value)
    return value


def string(value: JsonValue, where: Where, problems: Problems, _depth: int) -> JsonValue:
    """Decode a text."""
    if not isinstance(value, str):
        if isinstance(value, (dict, list)):
            not_a_message(value, where, problems)
        else:
            problems.invalid(where, "TYPE_STRING", value)
    return value


def boolean(value: JsonValue, where: Where, problems: Problems, _depth: int) -> JsonValue:
    """Decode `true` and `false`."""
    if not isinstance(value, bool):
        problems.invalid(where, "TYPE_BOOL", value)
    return value


def base64_bytes(value: JsonValue, where: Where, problems: Problems, _depth: int) -> JsonValue:
    """Decode base64 in either alphabet, kept in the standard one."""
    if isinstance(value, str):
        try:
            plain = value.replace("-", "+").replace("_", "/")
            return base64.b64encode(base64.b64decode(plain + "=" * (-len(plain) % 4), validate=True)).decode()
        except binascii.Error:
            pass
    problems.invalid(where, "TYPE_BYTES", value)
    return value


def datetime(value: JsonValue, where: Where, problems: Problems, _depth: int) -> JsonValue:
    """Return RFC 3339, kept in UTC with as many digits as protobuf writes."""
    if isinstance(value, str):
        try:
            parsed = parse_time(value)
            # Most clients write what protobuf would: 0, 3, 6 or 9 digits, no three zeros at the end.
            written = value.endswith("Z") and len(value) in _WRITTEN and value[10] == "T" and value[-4:-1] != "000"
            return value if written else format_time(parsed)
        except (ValueError, OverflowError):
            pass
    problems.add(
        where,
        f"Invalid value at '{path_text(where)}' (type.googleapis.com/google.protobuf.Timestamp), Field"
        f" '{path_text(where)}', Illegal timestamp format; timestamps must end with 'Z' or have a valid timezone"
        " offset.",
    )
    return value


def duration(value: JsonValue, where: Where, problems: Problems, _depth: int) -> JsonValue:
    """Return the seconds, kept as protobuf writes them."""
    if isinstance(value, str):
        try:
            return value if _WHOLE_SECONDS.fullmatch(value) else format_duration(parse_duration(value))
        except ValueError:
            pass
    problems.add(
        where,
        f"Invalid value at '{path_text(where)}' (type.googleapis.com/google.protobuf.Duration), Field"
        f" '{path_text(where)}', Illegal duration format; duration must end with 's'",
    )
    return value


def struct(value: JsonValue, where: Where, problems: Problems, _depth: int) -> JsonValue:
    """Decode an object of anything."""
    if not isinstance(value, dict):
        not_a_message(value, where, problems)
        return {}
    as_stored(value)
    return value


def anything(value: JsonValue, _where: Where, _problems: Problems, _depth: int) -> JsonValue:
    """Decode anything, as it is."""
    return value


def unnamed(value: JsonValue, _where: Where, _problems: Problems, _depth: int) -> JsonValue:
    """Decode a field of unknown type; what would be a default of any scalar or list is left out, as in proto3."""
    return NOTHING if value in (False, 0, "", []) else value


def not_a_message(value: JsonValue, where: Where, problems: Problems) -> None:
    """Note a list, an object or a scalar where another is needed."""
    if isinstance(value, list):
        name = str(where[1]) if where else "root"
        problems.unknown(where[0] if where else None, name, "Proto field is not repeating, cannot start list.")
    elif isinstance(value, dict):
        problems.add(
            where, f"Invalid value at '{path_text(where)}' (TYPE_STRING), Starting an object on a scalar field"
        )
    else:
        problems.invalid(where, "type.googleapis.com/google.protobuf.Message", value)
