"""Time lines of played cases as pictures: each compared value with its threshold, and when the incident was open."""

from pathlib import Path

import altair as alt

from engine.proofs.timeline import Curve, TimeLine

WIDTH, HEIGHT = 640, 160


def draw(line: TimeLine, folder: Path) -> Path:
    """Write the time line as an SVG file into the folder; returns its path."""
    folder.mkdir(parents=True, exist_ok=True)
    file = folder / f"{line.title.replace(', ', '-').replace(' ', '-')}.svg"
    panels = [_panel(line, curve) for curve in line.curves] or [_strip(line)]
    chart = alt.vconcat(*panels, _strip(line), title=f"{line.title}: {line.fed}")
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
    text = f"{_short(compared.text)} {compared.operator} {compared.threshold:.6g}"
    return alt.layer(_open(line), drawn, threshold).properties(width=WIDTH, height=HEIGHT, title=text)


def _strip(line: TimeLine) -> alt.LayerChart | alt.FacetChart:
    """Whether the whole condition held, minute by minute, and the incidents."""
    rows = [
        {"minute": minute, "until": minute + 1} for minute, holds in zip(line.minutes, line.holds, strict=True) if holds
    ]
    held = alt.Chart(alt.Data(values=rows)).mark_bar(color="#f9ab00", height=12)
    drawn = held.encode(x=_minutes(line), x2="until:Q")
    ended = alt.Chart(alt.Data(values=[{"minute": line.ended}])).mark_rule(strokeDash=[2, 2]).encode(x=_minutes(line))
    title = f"condition holds (asked: {line.lasting:g} minutes); shaded: incident open; dashed: cause ended"
    return alt.layer(_open(line), drawn, ended).properties(width=WIDTH, height=24, title=title)


def _open(line: TimeLine) -> alt.Chart:
    last = line.minutes[-1] if line.minutes else 0
    rows = [{"minute": opened, "until": last if closed is None else closed} for opened, closed in line.incidents]
    shade = alt.Chart(alt.Data(values=rows)).mark_rect(color="#d93025", opacity=0.12)
    return shade.encode(x=_minutes(line), x2="until:Q")


def _minutes(line: TimeLine) -> alt.X:
    last = line.minutes[-1] if line.minutes else 1
    return alt.X("minute:Q", title="minute", scale=alt.Scale(domain=[0, last]))


def _short(text: str) -> str:
    return text if len(text) <= 110 else f"{text[:107]}..."  # noqa: PLR2004 - the panel's width
