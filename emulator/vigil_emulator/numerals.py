"""Numbers that come from outside, read within bounds.

Python refuses integers of more than 4,300 digits and floats that leave a double's range with errors of several types.
Here such a number reads as none, so that its reader answers as for any other text that is no number.
"""

import math
import re
from collections.abc import Mapping
from typing import Final

from vigil_apimodel.json_values import JsonObject, JsonValue
from vigil_emulator.errors import ApiError

EXACT: Final = 2**53
"""Up to here a double holds every whole number."""

_PLAIN: Final = 1e21
"""From here on JSON writes a whole double with an exponent."""

MOST_DIGITS: Final = 20
"""Digits of a whole number that is read: those of an unsigned number of 64 bits."""

_WHOLE = re.compile(rf"-?[0-9]{{1,{MOST_DIGITS}}}")
_ZEROS = re.compile(r"(-?)0+(?=[0-9])")


def whole(text: str) -> int | None:
    """Return the whole number that a text is in ASCII digits; None for other texts and above MOST_DIGITS digits."""
    digits = _ZEROS.sub(r"\1", text, count=1) if len(text) > MOST_DIGITS else text
    return int(digits) if _WHOLE.fullmatch(digits) else None


def count(text: str) -> int | None:
    """Return the whole number from zero on that a text is; None for any other text."""
    found = whole(text)
    return None if found is None or found < 0 else found


def real(number: float | str) -> float | None:
    """Return the number as a double, infinities and NaN by their names; None for another text, and beyond its range."""
    try:
        found = float(number)
    except (ValueError, OverflowError):
        return None
    if math.isinf(found) and isinstance(number, str) and "inf" not in number.lower():
        return None
    return found


def number(body: Mapping[str, JsonValue], name: str, default: float = 0.0) -> float:
    """Return the number under a name; int64 values are strings in Google's JSON. Raise ApiError where it is neither."""
    value = body.get(name)
    if value is None:
        return default
    read = real(value) if isinstance(value, (int, float, str)) and not isinstance(value, bool) else None
    if read is not None:
        return read
    raise ApiError("INVALID_ARGUMENT", f'Field {name} had an invalid value of "{value}": a number is needed')


def as_stored(value: "JsonObject | list[JsonValue]") -> None:
    """Round the whole numbers in a payload, in place, to doubles: a `google.protobuf.Struct` holds nothing else."""
    for key, item in value.items() if isinstance(value, dict) else enumerate(value):
        if type(item) is int:
            if not -EXACT <= item <= EXACT:  # type: ignore[operator] # an int by the line above
                value[key] = _rounded(item)  # type: ignore[index, arg-type] # a key of this container, an int
        elif type(item) is dict or type(item) is list:
            as_stored(item)  # type: ignore[arg-type] # by the line above


def _rounded(number: int) -> "JsonValue":
    read = real(number)
    if read is None:
        return str(number)
    return int(read) if abs(read) < _PLAIN else read


def finite(text: str) -> float | None:
    """Return the double that a text is; None also for infinities and NaN."""
    found = real(text)
    return found if found is not None and math.isfinite(found) else None
