"""Where in the code a line was written, encoded once per place."""

from __future__ import annotations

from types import CodeType, FrameType

import msgspec

from vigil_telemetry.reserved import SOURCE_LOCATION
from vigil_telemetry.safe import safe_text

_encode = msgspec.json.Encoder().encode
_LIMIT = 8192

places: dict[tuple[int, int], tuple[bytes, CodeType]] = {}
"""Encoded location by (identity of the code object, offset of the instruction). The value keeps the code object, so
that no other one gets its identity while the entry exists. The key is cheap: hashing a code object, or reading its line
number, walks its tables."""


def place_at(frame: FrameType) -> bytes:
    """Return what `place_of` does, which is worked out once for each place."""
    known = places.get((id(frame.f_code), frame.f_lasti))
    return known[0] if known is not None else place_of(frame)


def place_of(frame: FrameType) -> bytes:
    """Return the members `sourceLocation` and `function` for where a frame stands, each followed by a comma."""
    code = frame.f_code
    if len(places) >= _LIMIT:
        places.clear()
    found = encode_place(code.co_filename, frame.f_lineno, f"{frame.f_globals.get('__name__', '')}.{code.co_qualname}")
    places[id(code), frame.f_lasti] = (found, code)
    return found


def place_of_code(code: CodeType, module: str) -> bytes:
    """Return the member for the first line of a function, where a request was handled, wherever its line is written."""
    key = (id(code), -1)
    known = places.get(key)
    if known is None:
        known = (encode_place(code.co_filename, code.co_firstlineno, f"{module}.{code.co_qualname}"), code)
        places[key] = known
    return known[0]


def encode_place(file: str, line: int, function: str) -> bytes:
    """Return the two members for a place that is known by name."""
    function = safe_text(function.removeprefix("."))
    members = {
        SOURCE_LOCATION: {"file": safe_text(file), "line": str(line), "function": function},
        "function": function,
    }
    return _encode(members)[1:-1] + b","
