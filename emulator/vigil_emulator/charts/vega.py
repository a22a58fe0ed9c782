"""The parts of Vega-Lite that all charts have: fonts, axes, background, how they fill their place."""

from collections.abc import Generator, Mapping, Sequence
from contextlib import contextmanager
from contextvars import ContextVar
from typing import Any, TypeAlias

import altair as alt

from vigil_emulator.charts.model import Size
from vigil_emulator.charts.theme import FONT, Theme

LABEL_SIZE = 11
"""Pixels of axis labels, legends and thresholds' names."""


_collected: ContextVar[dict[str, list[Mapping[str, object]]]] = ContextVar("_collected")


@contextmanager
def datasets() -> Generator[dict[str, list[Mapping[str, object]]]]:
    """Give the place where `data` puts its rows: Altair copies a chart deeply many times, and need not copy rows."""
    found: dict[str, list[Mapping[str, object]]] = {}
    token = _collected.set(found)
    try:
        yield found
    finally:
        _collected.reset(token)


def data(rows: Sequence[Mapping[str, object]]) -> alt.NamedData:
    """Return the rows by a name, inside `datasets`. They are never looked up anywhere, whatever is in them."""
    found = _collected.get()
    name = f"rows-{len(found)}"
    found[name] = list(rows)
    return alt.NamedData(name=name)


Plain: TypeAlias = dict[str, Any]
"""A part of a chart as Vega-Lite writes it: Altair's own objects for axes and legends have a hundred fields each."""


def plain(**members: object) -> Plain:
    """Return a part of a chart."""
    return members


def sized(
    layers: Sequence[alt.Chart | alt.LayerChart | alt.FacetChart],
    size: Size,
    look: Theme,
    *,
    title: Plain | None = None,
    resolve: Plain | None = None,
) -> alt.LayerChart:
    """Return the layers as a chart that fills its place exactly, legend and axes included, on whatever is behind it."""
    more: dict[str, Any] = {}
    if title is not None:
        more["title"] = title
    if resolve is not None:
        more["resolve"] = resolve
    return alt.LayerChart(
        layer=list(layers),
        width=size.width,
        height=size.height,
        autosize=plain(type="fit", contains="padding"),
        padding=2,
        config=plain(
            background="transparent",
            font=FONT,
            view={"stroke": None},
            axis={
                "labelColor": look.muted,
                "titleColor": look.muted,
                "titleFontWeight": "normal",
                "titleFontSize": LABEL_SIZE,
                "labelFontSize": LABEL_SIZE,
                "gridColor": look.grid,
                "domainColor": look.border,
                "tickColor": look.border,
                "tickSize": 4,
            },
            axisY={"domain": False, "ticks": False},
            legend={"labelColor": look.text, "labelFontSize": LABEL_SIZE, "titleColor": look.muted},
            lineBreak="\n",
        ),
        **more,
    )
