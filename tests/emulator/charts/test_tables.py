"""The rows of a table: each says which series it is."""

import asyncio

from tests.emulator.charts.test_queries import METRIC
from vigil_apimodel.json_values import JsonObject, JsonValue
from vigil_emulator import data_methods
from vigil_emulator.charts.contents import Table
from vigil_emulator.charts.queries import Reader
from vigil_emulator.charts.tiles import content_of
from vigil_emulator.charts.window import Window
from vigil_emulator.metrics.series import Series, SeriesKey, label_tuple
from vigil_emulator.server import Emulator


def _rows(emulator: Emulator, template: str = "", **hidden: bool) -> tuple[tuple[str, ...], set[tuple[str, ...]]]:
    now = emulator.data.now()
    for project, value in (("near", 1.0), ("far", 2.0)):
        resource = label_tuple({"project_id": project})
        key = SeriesKey("p", METRIC, label_tuple({"queue": "a"}), "global", resource)
        series = emulator.data.series.get(key) or emulator.data.series.add(Series(key, "GAUGE", "DOUBLE", "1"))
        series.put(now, now, value)
    query: JsonObject = {
        "timeSeriesFilter": {
            "filter": f'metric.type="{METRIC}"',
            "aggregation": {"alignmentPeriod": "60s", "perSeriesAligner": "ALIGN_MEAN"},
        }
    }
    columns: list[JsonValue] = [{"column": name, "visible": shown} for name, shown in hidden.items()]
    widget: JsonObject = {
        "timeSeriesTable": {
            "dataSets": [{"timeSeriesQuery": query, "tableTemplate": template}],
            "columnSettings": columns,
        }
    }
    reader = Reader(project="p", handlers=data_methods.handlers(emulator.data), series=emulator.data.series)
    found = asyncio.run(content_of(widget, reader, Window.last("1h", now)))
    assert isinstance(found, Table)
    return found.columns, {row[:-1] for row in found.rows}


def test_rows_that_differ_by_project_alone_have_it_as_a_column(emulator: Emulator) -> None:
    assert _rows(emulator) == (("queue", "project_id", "Value"), {("a", "near"), ("a", "far")})
    assert _rows(emulator, project_id=False) == (("queue", "Value"), {("a",)})
    assert _rows(emulator, "${metric.labels.queue}") == (("Name", "Value"), {("a · near",), ("a · far",)})
