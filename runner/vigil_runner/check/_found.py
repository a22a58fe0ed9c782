"""A resource that was found in a file, in the form that the rules read."""

from dataclasses import dataclass, field
from typing import Final

from vigil_apimodel.json_fields import Fields, fields, is_fields, is_list, listed, string, without
from vigil_apimodel.rules import UNKNOWN as SECRET
from vigil_runner.check._places import Path

__all__ = [
    "SECRET",
    "VARIABLE",
    "Fields",
    "Found",
    "UnreadableError",
    "fields",
    "is_fields",
    "is_list",
    "listed",
    "string",
    "without",
]

VARIABLE: Final = "${"
"""How a placeholder begins that is filled in later."""


class UnreadableError(ValueError):
    """A file cannot be read as what it should be; the message names the file, the reason and the remedy."""


class UnknownError(UnreadableError):
    """A file is JSON or YAML, and holds nothing that is known here."""


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
    id: str = ""
    """Its full name at Google, as a state has it; empty where the source does not know it."""
    deployed: bool = False
    """Whether it is deployed or about to be, so that its channels are final; a plain file may be a template."""
    body: Fields = field(default_factory=dict[str, object])
    """The API's own JSON, for what evaluates the resource; empty where the source has another form."""
