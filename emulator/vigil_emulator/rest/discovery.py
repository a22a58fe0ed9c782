"""Google's discovery documents: methods, their routes, and which call a request is.

The documents come with google-api-python-client (`googleapiclient/discovery_cache/documents`), so no request leaves
the machine and a client generated from the same documents agrees with the emulator.
"""

import json
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from importlib import resources
from typing import Any, cast
from urllib.parse import unquote

APIS = ("cloudtrace.v1", "logging.v2", "monitoring.v1", "monitoring.v3", "pubsub.v1")
"""The documents served."""

CONTAINERS = ("projects", "folders", "organizations", "billingAccounts")
"""Collections that hold resources but have none themselves here."""


@dataclass(frozen=True, slots=True)
class Parameter:
    """A query parameter: its name, JSON type, and whether it may be repeated."""

    name: str
    type: str
    repeated: bool
    enum: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Method:
    """One method of a document.

    `id` is the document's (`logging.projects.locations.buckets.create`), `kind` the store's name of what it is
    about (`logging.buckets`) and `verb` its last part (`create`). `places` are the regular expressions of its
    path parameters. `request` and `response` are names of schemas in `api`, None where there is no body.
    """

    api: str
    id: str
    kind: str
    verb: str
    http: str
    path: str
    places: Mapping[str, str]
    query: Mapping[str, Parameter]
    request: str | None
    response: str | None
    description: str


@dataclass(frozen=True, slots=True)
class Route:
    """A method and what its path looks like, still percent-encoded."""

    method: Method
    pattern: re.Pattern[str]

    def match(self, path: str) -> dict[str, str] | None:
        """Return the path parameters, decoded; None if the path is another's."""
        found = self.pattern.fullmatch(path)
        return None if found is None else {name: unquote(value) for name, value in found.groupdict().items()}


@cache
def document(api: str) -> dict[str, Any]:
    """Return a discovery document as it is shipped. `api` is one of APIS."""
    file = resources.files("googleapiclient") / "discovery_cache" / "documents" / f"{api}.json"
    return cast("dict[str, Any]", json.loads(file.read_text(encoding="utf-8")))


@cache
def methods() -> Sequence[Method]:
    """Return every method of every document, sorted by id."""
    found: list[Method] = []
    for api in APIS:
        _collect(api, document(api), found)
    return sorted(found, key=lambda method: (method.id, method.api))


@cache
def routes() -> Mapping[str, Sequence[Route]]:
    """Return the routes by HTTP verb; the first that matches is the right one.

    Several methods may fit a path: `projects.sinks.get` and `sinks.get` are two names of one thing. The more
    literal pattern comes first, so the named container wins and a custom verb (`:undelete`) is not taken for part of
    a name.
    """
    found: dict[str, list[Route]] = {}
    for method in methods():
        found.setdefault(method.http, []).append(Route(method, _pattern(method)))
    for several in found.values():
        several.sort(key=lambda route: (-_literal_length(route.pattern.pattern), route.method.id))
    return found


def resolve(http: str, path: str) -> tuple[Method, dict[str, str]] | None:
    """Return the method of a request and its path parameters. `path` is percent-encoded and begins with a slash."""
    for route in routes().get(http, ()):
        parameters = route.match(path)
        if parameters is not None:
            return route.method, parameters
    return None


def _collect(api: str, node: Mapping[str, Any], found: list[Method]) -> None:
    for raw in cast("Mapping[str, Mapping[str, Any]]", node.get("methods", {})).values():
        parameters = cast("Mapping[str, Mapping[str, Any]]", raw.get("parameters", {}))
        found.append(
            Method(
                api=api,
                id=raw["id"],
                kind=_kind(raw["id"]),
                verb=raw["id"].rpartition(".")[2],
                http=raw["httpMethod"],
                path=raw["path"],
                places={
                    name: declared.get("pattern", "^[^/]+$").removeprefix("^").removesuffix("$")
                    for name, declared in parameters.items()
                    if declared["location"] == "path"
                },
                query={
                    name: Parameter(
                        name, declared["type"], bool(declared.get("repeated")), tuple(declared.get("enum", ()))
                    )
                    for name, declared in parameters.items()
                    if declared["location"] == "query"
                },
                request=raw.get("request", {}).get("$ref"),
                response=raw.get("response", {}).get("$ref"),
                description=raw.get("description", ""),
            )
        )
    for child in cast("Mapping[str, Mapping[str, Any]]", node.get("resources", {})).values():
        _collect(api, child, found)


def _kind(method_id: str) -> str:
    api, *collections, _verb = method_id.split(".")
    own = [name for name in collections if name not in {*CONTAINERS, "locations", "location", "global"}]
    if not own:
        return f"{api}.{collections[-1] if 'locations' in collections else 'settings'}"
    return (
        f"{api}.prometheus"
        if "prometheus" in own
        else f"{api}.{'viewLogs' if own[-2:] == ['views', 'logs'] else own[-1]}"
    )


def _literal_length(pattern: str) -> int:
    return len(re.sub(r"\[\^/\][+*]|\.\*|\(\?P<\w+>|\)|\\", "", pattern))


def _pattern(method: Method) -> re.Pattern[str]:
    def piece(text: str) -> str:
        place = re.fullmatch(r"\{\+?(\w+)\}", text)
        return f"(?P<{place[1]}>{method.places[place[1]]})" if place else re.escape(text)

    return re.compile("/" + "".join(piece(text) for text in re.split(r"(\{\+?\w+\})", method.path)))
