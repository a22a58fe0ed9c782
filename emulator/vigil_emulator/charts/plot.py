"""Charts over time as Altair charts: lines, stacked areas and bars, thresholds, incidents, heat maps, lanes."""

import math
from collections.abc import Sequence
from dataclasses import dataclass
from itertools import pairwise
from typing import TypeAlias

import altair as alt

from vigil_emulator.charts.model import HeatMap, Lanes, Line, Plot, Rule, Size, TimeChart
from vigil_emulator.charts.text_lines import wrapped_lines
from vigil_emulator.charts.theme import Theme
from vigil_emulator.charts.units import Scale, scale
from vigil_emulator.charts.vega import LABEL_SIZE, Plain, data, plain, sized

Layers: TypeAlias = list[alt.Chart]
Row: TypeAlias = dict[str, float | int | str | None]

_DAY = 86_400_000
_CHARACTER = 6.2
"""Mean width of a letter of a legend, in pixels."""
_SYMBOL = 26
"""Pixels beside a name of a legend: its symbol, and the space around."""
_NARROWEST = 140
"""Pixels of a column of a legend whose names are shortened."""
_GAP = 1.6
"""Steps without a value after which a line is broken."""
_LOG_RATIO = 50
HEADROOM = 0.12
"""How far above the highest value the axis goes, as a part of it, for the threshold's name."""
LEGEND_FROM = 110
"""Pixels of height below which a chart has no room for a legend."""
STRIP = 3
"""Pixels of a mark on top of a chart."""
NAME = LABEL_SIZE + STRIP + 2
"""Pixels from a threshold up to the top that its name needs, beside such a mark."""
AXES = 58
"""Pixels of a chart's height that its axis and legend take."""
NUMBERS = "abs(datum.value) >= 10000 ? format(datum.value, '.3~s') : format(datum.value, ',.6~r')"
"""Labels of an axis, in Vega's expression language."""


def time_chart(chart: TimeChart, size: Size, look: Theme) -> alt.LayerChart:
    """Return the series over time with thresholds."""
    left = [line for line in chart.lines if not line.right]
    right = [line for line in chart.lines if line.right]
    drawn = [_side(chart, left, size, look, right=False)]
    if right:
        drawn.append(_side(chart, right, size, look, right=True))
    title: Plain | None = None
    if chart.note and chart.lines:
        title = plain(
            text=chart.note,
            anchor="start",
            fontSize=LABEL_SIZE,
            fontWeight="normal",
            color=look.muted,
            limit=size.width,
        )
    if right:
        return sized(
            [alt.layer(*side) for side in drawn], size, look, title=title, resolve=plain(scale={"y": "independent"})
        )
    return sized(drawn[0], size, look, title=title)


def _side(chart: TimeChart, lines: list[Line], size: Size, look: Theme, *, right: bool) -> Layers:
    """One axis with what belongs to it."""
    rules = [rule for rule in chart.rules if rule.right is right]
    stacked = _stacked(lines)
    tops = [value for line in lines if line.plot == "line" for value in line.values]
    tops += [float(str(row["b"])) for row in stacked if row["b"] is not None]
    levels = [*tops, *(rule.value for rule in rules)]
    peak = max((abs(value) for value in levels), default=0.0)
    shown = scale(chart.right_unit if right else chart.unit, peak, share=chart.share)
    bottom = min([0.0, *levels]) * shown.factor
    top = max([0.0, *levels]) * shown.factor
    top += (top - bottom) * HEADROOM
    logarithmic = chart.logarithmic and min([1.0, *levels]) > 0
    y_scale = plain(type="log") if logarithmic else plain(domain=[bottom, top or 1.0], nice=True, zero=False)
    title = " ".join(part for part in ("" if right else chart.label, shown.label) if part)
    y = alt.Y("v:Q", scale=y_scale, axis=_value_axis(title, size, right=right, empty=not levels))
    x = alt.X("t:T", scale=plain(type="utc", domain=[chart.start, chart.end]), axis=_time_axis(chart, size))
    names = [line.name for line in chart.lines]
    colours = alt.Color(
        "n:N",
        scale=plain(domain=names, range=[_colour(line, place, look) for place, line in enumerate(chart.lines)]),
        legend=_legend(chart, names, size),
    )
    layers: Layers = []
    if not right:
        layers += _bands(chart, x, look)
    layers += _filled(stacked, lines, x, y, colours, shown)
    thin = [line for line in lines if line.plot == "line"]
    if thin:
        base = alt.Chart(data(_rows(thin, chart.step, shown))).encode(x=x, y=y, color=colours)
        layers.append(base.mark_line(strokeWidth=1.8, strokeJoin="round", clip=True))
    lonely = _lonely(thin, chart.step, shown)
    if lonely:
        layers.append(
            alt.Chart(data(lonely)).mark_point(size=22, filled=True, clip=True).encode(x=x, y=y, color=colours)
        )
    axis = _Axis(bottom, top, max(NAME, size.height - AXES), max(1, size.width - AXES), logarithmic=logarithmic)
    layers += _rules(chart, rules, x, y, shown, look, axis)
    if not lines and not right:
        layers.append(_frame(chart, x, y))
        layers.append(_note(chart.note or "No data", size, look))
    return layers


