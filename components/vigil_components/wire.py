"""Arguments of Pulumi resources as they go over the wire."""

from collections.abc import Mapping, Sequence
from functools import cache
from typing import cast

import pulumi
from pulumi._types import (  # the SDK's own table of wire names; it exports no other
    input_type_py_to_pulumi_names,
    input_type_to_untranslated_dict,
    is_input_type,
)

from vigil_apimodel.rules.inputs import UNKNOWN

__all__ = ["UNKNOWN", "wire"]

_PLAIN = frozenset({str, int, float, bool})
"""The usual values, which go over the wire as they are."""


def wire(value: object) -> object:
    """Return `value` with Pulumi's wire names, without absent values, and with UNKNOWN for an Output."""
    if value is None or type(value) in _PLAIN:
        return value
    if isinstance(value, pulumi.Output):
        return UNKNOWN
    if is_input_type(type(value)):
        names = _names(type(value))
        items = cast("dict[str, object]", input_type_to_untranslated_dict(value)).items()
        return {names.get(key, key): wire(item) for key, item in items if item is not None}
    if isinstance(value, Mapping):
        items = cast("Mapping[str, object]", value).items()
        return {key: wire(item) for key, item in items if item is not None}
    if isinstance(value, Sequence) and not isinstance(value, str | bytes):
        return [wire(item) for item in cast("Sequence[object]", value)]
    return value


@cache
def _names(kind: type) -> Mapping[str, str]:
    """Return the wire names of a class of arguments, looked up once: the SDK reads each property of each object."""
    return input_type_py_to_pulumi_names(kind)
