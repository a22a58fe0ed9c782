"""Scorecards and gauges: the newest value, and which threshold it is past."""

from collections.abc import Sequence

from vigil_apimodel.json_values import JsonObject, child, children, text
from vigil_emulator.charts.contents import Chart, Empty, Scorecard
from vigil_emulator.charts.model import Gauge, Level, Spark
from vigil_emulator.charts.queries import Reader
from vigil_emulator.charts.units import scale
from vigil_emulator.charts.window import Window
from vigil_emulator.charts.xy_charts import rule_of
from vigil_emulator.numerals import number


async def scorecard(card: JsonObject, reader: Reader, window: Window) -> Chart | Scorecard | Empty:
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
        rules = tuple(rule_of(one) for one in children(card, "thresholds"))
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
            level = rule_of(threshold).level
            found = "critical" if "critical" in (found, level) else level
    return found, {"ok": "OK", "warning": "Warning", "critical": "Critical"}.get(found, "")
