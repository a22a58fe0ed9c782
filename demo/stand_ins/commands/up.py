"""`python -m demo up`: the whole way, from a real HTTP error to a received notification and back."""

import time
from typing import Annotated

import typer

from vigil_cli.commands.options import RECEIVER_PORT, Json, Only, Port, ReceiverPort, Speed, State
from vigil_cli.commands.outcome import ending

STACK = "local"


JustThis = Annotated[Only | None, typer.Option("--only", help="The API alone: quicker, and without a Temporal server.")]


Pictures = Annotated[
    bool,
    typer.Option(
        "--pictures/--no-pictures", help="Whether to draw the dashboards into build/pictures, after the results."
    ),
]


def up(
    *,
    only: JustThis = None,
    pictures: Pictures = True,
    json: Json = False,
    speed: Speed = 60,
    port: Port = 0,
    receiver_port: ReceiverPort = RECEIVER_PORT,
    state: State = None,
) -> None:
    """Deploy the stack `local`, make each part of the demo fail, and see the alerts arrive and end.

    Starts the emulator, runs the Pulumi program and applies what it declares, starts the demo (API, Temporal workers,
    agent, database, frontend's drains), a webhook receiver and a mail server, and sends real traffic. When the API's
    inventory fails, the alert must fire and its notification be received by webhook and by e-mail; when it works again,
    the incident must close and that be received both ways too. Meanwhile each other part has a trouble, received by
    webhook; the database's comes last. Tells its results in less than a minute, then draws every dashboard into
    build/pictures, ends by itself, and leaves nothing running.

    The database is a PostgreSQL of the run's own where one is installed; without one, orders are in memory and the
    database's metrics are invented. VIGIL_POSTGRES names the folder of its programs, or is `none`.

    **Examples**

    `python -m demo up` - the whole story, with a table at the end

    `python -m demo up --only api` - the API's story alone, in about twenty seconds

    `python -m demo up --no-pictures` - without a picture of every dashboard

    `python -m demo up --json > up.json` - the same for machines

    `python -m demo up --speed 120` - with two cloud minutes in a second

    **Exit codes**: 0 all came about; 1 something awaited did not; 2 it cannot run here (port, lock, disk).
    """
    started = time.monotonic()
    with ending(json=json):
        from demo.stand_ins.local_run.story_run import play, play_whole
        from demo.stand_ins.local_run.summary import Summary, as_document, show
        from demo.stand_ins.local_run.system import LocalOptions
        from demo.stand_ins.stories import FIRST_LIGHT
        from vigil_cli.console import Progress, errors, output, write_document
        from vigil_cli.local.folder import state_of
        from vigil_cli.local.signals import run

        console = errors() if json else output()
        folder = state_of(STACK, state)
        options = LocalOptions(
            command="python -m demo up", stack=STACK, state=folder, speed=speed, port=port, receiver_port=receiver_port
        )
        summaries: list[Summary] = []

        def tell(summary: Summary) -> None:
            if not json:
                show(console, summary)

        async def work() -> int:
            progress = Progress(console, started=started)
            playing = (
                play_whole(options, progress, tell=tell, drawn=pictures)
                if only is None
                else play(FIRST_LIGHT, options, progress, tell=tell, drawn=pictures)
            )
            summaries.append(await playing)
            return 0

        code = run(work)
        if code:
            raise typer.Exit(code)
        for summary in summaries if json else ():
            write_document(as_document(summary))
