"""Time lines of played cases as pictures: each compared value with its threshold, and when the incident was open."""

import textwrap
from pathlib import Path

import altair as alt

from vigil_proofs.timeline import Curve, TimeLine, short

WIDTH, HEIGHT = 640, 160
WRAPPED = 110
"""Characters of a query in one line of a title."""


def draw(line: TimeLine, folder: Path) -> Path:
    """Write the time line as an SVG file into the folder; returns its path."""
    folder.mkdir(parents=True, exist_ok=True)
    file = folder / f"{line.title.replace(', ', '-').replace(' ', '-')}.svg"
    panels = [_panel(line, curve) for curve in line.curves] or [_strip(line)]
    title = textwrap.wrap(f"{line.title}: {line.fed}", WRAPPED)
    chart = alt.vconcat(*panels, _strip(line), title=alt.Title(title, fontSize=12))
    chart.save(str(file))
    return file


def _panel(line: TimeLine, curve: Curve) -> alt.LayerChart | alt.FacetChart:
    compared = curve.comparison
    rows = [
        {"minute": minute, "value": value}
        for minute, value in zip(line.minutes, curve.values, strict=True)
        if value is not None
    ]
    value = alt.Chart(alt.Data(values=rows)).mark_line(color="#1a73e8")
    drawn = value.encode(x=_minutes(line), y=alt.Y("value:Q", title=None))
    threshold = (
        alt.Chart(alt.Data(values=[{"threshold": compared.threshold}]))
        .mark_rule(color="#d93025", strokeDash=[4, 3])
        .encode(y="threshold:Q")
    )
    layers = [_open(line), drawn, threshold]
    if not rows:
        nothing = alt.Chart(alt.Data(values=[{"text": "never a value"}])).mark_text(fontSize=14, color="#5f6368")
        layers.append(nothing.encode(x=alt.value(WIDTH / 2), y=alt.value(HEIGHT / 2), text="text:N"))
    limit = f"threshold (dashed): {compared.operator} {compared.threshold:.6g}"
    title = [*textwrap.wrap(short(compared.text), WRAPPED, break_on_hyphens=False), limit]
    return alt.layer(*layers).properties(width=WIDTH, height=HEIGHT, title=alt.Title(title, fontSize=11))


def _strip(line: TimeLine) -> alt.LayerChart | alt.FacetChart:
    """Whether the whole condition held, minute by minute, and the incidents."""
    rows = [
        {"minute": minute, "until": minute + 1} for minute, holds in zip(line.minutes, line.holds, strict=True) if holds
    ]
    held = alt.Chart(alt.Data(values=rows)).mark_bar(color="#f9ab00", height=12)
    drawn = held.encode(x=_minutes(line), x2="until:Q")
    ended = alt.Chart(alt.Data(values=[{"minute": line.ended}])).mark_rule(strokeDash=[2, 2]).encode(x=_minutes(line))
    held_for = "the condition holds (yellow)" if any(line.holds) else "the condition never holds"
    opened = "shaded: incident open" if line.incidents else "no incident"
    title = f"{held_for}, must hold for {line.lasting:g} minutes; {opened}; dashed: the cause ends"
    return alt.layer(_open(line), drawn, ended).properties(width=WIDTH, height=24, title=alt.Title(title, fontSize=11))


def _open(line: TimeLine) -> alt.Chart:
    last = line.minutes[-1] if line.minutes else 0
    rows = [{"minute": opened, "until": last if closed is None else closed} for opened, closed in line.incidents]
    shade = alt.Chart(alt.Data(values=rows)).mark_rect(color="#d93025", opacity=0.12)
    return shade.encode(x=_minutes(line), x2="until:Q")


def _minutes(line: TimeLine) -> alt.X:
    last = line.minutes[-1] if line.minutes else 1
    return alt.X("minute:Q", title="minute", scale=alt.Scale(domain=[0, last]))
