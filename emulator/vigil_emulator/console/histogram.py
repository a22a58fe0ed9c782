"""How many log entries were written when: the bars above the log."""

from dataclasses import dataclass

from vigil_emulator.charts.model import Level, Line, TimeChart
from vigil_emulator.charts.window import Window
from vigil_emulator.console.entries import Shown
from vigil_emulator.console.sources import Sources

MOST = 3000
"""Entries that are counted for one page: reading them takes a fifth of a second."""
_PAGE = 1000
BARS = 60
_MILLION = 1_000_000
_NAMES: dict[Level, str] = {"critical": "errors", "warning": "warnings", "none": "other", "ok": "notices and info"}

_COLOURS: dict[Level, Level] = {"critical": "critical", "warning": "warning", "none": "ok", "ok": "none"}
"""Most entries are of no concern: they get the plain colour."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Histogram:
    """Bars by severity, and what they say in words."""

    chart: TimeChart
    counted: int
    complete: bool
    """False where the time holds more entries than are counted; the oldest are then missing."""

    @property
    def alt(self) -> str:
        """Return what the bars show, for who cannot see them."""
        counts = [f"{sum(line.values):g} {line.name}" for line in self.chart.lines if any(line.values)]
        return f"Log entries over time: {', '.join(counts) or 'none'}."


async def histogram(sources: Sources, project: str, query: str, window: Window) -> Histogram:
    """Count the entries that a query selects by time and severity. Raise ApiError for a wrong query."""
    counts: dict[Level, dict[int, float]] = {}
    end = window.end + window.step  # a window ends at a whole step, and entries of the one that has begun are listed
    width = -(-(end - window.start) // BARS)
    counted, token = 0, ""
    while True:
        bodies, token = await sources.entries(project, query, window.start * _MILLION, _PAGE, token)
        for body in bodies:
            shown = Shown(body)
            at = window.start + (shown.ns // _MILLION - window.start) // width * width + width
            per = counts.setdefault(shown.level, {})
            per[at] = per.get(at, 0.0) + 1
        counted += len(bodies)
        if not token or counted >= MOST:
            break
    times = tuple(range(window.start + width, window.start + (BARS + 1) * width, width))
    lines = tuple(
        Line(
            name=name,
            times=times,
            values=tuple(counts[level].get(at, 0.0) for at in times),
            plot="bar",
            level=_COLOURS[level],
        )
        for level, name in _NAMES.items()
        if level in counts
    )
    chart = TimeChart(
        start=window.start,
        end=end,
        step=width,
        lines=lines,
        unit="1",
        note="" if lines else "No entry in this time.",
    )
    return Histogram(chart=chart, counted=counted, complete=not token)
