"""What a widget shows, found by its queries: a drawing, or text and rows that a page sets itself."""

from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import TypeAlias

from vigil_apimodel.json_values import JsonObject, child, children, flag, text, texts
from vigil_emulator.charts.buckets import buckets_of, cumulative_buckets
from vigil_emulator.charts.model import (
    Band,
    Cell,
    Drawing,
    Gauge,
    HeatMap,
    Level,
    Line,
    Pie,
    Plot,
    Rule,
    Share,
    Spark,
    TimeChart,
    TreeMap,
)
from vigil_emulator.charts.names import names_of
from vigil_emulator.charts.queries import Answer, Found, Reader
from vigil_emulator.charts.units import MOST_SHARE, scale
from vigil_emulator.charts.window import Window
from vigil_emulator.numerals import number

MOST_LINES = 40
"""Series of one chart: a reader cannot tell more apart."""
_PLOTS: dict[str, Plot] = {"LINE": "line", "STACKED_AREA": "area", "STACKED_BAR": "bar"}
_SILENT_LABELS = frozenset({"", "y1Axis", "y2Axis"})


@dataclass(frozen=True, slots=True, kw_only=True)
class Chart:
    """A drawing. `summary` says in words what it shows, for who does not see it."""

    drawing: Drawing
    summary: str
    note: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Scorecard:
    """One value in large letters, its past, and how it stands to the thresholds."""

    value: str
    level: Level = "none"
    verdict: str = ""
    spark: Spark | None = None
    note: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Table:
    """Rows of texts; with bars, also each row's share of the largest value."""

    columns: tuple[str, ...]
    rows: tuple[tuple[str, ...], ...]
    shares: tuple[float, ...] = ()
    note: str = ""


@dataclass(frozen=True, slots=True)
class Prose:
    """A text, in Markdown or not."""

    content: str
    markdown: bool


@dataclass(frozen=True, slots=True)
class LogsPanel:
    """Entries that a filter selects."""

    filter: str
    projects: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class IncidentList:
    """Incidents, of some resource types only or of some policies only."""

    resource_types: tuple[str, ...] = ()
    policies: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class ErrorPanel:
    """Groups of errors, of some services only."""

    services: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Heading:
    """A section's title."""

    subtitle: str
    divider: bool


@dataclass(frozen=True, slots=True)
class Group:
    """A frame around other tiles."""

    collapsed: bool
    tabs: bool


@dataclass(frozen=True, slots=True)
class Empty:
    """Nothing to show, and why."""

    note: str


Content: TypeAlias = Chart | Scorecard | Table | Prose | LogsPanel | IncidentList | ErrorPanel | Heading | Group | Empty


async def content_of(  # noqa: C901, PLR0911, PLR0912 - one line for each kind of widget
    widget: JsonObject, reader: Reader, window: Window, bands: Sequence[Band] = ()
) -> Content:
    """Return what a widget shows. Nothing is raised for what is in it: a kind without data says so."""
    kind = next((name for name, value in widget.items() if isinstance(value, dict) and name not in _ASIDE), "")
    body = child(widget, kind)
    match kind:
        case "xyChart":
            return await _xy_chart(body, reader, window, bands)
        case "scorecard":
            return await _scorecard(body, reader, window)
        case "timeSeriesTable":
            return await _table(body, reader, window)
        case "pieChart":
            return await _pie(body, reader, window)
        case "treemap":
            return await _treemap(body, reader, window)
        case "text":
            return Prose(text(body, "content"), text(body, "format", "MARKDOWN") != "RAW")
        case "logsPanel":
            return LogsPanel(text(body, "filter"), tuple(texts(body, "resourceNames")))
        case "incidentList":
            types = tuple(text(one, "type") for one in children(body, "monitoredResources"))
            return IncidentList(types, tuple(texts(body, "policyNames")))
        case "errorReportingPanel":
            return ErrorPanel(tuple(texts(body, "services")))
        case "sectionHeader":
            return Heading(text(body, "subtitle"), flag(body, "dividerBelow"))
        case "collapsibleGroup":
            return Group(flag(body, "collapsed"), tabs=False)
        case "singleViewGroup":
            return Group(collapsed=False, tabs=True)
        case "alertChart":
            return Empty("The chart of an alert policy: its incidents are on the page Incidents.")
        case "filterControl":
            return Empty("A field for a variable of the dashboard: set it at the top of the page.")
        case "blank" | "":
            return Empty("")
        case _:
            return Empty(f"The emulator has no data for widgets of the kind {kind}.")


