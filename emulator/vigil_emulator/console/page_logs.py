"""Logs, one entry, and the way of one request through all parts."""

from vigil_apimodel import lql
from vigil_apimodel.syntax import quote
from vigil_emulator.charts.model import Lanes, Moment, Size
from vigil_emulator.console.entries import Shown
from vigil_emulator.console.frame import Frame
from vigil_emulator.console.histogram import Histogram, histogram
from vigil_emulator.console.time_words import duration
from vigil_emulator.console.waterfall import MOST_SPANS, drawn, rows_of
from vigil_emulator.console.web import PageRequest
from vigil_emulator.errors import ApiError
from vigil_emulator.rest.api import Answer
from vigil_emulator.times import SECOND

_MILLION = 1_000_000
PAGE_SIZE = 50
MOST_OF_TRACE = 1000
MOST_TRACES = 5
"""Traces whose spans are drawn for one correlation id."""
_LANE_PIXELS = 30
_AXIS_PIXELS = 56
_BARS = Size(1320, 120)
EXAMPLES = (
    "severity>=ERROR",
    'jsonPayload.event="http.request.completed" AND httpRequest.status>=500',
    'jsonPayload.message:"timeout"',
)
SEVERITIES = ("DEFAULT", "DEBUG", "INFO", "NOTICE", "WARNING", "ERROR", "CRITICAL")


class LogPages:
    """Pages about entries."""

    def __init__(self, frame: Frame) -> None:
        self._frame = frame
        self._sources = frame.sources

    async def logs(self, request: PageRequest) -> Answer:
        """Return entries that a query selects, newest first."""
        project = self._frame.project(request)
        query = request.get("q")
        least = request.get("severity") if request.get("severity") in SEVERITIES else ""
        found: list[Shown] = []
        token, error = "", ""
        bars: Histogram | None = None
        try:
            lql.parse(query)
            full = "\n".join(
                part
                for part in (f"severity>={least}" if least else "", f"({query}\n)" if query.strip() else "")
                if part
            )
            window = self._frame.window(request)
            since = window.start * _MILLION
            bodies, token = await self._sources.entries(project, full, since, PAGE_SIZE, request.get("token"))
            found = [Shown(body) for body in bodies]
            bars = await histogram(self._sources, project, full, window) if found else None
        except lql.QuerySyntaxError as wrong:
            error = str(wrong)
        except ApiError as wrong:
            error = wrong.message
        return self._frame.page(
            request,
            "logs.html",
            title="Logs",
            nav="logs",
            query=query,
            least=least,
            severities=SEVERITIES,
            entries=found,
            token=token,
            error=error,
            examples=EXAMPLES,
            image=bars and self._frame.image(bars.chart, _BARS, bars.alt, narrow=Size(380, 110)),
            partial=bars.counted if bars and not bars.complete else 0,
        )

    async def entry(self, request: PageRequest) -> Answer:
        """Return one entry, all of it."""
        project = self._frame.project(request)
        log, at, identifier = request.get("log"), request.get("at"), request.get("id")
        query = f"timestamp={quote(at)} AND insertId={quote(identifier)}"
        bodies, _ = await self._sources.entries(project, query, 0, 10) if at and identifier else ([], "")
        found = next((Shown(body) for body in bodies if not log or body.get("logName") == log), None)
        if found is None:
            return self._frame.problem(request, 404, "There is no such entry: it may be older than its bucket keeps.")
        return self._frame.page(request, "entry.html", title=found.short[:80], nav="logs", entry=found)

    async def trace(self, request: PageRequest) -> Answer:
        """Return all entries of a request, by correlation id or trace, and the trace's spans as a waterfall."""
        project = self._frame.project(request)
        correlation, trace = request.get("correlation_id").strip(), request.get("trace").strip().lower()
        found: list[Shown] = []
        if correlation or trace:
            value, name = quote(correlation), quote(f"projects/{project}/traces/{trace}")
            query = f"jsonPayload.correlation_id={value} OR labels.correlation_id={value}" if correlation else ""
            query = query or f"trace={name}"
            bodies, _ = await self._sources.entries(project, query, 0, MOST_OF_TRACE, ascending=True)
            found = [Shown(body) for body in bodies]
        traces = [trace] if trace else list(dict.fromkeys(each.trace for each in found if each.trace))[:MOST_TRACES]
        spans = [span for one in traces for span in self._sources.data.spans.trace(project, one)]
        rows = rows_of(spans, found)
        image = None
        first = min((each.ns - each.took for each in found), default=0)
        last = max((each.ns for each in found), default=0)
        parts = list(dict.fromkeys(each.part for each in found))
        if found:
            moments = tuple(
                Moment(
                    lane=each.part,
                    start=(each.ns - each.took - first) // 1000,
                    end=(each.ns - first) // 1000,
                    level=each.level if each.level in {"warning", "critical"} else "none",
                )
                for each in found
            )
            height = _AXIS_PIXELS + _LANE_PIXELS * len(parts)
            alt = f"{len(found)} entries of {', '.join(parts)} in {duration(last - first)}."
            image = self._frame.image(Lanes(moments=moments), Size(1320, height), alt, narrow=Size(380, height))
        waterfall = None
        if rows:
            begun = min(span.start for span in spans)
            height = _AXIS_PIXELS + _LANE_PIXELS * min(len(rows), MOST_SPANS)
            services = ", ".join(dict.fromkeys(span.service for span in spans))
            alt = f"{len(spans)} spans of {services} in {duration(max(span.end for span in spans) - begun)}."
            waterfall = self._frame.image(drawn(rows, begun), Size(1320, height), alt, narrow=Size(380, height))
        return self._frame.page(
            request,
            "trace.html",
            title="Trace",
            nav="logs",
            trace=trace,
            waterfall=waterfall,
            rows=[(row, _offset(row.span.start - min(span.start for span in spans))) for row in rows],
            correlation=correlation,
            entries=[(each, _offset(each.ns - first)) for each in found],
            parts=parts,
            took=duration(last - first),
            image=image,
        )


def _offset(ns: int) -> str:
    """Since the first entry: `+12.3 ms`."""
    if ns < SECOND:
        return f"+{ns / 1e6:.1f} ms"
    return f"+{ns / 1e9:.2f} s" if ns < 60 * SECOND else f"+{duration(ns)}"
