"""The console's paths."""

import re
from collections.abc import Awaitable, Callable
from urllib.parse import unquote

from vigil_emulator.charts.renderer import DrawingError, Renderer
from vigil_emulator.console import web
from vigil_emulator.console.frame import Frame
from vigil_emulator.console.page_boards import BoardPages
from vigil_emulator.console.page_data import DataPages
from vigil_emulator.console.page_incidents import IncidentPages
from vigil_emulator.console.page_logs import LogPages
from vigil_emulator.console.page_policies import PolicyPages
from vigil_emulator.console.pictures import Pictures
from vigil_emulator.console.sources import Sources
from vigil_emulator.console.web import FOLDER, PageRequest
from vigil_emulator.errors import ApiError
from vigil_emulator.rest.api import Answer
from vigil_emulator.rest.request import Request

_CHART = r"/console/charts/(?P<key>[0-9a-f]{24})-(?P<width>\d{2,4})x(?P<height>\d{2,4})-(?P<theme>light|dark)\.svg"
Page = Callable[..., Awaitable[Answer]]


class Console:
    """Answers requests under `/console`."""

    def __init__(self, sources: Sources) -> None:
        self._renderer = Renderer()
        self._frame = Frame(sources, self._renderer)
        boards, logs, incidents = BoardPages(self._frame), LogPages(self._frame), IncidentPages(self._frame)
        policies, facts = PolicyPages(self._frame), DataPages(self._frame)
        pictures = Pictures(self._frame)
        self._routes: list[tuple[re.Pattern[str], Page]] = [
            (re.compile(pattern), page)
            for pattern, page in (
                (r"/", _to_console),
                (r"/console/?", boards.overview),
                (r"/console/dashboards/?", boards.dashboards),
                (r"/console/dashboards\.json", boards.listed),
                (r"/console/dashboards/(?P<identifier>[^/]+)/layout\.css", boards.layout),
                (r"/console/dashboards/(?P<identifier>[^/]+)/picture\.(?P<form>svg|png)", pictures.dashboard),
                (r"/console/dashboards/(?P<identifier>[^/]+)/tiles/(?P<index>\d{1,4})", boards.tile),
                (r"/console/dashboards/(?P<identifier>[^/]+)", boards.dashboard),
                (_CHART, pictures.chart),
                (r"/console/logs", logs.logs),
                (r"/console/logs/entry", logs.entry),
                (r"/console/trace", logs.trace),
                (r"/console/incidents", incidents.incidents),
                (r"/console/incidents/(?P<identifier>[^/]+)", incidents.incident),
                (r"/console/alerts/?", policies.policies),
                (r"/console/alerts/(?P<identifier>[^/]+)", policies.policy),
                (r"/console/events", facts.events),
                (r"/console/silent", facts.silent),
                (r"/console/static/console\.css", _style),
                (r"/console/static/icon\.svg", _icon),
            )
        ]

    async def __call__(self, request: Request) -> Answer:
        """The page of a path, or one that says what is wrong."""
        page_request = PageRequest.of(request)
        try:
            for pattern, page in self._routes:
                match = pattern.fullmatch(request.path)
                if match is not None:
                    if request.http not in {"GET", "HEAD"}:
                        return self._frame.problem(page_request, 405, "Pages are only looked at: use GET.")
                    return await page(
                        page_request, **{name: unquote(value) for name, value in match.groupdict().items()}
                    )
        except ApiError as error:
            return self._frame.problem(page_request, error.code, error.message)
        except DrawingError as error:
            return self._frame.problem(page_request, 500, f"This could not be drawn: {error}")
        return self._frame.problem(page_request, 404, f"There is no page {request.path}.")

    async def close(self) -> None:
        """End the process that draws."""
        await self._renderer.close()


async def _to_console(request: PageRequest) -> Answer:
    del request
    return web.redirect("/console/")


async def _style(request: PageRequest) -> Answer:
    del request
    return web.style((FOLDER / "static" / "console.css").read_text(encoding="utf-8"), keep=True)


async def _icon(request: PageRequest) -> Answer:
    del request
    return web.picture((FOLDER / "static" / "icon.svg").read_bytes(), "image/svg+xml", keep=True)
