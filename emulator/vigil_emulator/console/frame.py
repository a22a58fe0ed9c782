"""What stands around every page, and the pictures inside."""

from dataclasses import dataclass

from vigil_emulator.charts.model import Drawing, Size
from vigil_emulator.charts.renderer import Renderer
from vigil_emulator.charts.window import RANGES, Window
from vigil_emulator.console import web
from vigil_emulator.console.sources import Sources
from vigil_emulator.console.web import REFRESHES, PageRequest
from vigil_emulator.rest.api import Answer

NARROW = Size(380, 230)
"""A chart's size where the page has no room for columns: on a telephone, or in half a window."""
BROAD = Size(780, 230)
"""The same for a chart that has the whole width of such a window."""
NOT_FOUND = 404
BROAD_FROM = 1000
"""Pixels of a chart that is meant to have the whole width."""


@dataclass(frozen=True, slots=True)
class Image:
    """A drawing in the sizes and colours that a page may want; `alt` tells what it shows."""

    key: str
    wide: Size
    middle: Size
    narrow: Size
    alt: str

    def address(self, theme: str, size: Size) -> str:
        """Return where one of them is."""
        return f"/console/charts/{self.key}-{size.width}x{size.height}-{theme}.svg"


class Frame:
    """Makes the pages of the console."""

    def __init__(self, sources: Sources, renderer: Renderer) -> None:
        self.sources = sources
        self.renderer = renderer

    def project(self, request: PageRequest) -> str:
        """Return the project that the page shows: the one in the address, otherwise the first that has dashboards."""
        chosen = request.get("project")
        if chosen:
            return chosen
        known = self.sources.project_ids()
        return known[0] if known else ""

    def window(self, request: PageRequest) -> Window:
        """Return the time that is looked at."""
        return Window.last(request.range, self.sources.now)

    def image(self, drawing: Drawing, size: Size, alt: str, *, narrow: Size | None = None) -> Image:
        """Return a drawing to be shown; it is drawn when a browser asks for it."""
        small = narrow or NARROW
        middle = Size(BROAD.width, small.height) if size.width >= BROAD_FROM else small
        return Image(self.renderer.keep(drawing), size, middle, small, alt)

    def page(
        self, request: PageRequest, template: str, *, title: str, nav: str, status: int = 200, **values: object
    ) -> Answer:
        """Return a page. `nav` is the part of the console that it belongs to."""
        return web.page(
            template,
            status=status,
            request=request,
            title=title,
            nav=nav,
            projects=self.sources.project_ids(),
            project=values.pop("project", None) or self.project(request),
            now=self.sources.now,
            speed=self.sources.clock.speed,
            ranges=list(RANGES),
            refreshes=REFRESHES,
            open_incidents=sum(1 for each in self.sources.data.engine.incidents.values() if each.open),
            **values,
        )

    def problem(self, request: PageRequest, status: int, message: str) -> Answer:
        """Return a page that says what is wrong."""
        return self.page(
            request,
            "problem.html",
            title="Not found" if status == NOT_FOUND else "Error",
            nav="",
            status=status,
            message=message,
        )
