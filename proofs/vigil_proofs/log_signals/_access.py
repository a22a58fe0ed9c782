"""Access logs that are written as plain text, in the form of Apache and nginx, or as JSON without a message.

`203.0.113.7 - - [28/Nov/2026:09:00:01 +0000] "GET /track HTTP/1.1" 502 157`: the status tells requests that the server
failed from all. Paths, agents and referrers say nothing about the kind of entry.
"""

import re
from collections.abc import Sequence
from typing import Final, cast

from vigil_apimodel import lql
from vigil_apimodel.json_values import JsonObject
from vigil_components.log_lines import Extract

_HEAD: Final = r'^(?:\S+ )?\S+ \S+ \S+ \[[^\]]+\] "'
"""Host (in some formats), client, identity, user, and time."""
_REQUEST: Final = r'[^"]*" '
_TEXT: Final = re.compile(rf"{_HEAD}{_REQUEST}[1-5][0-9][0-9] (?:[0-9]+|-)(?: |$)")
_TIMES: Final = re.compile(r'[\s"]([a-z_]*(?:rt|time|uct|uht|urt|duration|latency))="?[0-9]+\.[0-9]+(?![0-9a-z])')
_STATUS: Final = ("status", "status_code", "statusCode", "http.status_code", "response_status", "http_status")
_METHOD: Final = ("method", "request_method", "requestMethod", "verb", "http.method", "request")
_SERVER_ERROR: Final = 500
_STATUSES: Final = range(100, 600)


def status_of(entry: JsonObject) -> tuple[str, int] | None:
    """Return the path of the field that has the status of a request, and the status; None for other entries."""
    text = entry.get("textPayload")
    if isinstance(text, str):
        found = _TEXT.match(text)
        return ("textPayload", int(re.sub(rf"{_HEAD}{_REQUEST}", "", text, count=1)[:3])) if found else None
    key, held = _field(entry)
    return (lql.path(lql.FieldPath(("jsonPayload", key))), int(held)) if key else None


def failed(entry: JsonObject) -> bool:
    """Return whether the server failed the request."""
    found = status_of(entry)
    return found is not None and found[1] >= _SERVER_ERROR


def selection(entry: JsonObject, path: str, *, bad: bool) -> lql.Expr:
    """Return what selects the requests of a log, or those that the server failed, by an entry of it."""
    if path == "textPayload":
        return lql.matches(path, f"{_HEAD}{_REQUEST}{'5' if bad else '[1-5]'}[0-9][0-9] ")
    if isinstance(_field(entry)[1], str):
        return lql.matches(path, f"^{'5' if bad else '[1-5]'}[0-9][0-9]$")
    if bad:
        return lql.compare(path, lql.Operator.GREATER_OR_EQUAL, _SERVER_ERROR)
    return lql.present(path)


def labels_in_text(entries: Sequence[JsonObject]) -> dict[str, Extract]:
    """Return method and status of the requests of an access log, as far as every entry has them."""
    found = {
        "status": Extract(path="textPayload", pattern=f"{_HEAD}{_REQUEST}([1-5][0-9][0-9]) "),
        "method": Extract(path="textPayload", pattern=rf"{_HEAD}([A-Z]+) {_REQUEST}[1-5]"),
    }
    return {name: one for name, one in found.items() if _all_have(entries, one)}


def measures_in_text(entries: Sequence[JsonObject]) -> dict[str, Extract]:
    """Return how long the requests of an access log took, where `key=value` says so, and the size of the answers."""
    found: dict[str, Extract] = {}
    keys = dict.fromkeys(match[1] for match in _TIMES.finditer(cast("str", entries[0]["textPayload"])))
    for key in keys:
        found[key] = Extract(path="textPayload", pattern=rf'[\s"]{re.escape(key)}="?([0-9]+\.[0-9]+)', unit="s")
    found["size"] = Extract(path="textPayload", pattern=f"{_HEAD}{_REQUEST}[1-5][0-9][0-9] ([0-9]+)(?: |$)", unit="By")
    return {name: one for name, one in found.items() if _all_have(entries, one)}


def _field(entry: JsonObject) -> tuple[str, str | int]:
    """Return the member of a payload that has a status, and the status as it stands there; no name for others."""
    payload = entry.get("jsonPayload")
    if isinstance(payload, dict) and any(key in payload for key in _METHOD):
        for key in _STATUS:
            held = payload.get(key)
            if isinstance(held, str) and re.fullmatch(r"[1-5][0-9][0-9]", held):
                return key, held
            if isinstance(held, int) and held in _STATUSES:
                return key, held
    return "", 0


def _all_have(entries: Sequence[JsonObject], one: Extract) -> bool:
    return all(one.read(entry) is not None for entry in entries)
