"""A condition's query drawn against the data, with its threshold: the chart of an incident and of a policy."""

from collections.abc import Sequence

from promql_parser import BinaryExpr, Expr, NumberLiteral, ParenExpr

from vigil_apimodel.json_values import JsonObject, child, children, text
from vigil_emulator.charts.model import Band, Line, Rule, Size, TimeChart
from vigil_emulator.charts.names import names_of
from vigil_emulator.charts.queries import Found
from vigil_emulator.charts.window import Window
from vigil_emulator.charts.xy_charts import MOST_LINES, summary
from vigil_emulator.console.frame import Frame, Image
from vigil_emulator.console.histogram import histogram
from vigil_emulator.numerals import number
from vigil_emulator.promql.evaluate import parse
from vigil_emulator.promql.frame import PromQLError

LARGE = Size(1320, 300)
_MIRRORED = {">": "<", "<": ">", ">=": "<=", "<=": ">=", "==": "==", "!=": "!="}
"""The signs of a comparison, each with the one that says the same from the other side."""


def query(condition: JsonObject) -> str:
    """Return the query of a condition as its owner wrote it, or an empty text."""
    body = child(condition, next((kind for kind in condition if kind.startswith("condition")), ""))
    below = text(body, "denominatorFilter")
    return (text(body, "query") or text(body, "filter")) + (f"\n/\n{below}" if below else "")


async def image(
    frame: Frame, project: str, condition: JsonObject, window: Window, bands: Sequence[Band]
) -> Image | None:
    """Return the chart of a condition over a window; None where its query cannot be drawn.

    A condition on log entries shows how many entries match.
    """
    reader = frame.sources.reader(project)
    limit: float | None = None
    if promql := text(child(condition, "conditionPrometheusQueryLanguage"), "query"):
        try:
            watched, limit = split(promql)
        except PromQLError:
            return None
        found = await reader.answer({"prometheusQuery": watched}, window)
    elif "conditionThreshold" in condition or "conditionAbsent" in condition:
        body = child(condition, "conditionThreshold") or child(condition, "conditionAbsent")
        limit = number(body, "thresholdValue") if "conditionThreshold" in condition else None
        found = await reader.answer(_filtered(body), window)
    elif "conditionMatchedLog" in condition:
        lines = text(child(condition, "conditionMatchedLog"), "filter")
        return frame.image((drawn := await histogram(frame.sources, project, lines, window)).chart, LARGE, drawn.alt)
    else:
        return None
    drawing = _chart(found, limit, window, bands)
    return frame.image(drawing, LARGE, summary(drawing))


def _chart(found: Found, limit: float | None, window: Window, bands: Sequence[Band]) -> TimeChart:
    names = names_of([one.labels for one in found.series])
    return TimeChart(
        start=window.start,
        end=window.end,
        step=window.step,
        lines=tuple(
            Line(name=name, times=one.times, values=one.values) for name, one in zip(names, found.series, strict=True)
        )[:MOST_LINES],
        rules=() if limit is None else (Rule(value=limit, label="threshold"),),
        bands=tuple(bands),
        unit=found.unit,
        share=found.share,
        note=found.note,
    )


def _filtered(body: JsonObject) -> JsonObject:
    """A threshold's query as a widget has it."""
    aggregations = children(body, "aggregations")
    first = aggregations[0] if aggregations else {}
    below = text(body, "denominatorFilter")
    if below:
        others = children(body, "denominatorAggregations")
        return {
            "timeSeriesFilterRatio": {
                "numerator": {"filter": text(body, "filter"), "aggregation": first},
                "denominator": {"filter": below, "aggregation": others[0] if others else first},
            }
        }
    second = aggregations[1] if len(aggregations) > 1 else {}
    return {"timeSeriesFilter": {"filter": text(body, "filter"), "aggregation": first, "secondaryAggregation": second}}


def split(promql: str) -> tuple[str, float | None]:
    """Return what a condition watches, and the number that it is compared with.

    Of several comparisons joined by `and`, `or` or `unless` the first counts. Raise PromQLError.
    """
    found = _compared(parse(promql))
    return (promql, None) if found is None else (found[0], found[2])


def compared(promql: str) -> tuple[str, str, float] | None:
    """Return what a condition watches, the sign of its comparison, and the number; None where it compares nothing."""
    try:
        return _compared(parse(promql))
    except PromQLError:
        return None


def _compared(expr: Expr) -> tuple[str, str, float] | None:
    while isinstance(expr, ParenExpr):
        expr = expr.expr
    if not isinstance(expr, BinaryExpr):
        return None
    sign = str(expr.op)
    if sign in _MIRRORED:
        if isinstance(expr.rhs, NumberLiteral):
            return expr.lhs.prettify(), sign, expr.rhs.val
        if isinstance(expr.lhs, NumberLiteral):
            return expr.rhs.prettify(), _MIRRORED[sign], expr.lhs.val
        return None
    return _compared(expr.lhs) if sign in {"and", "or", "unless"} else None
