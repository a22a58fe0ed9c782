"""When cumulative series began: the exporter's cumulative normalisation.

A series without a start begins with its first scrape, which is kept and not written; later points are what came on top.
Source: opentelemetry-operations-go v0.62, `exporter/collector/internal/normalization/standard_normalizer.go`. What is
wrong there is so here, since production shows it (docs/collector.md): a reset is seen where a value falls below the
last one *written*; and after the first point of a reset, a counter, and the sum of a histogram, are again written less
what they were when they were first seen.
"""

from collections.abc import Hashable
from dataclasses import dataclass

from vigil_emulator.times import MINUTE

MILLISECOND = 1_000_000
FORGOTTEN = 40 * MINUTE
"""Nanoseconds after which a series that is not seen begins anew; the exporter clears its memory every 20 minutes."""


@dataclass(frozen=True, slots=True)
class Total:
    """A cumulative value: a number alone, or count, sum and the counts of buckets."""

    values: tuple[float, ...]
    bounds: tuple[float, ...] = ()

    def fell(self, before: "Total") -> bool:
        """Return whether the number, the count or the sum is smaller than before."""
        return any(now < then for now, then in zip(self.values[:2], before.values[:2], strict=True))

    def since(self, start: "Total") -> "Total":
        """Return what came on top of `start`."""
        return Total(tuple(now - then for now, then in zip(self.values, start.values, strict=True)), self.bounds)

    def begun_anew(self, start: "Total") -> "Total":
        """Return the start after a reset, as the exporter has it: what it does not clear of `start`."""
        if len(self.values) == 1:
            return start
        kept = start.values[1] if self.bounds else 0.0
        return Total((0.0, kept, *(0.0 for _ in self.values[2:])), self.bounds)


@dataclass(slots=True)
class _Known:
    began: int
    start: Total
    written: Total
    seen: int


class Starts:
    """The starts of one target's cumulative series."""

    def __init__(self) -> None:
        self._known: dict[Hashable, _Known] = {}

    def of(self, series: Hashable, time: int, total: Total, created: int = 0) -> tuple[int, Total] | None:
        """Start and value of the point to write, None where it is kept as one; `created` (ns) 0 for unknown."""
        known = self._known.get(series)
        if known is None or known.start.bounds != total.bounds:
            if known is None and 0 < created < time:
                return created, total
            self._known[series] = _Known(time, total, total, time)
            return None
        known.seen = time
        if created >= time or (not created and total.fell(known.written)):
            known.began, known.start, known.written = time - MILLISECOND, total.begun_anew(known.start), total
            return known.began, total
        if known.began >= time:
            return None
        known.written = total.since(known.start)
        return known.began, known.written

    def forget(self, now: int) -> None:
        """Drop series that were not seen for long."""
        for series in [key for key, known in self._known.items() if now - known.seen > FORGOTTEN]:
            del self._known[series]
