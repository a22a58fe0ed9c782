"""Drawings become SVG: checked against Vega-Lite's schema, and read for what they must show."""

import asyncio
import re
from xml.etree import ElementTree as ET

import pytest

from vigil_emulator.charts.model import (
    Band,
    Cell,
    Drawing,
    Gauge,
    HeatMap,
    Lanes,
    Line,
    Moment,
    Order,
    Pie,
    Rule,
    Share,
    Size,
    Spark,
    TimeChart,
    TreeMap,
)

pytest.importorskip("altair", reason="charts need vigil-emulator[console]")
pytest.importorskip("vl_convert", reason="charts need vigil-emulator[console]")

from vigil_emulator.charts import draw
from vigil_emulator.charts.renderer import HANDS, DrawingError, Renderer
from vigil_emulator.charts.theme import theme

START = 1_790_000_000_000 // 3_600_000 * 3_600_000
HOUR = 3_600_000
TIMES = tuple(range(START, START + HOUR + 1, 60_000))


def _line(name: str, plot: str = "line", *, right: bool = False, level: float = 1.0) -> Line:
    return Line(
        name=name,
        times=TIMES,
        values=tuple(level + (place % 7) / 10 for place in range(len(TIMES))),
        plot=plot,
        right=right,
    )  # type: ignore[arg-type] # one of the three


def _chart(*lines: Line, **more: object) -> TimeChart:
    return TimeChart(start=START, end=START + HOUR, step=60_000, lines=lines, **more)  # type: ignore[arg-type] # its own fields


DRAWINGS: dict[str, Drawing] = {
    "lines": _chart(_line("2xx"), _line("5xx"), unit="1/s", rules=(Rule(value=1.5, label="limit"),)),
    "areas": _chart(_line("a", "area"), _line("b", "area"), unit="By"),
    "bars": _chart(_line("a", "bar"), _line("b", "bar"), unit="1"),
    "one moment": _chart(Line(name="a", times=(START,), values=(3.0,), plot="area")),
    "two axes": _chart(_line("left"), _line("right", right=True, level=100), unit="s", right_unit="By"),
    "logarithmic": _chart(_line("a"), logarithmic=True),
    "incident": _chart(_line("a"), bands=(Band(start=START, end=START + 60_000, tall=True), Band(start=START, end=START + 9))),
    "nothing": _chart(note="No data since 2026-11-24 12:00 UTC."),
    "heat": HeatMap(start=START, end=START + HOUR, step=60_000, unit="s", cells=(Cell(time=START + 60_000, low=0, high=0.01, count=3), Cell(time=START + 120_000, low=0.01, high=4, count=9))),
    "no heat": HeatMap(start=START, end=START + HOUR, step=60_000, note="No data yet."),
    "gauge": Gauge(value=0.7, low=0, high=1, unit="10^2.%", rules=(Rule(value=0.8),), level="warning"),
    "spark": Spark(times=TIMES, values=tuple(range(len(TIMES)))),
    "spark bars": Spark(times=TIMES, values=tuple(range(len(TIMES))), bars=True),
    "pie": Pie(shares=(Share(path=("a",), value=3), Share(path=("b",), value=1))),
    "treemap": TreeMap(shares=(Share(path=("x", "a"), value=3), Share(path=("x", "b"), value=1), Share(path=("y",), value=2))),
    "lanes": Lanes(moments=(Moment(lane="api", start=0, end=900), Moment(lane="llm", start=100, end=100, level="critical"))),
}  # fmt: skip


@pytest.mark.parametrize("name", DRAWINGS)
def test_each_kind_is_legal_vega_lite_and_becomes_svg_of_the_requested_size(name: str) -> None:
    order = Order(drawing=DRAWINGS[name], size=Size(420, 240), theme="dark")
    draw.specification(order, check=True)
    root = ET.fromstring(draw.svg(order))
    assert (root.get("width"), root.get("height")) == ("420", "240")


def _words(drawing: Drawing) -> list[str]:
    svg = draw.svg(Order(drawing=drawing, size=Size(640, 240)))
    return [text for text in ET.fromstring(svg).itertext() if text.strip()]


def test_a_chart_names_its_unit_its_series_and_its_threshold() -> None:
    words = _words(_chart(_line("p95", level=0.02), unit="s", rules=(Rule(value=1.5, label="latency (ticket)"),)))
    assert {"s", "p95", "latency (ticket) · 1.5 s"} <= set(words)


def test_a_chart_without_data_says_since_when() -> None:
    assert "No data since 2026-11-24 12:00 UTC." in _words(DRAWINGS["nothing"])


def test_a_low_chart_shortens_no_name_where_all_of_them_fit_in_one_row() -> None:
    names = ["errors", "warnings", "other", "notices and info"]  # of the bars above the log, on a telephone
    svg = draw.svg(Order(drawing=_chart(*(_line(name, "bar") for name in names)), size=Size(420, 130)))
    assert set(names) <= set(ET.fromstring(svg).itertext())


