"""``vigil serve``: the local system, running until it is told to stop."""

from typing import Annotated

import typer

from vigil_cli.commands.options import EMULATOR_PORT, RECEIVER_PORT, Only, Port, ReceiverPort, Speed, State
from vigil_cli.commands.outcome import ending

STACK = "local"


JustThis = Annotated[Only | None, typer.Option("--only", help="The API alone: lighter, and without a Temporal server.")]
Bare = Annotated[
    bool,
    typer.Option("--bare", help="The emulator alone, nothing deployed: for `pulumi up -s local` with the Pulumi CLI."),
]


def serve(
    *,
    only: JustThis = None,
    bare: Bare = False,
    speed: Speed = 60,
    port: Port = EMULATOR_PORT,
    receiver_port: ReceiverPort = RECEIVER_PORT,
    state: State = None,
) -> None:
    """Keep the emulator running with the stack `local` deployed, the whole demo, and its customers.

    The demo is the API, the Temporal workers, the agent with its models, the database and the frontend's drains;
    without a Temporal server, workers and agents are left out, and without PostgreSQL the database's metrics are
    invented. `vigil traffic` breaks it, a story at a time.

    Prints where everything is and what to try. Notifications are shown as they arrive. Ctrl-C ends it all.

    **Examples**

    `vigil serve` - a cloud minute passes in a second

    `vigil serve --only api` - the API alone

    `vigil serve --speed 1` - in real time

    `vigil serve --bare --state .vigil/pulumi` - the emulator for the real provider
    """
    with ending(json=False):
        from demo.stand_ins.local_run.serve_run import serve_api, serve_bare, serve_whole  # noqa: PLC0415 - keeps --help quick
        from demo.stand_ins.local_run.system import LocalOptions  # noqa: PLC0415 - keeps --help quick
        from vigil_cli.console import Progress, output  # noqa: PLC0415 - keeps --help quick
        from vigil_cli.local.folder import state_of  # noqa: PLC0415 - keeps --help quick
        from vigil_cli.local.signals import run  # noqa: PLC0415 - keeps --help quick

        options = LocalOptions(
            command="vigil serve",
            stack=STACK,
            state=state_of(STACK, state),
            speed=speed,
            port=port,
            receiver_port=receiver_port,
        )
        work = serve_bare if bare else serve_whole if only is None else serve_api
        run(lambda: work(options, Progress(output())))  # a signal is how it is meant to end
