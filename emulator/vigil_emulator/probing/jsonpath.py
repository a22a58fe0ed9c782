"""JSONPath as far as checks are likely to use it: the root, members, indexes, and all of both.

Source: RFC 9535, sections 2.3.1 to 2.3.3. Slices, filters and descendants are refused.
"""

import re
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Final

from vigil_apimodel.json_values import JsonValue

_STEP: Final = re.compile(
    r"""\.(?P<name>[A-Za-z_\u0080-\U0010ffff][\w\u0080-\U0010ffff-]*)"""
    r"""|\[\s*'(?P<single>(?:[^'\\]|\\['\\])*)'\s*\]"""
    r"""|\[\s*"(?P<double>(?:[^"\\]|\\["\\])*)"\s*\]"""
    r"""|\[\s*(?P<index>-?\d{1,9})\s*\]"""
    r"""|(?P<every>\.\*|\[\s*\*\s*\])"""
)


@dataclass(frozen=True, slots=True)
class JsonPath:
    """A path that was read; a step is a member's name, an index, or None for all."""

    steps: tuple[str | int | None, ...]

    def found(self, document: JsonValue) -> list[JsonValue]:
        """Return what is there, in the document's order."""
        values = [document]
        for step in self.steps:
            values = [inner for value in values for inner in _inside(value, step)]
        return values


def json_path(text: str) -> JsonPath:
    """Return the path that a text writes. Raises ValueError where it is none, or one of those that are not followed."""
    if not text.startswith("$"):
        raise ValueError(f"{text!r} is no JSONPath: it begins with $")
    steps: list[str | int | None] = []
    at = 1
    while at < len(text):
        match = _STEP.match(text, at)
        if match is None:
            raise ValueError(f"{text!r} is not followed from {text[at:]!r} on: take members, indexes and * alone")
        steps.append(_step(match))
        at = match.end()
    return JsonPath(tuple(steps))


def _step(match: re.Match[str]) -> str | int | None:
    if match["every"] is not None:
        return None
    if match["index"] is not None:
        return int(match["index"])
    quoted = match["single"] if match["single"] is not None else match["double"]
    return match["name"] if quoted is None else re.sub(r"\\(.)", r"\1", quoted)


def _inside(value: JsonValue, step: str | int | None) -> Iterable[JsonValue]:
    if isinstance(value, dict):
        if step is None:
            return value.values()
        return [value[step]] if isinstance(step, str) and step in value else []
    if isinstance(value, list):
        if step is None:
            return value
        return [value[step]] if isinstance(step, int) and -len(value) <= step < len(value) else []
    return []
