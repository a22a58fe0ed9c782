"""`vigil serve`: the emulator with a stack deployed, and your own processes, until Ctrl-C."""

from typing import Annotated

import typer

from vigil_cli.commands.options import EMULATOR_PORT, Config, Port, Speed, State, overrides
from vigil_cli.commands.outcome import ending

ServedStack = Annotated[
    str | None,
    typer.Option("--stack", "-s", help="The NAME in Pulumi.NAME.yaml.", show_default="local, or the only one"),
]
Name = Annotated[
    str | None,
    typer.Option(
        "--name",
        metavar="SERVICE",
        help="Service whose lines COMMAND writes.",
        show_default="the only one of the stack, or the program's name",
    ),
]
Bare = Annotated[
    bool,
    typer.Option("--bare", help="Run an empty emulator, for `pulumi up` with the Pulumi CLI."),
]
Command = Annotated[
    list[str] | None,
    typer.Argument(metavar="-- COMMAND", help="Your program and its arguments.", show_default="[tool.vigil.run]"),
]


def serve(
    command: Command = None,
    *,
    stack: ServedStack = None,
    name: Name = None,
    bare: Bare = False,
    speed: Speed = 60,
    port: Port = EMULATOR_PORT,
    state: State = None,
    config: Config = None,
) -> None:
    """Run an emulator with the stack deployed, and your own processes beside it, until Ctrl-C.

    What the processes write arrives in the emulator as from Cloud Run, standard output and standard error as a log
    each: metrics count the lines, and alerts watch them. It prints incidents, notifications and e-mails as they happen.
    Nothing leaves this machine.

    To run several processes, name them in `pyproject.toml`, each by the service whose lines it writes:

        [tool.vigil.run]
        orders = "uvicorn shop.api:app --port $PORT"
        worker = "python -m shop.worker"

    Lines of a name that the stack does not watch are those of a Cloud Run service of that name.

    Each process gets a free port in `PORT`, and the emulator's address in `VIGIL_EMULATOR_URL`.

    **Examples**

    `vigil serve -s staging` - the emulator, and what `[tool.vigil.run]` names

    `vigil serve -s staging -- uvicorn shop.api:app --port 8000` - one process

    `vigil serve -s staging --name orders -- python -m shop.orders` - lines of the service orders

    `vigil serve --bare` - an empty emulator for the real provider
    """
    settings = overrides(config)
    with ending(json=False):
        from vigil_cli.console import Progress, output
        from vigil_cli.deployment import explained
        from vigil_cli.errors import CommandError
        from vigil_cli.local.folder import state_of
        from vigil_cli.local.service_run import LOCATION, ServeOptions
        from vigil_cli.local.service_run import serve as work
        from vigil_cli.local.signals import run
        from vigil_runner import stacks, tool_settings

        if bare and (command or name is not None or settings):
            raise CommandError(
                "--bare deploys nothing and runs no process, so that a command, --name and --config mean nothing.",
                remedy="Leave them out, or leave out --bare.",
            )
        with explained("The emulator cannot be started"):
            chosen = stacks.load(stacks.default() if stack is None else stack)
            running = tool_settings.load(chosen.root).run
            commands = {} if bare else _commands(command, name, running)
        location = chosen.config.get("gcp:region")
        options = ServeOptions(
            stack=chosen.name,
            project=chosen.gcp_project or chosen.project,
            location=location if isinstance(location, str) else LOCATION,
            state=state_of(chosen.name, state),
            speed=speed,
            port=port,
            commands=commands,
            named=name is not None or not command,
            config=settings,
            bare=bare,
        )
        run(lambda: work(options, Progress(output())))  # a signal is how it is meant to end


def _commands(command: list[str] | None, name: str | None, configured: dict[str, str]) -> dict[str, str | list[str]]:
    from pathlib import PurePath

    from vigil_cli.errors import CommandError

    if command:
        return {name or PurePath(command[0]).stem: command}
    if name is not None and name not in configured:
        known = ", ".join(configured) or "nothing"
        raise CommandError(
            f"--name {name} stands without a command, and [tool.vigil.run] names {known}.",
            remedy="Give the command after `--`, or name one of [tool.vigil.run].",
        )
    chosen = {name: configured[name]} if name is not None else configured
    return dict(chosen)
