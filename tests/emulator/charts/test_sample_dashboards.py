"""All dashboards that Google publishes as samples draw, with data and without."""

import asyncio
import json
from pathlib import Path
from typing import Any

import pytest

pytest.importorskip("altair", reason="charts need vigil-emulator[console]")
pytest.importorskip("vl_convert", reason="charts need vigil-emulator[console]")

from tests.corpus import CORPUS, missing
from tests.emulator.charts.conftest import made
from vigil_emulator.charts import draw
from vigil_emulator.charts.board import Board, Tile
from vigil_emulator.charts.contents import Chart, Empty, Scorecard
from vigil_emulator.charts.model import Drawing, Order, Size, TimeChart
from vigil_emulator.charts.picture import picture_of
from vigil_emulator.charts.renderer import Renderer
from vigil_emulator.charts.window import Window
from vigil_emulator.console.boards import Boards
from vigil_emulator.console.sources import Sources
from vigil_emulator.console.web import PageRequest
from vigil_emulator.illustration import NOTICE, Illustration, Shape, fill, queries_of, wanted
from vigil_emulator.illustration._series import level_of
from vigil_emulator.illustration._shape import DAY, INCIDENT
from vigil_emulator.rest.request import Request
from vigil_emulator.server import Emulator

SAMPLES = CORPUS / "monitoring-dashboard-samples" / "dashboards"
FILES = sorted(SAMPLES.glob("**/*.json"))
pytestmark = pytest.mark.skipif(not FILES, reason=missing(SAMPLES))
GROUPS = 8


def _sources(emulator: Emulator) -> Sources:
    return Sources(data=emulator.data, store=emulator.store, projects=emulator.context.projects, clock=emulator.clock)


def _document(path: Path) -> dict[str, Any]:
    return json.loads(path.read_text(encoding="utf-8"))


async def _board(emulator: Emulator, path: Path) -> Board:
    name = f"projects/p/dashboards/{path.stem}"
    document = _document(path) | {"name": name}
    emulator.store.put("monitoring.dashboards", name, document)
    boards = Boards(_sources(emulator), PageRequest("/", {}), Window.last("1h", emulator.data.now()))
    return await boards.board(document)


def _drawing(tile: Tile) -> Drawing | None:
    if isinstance(tile.content, Chart):
        return tile.content.drawing
    return tile.content.spark if isinstance(tile.content, Scorecard) else None


def test_there_are_as_many_as_the_corpus_says() -> None:
    assert len(FILES) == 151


@pytest.fixture(scope="module")
def seen() -> set[object]:
    """The shapes of charts that became SVG."""
    return set()


@pytest.mark.parametrize("group", range(GROUPS))
def test_each_has_a_page_whose_every_tile_is_drawn(emulator: Emulator, group: int, seen: set[object]) -> None:
    """Each chart becomes a specification; of those that differ only in their data and words, one becomes SVG."""

    async def story() -> None:
        for path in FILES[group::GROUPS]:
            board = await _board(emulator, path)
            page = await emulator.console(Request(http="GET", path=f"/console/dashboards/{path.stem}"))
            assert page.status == 200, path.name
            assert page.body.count(b"<picture>") == sum(1 for tile in board.tiles() if _drawing(tile) is not None)
            for tile in board.tiles():
                drawing = _drawing(tile)
                if drawing is None:
                    continue
                order = Order(drawing=drawing, size=Size(400, 200))
                assert draw.specification(order)["layer"], f"{path.name}: {tile.title}"
                shape = (type(drawing), drawing.unit, len(drawing.rules), drawing.logarithmic) if isinstance(drawing, TimeChart) else type(drawing)  # fmt: skip
                if shape not in seen:
                    seen.add(shape)
                    assert draw.svg(order).startswith("<svg"), f"{path.name}: {tile.title}"

    asyncio.run(story())


def test_a_kind_without_data_says_why(emulator: Emulator) -> None:
    async def story() -> list[str]:
        notes: list[str] = []
        for path in FILES[:20]:
            board = await _board(emulator, path)
            notes += [
                tile.content.note
                for tile in board.tiles()
                if isinstance(tile.content, Empty) and "scorecard" in json.dumps(_document(path))
            ]
        return notes

    notes = asyncio.run(story())
    assert notes
    assert all(notes)


WITH_DATA = ("k8s-pod-prometheus", "tgi-prometheus", "cloudrun-monitoring", "vertex-ai-model-garden")


@pytest.fixture(scope="module")
def pictures() -> dict[str, str]:
    """Whole pictures of samples with made-up data, one emulator for each, all drawn by the same two processes."""

    async def story() -> dict[str, str]:
        renderer = Renderer()
        try:
            return {name: await picture(name, renderer) for name in WITH_DATA}
        finally:
            await renderer.close()

    async def picture(name: str, renderer: Renderer) -> str:
        path = next(file for file in FILES if file.stem == name)
        with made() as emulator:
            assert fill(emulator.data.series, _document(path), project="p", now=emulator.data.now()) > 10
            return await picture_of(await _board(emulator, path), "the last hour", renderer, "light")

    return asyncio.run(story())


