"""Charts without a time axis: dial, spark line, pie, tree map."""

import math
from collections.abc import Sequence

import altair as alt

from vigil_emulator.charts.model import Gauge, Pie, Share, Size, Spark, TreeMap
from vigil_emulator.charts.theme import Theme
from vigil_emulator.charts.treemap import Rectangle, squarified
from vigil_emulator.charts.units import scale
from vigil_emulator.charts.vega import LABEL_SIZE, data, plain, sized

_SWEEP = math.radians(120)
"""Half of a dial's arc."""
_LETTER = 6.4
LINE = 18
"""Pixels that a line of text takes."""


def gauge(chart: Gauge, size: Size, look: Theme) -> alt.LayerChart:
    """Return a dial: the value's arc within its track, thresholds as a thin ring around it."""
    radius = max(20.0, min(size.width / 2 - 8, (size.height - 34) / 1.5))
    centre = radius + 8
    width = max(8.0, radius * 0.2)

    def angle(value: float) -> float:
        inside = min(max(value, chart.low), chart.high)
        return -_SWEEP + 2 * _SWEEP * (inside - chart.low) / (chart.high - chart.low)

    def arc(start: float, end: float, inner: float, outer: float, colour: str) -> alt.Chart:
        return (
            alt.Chart(data([{"a": start, "b": end}]))
            .mark_arc(innerRadius=inner, outerRadius=outer, color=colour, cornerRadius=2)
            .encode(
                theta=alt.Theta("a:Q", scale=None),
                theta2=alt.Theta2("b:Q"),
                x=alt.XValue(size.width / 2),
                y=alt.YValue(centre),
            )
        )

    layers = [arc(-_SWEEP, _SWEEP, radius - width, radius, look.grid)]
    layers.append(arc(-_SWEEP, angle(chart.value), radius - width, radius, look.levels[chart.level]))
    for rule in chart.rules:
        at = angle(rule.value)
        layers.append(arc(at - 0.02, at + 0.02, radius - width - 3, radius + 4, look.levels[rule.level]))
    shown = scale(chart.unit, max(abs(chart.value), 0.0), share=chart.high <= 1)
    layers.append(
        _word(shown.text(chart.value), size.width / 2, centre, max(16.0, radius * 0.34), look.text, bold=True)
    )
    bounds = scale(chart.unit, abs(chart.high), share=chart.high <= 1)
    reach = (radius - width / 2) * math.sin(_SWEEP)
    depth = centre + (radius - width / 2) * -math.cos(_SWEEP) + 16
    for side, value in ((-1, chart.low), (1, chart.high)):
        layers.append(_word(bounds.text(value), size.width / 2 + side * reach, depth, LABEL_SIZE, look.muted))
    return sized([*layers], size, look)


def _word(text: str, x: float, y: float, size: float, colour: str, *, bold: bool = False) -> alt.Chart:
    weight = 600 if bold else 400
    return (
        alt.Chart(data([{"word": text}]))
        .mark_text(fontSize=size, color=colour, fontWeight=weight, baseline="middle")
        .encode(x=alt.XValue(x), y=alt.YValue(y), text=alt.Text("word:N"))
    )