def test_a_share_reads_in_percent() -> None:
    words = _words(_chart(Line(name="errors", times=TIMES, values=tuple(0.02 for _ in TIMES)), share=True, unit="1", rules=(Rule(value=0.05),)))  # fmt: skip
    assert {"%", "5%"} <= set(words)


@pytest.mark.parametrize(("threshold", "above"), [(0.1, True), (2.0, False)])
def test_a_threshold_near_the_top_has_its_name_below_where_it_does_not_meet_the_marks(
    threshold: float, above: bool
) -> None:
    chart = _chart(_line("load", level=0.4), rules=(Rule(value=threshold, label="limit"),))
    svg = draw.svg(Order(drawing=chart, size=Size(400, 140)))
    (line,) = re.findall(r'transform="translate\([\d.]+,([\d.]+)\)"[^>]*stroke-dasharray="5,3"', svg)
    name = re.findall(r'transform="translate\([\d.]+,([\d.]+)\)"[^>]*>limit · ', svg)
    assert name
    assert all((float(at) < float(line)) is above for at in name)


def test_a_line_is_broken_where_values_are_missing() -> None:
    gap = Line(name="a", times=(*TIMES[:20], *TIMES[40:]), values=tuple(1.0 for _ in range(len(TIMES) - 20)))
    svg = draw.svg(Order(drawing=_chart(gap), size=Size(640, 240)))
    paths = re.findall(r'aria-roledescription="line mark"[^>]* d="([^"]*)"', svg) or re.findall(
        r'd="(M[^"]*)"[^>]*stroke-width="1.8"', svg
    )
    assert any(path.count("M") == 2 for path in paths)


def test_the_name_of_a_series_is_text_whatever_it_contains() -> None:
    hostile = '</text><script>alert("x")</script>&\u202e'
    svg = draw.svg(Order(drawing=_chart(_line(hostile)), size=Size(640, 240)))
    assert "<script" not in svg
    ET.fromstring(svg)


def test_nothing_is_fetched_from_anywhere() -> None:
    svg = draw.svg(Order(drawing=DRAWINGS["lines"], size=Size(640, 240)))
    assert "http" not in svg.replace("http://www.w3.org/", "")


def test_colours_of_series_stand_out_from_their_background() -> None:
    def luminance(colour: str) -> float:
        parts = [int(colour[place : place + 2], 16) / 255 for place in (1, 3, 5)]
        linear = [part / 12.92 if part <= 0.03928 else ((part + 0.055) / 1.055) ** 2.4 for part in parts]
        return 0.2126 * linear[0] + 0.7152 * linear[1] + 0.0722 * linear[2]

    for name in ("light", "dark"):
        look = theme(name)  # type: ignore[arg-type] # one of the two
        for colour, least in [
            *((one, 3.0) for one in look.series),
            *((one, 4.5) for one in (look.text, look.muted, *look.levels.values())),
        ]:
            light, dark = sorted((luminance(colour), luminance(look.card)), reverse=True)
            assert (light + 0.05) / (dark + 0.05) >= least, f"{colour} on {look.card}"


def test_a_process_draws_once_what_has_the_same_content_and_ends_with_the_renderer() -> None:
    async def story() -> None:
        renderer = Renderer()
        key = renderer.keep(DRAWINGS["spark"])
        assert renderer.keep(DRAWINGS["spark"]) == key
        first = await renderer.svg_of(key, Size(200, 60), "light")
        assert first is not None
        assert first.startswith("<svg")
        assert await renderer.svg_of(key, Size(200, 60), "light") is first
        assert await renderer.svg_of("0" * 24, Size(200, 60), "light") is None
        png = await renderer.png(first, scale=1.0)
        assert png.startswith(b"\x89PNG")
        with pytest.raises(DrawingError, match="unknown token"):
            await renderer.png("not an svg", scale=1.0)
        assert await renderer.svg(DRAWINGS["pie"], Size(200, 100), "dark"), "one failure does not end the drawing"
        assert len(running(renderer)) == 1, "drawings one after the other need no second process"
        await renderer.close()
        assert running(renderer) == []

    asyncio.run(story())


def running(renderer: Renderer) -> list[int]:
    """The processes that draw."""
    return [hand._process.pid for hand in renderer._hands if hand._process is not None]


def test_what_is_drawn_at_once_has_a_process_each_as_far_as_there_are_processors() -> None:
    async def story() -> None:
        renderer = Renderer()
        drawn = await asyncio.gather(
            *(renderer.svg(DRAWINGS[name], Size(200, 100), "light") for name in ("spark", "pie", "gauge"))
        )
        assert all(svg.startswith("<svg") for svg in drawn)
        assert len(set(drawn)) == 3
        assert len(running(renderer)) == HANDS
        await renderer.close()

    asyncio.run(story())
