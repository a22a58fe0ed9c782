"""`entries.tail`: entries as they are stored, for as long as somebody listens.

Rules: google/logging/v2/logging.proto (TailLogEntriesRequest, TailLogEntriesResponse) and the quotas' live tailing.
"""

import asyncio
from collections.abc import AsyncGenerator, Callable, Sequence
from contextlib import suppress
from typing import TypeAlias

from vigil_apimodel.json_values import JsonObject, json_list, text
from vigil_emulator.clock import Clock
from vigil_emulator.errors import ApiError
from vigil_emulator.logging.entry import Entry
from vigil_emulator.times import MINUTE, SECOND, nanoseconds, parse_duration

DEFAULT_WINDOW = 2 * SECOND
MAXIMUM_WINDOW = 60 * SECOND
RATE_LIMIT = 60_000
"""Entries of a session in a minute (docs.cloud.google.com/logging/quotas)."""
WAITING = 10_000
"""Entries that wait for a slow client; what comes on top is counted as NOT_CONSUMED. Google gives no number."""
BATCH = 1000
"""Entries of one response."""

Selection: TypeAlias = Callable[[Entry, frozenset[str]], bool]
"""Whether an entry that is in these buckets is part of a session."""


class TailSession:
    """One listener: what was stored for it and not yet sent."""

    def __init__(self, selected: Selection, *, window: float, now: Callable[[], int]) -> None:
        """`window` is in wall seconds."""
        self._selected = selected
        self._window = window
        self._now = now
        self._waiting: list[Entry] = []
        self._suppressed: dict[str, int] = {}
        self._minute = (0, 0)
        self._wake = asyncio.Event()
        self._closed = asyncio.Event()

    def offer(self, entry: Entry, buckets: frozenset[str]) -> None:
        """Take an entry that was stored in these buckets, if it is selected and there is room."""
        if not self._selected(entry, buckets):
            return
        minute = self._now() // MINUTE
        sent = self._minute[1] if self._minute[0] == minute else 0
        if sent >= RATE_LIMIT:
            self._suppress("RATE_LIMIT")
        elif len(self._waiting) >= WAITING:
            self._suppress("NOT_CONSUMED")
        else:
            self._minute = (minute, sent + 1)
            self._waiting.append(entry)
        self._wake.set()

    def close(self) -> None:
        """End the session; what waits is still sent."""
        self._closed.set()
        self._wake.set()

    async def responses(self) -> AsyncGenerator[JsonObject]:
        """Yield the responses until `close`, each with its entries in the order of their time."""
        while True:
            await self._wake.wait()
            if self._window:
                with suppress(TimeoutError):
                    async with asyncio.timeout(self._window):
                        await self._closed.wait()
            self._wake.clear()
            entries = sorted(self._waiting, key=lambda entry: (entry.time, entry.insert_id))
            suppressed = self._suppressed
            self._waiting, self._suppressed = [], {}
            for first in range(0, len(entries), BATCH):
                yield {"entries": json_list([entry.body for entry in entries[first : first + BATCH]])}
            if suppressed:
                reported: list[JsonObject] = [
                    {"reason": reason, "suppressedCount": count} for reason, count in suppressed.items()
                ]
                yield {"suppressionInfo": json_list(reported)}
            if self._closed.is_set():
                if not self._waiting:
                    return
                self._wake.set()

    def _suppress(self, reason: str) -> None:
        self._suppressed[reason] = self._suppressed.get(reason, 0) + 1


class LogTail:
    """All sessions. Call `stored` with every entry once its transaction is durable."""

    def __init__(self, select: Callable[[JsonObject], Selection], clock: Clock) -> None:
        """`select` reads `resourceNames` and `filter` of a request; raise ApiError for what Google refuses."""
        self._select = select
        self._clock = clock
        self._sessions: set[TailSession] = set()

    def stored(self, entries: Sequence[tuple[Entry, frozenset[str]]]) -> None:
        """Offer entries, each with the buckets that hold it, to every session."""
        for session in self._sessions:
            for entry, buckets in entries:
                session.offer(entry, buckets)

    def open(self, request: JsonObject) -> TailSession:
        """Begin a session; raise ApiError for what Google refuses. `release` ends it.

        The buffer window passes on the emulator's clock; where that stands still, there is none.
        """
        window = parse_duration(text(request, "bufferWindow")) if "bufferWindow" in request else DEFAULT_WINDOW
        if not 0 <= window <= MAXIMUM_WINDOW:
            raise ApiError("INVALID_ARGUMENT", "buffer_window must be between 0 and 60000 milliseconds.")
        speed = self._clock.speed
        session = TailSession(
            self._select(request),
            window=window / SECOND / speed if speed else 0.0,
            now=lambda: nanoseconds(self._clock.now()),
        )
        self._sessions.add(session)
        return session

    def release(self, session: TailSession) -> None:
        """Forget a session whose client is gone."""
        self._sessions.discard(session)

    def close(self) -> None:
        """End all sessions."""
        for session in self._sessions:
            session.close()
