"""One API call, as the router hands it to whoever implements the method."""

from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass, field
from typing import TypeAlias

from vigil_apimodel.json_values import JsonObject, JsonValue


@dataclass(frozen=True, slots=True, kw_only=True)
class Call:
    """A request that Google's discovery document describes.

    `method` is the id there (`logging.entries.write`), `path` the values of its path parameters by name
    (`projectsId` and the like are already joined: `{"name": "projects/p/sinks/s"}`), `query` the query
    parameters as text, `body` the JSON body, empty where there is none.
    """

    method: str
    path: Mapping[str, str] = field(default_factory=dict[str, str])
    query: Mapping[str, str] = field(default_factory=dict[str, str])
    body: JsonObject = field(default_factory=dict[str, JsonValue])


Handler: TypeAlias = Callable[[Call], "JsonObject | Awaitable[JsonObject]"]