_ASIDE = frozenset({"visibilityCondition"})
"""Members of a widget that are not what it shows."""


# -- charts ---------------------------------------------------------------------------------------------------------


async def _xy_chart(chart: JsonObject, reader: Reader, window: Window, bands: Sequence[Band]) -> Content:
    lines: list[Line] = []
    notes: list[str] = []
    units: dict[bool, str] = {}
    shares: list[bool] = []
    heat: list[Cell] = []
    heated = False
    for data in children(chart, "dataSets"):
        found = await reader.answer(child(data, "timeSeriesQuery"), window)
        right = text(data, "targetAxis") == "Y2"
        units.setdefault(right, found.unit)
        if found.note:
            notes.append(found.note)
        if text(data, "plotType") == "HEATMAP":
            heated = True
            heat += _cells(found)
            continue
        shares.append(found.share)
        plot = _PLOTS.get(text(data, "plotType"), "line")
        names = names_of([one.labels for one in found.series], text(data, "legendTemplate"))
        lines += [
            Line(name=name, times=one.times, values=one.values, plot=plot, right=right)
            for name, one in zip(names, found.series, strict=True)
        ]
    note = " ".join(dict.fromkeys(notes))
    if heated and not lines:
        note = note or ("" if heat else "No distributions in this time.")
        drawing: Drawing = HeatMap(
            start=window.start,
            end=window.end,
            step=window.step,
            cells=tuple(heat),
            unit=units.get(False, ""),
            note=note,
        )
        return Chart(drawing=drawing, summary=note or f"Heat map, {len(heat)} cells.", note=note)
    axis = child(chart, "yAxis")
    label = text(axis, "label")
    unit = units.get(False, "")
    rules = tuple(_rule(one) for one in children(chart, "thresholds"))
    peak = max([abs(value) for line in lines for value in line.values] + [rule.value for rule in rules], default=0.0)
    more = max(0, len(lines) - MOST_LINES)
    if more:
        lines = sorted(lines, key=lambda line: -line.values[-1] if line.values else 0.0)[:MOST_LINES]
        note = " ".join(part for part in (note, f"{more} more series are not drawn.") if part)
    drawing = TimeChart(
        start=window.start,
        end=window.end,
        step=window.step,
        lines=_distinct(lines),
        rules=rules,
        bands=tuple(bands) if lines else (),
        unit=unit,
        right_unit=units.get(True, ""),
        share=bool(shares) and all(shares) and peak <= MOST_SHARE,
        label="" if label in _SILENT_LABELS or label == unit else label,
        logarithmic=text(axis, "scale") == "LOG10",
        note=note,
    )
    return Chart(drawing=drawing, summary=summary(drawing), note=note)


def _distinct(lines: Sequence[Line]) -> tuple[Line, ...]:
    """Lines with distinct names: a legend cannot tell two of one name apart."""
    seen: dict[str, int] = {}
    found: list[Line] = []
    for line in lines:
        seen[line.name] = seen.get(line.name, 0) + 1
        count = seen[line.name]
        name = line.name if count == 1 else f"{line.name} ({count})"
        found.append(Line(name=name, times=line.times, values=line.values, plot=line.plot, right=line.right))
    return tuple(found)


def summary(chart: TimeChart) -> str:
    """Return the newest value of each line, in words."""
    if not chart.lines:
        return chart.note or "No data."
    peak = max((abs(value) for line in chart.lines for value in line.values), default=0.0)
    shown = scale(chart.unit, peak, share=chart.share)
    parts = [f"{line.name}: {shown.text(line.values[-1])}" for line in chart.lines[:6] if line.values]
    more = len(chart.lines) - 6
    rest = f", and {more} more" if more > 0 else ""
    limits = "".join(f" Threshold {rule.label}: {shown.text(rule.value)}." for rule in chart.rules)
    return f"Newest values: {', '.join(parts)}{rest}.{limits}"


