"""Reading wire inputs, of which any part may be unknown.

A value of an unexpected type (the unknown of a preview, a secret's envelope) reads as absent, so that no rule speaks of
what nobody knows yet; `present` tells that something stands there.
"""

import math
import re
from collections.abc import Iterator, Mapping, Sequence
from typing import cast

from vigil_apimodel.rules.model import Finding, Inputs

UNKNOWN = "04da6b54-80e4-46f7-96ec-b56ff0331ba9"
"""Pulumi's sentinel for an unknown value on the wire."""

_DURATION = re.compile(r"(-?[0-9]{1,12}(?:\.[0-9]{1,9})?)s\Z")
_LABEL_KEY = re.compile(r"[a-z][a-z0-9_-]*\Z")
_LABEL_VALUE = re.compile(r"[a-z0-9_-]*\Z")


def present(inputs: Inputs, key: str) -> bool:
    """Return whether the field is set, be its value known or not."""
    return inputs.get(key) is not None


def unknown(value: object) -> bool:
    """Return whether the value is a text that is not known yet: Pulumi's sentinel, or one with a `${NAME}`."""
    return isinstance(value, str) and (value == UNKNOWN or "${" in value)


def opaque(inputs: Inputs, key: str) -> bool:
    """Return whether a message is set that cannot be looked into: unknown, or a secret."""
    value = inputs.get(key)
    return value is not None and not isinstance(value, Mapping | list)


def blank(inputs: Inputs, key: str) -> bool:
    """Return whether the text is there and empty, but for white space."""
    value = text(inputs, key)
    return value is not None and not value.strip()


def text(inputs: Inputs, key: str) -> str | None:
    """Return the text as written, placeholders included."""
    value = inputs.get(key)
    return value if isinstance(value, str) and value != UNKNOWN else None


def literal(inputs: Inputs, key: str) -> str | None:
    """Return the text, unless part of it is a placeholder."""
    value = text(inputs, key)
    return None if value is None or unknown(value) else value


def number(inputs: Inputs, key: str) -> float | None:
    """Return the number, also where JSON has it as text (64-bit integers, and what JSON has no number for)."""
    value = inputs.get(key)
    if isinstance(value, bool):
        return None
    try:
        if isinstance(value, int | float):
            return float(value)
        if isinstance(value, str) and re.fullmatch(r"-?[0-9]+(?:\.[0-9]+)?|NaN|-?Infinity", value):
            return float(value)
    except OverflowError:  # an integer beyond a double
        return math.inf if isinstance(value, int) and value > 0 else -math.inf
    return None


def mapping(inputs: Inputs, key: str) -> Inputs:
    """Return the message in the field, empty where there is none. Pulumi's lists of one count as the message itself."""
    value = inputs.get(key)
    if value is None:
        return {}
    if isinstance(value, dict):
        return cast("Inputs", value)
    if isinstance(value, Sequence) and not isinstance(value, str) and len(cast("Sequence[object]", value)) == 1:
        value = cast("Sequence[object]", value)[0]
    return cast("Inputs", value) if isinstance(value, Mapping) else {}


def items(inputs: Inputs, key: str) -> list[object]:
    """Return the elements of a list, none where it is absent or unknown."""
    value = inputs.get(key)
    if value is None:
        return []
    if isinstance(value, list):
        return cast("list[object]", value)
    return list(cast("Sequence[object]", value)) if isinstance(value, Sequence) and not isinstance(value, str) else []


def messages(inputs: Inputs, key: str) -> list[tuple[str, Inputs]]:
    """Return the messages of a list, each with its place (`conditions[0]`)."""
    return [
        (f"{key}[{index}]", cast("Inputs", element))
        for index, element in enumerate(items(inputs, key))
        if isinstance(element, dict) or isinstance(element, Mapping)  # noqa: SIM101 - dict first is much faster
    ]


def seconds(inputs: Inputs, key: str) -> float | None:
    """Return a duration as JSON has it (`"60s"`, `"0.5s"`), in seconds."""
    value = text(inputs, key)
    found = _DURATION.match(value) if value is not None else None
    return float(found[1]) if found else None


def malformed_duration(inputs: Inputs, key: str) -> str | None:
    """Return what is wrong with the form of a duration, or None."""
    value = literal(inputs, key)
    if value is None or _DURATION.match(value):
        return None
    return f'{value!r} is not a duration: write seconds with an s, such as "60s"'


def user_labels(inputs: Inputs, key: str, *, most: int, chars: int, size: int) -> Iterator[Finding]:
    """Return what Monitoring asks of user labels: their number, their size, and the letters of keys and values."""
    labels = mapping(inputs, key)
    if len(labels) > most:
        yield key, f"there are {len(labels)} labels, at most {most} are allowed: remove {len(labels) - most}"
    for name, value in labels.items():
        place = f"{key}.{name}"
        if not _LABEL_KEY.match(name):
            yield place, "a key starts with a lower-case letter and has lower-case letters, digits, _ and - only"
        if isinstance(value, str) and not unknown(value) and not _LABEL_VALUE.match(value):
            yield place, f"the value {value!r} may have lower-case letters, digits, _ and - only"
        for part in (name, value):
            if isinstance(part, str) and not unknown(part) and (len(part) > chars or len(part.encode()) > size):
                yield place, f"{part[:20]!r}... is longer than {chars} characters or {size} bytes: shorten it"


def too_long(inputs: Inputs, key: str, *, chars: int | None = None, size: int | None = None) -> Iterator[Finding]:
    """Return whether a text has more characters or UTF-8 bytes than allowed."""
    value = text(inputs, key)
    if value is None:
        return
    if chars is not None and len(value) > chars:
        yield key, f"{len(value)} characters, at most {chars} are allowed: shorten it by {len(value) - chars}"
    if size is not None and len(value.encode()) > size:
        yield key, f"{len(value.encode())} bytes of UTF-8, at most {size} are allowed: shorten it"


def within(place: str, findings: Iterator[Finding]) -> Iterator[Finding]:
    """Return the findings of a part, their fields prefixed by its place."""
    for field, message in findings:
        yield f"{place}.{field}" if field else place, message