def spark(chart: Spark, size: Size, look: Theme) -> alt.LayerChart:
    """Return the past of a value."""
    colour = look.levels[chart.level]
    rows = [{"t": at, "v": value} for at, value in zip(chart.times, chart.values, strict=True) if value - value == 0]
    low, high = min((row["v"] for row in rows), default=0), max((row["v"] for row in rows), default=1)
    domain = [min(0, low) if chart.bars else low, high if high > low else low + 1]
    base = alt.Chart(data(rows)).encode(
        x=alt.X("t:T", scale=plain(type="utc"), axis=None),
        y=alt.Y("v:Q", scale=plain(domain=domain, zero=False), axis=None),
    )
    if chart.bars:
        return sized([base.mark_bar(color=colour, width=max(1, size.width // (2 * (len(rows) or 1))))], size, look)
    area = base.mark_area(color=colour, opacity=0.14, clip=True).encode(y2=alt.Y2Value(size.height))
    return sized([area, base.mark_line(color=colour, strokeWidth=1.8)], size, look)


def pie(chart: Pie, size: Size, look: Theme) -> alt.LayerChart:
    """Return the slices, the largest first, with a legend that has their shares."""
    shares = sorted(chart.shares, key=lambda share: -share.value)
    total = sum(share.value for share in shares)
    shown = scale(chart.unit, total)
    names = [f"{' / '.join(share.path)} · {shown.text(share.value)} ({share.value / total:.0%})" for share in shares]
    legend_width = min(size.width * 0.5, max(len(name) for name in names) * _LETTER + 24)
    outer = max(20.0, min(size.height / 2 - 6, (size.width - legend_width) / 2 - 6))
    colours = plain(domain=names, range=[look.series[place % len(look.series)] for place in range(len(names))])
    rows = [
        {"n": name, "v": share.value, "o": place} for place, (name, share) in enumerate(zip(names, shares, strict=True))
    ]
    legend = plain(orient="right", title=None, labelLimit=int(legend_width) - 20, symbolLimit=size.height // 18)
    arcs = (
        alt.Chart(data(rows))
        .mark_arc(outerRadius=outer, innerRadius=outer * 0.6 if chart.donut else 0, stroke=look.card, strokeWidth=1.5)
        .encode(
            theta=alt.Theta("v:Q", stack=True),
            order=alt.Order("o:Q"),
            color=alt.Color("n:N", scale=colours, legend=legend),
        )
    )
    return sized([arcs], size, look)


def treemap(chart: TreeMap, size: Size, look: Theme) -> alt.LayerChart:
    """Return the areas within areas: what has the same first name lies together and has one colour."""
    placed = _areas(chart.shares, Rectangle(0, 0, size.width - 6, size.height - 6))
    groups = list(dict.fromkeys(share.path[0] for share, _ in placed))
    flat = all(len(share.path) == 1 for share, _ in placed)
    shown = scale(chart.unit, max((share.value for share, _ in placed), default=0.0))
    rows: list[dict[str, object]] = []
    for place, (share, area) in enumerate(placed):
        colour = place if flat else groups.index(share.path[0])
        fits = int((area.width - 10) / _LETTER) if area.height >= LINE else 0
        amount = shown.text(share.value)
        candidates = (f"{' / '.join(share.path)} · {amount}", f"{share.path[-1]} · {amount}", share.path[-1], "")
        label = next(one for one in candidates if len(one) <= fits)
        rows.append(
            {
                "x": area.x,
                "x2": area.x + area.width,
                "y": area.y,
                "y2": area.y + area.height,
                "c": look.series[colour % len(look.series)],
                "label": label,
                "tx": area.x + 6,
                "ty": area.y + 14,
            }
        )
    base = alt.Chart(data(rows)).encode(x=alt.X("x:Q", scale=None, axis=None), y=alt.Y("y:Q", scale=None, axis=None))
    boxes = base.mark_rect(stroke=look.card, strokeWidth=2, cornerRadius=3).encode(
        x2=alt.X2("x2:Q"), y2=alt.Y2("y2:Q"), color=alt.Color("c:N", scale=None, legend=None)
    )
    words = base.mark_text(
        align="left", baseline="middle", fontSize=LABEL_SIZE, color=look.card, fontWeight=600
    ).encode(x=alt.X("tx:Q", scale=None, axis=None), y=alt.Y("ty:Q", scale=None, axis=None), text=alt.Text("label:N"))
    return sized([boxes, words], size, look)


def _areas(shares: Sequence[Share], into: Rectangle, depth: int = 0) -> list[tuple[Share, Rectangle]]:
    groups: dict[str, list[Share]] = {}
    for share in sorted(shares, key=lambda each: -each.value):
        key = share.path[depth] if depth < len(share.path) else ""
        groups.setdefault(key, []).append(share)
    ordered = sorted(groups.values(), key=lambda group: -sum(share.value for share in group))
    areas = squarified([sum(share.value for share in group) for group in ordered], into)
    found: list[tuple[Share, Rectangle]] = []
    for group, area in zip(ordered, areas, strict=True):
        if len(group) == 1 or depth + 1 >= max(len(share.path) for share in group):
            inner = squarified([share.value for share in group], area)
            found += list(zip(group, inner, strict=True))
        else:
            found += _areas(group, area, depth + 1)
    return found
