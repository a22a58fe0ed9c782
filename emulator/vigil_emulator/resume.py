"""Where time continues after a restart: never before what is already stored."""

import json
from datetime import UTC, datetime, timedelta
from pathlib import Path

from vigil_emulator.clock import Clock, RealClock, ScaledClock
from vigil_emulator.database import Database
from vigil_emulator.times import SECOND

_LATEST = (
    "SELECT body FROM data_documents WHERE kind = 'state' AND name = 'evaluated'",
    "SELECT json_object('at', coalesce(max(ended), 0)) FROM data_points",
)


def clock_of(speed: float, database: Path | None, *, anchor: tuple[datetime, datetime] | None = None) -> Clock:
    """Return the clock of an emulator with this state.

    A scaled clock runs ahead of the wall, so that an emulator started again soon after would find points and
    incidents of its future. It continues from the last of them instead; otherwise time is the wall's.
    With an `anchor`, a wall time and the emulated time of that moment, it continues as if it had never stopped.
    Raises StorageError where the database cannot be read.
    """
    now = datetime.now(UTC)
    start = now
    if anchor is not None:
        wall, emulated = anchor
        start = emulated + (now - wall) * speed
    if database is not None and database.exists():
        start = max(start, last_time(database))
    return RealClock() if speed == 1 and start == now else ScaledClock(speed, start=start)


def last_time(database: Path) -> datetime:
    """Return the last time that the database knows of: of a metric's point or of an evaluation; 1970 if of none."""
    opened = Database(database)
    try:
        found = [int(json.loads(str(body))["at"]) for query in _LATEST for (body,) in opened.rows(query, ())]
    finally:
        opened.close()
    return datetime.fromtimestamp(0, UTC) + timedelta(microseconds=-(-max(found, default=0) * 1_000_000 // SECOND))
