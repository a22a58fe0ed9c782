"""A trace as pages show it: its spans as a tree, each with the log lines that belong to it."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

from vigil_apimodel.json_values import text
from vigil_emulator.charts.model import Lanes, Level, Moment
from vigil_emulator.console.entries import Shown
from vigil_emulator.console.time_words import duration
from vigil_emulator.tracing import Span

MOST_SPANS = 300
"""Spans that are drawn; a trace may have more."""
_INDENT = "\u2003"
_LANE = 46


@dataclass(frozen=True, slots=True)
class Row:
    """One span of a trace."""

    span: Span
    depth: int
    lines: Sequence[Shown]
    """The log lines that were written in it, in their order."""

    @property
    def level(self) -> Level:
        """Its status as one of the colours."""
        return "critical" if self.span.status == "ERROR" else "ok"

    @property
    def took(self) -> str:
        """How long it took, in words."""
        return duration(self.span.end - self.span.start)

    @property
    def kind(self) -> str:
        """Its kind in small letters; empty where it has none."""
        return self.span.kind.lower()


def rows_of(spans: Sequence[Span], lines: Sequence[Shown]) -> list[Row]:
    """Return the spans in the order of the tree, children by their start; a span whose parent is not here is a root."""
    by_span: dict[str, list[Shown]] = {}
    for line in lines:
        by_span.setdefault(text(line.body, "spanId"), []).append(line)
    known = {span.id for span in spans}
    children: dict[str, list[Span]] = {}
    for span in sorted(spans, key=lambda one: (one.start, -one.end, one.id)):
        above = span.parent if span.parent in known and span.parent != span.id else ""
        children.setdefault(above, []).append(span)
    found = list(_walk(children, by_span))
    reached = {row.span.id for row in found}
    left = [span for span in spans if span.id not in reached]  # spans that are each other's parents
    return [*found, *(Row(span, 0, by_span.get(span.id, ())) for span in left)]


def _walk(children: Mapping[str, Sequence[Span]], lines: Mapping[str, Sequence[Shown]]) -> Iterator[Row]:
    waiting = [(span, 0) for span in reversed(children.get("", ()))]
    while waiting:
        span, depth = waiting.pop()
        yield Row(span, depth, lines.get(span.id, ()))
        waiting += [(child, depth + 1) for child in reversed(children.get(span.id, ()))]


def drawn(rows: Sequence[Row], start: int) -> Lanes:
    """Return the rows as lanes: a bar for each span, a mark for each of its lines; `start` (ns) is the left edge."""
    moments: list[Moment] = []
    seen: dict[str, int] = {}
    for row in rows[:MOST_SPANS]:
        name = f"{_INDENT * min(row.depth, 8)}{row.span.name}"
        name = name if len(name) <= _LANE else name[: _LANE - 1] + "…"
        seen[name] = seen.get(name, 0) + 1
        lane = name if seen[name] == 1 else f"{name} {seen[name]}"
        moments.append(
            Moment(
                lane=lane,
                start=(row.span.start - start) // 1000,
                end=(row.span.end - start) // 1000,
                level="critical" if row.level == "critical" else "none",
            )
        )
        for line in row.lines:
            at = max(line.ns - start, 0) // 1000
            level: Level = line.level if line.level in {"warning", "critical"} else "ok"
            moments.append(Moment(lane=lane, start=at, end=at, level=level))
    return Lanes(moments=tuple(moments))
