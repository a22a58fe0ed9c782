"""Times and durations as Google's JSON writes them, in nanoseconds since 1970.

`google.protobuf.Timestamp` is RFC 3339 with 0 to 9 fractional digits, written with 0, 3, 6 or 9 and `Z`;
`google.protobuf.Duration` is seconds with up to 9 fractional digits and `s` (the proto files' JSON mapping).
"""

import re
from datetime import UTC, datetime, timedelta

SECOND = 1_000_000_000
MINUTE = 60 * SECOND
DAY = 86_400 * SECOND

EARLIEST, LATEST = -(2**63), 2**63 - 1
"""Times that are kept, in 64 bits: from 1677 to 2262. The APIs take the years 1 to 9999."""

LONGEST = 315_576_000_000
"""Seconds of a duration, 10,000 years (google/protobuf/duration.proto)."""

_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_NAIVE = _EPOCH.replace(tzinfo=None)
_RFC3339 = re.compile(r"(\d{4}-\d\d-\d\d)[Tt ](\d\d:\d\d:\d\d)(?:\.(\d{1,9})\d*)?([Zz]|[+-]\d\d:?\d\d)", re.ASCII)
_DURATION = re.compile(r"(-?)(\d+)(?:\.(\d{1,9}))?s", re.ASCII)
_SECONDS = {f":{second:02d}": second * SECOND for second in range(60)}
_minutes: dict[str, int] = {}
_CACHED_MINUTES = 100_000


def bounded(ns: int) -> int:
    """Return the time, or the nearest one that is kept."""
    return min(max(ns, EARLIEST), LATEST)


def nanoseconds(when: datetime) -> int:
    """Return the nanoseconds since 1970 of a time with a zone."""
    delta = when - _EPOCH
    return (delta.days * 86_400 + delta.seconds) * SECOND + delta.microseconds * 1000


def moment(ns: int) -> datetime:
    """Return the time in UTC, cut to microseconds."""
    return _EPOCH + timedelta(microseconds=ns // 1000)


def parse_time(value: str) -> int:
    """Return the nanoseconds of an RFC 3339 time; raise ValueError where it is not one."""
    if value.endswith("Z") and len(value) <= 30:  # noqa: PLR2004 - 2026-01-01T00:00:00.123456789Z
        minute = _minutes.get(value[:16])
        seconds = _SECONDS.get(value[16:19])
        if minute is not None and seconds is not None:
            if len(value) == 20:  # noqa: PLR2004 - no fraction
                return minute + seconds
            fraction = value[20:-1]
            if value[19] == "." and fraction.isascii() and fraction.isdigit():
                return minute + seconds + int(fraction.ljust(9, "0"))
    match = _RFC3339.fullmatch(value)
    if match is None:
        raise ValueError(f"{value!r} is not a time in RFC 3339, such as 2026-01-31T12:00:00.5Z")
    date, clock, fraction, zone = match.groups()
    if clock.startswith("24"):  # Python 3.13 and newer take it for the next day
        raise ValueError("hour must be in 0..23")
    whole = datetime.fromisoformat(f"{date}T{clock}{'+00:00' if zone in 'Zz' else zone}")
    ns = nanoseconds(whole) + int((fraction or "").ljust(9, "0") or 0)
    if zone == "Z" and value[10] == "T" and len(_minutes) < _CACHED_MINUTES:
        _minutes[value[:16]] = ns // MINUTE * MINUTE
    return ns


def format_time(ns: int) -> str:
    """Return RFC 3339 in UTC, with 0, 3, 6 or 9 fractional digits."""
    seconds, rest = divmod(ns, SECOND)
    text = (_NAIVE + timedelta(seconds=seconds)).isoformat()  # several times faster than strftime
    return f"{text}{_fraction(rest)}Z"


def _fraction(nanoseconds: int) -> str:
    """A point and 3, 6 or 9 digits; nothing for no nanoseconds."""
    if not nanoseconds:
        return ""
    digits = f"{nanoseconds:09d}"
    while digits.endswith("000"):
        digits = digits[:-3]
    return f".{digits}"


def parse_duration(value: str) -> int:
    """Return the nanoseconds of a duration such as `60s` or `1.5s`; raise ValueError where it is not one."""
    match = _DURATION.fullmatch(value)
    if match is None:
        raise ValueError(f"{value!r} is not a duration in seconds, such as 60s")
    sign, whole, fraction = match.groups()
    if len(whole.lstrip("0")) > len(str(LONGEST)) or int(whole[-len(str(LONGEST)) :]) > LONGEST:
        raise ValueError(f"a duration of more than {LONGEST} seconds is more than the APIs allow")
    ns = int(whole[-len(str(LONGEST)) :]) * SECOND + int((fraction or "").ljust(9, "0") or 0)
    return -ns if sign else ns


def format_duration(ns: int) -> str:
    """Return the seconds with 0, 3, 6 or 9 fractional digits, and `s`."""
    seconds, rest = divmod(abs(ns), SECOND)
    sign = "-" if ns < 0 else ""
    return f"{sign}{seconds}{_fraction(rest)}s"