def _cells(found: Found) -> list[Cell]:
    cells: list[Cell] = []
    cumulative: dict[int, dict[float, float]] = {}
    for one in found.series:
        if one.buckets:
            for at, distribution in zip(one.times, one.buckets, strict=True):
                cells += [
                    Cell(time=at, low=low, high=high, count=count) for low, high, count in buckets_of(distribution)
                ]
        elif bound := one.labels.get("le"):
            for at, value in zip(one.times, one.values, strict=True):
                counts = cumulative.setdefault(at, {})
                counts[float(bound)] = counts.get(float(bound), 0.0) + value
    for at, counts in cumulative.items():
        cells += [Cell(time=at, low=low, high=high, count=count) for low, high, count in cumulative_buckets(counts)]
    merged: dict[tuple[int, float, float], float] = {}
    for cell in cells:
        key = (cell.time, cell.low, cell.high)
        merged[key] = merged.get(key, 0.0) + cell.count
    return [Cell(time=at, low=low, high=high, count=count) for (at, low, high), count in sorted(merged.items())]


def _rule(threshold: JsonObject) -> Rule:
    level: Level = "warning" if text(threshold, "color") == "YELLOW" else "critical"
    return Rule(
        value=number(threshold, "value"),
        label=text(threshold, "label"),
        level=level,
        right=text(threshold, "targetAxis") == "Y2",
    )


# -- one value ------------------------------------------------------------------------------------------------------


async def _scorecard(card: JsonObject, reader: Reader, window: Window) -> Content:
    found = await reader.answer(child(card, "timeSeriesQuery"), window)
    series = [one for one in found.series if one.values]
    if not series:
        return Empty(found.note or "No data.")
    newest = max(series, key=lambda one: one.times[-1])
    value = newest.values[-1]
    level, verdict = _verdict(value, children(card, "thresholds"))
    shown = scale(found.unit, abs(value), share=found.share)
    if "gaugeView" in card:
        view = child(card, "gaugeView")
        low, high = number(view, "lowerBound"), number(view, "upperBound", 1)
        rules = tuple(_rule(one) for one in children(card, "thresholds"))
        gauge = Gauge(value=value, low=low, high=max(high, low + 1e-9), rules=rules, unit=found.unit, level=level)
        return Chart(drawing=gauge, summary=f"{shown.text(value)}. {verdict}".strip(), note=found.note)
    spark = None
    if "sparkChartView" in card:
        bars = text(child(card, "sparkChartView"), "sparkChartType") == "SPARK_BAR"
        spark = Spark(times=newest.times, values=newest.values, bars=bars, level=level)
    return Scorecard(value=shown.text(value), level=level, verdict=verdict, spark=spark, note=found.note)


def _verdict(value: float, thresholds: Sequence[JsonObject]) -> tuple[Level, str]:
    """The worst threshold that the value is past."""
    if not thresholds:
        return "none", ""
    found: Level = "ok"
    for threshold in thresholds:
        bound = number(threshold, "value")
        past = value < bound if text(threshold, "direction") == "BELOW" else value > bound
        if past:
            level = _rule(threshold).level
            found = "critical" if "critical" in (found, level) else level
    return found, {"ok": "OK", "warning": "Warning", "critical": "Critical"}.get(found, "")


# -- rows and shares ------------------------------------------------------------------------------------------------


