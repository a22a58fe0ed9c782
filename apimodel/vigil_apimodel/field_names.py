"""The two names of a field: `display_name` in the protos, `displayName` in JSON. Google's APIs take either."""

import re
from typing import Final

_PROTO_NAME: Final = re.compile(r"[a-z][a-z0-9]*(?:_[a-z0-9]+)+")
_CAPITAL: Final = re.compile(r"(?<!^)(?=[A-Z])")


def camel_case(name: str) -> str:
    """Return the JSON name of a proto's field: `displayName` for `display_name`. Another text stays as it is.

    No proto has a name such as `display_Name`, `_name` or `name_`, so these stay too: no API knows them.
    """
    if not _PROTO_NAME.fullmatch(name):
        return name
    first, *rest = name.split("_")
    return first + "".join(map(str.capitalize, rest))


def snake_case(name: str) -> str:
    """Return the proto's name of a JSON field, or of a message: `display_name` for `displayName` and `DisplayName`."""
    return _CAPITAL.sub("_", name).lower()
