"""What is known of a resource of the program: its inputs, and what the others say."""

from collections.abc import Mapping
from typing import Protocol, TypeAlias, cast

import pulumi

from vigil_apimodel.field_names import camel_case
from vigil_components.sources import Source
from vigil_components.watch import Watch

Texts: TypeAlias = Mapping[str, str]
"""The inputs that a source needs, by name."""
Watched: TypeAlias = tuple[Source, Watch]


class Made(Protocol):
    """A resource of the program, as much as is looked at of the others."""

    @property
    def type(self) -> str:
        """Type of the resource, such as `gcp:storage/bucket:Bucket`."""
        ...

    @property
    def inputs(self) -> Mapping[str, object]:
        """Inputs as they were given."""
        ...

    @property
    def defaults(self) -> Mapping[str, object]:
        """What its provider says."""
        ...


def whole(inputs: Mapping[str, object], *path: str) -> int:
    """Return the whole number that stands in nested inputs; 0 where there is none that a preview knows."""
    value: object = inputs
    for name in path:
        value = member(value, name)
    if isinstance(value, str) and value.isdecimal():  # as `known` gives it
        value = int(value)
    return value if isinstance(value, int) and not isinstance(value, bool) and value > 0 else 0


def member(holder: object, name: str) -> object:
    """Return a member of an input: a dictionary with Python's names or Google's, or an input class of the SDK."""
    match holder:
        case Mapping():
            members = cast("Mapping[str, object]", holder)
            return members.get(name, members.get(camel_case(name)))
        case pulumi.Output():
            return None
        case _:
            return getattr(holder, name, None)