async def _table(table: JsonObject, reader: Reader, window: Window) -> Content:
    rows: list[tuple[str, ...]] = []
    amounts: list[float] = []
    notes: list[str] = []
    names: list[str] = []
    answers: list[tuple[Answer, str, Found]] = []
    for data in children(table, "dataSets"):
        found = await reader.answer(child(data, "timeSeriesQuery"), window)
        notes += [found.note] if found.note else []
        answers += [(one, text(data, "tableTemplate"), found) for one in found.series if one.values]
    hidden = {text(one, "column") for one in children(table, "columnSettings") if one.get("visible") is False}
    for one, _, _ in answers:
        names += [name for name in one.labels if name not in names and name not in hidden.union(_APART)]
    names += _telling_apart([one.labels for one, _, _ in answers], names, hidden)
    templated = bool(answers) and all(template for _, template, _ in answers)
    called = {
        id(one): name
        for template in dict.fromkeys(template for _, template, _ in answers)
        for one, name in _called([one for one, other, _ in answers if other == template], template)
    }
    columns = ("Name",) if templated or not names else tuple(names)
    for one, _, found in sorted(answers, key=lambda each: -each[0].values[-1]):
        value = one.values[-1]
        cells = (
            (called[id(one)] or "value",)
            if templated or not names
            else tuple(one.labels.get(name, "") for name in names)
        )
        rows.append((*cells, scale(found.unit, abs(value), share=found.share).text(value)))
        amounts.append(abs(value))
    if not rows:
        return Empty(" ".join(dict.fromkeys(notes)) or "No data.")
    bars = text(table, "metricVisualization") == "BAR"
    largest = max(amounts) or 1.0
    return Table(
        columns=(*columns, "Value"),
        rows=tuple(rows),
        shares=tuple(amount / largest for amount in amounts) if bars else (),
        note=" ".join(dict.fromkeys(notes)),
    )


_APART = ("project_id", "__name__")
"""Labels that are a table's columns only where rows would look the same without them."""


def _telling_apart(series: Sequence[Mapping[str, str]], names: Sequence[str], hidden: Collection[str]) -> list[str]:
    """Return the further columns without which rows would look the same."""
    more: list[str] = []
    for name in _APART:
        seen = {tuple(labels.get(column, "") for column in (*names, *more)) for labels in series}
        if len(seen) < len(series) and len({labels.get(name) for labels in series}) > 1 and name not in hidden:
            more.append(name)
    return more


def _called(answers: Sequence[Answer], template: str) -> Iterator[tuple[Answer, str]]:
    return zip(answers, names_of([one.labels for one in answers], template), strict=True)


async def _pie(chart: JsonObject, reader: Reader, window: Window) -> Content:
    shares: list[Share] = []
    note, unit = "", ""
    for data in children(chart, "dataSets"):
        found = await reader.answer(child(data, "timeSeriesQuery"), window)
        note, unit = found.note or note, found.unit or unit
        names = names_of([one.labels for one in found.series], text(data, "sliceNameTemplate"))
        shares += _shares([((name,), one) for name, one in zip(names, found.series, strict=True)])
    if not shares:
        return Empty(note or "No data.")
    drawing = Pie(shares=tuple(shares), donut=text(chart, "chartType") == "DONUT", unit=unit)
    return Chart(drawing=drawing, summary=_shared(shares, unit), note=note)


async def _treemap(chart: JsonObject, reader: Reader, window: Window) -> Content:
    shares: list[Share] = []
    note, unit = "", ""
    hierarchy = texts(chart, "treemapHierarchy")
    for data in children(chart, "dataSets"):
        found = await reader.answer(child(data, "timeSeriesQuery"), window)
        note, unit = found.note or note, found.unit or unit
        names = names_of([one.labels for one in found.series])
        for name, one in zip(names, found.series, strict=True):
            labels = [label.rpartition(".")[2] for label in hierarchy]
            path = tuple(one.labels[label] for label in labels if one.labels.get(label)) or (name,)
            shares += _shares([(path, one)])
    if not shares:
        return Empty(note or "No data.")
    return Chart(drawing=TreeMap(shares=tuple(shares), unit=unit), summary=_shared(shares, unit), note=note)


def _shares(named: Sequence[tuple[tuple[str, ...], Answer]]) -> list[Share]:
    return [Share(path=path, value=one.values[-1]) for path, one in named if one.values and one.values[-1] > 0]


def _shared(shares: Sequence[Share], unit: str) -> str:
    total = sum(share.value for share in shares)
    shown = scale(unit, total)
    ordered = sorted(shares, key=lambda share: -share.value)[:6]
    return ", ".join(
        f"{' / '.join(share.path)}: {shown.text(share.value)} ({share.value / total:.0%})" for share in ordered
    )
