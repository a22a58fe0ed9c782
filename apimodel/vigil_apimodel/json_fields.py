"""JSON of any origin, read without surprises: a value of another type reads as empty."""

from collections.abc import Mapping
from typing import TypeAlias, TypeGuard, cast

Fields: TypeAlias = dict[str, object]
"""A JSON object."""


def is_fields(value: object) -> TypeGuard[Fields]:
    """Return whether the value is a JSON object."""
    return isinstance(value, dict)


def is_list(value: object) -> "TypeGuard[list[object]]":
    """Return whether the value is a list."""
    return isinstance(value, list)


def fields(value: object) -> Fields:
    """Return the value as a JSON object, empty where it is something else."""
    return cast("Fields", value) if isinstance(value, dict) else {}


def listed(value: object) -> list[object]:
    """Return the value as a list, empty where it is something else."""
    return cast("list[object]", value) if isinstance(value, list) else []


def string(value: object) -> str:
    """Return the value as a text, empty where it is something else."""
    return value if isinstance(value, str) else ""


def without(inputs: Mapping[str, object], *keys: str) -> Fields:
    """Return the fields but for some."""
    return {key: value for key, value in inputs.items() if key not in keys}
