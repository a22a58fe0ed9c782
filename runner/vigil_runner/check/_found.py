"""A resource that was found in a file, in the form that the rules read."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import TypeAlias, TypeGuard, cast

from vigil_runner.check._places import Path

Fields: TypeAlias = "dict[str, object]"
"""A JSON object."""

SECRET = "04da6b54-80e4-46f7-96ec-b56ff0331ba9"  # noqa: S105 - Pulumi's sentinel for what is not known, no secret
"""What stands for a value that is secret or not known yet: the rules pass over it, and nothing prints it."""


class UnreadableError(ValueError):
    """A file cannot be read as what it should be; the message names the file, the reason and the remedy."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Found:
    """A resource of a file."""

    type: str
    """Pulumi's type token."""
    name: str
    """What people call it: its display name, its Terraform address, its URN's name."""
    inputs: Fields
    """Wire inputs as Pulumi sends them, without what the server sets."""
    file: str
    """The file as it was named; `-` is standard input."""
    place: Path = ()
    """Where its fields stand in the document."""
    document: int = 0
    """The number of the YAML document, from 0."""
    deployed: bool = False
    """Whether it is deployed or about to be, so that its channels are final; a plain file may be a template."""
    body: Fields = field(default_factory=dict[str, object])
    """The API's own JSON, for what evaluates the resource; empty where the source has another form."""


def is_fields(value: object) -> TypeGuard[Fields]:
    """Whether the value is a JSON object."""
    return isinstance(value, dict)


def is_list(value: object) -> "TypeGuard[list[object]]":
    """Whether the value is a list."""
    return isinstance(value, list)


def fields(value: object) -> Fields:
    """The value as a JSON object, empty where it is none."""
    return cast("Fields", value) if isinstance(value, dict) else {}


def listed(value: object) -> list[object]:
    """The value as a list, empty where it is none."""
    return cast("list[object]", value) if isinstance(value, list) else []


def string(value: object) -> str:
    """The value as a text, empty where it is none."""
    return value if isinstance(value, str) else ""


def without(inputs: Mapping[str, object], *keys: str) -> Fields:
    """The fields but for some."""
    return {key: value for key, value in inputs.items() if key not in keys}
