"""Fields of an entry by the path that a query writes, with the type that comparisons convert to.

Rules (docs.cloud.google.com/logging/docs/view/logging-query-language, "Missing fields"): a field of LogEntry that is
not set has its type's default; a key of a payload or of labels that is not there is missing, and every comparison
with it fails. A comparison with a list holds if it holds for one of the elements; a path through a list reads each of
them. Names of LogEntry's fields are read without regard to case and underscores, keys as they stand.
"""

from collections.abc import Callable, Iterator
from enum import Enum
from functools import lru_cache
from typing import Final, TypeAlias

import msgspec

from vigil_apimodel.json_values import JsonValue
from vigil_apimodel.lql import FieldPath
from vigil_apimodel.lql.fields import LOG_ENTRY
from vigil_emulator.logging.entry import Entry
from vigil_emulator.times import format_time


class Kind(Enum):
    """What a field's value is compared as."""

    TEXT = "text"
    NUMBER = "number"
    FLAG = "flag"
    TIME = "time"
    DURATION = "duration"
    SEVERITY = "severity"
    DYNAMIC = "dynamic"
    """A payload's value, whatever JSON it is."""
    LABEL = "label"
    """A text that may be missing."""


class Missing(Enum):
    """The value of a field that is not there."""

    MISSING = "missing"


MISSING: Final = Missing.MISSING
Found: TypeAlias = "JsonValue | Missing"
Getter: TypeAlias = Callable[[Entry], Found]

_NUMBERS = {
    ("httpRequest", "status"), ("httpRequest", "requestSize"), ("httpRequest", "responseSize"),
    ("httpRequest", "cacheFillBytes"), ("sourceLocation", "line"), ("split", "index"), ("split", "totalSplits"),
}  # fmt: skip
_FLAGS = {
    ("traceSampled",), ("operation", "first"), ("operation", "last"), ("httpRequest", "cacheHit"),
    ("httpRequest", "cacheLookup"), ("httpRequest", "cacheValidatedWithOriginServer"),
}  # fmt: skip
_OPEN_LABELS = {("labels",), ("resource", "labels"), ("metadata", "userLabels")}


def folded(name: str) -> str:
    """Return a LogEntry field's name without case and underscores."""
    return name.replace("_", "").lower()


_TOP = {folded(name): name for name in LOG_ENTRY}
_INNER = {name: {folded(inner): inner for inner in names} for name, names in LOG_ENTRY.items() if names}


@lru_cache(maxsize=8192)
def canonical(path: FieldPath) -> tuple[str, ...] | None:
    """Return the path in LogEntry's spelling, or None where LogEntry has no such field."""
    first, *rest = path.segments
    top = _TOP.get(folded(first))
    if top is None:
        return None
    names = LOG_ENTRY[top]
    if names is None:
        return (top, *rest)
    if not rest:
        return (top,)
    inner = _INNER.get(top, {}).get(folded(rest[0]))
    return None if inner is None else (top, inner, *rest[1:])


@lru_cache(maxsize=8192)
def kind_of(path: tuple[str, ...]) -> Kind:  # noqa: PLR0911 - one line for each kind
    """Return the type of a canonical path."""
    if path in {("timestamp",), ("receiveTimestamp",)}:
        return Kind.TIME
    if path == ("severity",):
        return Kind.SEVERITY
    if path in _NUMBERS:
        return Kind.NUMBER
    if path in _FLAGS:
        return Kind.FLAG
    if path == ("httpRequest", "latency"):
        return Kind.DURATION
    if path[:-1] in _OPEN_LABELS:
        return Kind.LABEL
    if LOG_ENTRY[path[0]] is None or path in {(name,) for name in _INNER} | _OPEN_LABELS or path[0] == "metadata":
        return Kind.DYNAMIC
    return Kind.TEXT


@lru_cache(maxsize=8192)
def getter(path: tuple[str, ...]) -> Getter:  # noqa: C901 - a reader for each depth, made fast
    """Return a reader of a canonical path; through lists it gives the list of what is found."""
    if path == ("timestamp",):
        return lambda entry: entry.time
    if path == ("receiveTimestamp",):
        return lambda entry: entry.received
    if path == ("severity",):
        return lambda entry: entry.severity
    if len(path) == 1:
        (name,) = path
        return lambda entry: entry.body.get(name, MISSING)
    if len(path) == 2:  # noqa: PLR2004 - the usual depth, made fast
        outer, inner = path

        def two(entry: Entry) -> Found:
            value = entry.body.get(outer)
            if type(value) is dict:
                return value.get(inner, MISSING)
            return MISSING if value is None else _walk(value, (inner,))

        return two
    first, *rest = path
    following = tuple(rest)

    def deep(entry: Entry) -> Found:
        value: Found = entry.body.get(first, MISSING)
        for depth, name in enumerate(following):
            if type(value) is dict:
                value = value.get(name, MISSING)
            elif isinstance(value, list):
                return _walk(value, following[depth:])
            else:
                return MISSING
        return value

    return deep


def elements(found: list[JsonValue]) -> Iterator[JsonValue]:
    """Yield what a comparison with a list looks at: its elements, also those of lists within it."""
    for item in found:
        if isinstance(item, list):
            yield from elements(item)
        else:
            yield item


def presence(path: tuple[str, ...]) -> Callable[[Entry], bool]:
    """Return whether the field is set, for `field:*`."""
    if len(path) == 1:
        (name,) = path
        return lambda entry: name in entry.body
    get = getter(path)
    return lambda entry: get(entry) is not MISSING


def text_of(value: JsonValue) -> str:
    """Return a scalar as its text, for searches and extractions."""
    if isinstance(value, str):
        return value
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, float):
        return msgspec.json.encode(value).decode().removesuffix(".0")
    return "" if value is None else str(value)


def text_getter(path: tuple[str, ...]) -> Callable[[Entry], str | None]:
    """Return the field as text for extractors; None where it is missing or no scalar."""
    get = getter(path)
    if kind_of(path) is Kind.TIME:
        return lambda entry: format_time(int(str(get(entry))))
    if kind_of(path) is Kind.SEVERITY:
        return lambda entry: str(entry.body.get("severity") or "DEFAULT")

    def text(entry: Entry) -> str | None:
        value = get(entry)
        if isinstance(value, str):
            return value
        if value is MISSING or value is None or isinstance(value, (dict, list)):
            return None
        return text_of(value)

    if len(path) != 2:  # noqa: PLR2004 - the usual depth, made fast
        return text
    outer, inner = path

    def plain(entry: Entry) -> str | None:
        within = entry.body.get(outer)
        if type(within) is dict:
            value = within.get(inner)
            if type(value) is str:
                return value
        return text(entry)

    return plain


def _walk(value: JsonValue, path: tuple[str, ...]) -> Found:
    if not path:
        return value
    if isinstance(value, dict):
        inner = value.get(path[0], MISSING)
        return MISSING if inner is MISSING else _walk(inner, path[1:])
    if isinstance(value, list):
        found = [item for element in value if (item := _walk(element, path)) is not MISSING]
        return found or MISSING
    return MISSING
