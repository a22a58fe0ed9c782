"""Times and values as people read them."""

from vigil_emulator.times import SECOND, moment, parse_time

_UNITS = ((86_400, "d"), (3600, "h"), (60, "min"), (1, "s"))


def clock_time(when: str | int) -> str:
    """Return `14:03:07.123`; nanoseconds or RFC 3339."""
    return f"{moment(_ns(when)):%H:%M:%S.%f}"[:-3]


def day_time(when: str | int) -> str:
    """Return `2026-11-24 14:03:07`."""
    return f"{moment(_ns(when)):%Y-%m-%d %H:%M:%S}"


def duration(ns: int) -> str:
    """Return the two largest units: `1 h 4 min`."""
    left = abs(ns) // SECOND
    if not left:
        return f"{abs(ns) / 1e6:.3g} ms" if ns else "0 s"
    parts: list[str] = []
    for size, name in _UNITS:
        count, left = divmod(left, size)
        if count or parts:
            parts.append(f"{count} {name}")
    return " ".join(parts[:2]).removesuffix(" 0 s").removesuffix(" 0 min")


def ago(when: str | int, now: int) -> str:
    """Return `4 min ago`."""
    past = now - _ns(when)
    return "just now" if past < SECOND else f"{duration(past)} ago"


def _ns(when: str | int) -> int:
    return when if isinstance(when, int) else parse_time(when)
