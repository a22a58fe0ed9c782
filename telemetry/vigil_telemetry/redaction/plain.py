"""Values of plain Python types as JSON and Cloud Logging can hold them."""

from __future__ import annotations

import datetime as dt
import enum
import ipaddress
import numbers
import operator
import uuid
from collections.abc import Callable
from decimal import Decimal
from fractions import Fraction
from pathlib import PurePath

EXACT = 2**53
"""Up to here every whole number has its own double. Cloud Logging keeps `jsonPayload` as a
`google.protobuf.Struct`, whose numbers are doubles: a larger one is read as another number.
https://protobuf.dev/reference/protobuf/google.protobuf/#value
"""

_ISO = (dt.datetime, dt.date, dt.time)
_FIXED = (dt.timedelta, uuid.UUID)
"""Their text has one form, with nothing personal in it to look for."""
_AS_TEXT: tuple[type, ...] = (
    Decimal, Fraction, PurePath, ipaddress.IPv4Address, ipaddress.IPv6Address, ipaddress.IPv4Network,
    ipaddress.IPv6Network, ipaddress.IPv4Interface, ipaddress.IPv6Interface,
)  # fmt: skip


def whole(value: int) -> int | str:
    """Return a whole number, as text where a double would change it."""
    number = int(value)
    return number if -EXACT <= number <= EXACT else _digits(number)


def plain(value: object, text: Callable[[str], str]) -> object:
    """Return a value of a plain type as a number or a text; the name of its type for any other.

    Dates and times become ISO 8601 text, an enum its value, numbers of other libraries (numpy) a number.

    Args:
        value: holds no other values.
        text: what happens to a text, such as a scan for personal data.
    """
    if isinstance(value, enum.Enum):
        return plain(value.value, text)
    if value is None or isinstance(value, bool):
        return value
    if isinstance(value, str):
        return text(str(value))
    number = _number(value)
    return number if number is not None else _described(value, text)


def _number(value: object) -> int | float | str | None:
    if isinstance(value, float):
        return float(value)
    if isinstance(value, int | numbers.Integral):
        return whole(operator.index(value))
    return float(value) if isinstance(value, numbers.Real) and not isinstance(value, Fraction) else None


def _described(value: object, text: Callable[[str], str]) -> str:
    if isinstance(value, _ISO):
        return value.isoformat()
    if isinstance(value, _FIXED):
        return str(value)
    if isinstance(value, _AS_TEXT):
        return text(str(value))
    if isinstance(value, bytes | bytearray):
        return f"<{len(value)} bytes>"
    if isinstance(value, type):
        return f"{value.__module__}.{value.__qualname__}"
    return f"<{type(value).__name__}>"


def _digits(number: int) -> str:
    try:
        return str(number)
    except ValueError:  # more digits than `sys.set_int_max_str_digits` lets Python write
        return hex(number)
