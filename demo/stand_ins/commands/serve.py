"""`python -m demo serve`: the local system, running until Ctrl-C."""

from typing import Annotated

import typer

from vigil_cli.commands.options import EMULATOR_PORT, RECEIVER_PORT, Only, Port, ReceiverPort, Speed, State
from vigil_cli.commands.outcome import ending

STACK = "local"


JustThis = Annotated[Only | None, typer.Option("--only", help="The API alone: lighter, and without a Temporal server.")]


Spans = Annotated[
    bool, typer.Option("--spans", help="Have API, workers and agents send spans, so that a request is one trace.")
]


def serve(
    *,
    only: JustThis = None,
    spans: Spans = False,
    speed: Speed = 60,
    port: Port = EMULATOR_PORT,
    receiver_port: ReceiverPort = RECEIVER_PORT,
    state: State = None,
) -> None:
    """Keep the emulator running with the stack `local` deployed, the whole demo, and its customers.

    The demo is the API, the Temporal workers, the agent with its models, the database and the frontend's drains;
    without a Temporal server, workers and agents are left out, and without PostgreSQL the database's metrics are
    invented. `python -m demo traffic` breaks it, a story at a time.

    Prints where everything is and what to try. Notifications are shown as they arrive. Ctrl-C ends it all.

    **Examples**

    `python -m demo serve` - a cloud minute passes in a second

    `python -m demo serve --only api` - the API alone

    `python -m demo serve --spans` - with a waterfall for each trace, at /console/trace

    `python -m demo serve --speed 1` - in real time
    """
    with ending(json=False):
        from demo.stand_ins.local_run.serve_run import serve_api, serve_whole
        from demo.stand_ins.local_run.system import LocalOptions
        from vigil_cli.console import Progress, output
        from vigil_cli.local.folder import state_of
        from vigil_cli.local.signals import run

        options = LocalOptions(
            command="python -m demo serve",
            stack=STACK,
            state=state_of(STACK, state),
            speed=speed,
            spans=spans,
            port=port,
            receiver_port=receiver_port,
        )
        work = serve_whole if only is None else serve_api
        run(lambda: work(options, Progress(output())))  # a signal is how it is meant to end
