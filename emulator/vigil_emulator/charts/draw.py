"""From a drawing to SVG: Altair makes the Vega-Lite specification, vl-convert draws it, without any network."""

from typing import Any

import altair as alt
import vl_convert
from altair.utils.schemapi import debug_mode

from vigil_emulator.charts import plot, shapes
from vigil_emulator.charts.model import Drawing, Gauge, HeatMap, Lanes, Order, Pie, Size, Spark, TimeChart, TreeMap
from vigil_emulator.charts.theme import Theme, theme
from vigil_emulator.charts.vega import datasets

PNG_SCALE_LIMIT = 4.0


def chart_of(  # noqa: PLR0911 - one line for each kind of drawing
    drawing: Drawing, size: Size, look: Theme
) -> alt.LayerChart:
    """Return the Altair chart of a drawing."""
    match drawing:
        case TimeChart():
            return plot.time_chart(drawing, size, look)
        case HeatMap():
            return plot.heat_map(drawing, size, look)
        case Lanes():
            return plot.lanes(drawing, size, look)
        case Gauge():
            return shapes.gauge(drawing, size, look)
        case Spark():
            return shapes.spark(drawing, size, look)
        case Pie():
            return shapes.pie(drawing, size, look)
        case TreeMap():
            return shapes.treemap(drawing, size, look)


def specification(order: Order, *, check: bool = False) -> dict[str, Any]:
    """Return the Vega-Lite specification of an order's drawing.

    Altair checks each of its objects against the schema, which takes longer than drawing them; the tests ask for it.
    """
    assert order.drawing is not None  # noqa: S101 - an order without a drawing has an SVG and is not for here
    with debug_mode(check), datasets() as rows:
        chart = chart_of(order.drawing, order.size, theme(order.theme))
        made = chart.to_dict(validate=check)
    return {**made, "datasets": rows}


def svg(order: Order) -> str:
    """Return the drawing as SVG."""
    return vl_convert.vegalite_to_svg(specification(order), allowed_base_urls=[])


def png(order: Order) -> bytes:
    """Return an order's SVG as PNG."""
    return vl_convert.svg_to_png(order.svg, scale=min(max(order.scale, 0.5), PNG_SCALE_LIMIT))