def _colour(line: Line, place: int, look: Theme) -> str:
    return look.series[place % len(look.series)] if line.level is None else look.levels[line.level]


def _value_axis(title: str, size: Size, *, right: bool, empty: bool) -> Plain:
    return plain(
        title=title or None,
        titleAngle=0,
        titleAnchor="end",
        titleAlign="right" if right else "left",
        titleBaseline="bottom",
        titleX=8 if right else -8,
        titleY=-8,
        labelExpr=NUMBERS,
        labels=not empty,
        grid=not right,
        orient="right" if right else "left",
        tickCount=max(2, size.height // 48),
        minExtent=28,
    )


def _time_axis(chart: TimeChart | HeatMap, size: Size) -> Plain:
    span = chart.end - chart.start
    form = "%H:%M" if span <= _DAY else ("%b %d %H:%M" if span < 3 * _DAY else "%b %d")
    return plain(
        title=None,
        format=form,
        grid=False,
        tickCount=max(2, size.width // 90),
        labelOverlap="greedy",
        labelFlush=True,
        labelPadding=5,
    )


def _legend(chart: TimeChart, names: Sequence[str], size: Size) -> Plain | None:
    """Names below the chart, in as many columns as fit."""
    if not names or size.height < LEGEND_FROM or (len(names) == 1 and names[0] == "value"):
        return None
    widths = [len(name) * _CHARACTER + _SYMBOL for name in names]
    columns = max(1, min(len(names), int(size.width // max(widths))))
    rows = max(1, size.height // 70)
    in_one_row = sum(widths) <= size.width  # a column is as wide as its own names
    if in_one_row:
        columns = len(names)
    elif len(names) > rows * columns:  # shortened names say more than their number
        columns = min(math.ceil(len(names) / rows), max(columns, int(size.width // _NARROWEST)))
    most = rows * columns
    return plain(
        orient="bottom",
        title=None,
        columns=columns,
        symbolType="stroke" if all(line.plot == "line" for line in chart.lines) else "square",
        symbolStrokeWidth=3,
        symbolSize=90,
        symbolLimit=most,
        labelLimit=size.width - 60 if columns == 1 or in_one_row else int(size.width // columns) - _SYMBOL,
        offset=8,
        padding=0,
    )


def _rows(lines: Sequence[Line], step: int, shown: Scale) -> list[Row]:
    """One row for each point, and a row without a value where a line has a gap."""
    rows: list[Row] = []
    for line in lines:
        before: int | None = None
        for at, value in zip(line.times, line.values, strict=True):
            if before is not None and at - before > max(step, _usual_step(line)) * _GAP:
                rows.append({"t": before + 1, "v": None, "n": line.name})
            rows.append({"t": at, "v": _finite(value * shown.factor), "n": line.name})
            before = at
    return rows


def _usual_step(line: Line) -> int:
    gaps = sorted(b - a for a, b in pairwise(line.times))
    return gaps[len(gaps) // 2] if gaps else 0


def _lonely(lines: Sequence[Line], step: int, shown: Scale) -> list[Row]:
    """Points with no neighbour, which no line would show."""
    rows: list[Row] = []
    for line in lines:
        reach = max(step, _usual_step(line)) * _GAP
        for place, at in enumerate(line.times):
            after = place + 1 < len(line.times) and line.times[place + 1] - at <= reach
            before = place > 0 and at - line.times[place - 1] <= reach
            if not after and not before:
                rows.append({"t": at, "v": _finite(line.values[place] * shown.factor), "n": line.name})
    return rows


def _stacked(lines: Sequence[Line]) -> list[Row]:
    """Areas and bars on top of each other: from `a` to `b` at each time."""
    filled = [line for line in lines if line.plot != "line"]
    times = sorted({at for line in filled for at in line.times})
    heights: dict[tuple[Plot, int], float] = {}
    rows: list[Row] = []
    for line in filled:
        values = dict(zip(line.times, line.values, strict=True))
        for at in times:
            value = values.get(at, 0.0)
            value = value if value == value else 0.0  # noqa: PLR0124 - NaN alone is not itself
            low = heights.get((line.plot, at), 0.0)
            heights[line.plot, at] = low + value
            rows.append({"t": at, "a": low, "b": low + value, "n": line.name, "p": line.plot})
    return rows


def _filled(  # noqa: PLR0917 - the parts of one encoding
    stacked: list[Row], lines: list[Line], x: alt.X, y: alt.Y, colours: alt.Color, shown: Scale
) -> Layers:
    layers: Layers = []
    scaled: list[Row] = [
        {**row, "v": float(str(row["b"])) * shown.factor, "v2": float(str(row["a"])) * shown.factor} for row in stacked
    ]
    single = len({row["t"] for row in scaled}) == 1  # an area of one moment has no width
    areas = [row for row in scaled if row["p"] == "area" and not single]
    if areas:
        base = alt.Chart(data(areas)).encode(x=x, y=y, y2=alt.Y2("v2:Q"), color=colours)
        layers.append(base.mark_area(opacity=0.7, clip=True))
    bars = [row for row in scaled if row["p"] == "bar" or single]
    if bars:
        step = max([_usual_step(line) for line in lines if line.plot == "bar"], default=0) or 60_000
        wide: list[Row] = [{**row, "t": int(str(row["t"])) - step, "t2": row["t"]} for row in bars]
        base = alt.Chart(data(wide)).encode(x=x, x2=alt.X2("t2:T"), y=y, y2=alt.Y2("v2:Q"), color=colours)
        layers.append(base.mark_rect(opacity=0.85, clip=True))
    return layers


def _rules(  # noqa: PLR0917 - the parts of one encoding
    chart: TimeChart, rules: Sequence[Rule], x: alt.X, y: alt.Y, shown: Scale, look: Theme, axis: "_Axis"
) -> Layers:
    """Thresholds, each with its name where the fewest points of a series would lie under it."""
    layers: Layers = []
    for rule in rules:
        colour = look.levels[rule.level]
        label = " · ".join(part for part in (rule.label, shown.text(rule.value)) if part)
        value = rule.value * shown.factor
        right, below = _free(chart, value, len(label) * _CHARACTER, shown, axis)
        at = chart.end if right else chart.start
        base = alt.Chart(data([{"t": at, "v": value, "label": label}]))
        layers.append(base.mark_rule(strokeDash=[5, 3], strokeWidth=1.3, color=colour).encode(y=y))
        place = base.encode(x=x, y=y, text=alt.Text("label:N"))
        side = plain(baseline="top", dy=4) if below else plain(baseline="bottom", dy=-3)
        end = plain(align="right", dx=-2) if right else plain(align="left", dx=4)
        name = plain(fontSize=LABEL_SIZE, **end, **side)
        layers.append(
            place.mark_text(**name, color=look.card, stroke=look.card, strokeWidth=3.5, strokeJoin="round")
        )  # a halo
        layers.append(place.mark_text(**name, color=colour))
    return layers


@dataclass(frozen=True, slots=True)
class _Axis:
    """The field that a chart is drawn in: its bounds in the axis' unit, and its size in pixels."""

    bottom: float
    top: float
    height: float
    width: float
    logarithmic: bool

    def pixel(self, value: float) -> float:
        """Return how far a value is above the bottom."""
        if self.logarithmic or self.top <= self.bottom:
            return 0.0
        return (value - self.bottom) / (self.top - self.bottom) * self.height


def _free(chart: TimeChart, value: float, wide: float, shown: Scale, axis: _Axis) -> tuple[bool, bool]:
    """Return where a threshold's name lies on the fewest points: (at the right end, below the line).

    Above the line at the right end goes first where places are equal. A name never leaves the field.
    """
    level = axis.pixel(value)
    tall = NAME - STRIP
    reach = (chart.end - chart.start) * min(1.0, wide / axis.width)
    places = [
        (right, below)
        for below in (False, True)
        for right in (True, False)
        if (level - tall > 0 if below else level + NAME <= axis.height)
    ] or [(True, level > axis.height / 2)]

    def crowd(place: tuple[bool, bool]) -> int:
        right, below = place
        begin, end = (chart.end - reach, chart.end) if right else (chart.start, chart.start + reach)
        low, high = (level - tall, level) if below else (level, level + tall)
        return sum(
            _crosses(before, after, low, high)
            for line in chart.lines
            for before, after in pairwise(
                [
                    axis.pixel(one * shown.factor)
                    for at, one in zip(line.times, line.values, strict=True)
                    if begin <= at <= end
                ]
            )
        )

    return min(places, key=crowd)


def _crosses(before: float, after: float, low: float, high: float) -> bool:
    """Whether the way from one height to another touches a band of heights."""
    return min(before, after) <= high and max(before, after) >= low


def _bands(chart: TimeChart, x: alt.X, look: Theme) -> Layers:
    layers: Layers = []
    for band in chart.bands:
        if band.end <= chart.start or band.start >= chart.end:
            continue
        row: Row = {"t": max(band.start, chart.start), "t2": min(band.end, chart.end)}
        base = alt.Chart(data([row])).encode(x=x, x2=alt.X2("t2:T"))
        if not band.tall:
            base = base.encode(y=alt.YValue(0), y2=alt.Y2Value(STRIP))
        layers.append(base.mark_rect(color=look.levels["critical"], opacity=0.09 if band.tall else 0.75))
    return layers


def _frame(chart: TimeChart, x: alt.X, y: alt.Y) -> alt.Chart:
    """Axes where there is nothing to draw on them."""
    rows: list[Row] = [{"t": chart.start, "v": 0}, {"t": chart.end, "v": 0}]
    return alt.Chart(data(rows)).mark_point(opacity=0).encode(x=x, y=y)


def _note(note: str, size: Size, look: Theme) -> alt.Chart:
    parts = wrapped_lines(note, max(16, int((size.width - 90) / _CHARACTER)))
    base = alt.Chart(data([{"note": "\n".join(parts)}]))
    return base.mark_text(
        fontSize=12, color=look.muted, baseline="middle", lineHeight=16, lineBreak="\n", dy=-8 * (len(parts) - 1)
    ).encode(
        x=alt.XValue(max(40, size.width - 50) / 2),
        y=alt.YValue(max(30, size.height - 40) / 2),
        text=alt.Text("note:N"),
    )


def _finite(value: float) -> float | None:
    return value if value - value == 0 else None


# -- heat maps and lanes --------------------------------------------------------------------------------------------


def heat_map(chart: HeatMap, size: Size, look: Theme) -> alt.LayerChart:
    """Return the distributions over time: the darker, the more."""
    if not chart.cells:
        return time_chart(TimeChart(start=chart.start, end=chart.end, step=chart.step, note=chart.note), size, look)
    highest = max(cell.high for cell in chart.cells)
    lowest = min(cell.high for cell in chart.cells)
    shown = scale(chart.unit, highest)
    logarithmic = lowest > 0 and highest / lowest > _LOG_RATIO
    steps = sorted({cell.time for cell in chart.cells})
    gaps = [b - a for a, b in pairwise(steps)]
    step = max(min(gaps, default=chart.step), 60_000)
    rows: list[Row] = [
        {
            "t": cell.time - step,
            "t2": cell.time,
            "v": (cell.low if cell.low > 0 or not logarithmic else lowest / 2) * shown.factor,
            "v2": cell.high * shown.factor,
            "c": cell.count,
        }
        for cell in chart.cells
    ]
    y_scale = plain(type="log" if logarithmic else "linear", nice=False)
    base = alt.Chart(data(rows)).encode(
        x=alt.X("t:T", scale=plain(type="utc", domain=[chart.start, chart.end]), axis=_time_axis(chart, size)),
        x2=alt.X2("t2:T"),
        y=alt.Y("v:Q", scale=y_scale, axis=_value_axis(shown.label, size, right=False, empty=False)),
        y2=alt.Y2("v2:Q"),
        color=alt.Color(
            "c:Q",
            scale=plain(range=list(look.heat), type="sqrt"),
            legend=plain(orient="right", title=None, gradientLength=max(40, size.height - 90), gradientThickness=10),
        ),
    )
    return sized([base.mark_rect(clip=True)], size, look)


def lanes(chart: Lanes, size: Size, look: Theme) -> alt.LayerChart:
    """Return what happened where: a bar for what took time, a mark for what did not."""
    last = max((moment.end for moment in chart.moments), default=0)
    shown = scale("us", max(last, 1))
    least = max(last, 1) * shown.factor * 0.004
    rows: list[Row] = [
        {
            "lane": moment.lane,
            "a": moment.start * shown.factor,
            "b": max(moment.end * shown.factor, moment.start * shown.factor + least),
            "level": moment.level,
        }
        for moment in chart.moments
    ]
    order = list(dict.fromkeys([*chart.lanes, *(moment.lane for moment in chart.moments)]))
    levels = list(look.levels)
    base = alt.Chart(data(rows)).encode(
        x=alt.X(
            "a:Q",
            scale=plain(domain=[0, max(last, 1) * shown.factor * 1.02], nice=False),
            axis=plain(
                title=f"after {chart.since} ({shown.label})",
                labelExpr=NUMBERS,
                grid=True,
                tickCount=size.width // 110,
            ),
        ),
        x2=alt.X2("b:Q"),
        y=alt.Y(
            "lane:N",
            sort=order,
            scale=plain(domain=order),
            axis=plain(title=None, labelLimit=200, domain=False, ticks=False),
        ),
        color=alt.Color("level:N", scale=plain(domain=levels, range=list(look.levels.values())), legend=None),
    )
    return sized([base.mark_bar(height=13, cornerRadius=3, opacity=0.8)], size, look)
