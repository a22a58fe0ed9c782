"""`vigil picture`: a whole dashboard as SVG or PNG, without a browser."""

from enum import StrEnum
from pathlib import Path
from typing import Annotated

import typer

from vigil_cli.commands.options import Json, Stack, State
from vigil_cli.commands.outcome import ending


class Form(StrEnum):
    """What a picture may be written as."""

    SVG = "svg"
    PNG = "png"


class Colours(StrEnum):
    """For a light or a dark background."""

    LIGHT = "light"
    DARK = "dark"


Dashboard = Annotated[
    str | None,
    typer.Argument(
        help="The title or its beginning, the id, or a JSON file. Without it, the command lists the dashboards."
    ),
]
Url = Annotated[
    str | None,
    typer.Option("--url", metavar="URL", envvar="VIGIL_EMULATOR_URL", help="The emulator that has the data."),
]
Format = Annotated[
    Form | None,
    typer.Option("--format", "-f", help="Default: as the file's name ends, otherwise svg.", show_default=False),
]
Output = Annotated[
    Path | None,
    typer.Option("--output", "-o", dir_okay=True, help="A file, or a folder for it.", show_default="./TITLE.svg"),
]
Range = Annotated[str, typer.Option("--range", help="The time up to now: 30m, 1h, 3h, 6h, 1d, 7d or 30d.")]


def picture(
    *,
    dashboard: Dashboard = None,
    stack: Stack = "local",
    url: Url = None,
    form: Format = None,
    output: Output = None,
    within: Range = "1h",
    theme: Annotated[Colours, typer.Option("--theme", help="Colours.")] = Colours.LIGHT,
    state: State = None,
    json: Json = False,
) -> None:
    """Draw a dashboard: with the data of a running emulator, or of a file with made-up data.

    A file is any dashboard as Google's API writes it, and needs no emulator: every query gets plausible data, a day
    with one incident that crosses the thresholds. The picture says that its data is illustrative.

    **Examples**

    `vigil picture` - list the dashboards

    `vigil picture api` - the dashboard whose title begins with "api", as api-local.svg

    `vigil picture api --output build/api.png --range 6h` - six hours, as PNG

    `vigil picture dashboards/api.json` - a file with made-up data, as api-prod.svg
    """
    with ending(json=json):
        from vigil_cli.pictures import Picture, draw, draw_file

        chosen = form.value if form is not None else None
        if dashboard is not None and (dashboard.endswith(".json") or Path(dashboard).is_file()):
            draw_file(Path(dashboard), form=chosen, output=output, theme=theme.value, json=json)
            return
        draw(
            Picture(dashboard=dashboard, form=chosen, output=output, within=within, theme=theme.value),
            url=url,
            stack=stack,
            state=state,
            json=json,
        )
