"""Pictures: the charts of a page, and whole dashboards."""

import re

from vigil_emulator.charts.model import Size, ThemeName
from vigil_emulator.charts.picture import picture_of
from vigil_emulator.charts.window import Window
from vigil_emulator.console import web
from vigil_emulator.console.boards import Boards
from vigil_emulator.console.frame import Frame
from vigil_emulator.console.time_words import day_time
from vigil_emulator.console.web import PageRequest
from vigil_emulator.rest.api import Answer
from vigil_emulator.times import parse_time

LEAST, MOST = 40, 2000
"""Pixels of a chart's side."""
LEAST_SCALE, USUAL_SCALE, MOST_SCALE = 0.5, 2.0, 4.0
_MILLION = 1_000_000
SVG, PNG = "image/svg+xml", "image/png"


class Pictures:
    """Answers with pictures."""

    def __init__(self, frame: Frame) -> None:
        self._frame = frame

    async def chart(self, request: PageRequest, key: str, width: str, height: str, theme: str) -> Answer:
        """Return a drawing that a page showed. The address stands for the content."""
        size = Size(min(max(int(width), LEAST), MOST), min(max(int(height), LEAST), MOST))
        svg = await self._frame.renderer.svg_of(key, size, _theme(theme))
        if svg is None:
            return self._frame.problem(request, 404, "This chart is no longer kept: load its page again.")
        return web.picture(svg.encode(), SVG, keep=True)

    async def dashboard(self, request: PageRequest, identifier: str, form: str) -> Answer:
        """Return a whole dashboard as one picture, for the time in the address."""
        body = self._frame.sources.dashboard(identifier)
        if body is None:
            return self._frame.problem(request, 404, f"There is no dashboard {identifier}.")
        try:
            window, spoken = self._window(request)
        except ValueError as error:
            return self._frame.problem(request, 400, f"{error} Give since and until as RFC 3339 times, or a range.")
        board = await Boards(self._frame.sources, request, window).board(body)
        subtitle = f"{board.project} · {spoken}"
        svg = await picture_of(board, subtitle, self._frame.renderer, _theme(request.get("theme", "light")))
        name = re.sub(r"[^A-Za-z0-9]+", "-", board.title).strip("-").lower() or "dashboard"
        if form == "svg":
            return web.picture(svg.encode(), SVG, name=f"{name}.svg")
        return web.picture(
            await self._frame.renderer.png(svg, scale=_scale(request.get("scale"))), PNG, name=f"{name}.png"
        )

    def _window(self, request: PageRequest) -> tuple[Window, str]:
        """The time that is drawn, and in words: from `since` to `until`, else the range up to now.

        Raises ValueError.
        """
        if not request.get("since") and not request.get("until"):
            window = self._frame.window(request)
            return window, f"{request.range} until {day_time(window.end * _MILLION)} UTC"
        since, until = (parse_time(request.get(name)) // _MILLION for name in ("since", "until"))
        if not since < until:
            raise ValueError("The time to be drawn ends before it begins.")
        window = Window.around(since, until, self._frame.sources.now)
        return window, f"{day_time(window.start * _MILLION)} to {day_time(window.end * _MILLION)} UTC"


def _scale(request: str) -> float:
    """Pixels of a PNG for each of the page's."""
    try:
        return min(max(float(request), LEAST_SCALE), MOST_SCALE)
    except ValueError:
        return USUAL_SCALE


def _theme(name: str) -> ThemeName:
    return "dark" if name == "dark" else "light"
