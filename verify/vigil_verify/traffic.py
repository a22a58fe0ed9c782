"""How much of each event is logged: what an estimate of the cost needs to know."""

import json
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import cast


@dataclass(frozen=True, slots=True, kw_only=True)
class Traffic:
    """The entries of one event that were seen."""

    event: str
    entries: int
    bytes: int
    """Of all of them, as JSON."""
    seconds: float
    """The time in which they were written."""


def measured(
    entries: Sequence[object], start: datetime, end: datetime, *, most: int | None = None
) -> tuple[Traffic, ...]:
    """Return the traffic of entries as Google's client lists them, the newest first, between two times.

    Where there are `most` or more, the list was cut off, and what it has began with its oldest entry.
    """
    if not entries:
        return ()
    oldest = getattr(entries[-1], "timestamp", None)
    began = oldest if most is not None and len(entries) >= most and isinstance(oldest, datetime) else start
    seconds = max((end - began).total_seconds(), 1.0)
    found: dict[str, list[int]] = {}
    for entry in entries:
        payload = cast("dict[str, object]", getattr(entry, "payload", None) or {})
        found.setdefault(str(payload.get("event")), []).append(_size(entry))
    return tuple(
        Traffic(event=name, entries=len(sizes), bytes=sum(sizes), seconds=seconds)
        for name, sizes in sorted(found.items())
    )


def _size(entry: object) -> int:
    written = getattr(entry, "to_api_repr", None)
    body: object = written() if callable(written) else getattr(entry, "payload", None)
    return len(json.dumps(body, separators=(",", ":"), ensure_ascii=False, default=str).encode())
