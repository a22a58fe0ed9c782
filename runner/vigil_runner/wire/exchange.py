"""What a resource type says to the API: requests, and exchanges of several requests.

An exchange is a generator: it yields requests, is sent the response of each, and returns the resource as the API
serves it (None: it is not there). So that a read-modify-write or an adoption is written as it happens, and a test
can play the server.
"""

from collections.abc import Generator, Iterable, Mapping
from dataclasses import dataclass, field
from typing import Final, TypeAlias, cast

from vigil_apimodel.json_values import JsonObject, JsonValue


@dataclass(frozen=True, slots=True, kw_only=True)
class Request:
    """One REST call. `path` starts with the API's version (`/v2/projects/p/sinks`) and is percent-encoded.

    `operation`: the answer is a long-running operation; what counts is its result. `may_miss`: 404 is an answer
    (the exchange is sent an empty object).
    """

    method: str
    path: str
    query: Mapping[str, str] = field(default_factory=dict[str, str])
    body: JsonObject | None = None
    operation: bool = False
    may_miss: bool = False

    @property
    def writes(self) -> bool:
        """Whether the call changes anything."""
        return self.method != "GET" and not self.path.endswith(":getIamPolicy") and not self.path.startswith("/vigil/")


Exchange: TypeAlias = Generator[Request, JsonObject, JsonObject | None]

FREE_MAPS: Final = frozenset({"labels", "userLabels", "labelExtractors", "headers", "serviceLabels", "sensitiveLabels"})
"""Maps whose keys and values are the user's: an empty text in them is a value."""


def compact(fields: Mapping[str, JsonValue]) -> JsonObject:
    """Leave out what is empty (None, "", 0, false, [], {}), at every depth, as the provider does in its bodies.

    Values in FREE_MAPS and scalars in lists are kept as they are.
    """
    kept: JsonObject = {}
    for key, value in fields.items():
        slim = value if key in FREE_MAPS and isinstance(value, dict) else _slim(value)
        if slim not in (None, "", 0, [], {}):  # False == 0
            kept[key] = slim
    return kept


def _slim(value: JsonValue) -> JsonValue:
    if isinstance(value, dict):
        return compact(value)
    if isinstance(value, list):
        return [_slim(item) if isinstance(item, dict) else item for item in value]
    return value


def pick(fields: Mapping[str, JsonValue], names: Iterable[str]) -> JsonObject:
    """Return the named fields that are there, in the order of `names`."""
    return {name: fields[name] for name in names if name in fields}


def number(fields: Mapping[str, JsonValue], name: str) -> int:
    """Return a whole number; 0 where it is missing or none."""
    value = fields.get(name)
    return int(value) if isinstance(value, int | float) and not isinstance(value, bool) else 0


def json_object(value: object) -> JsonObject:
    """Return `value` as a JSON object. Raises TypeError where it is none."""
    if not isinstance(value, dict):
        raise TypeError(f"expected a JSON object, got {type(value).__name__}")
    return cast("JsonObject", value)
