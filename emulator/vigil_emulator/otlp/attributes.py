"""Attributes: OTLP's any-values as JSON and as the strings that labels are."""

import base64
import json
import math
from collections.abc import Iterable

from opentelemetry.proto.common.v1.common_pb2 import AnyValue, KeyValue

from vigil_apimodel.json_values import JsonObject, JsonValue


def value_of(value: AnyValue) -> JsonValue:
    """Return the value as JSON; bytes in base64, numbers that JSON does not have as text, None for an empty value."""
    kind = value.WhichOneof("value")
    if kind is None or kind == "string_value_strindex":  # only profiles have indexes
        return None
    if kind == "double_value":
        return value.double_value if math.isfinite(value.double_value) else str(value.double_value)
    if kind == "bytes_value":
        return base64.b64encode(value.bytes_value).decode("ascii")
    if kind == "array_value":
        return [value_of(each) for each in value.array_value.values]
    if kind == "kvlist_value":
        return attributes_of(value.kvlist_value.values)
    plain: str | bool | int = getattr(value, kind)
    return plain


def attributes_of(pairs: Iterable[KeyValue]) -> JsonObject:
    """Return the attributes by their keys; of a key that comes twice, the last."""
    return {pair.key: value_of(pair.value) for pair in pairs}


def text_of(value: JsonValue) -> str:
    """Return the value as a label has it: text as it is, all else as JSON."""
    return value if isinstance(value, str) else json.dumps(value, ensure_ascii=False, separators=(",", ":"))


def texts_of(attributes: JsonObject) -> dict[str, str]:
    """Return all attributes as labels."""
    return {key: text_of(value) for key, value in attributes.items()}
