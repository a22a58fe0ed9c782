"""Reports in separate lines what the library could not do."""

from __future__ import annotations

import os
import time

from vigil_telemetry.counters import counters
from vigil_telemetry.emitter import emit
from vigil_telemetry.events.telemetry import EntryTruncated, EventFailed, EventRepaired, LinesDropped, RedactionFailed

INTERVAL = 10.0
"""Seconds between two reports, so that a fault that strikes every line does not double their number."""


class _Reporter:
    def __init__(self) -> None:
        self._last = -INTERVAL
        self._busy = False

    def soon(self) -> None:
        """Report, unless that was done a moment ago or is being done."""
        now = time.monotonic()
        if not self._busy and now - self._last >= INTERVAL:
            self._last = now
            self.report()

    def report(self) -> None:
        """Write one line for each kind of failure since the last report."""
        if self._busy:
            return
        self._busy = True
        try:
            news = counters.unreported()
            if news.dropped:
                before = counters.dropped
                emit(LinesDropped(lines=news.dropped))
                if (
                    counters.dropped > before
                ):  # this very line was lost: it is not the application's, and is reported later
                    counters.lost(-1)
                    counters.reported.dropped -= news.dropped
                    self._last = -INTERVAL
            if news.failed:
                emit(EventFailed(events=news.failed, reason=counters.reasons.get("failed", "")))
            if news.repaired:
                emit(EventRepaired(lines=news.repaired, reason=counters.reasons.get("repaired", "")))
            if news.truncated:
                emit(EntryTruncated(lines=news.truncated))
            if news.redaction_failed:
                emit(RedactionFailed(texts=news.redaction_failed))
        finally:
            self._busy = False

    def forked(self) -> None:
        """Begin anew in a child: no thread of it is reporting."""
        counters.forked()
        self._last, self._busy = -INTERVAL, False


_reporter = _Reporter()
report = _reporter.report
counters.tell = _reporter.soon
os.register_at_fork(after_in_child=_reporter.forked)
