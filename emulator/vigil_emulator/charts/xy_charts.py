"""Charts over time, and heat maps: their lines, thresholds and axes."""

from collections.abc import Sequence

from vigil_apimodel.json_values import JsonObject, child, children, text
from vigil_emulator.charts.buckets import buckets_of, cumulative_buckets
from vigil_emulator.charts.contents import Chart
from vigil_emulator.charts.model import Band, Cell, Drawing, HeatMap, Level, Line, Plot, Rule, TimeChart
from vigil_emulator.charts.names import names_of
from vigil_emulator.charts.queries import Found, Reader
from vigil_emulator.charts.units import MOST_SHARE, scale
from vigil_emulator.charts.window import Window
from vigil_emulator.numerals import number

MOST_LINES = 40
"""Series of one chart: a reader cannot tell more apart."""
_PLOTS: dict[str, Plot] = {"LINE": "line", "STACKED_AREA": "area", "STACKED_BAR": "bar"}
_SILENT_LABELS = frozenset({"", "y1Axis", "y2Axis"})


async def xy_chart(chart: JsonObject, reader: Reader, window: Window, bands: Sequence[Band]) -> Chart:
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
    rules = tuple(rule_of(one) for one in children(chart, "thresholds"))
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


def rule_of(threshold: JsonObject) -> Rule:
    level: Level = "warning" if text(threshold, "color") == "YELLOW" else "critical"
    return Rule(
        value=number(threshold, "value"),
        label=text(threshold, "label"),
        level=level,
        right=text(threshold, "targetAxis") == "Y2",
    )