@pytest.mark.parametrize("name", WITH_DATA)
def test_with_data_whole_pictures_are_drawn(pictures: dict[str, str], name: str) -> None:
    svg = pictures[name]
    document = _document(next(file for file in FILES if file.stem == name))
    assert document["displayName"].split()[0] in svg
    assert "cannot be evaluated" not in svg
    assert svg.count("role-mark") >= 8


LANGUAGES = {"prometheusQuery", "timeSeriesFilter", "timeSeriesFilterRatio"}


def test_every_query_of_the_samples_gets_made_up_data() -> None:
    queried = [query for path in FILES for query in queries_of(_document(path)) if LANGUAGES & set(query)]
    assert len(queried) == 1824
    assert [query for query in queried if not wanted(query)] == []


def test_an_illustration_crosses_its_threshold_in_the_incident_alone_and_says_what_it_is() -> None:
    query = "sum(rate(orders_failed_total[5m])) / sum(rate(orders_total[5m]))"
    chart = {
        "dataSets": [{"plotType": "LINE", "timeSeriesQuery": {"prometheusQuery": query}}],
        "thresholds": [{"value": 0.02, "label": "limit"}],
    }
    document: Any = {"displayName": "d", "gridLayout": {"widgets": [{"title": "Orders fail", "xyChart": chart}]}}

    async def story() -> tuple[str, dict[str, Shape]]:
        illustration = Illustration()
        try:
            return await illustration.svg(document, marks={"Orders fail": "changed"}), await illustration.shapes(
                document
            )
        finally:
            await illustration.close()

    svg, shapes = asyncio.run(story())
    assert NOTICE in svg
    assert ">changed</text>" in svg
    assert set(shapes) == {"orders_failed_total"}
    shape = shapes["orders_failed_total"]
    other = Shape(12.0)
    share = {minute: shape.at(minute) / other.at(minute) for minute in range(0, DAY, 5)}
    assert {minute for minute, value in share.items() if value > 0.02} == {
        minute for minute in share if INCIDENT[0] <= minute <= INCIDENT[1]
    }


def test_a_share_stays_below_the_whole_and_what_must_not_be_is_there_in_the_incident_alone() -> None:
    def chart(query: str, limit: float, **more: object) -> dict[str, object]:
        body = {"prometheusQuery": query, "unitOverride": "1"}
        thresholds = [{"value": limit, **more}]
        return {"xyChart": {"dataSets": [{"timeSeriesQuery": body}], "thresholds": thresholds}}

    widgets = [
        chart("sum(disk_used) / sum(disk_size)", 0.85),
        chart("max(read_only)", 0),
        chart("sum(increase(dollars_total[1d]))", 250.0),
    ]
    document: Any = {"displayName": "d", "gridLayout": {"widgets": widgets}}
    shapes = asyncio.run(Illustration().shapes(document))
    full, quiet, cost = (shapes[name] for name in ("disk_used", "read_only", "dollars_total"))
    assert full.factor == pytest.approx((0.85 + 0.15 * 0.6) / (0.85 * 0.2))
    assert quiet.at(0) == 0 < quiet.at(INCIDENT[0])
    assert quiet.at(INCIDENT[0], calm=True) == 0
    assert cost.factor > 100, "an hour must outweigh a day"


@pytest.mark.parametrize(
    ("query", "unit", "level"),
    [
        ("container_memory_usage_bytes", "", 3.2e8),
        ("bigquery_googleapis_com:storage_table_count", "", 12.0),
        ("envoy_cluster_manager_cds_update_attempt", "", 12.0),
        ("consumer_oldest_message_age", "", 0.25),
        ("gpu_utilization", "%", 45.0),
        ("gpu_utilization * 100", "%", 0.3),
        ("avg_over_time(DiskUsage[5m])", "TiBy", 0.5),
        ("sum(DiskUsage) / 1024", "GiBy", 3.2e8),
    ],
)
def test_a_metric_has_the_usual_size_of_its_unit_and_of_the_words_of_its_name(
    query: str, unit: str, level: float
) -> None:
    (one,) = wanted({"prometheusQuery": query, "unitOverride": unit})
    assert level_of(one) == level


@pytest.mark.parametrize(
    ("matcher", "taken"),
    [
        ('container!=""', {"container": "container-a"}),
        ('container!="POD"', {}),
        ('code=~"5.."', {"code": "5xx"}),
        ('code=~"[45]0."', {"code": "404"}),
        ('zone=~".*"', {}),
        ('zone=~".+"', {"zone": "europe-west1-b"}),
        ('zone!~"x|"', {"zone": "europe-west1-b"}),
        ('zone="here"', {"zone": "here"}),
    ],
)
def test_made_up_series_have_labels_that_the_query_s_matchers_take(matcher: str, taken: dict[str, str]) -> None:
    (one,) = wanted({"prometheusQuery": f"sum(rate(requests_total{{{matcher}}}[5m]))"})
    assert dict(one.equal) == taken
