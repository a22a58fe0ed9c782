"""When a server's certificate ends: the one field of it that a check reports.

A certificate that is not validated is known to Python's `ssl` only in DER (X.690), whose outline X.509 fixes
(RFC 5280, section 4.1): the outer sequence, in it what is signed, in that the validity with its two times.
"""

from datetime import UTC, datetime
from typing import Final

_SEQUENCE: Final = 0x30
_VERSION: Final = 0xA0
_UTC_TIME: Final = 0x17
_GENERALIZED_TIME: Final = 0x18
_LONG: Final = 0x80
_BEFORE_VALIDITY: Final = 3
"""Serial number, algorithm, issuer."""
_CENTURY: Final = 50
"""Two digits of a year below this are of the 21st century (RFC 5280, section 4.1.2.5.1)."""


def ends(der: bytes) -> datetime:
    """Return `notAfter`. Raises ValueError where it is not there."""
    try:
        _, certificate, _ = _field(der)
        _, signed, _ = _field(certificate)
        tag, _, rest = _field(signed)
        signed = rest if tag == _VERSION else signed
        for _ in range(_BEFORE_VALIDITY):
            _, _, signed = _field(signed)
        tag, validity, _ = _field(signed)
        if tag != _SEQUENCE:
            raise ValueError("it has no validity")
        _, _, rest = _field(validity)
        tag, value, _ = _field(rest)
    except IndexError:
        raise ValueError("it is cut off") from None
    return _time(tag, value.decode("ascii"))


def _field(data: bytes) -> tuple[int, bytes, bytes]:
    """Tag and content of the first field, and what follows it."""
    tag, length, at = data[0], data[1], 2
    if length & _LONG:
        size = length & ~_LONG
        length, at = int.from_bytes(data[at : at + size]), at + size
    if at + length > len(data):
        raise IndexError
    return tag, data[at : at + length], data[at + length :]


def _time(tag: int, value: str) -> datetime:
    if tag == _UTC_TIME:
        value = ("20" if int(value[:2]) < _CENTURY else "19") + value
    elif tag != _GENERALIZED_TIME:
        raise ValueError("its end is no time")
    return datetime.strptime(value, "%Y%m%d%H%M%SZ").replace(tzinfo=UTC)
