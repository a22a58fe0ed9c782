"""The work of `vigil serve`: an emulator with the stack deployed, and the team's own processes beside it."""

import asyncio
import contextlib
import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from rich.markup import escape

from vigil_cli.console import Progress
from vigil_cli.local import stack_config
from vigil_cli.local.applications import RunningApplication, of_service, running, words_of
from vigil_cli.local.deployment import Deployed, deploy
from vigil_cli.local.emulator import Emulator
from vigil_cli.local.incident_log import IncidentLog
from vigil_cli.local.keeper import ended
from vigil_cli.local.mailbox import Mailbox
from vigil_cli.local.ports import listen
from vigil_cli.local.session import EmulatorOptions, emulator_session
from vigil_emulator import environment

LOOK = 0.5
"""Real seconds between two looks at incidents and processes."""
FIRST_LINE = 10.0
"""Real seconds in which the clock waits for each process to start before it runs faster than the wall's."""
LOCATION = "europe-west1"
"""Region of lines whose service no alert of the program names, where the stack names no region either."""


@dataclass(frozen=True, slots=True, kw_only=True)
class ServeOptions:
    """What `vigil serve` runs."""

    stack: str
    project: str
    """Google Cloud project of the stack."""
    location: str
    state: Path
    speed: float
    port: int
    commands: Mapping[str, str | Sequence[str]]
    """Command lines by the name of the process; empty runs the emulator alone."""
    named: bool
    """Whether these names are those of services, as --name and [tool.vigil.run] give them."""
    config: Mapping[str, str]
    """Values that replace those of the stack file."""
    bare: bool = False
    """Whether to deploy nothing."""


async def serve(options: ServeOptions, progress: Progress) -> int:
    """Run everything until cancelled. Raises CommandError where a part cannot start, or the emulator is lost."""
    commands = {name: words_of(name, command) for name, command in options.commands.items()}
    with progress.shown():
        async with Mailbox(listen(0, purpose="the mail server", option="--port")) as mailbox:
            emulator_options = EmulatorOptions(
                command="vigil serve",
                state=options.state,
                project=options.project,
                speed=options.speed,
                port=options.port,
                mail=mailbox.address,
            )
            async with emulator_session(emulator_options, progress) as (crew, keeper, emulator):
                if options.bare:
                    progress.console.print(
                        f"\nNothing is deployed. With the Pulumi CLI: [bold]pulumi up -s {options.stack}[/]\n"
                    )
                    progress.doing("running; Ctrl-C ends everything")
                    while True:
                        crew.check()
                        await asyncio.sleep(LOOK)
                async with contextlib.AsyncExitStack() as stack:
                    async with keeper.in_real_time():
                        progress.doing(f"deploying stack {options.stack}")
                        deployed = await deploy(
                            crew,
                            stack=options.stack,
                            emulator=emulator.url,
                            state=options.state,
                            config=tuple(options.config.items()),
                        )
                        progress.done(f"Stack {options.stack} deployed", details=deployed.describe())
                        log = IncidentLog(emulator=emulator, mailbox=mailbox, progress=progress)
                        await log.start()
                        applications = [
                            of_service(name, words, deployed.origins, location=options.location, named=options.named)
                            for name, words in commands.items()
                        ]
                        variables = {
                            "VIGIL_ENVIRONMENT": options.stack,
                            **environment.variables(emulator.url, options.state),
                        }
                        stack.enter_context(stack_config.kept(options.state, options.config))
                        processes = await stack.enter_async_context(
                            running(applications, crew, emulator, project=options.project, variables=variables)
                        )
                        _print_addresses(progress, options, emulator, deployed, processes)
                        await _begun(processes)
                    over: set[str] = set()
                    while True:
                        crew.check()
                        await log.report()
                        _report_ended(progress, processes, over)
                        progress.doing("running; Ctrl-C ends everything")
                        await asyncio.sleep(LOOK)


async def _begun(processes: Sequence[RunningApplication]) -> None:
    """Wait until each process has written a line or ended, for a while: some write none before they get a request."""
    deadline = time.monotonic() + FIRST_LINE
    while time.monotonic() < deadline:
        if all(one.pump.delivered or one.exit_code is not None for one in processes):
            return
        await asyncio.sleep(0.05)


def _report_ended(progress: Progress, processes: Sequence[RunningApplication], over: set[str]) -> None:
    for one in processes:
        code = one.exit_code
        if code is not None and one.application.name not in over:
            over.add(one.application.name)
            one.pumping.result()  # raises what kept its lines from arriving
            progress.done(
                f"{one.application.name} ended ({ended(code)}); the emulator keeps running",
                details=f"{one.pump.delivered} lines delivered; its errors are in {one.child.log}",
            )


def _print_addresses(
    progress: Progress,
    options: ServeOptions,
    emulator: Emulator,
    deployed: Deployed,
    processes: Sequence[RunningApplication],
) -> None:
    known = {(one.resource, one.writer) for one in deployed.origins}
    rows = [
        ("Emulator", f"{emulator.url} (Cloud Logging and Cloud Monitoring, project {options.project})"),
        ("Pages", f"{emulator.url}/console/ (dashboards, logs, incidents)"),
        ("Speed", f"{options.speed:g} seconds pass in the emulator in one real second"),
        ("Log files", str(options.state / "logs")),
    ]
    for one in processes:
        origin = one.application.origin
        watched = "" if (origin.resource, origin.writer) in known else "; no alert of the stack watches it"
        rows.append((one.application.name, f"PORT={one.port}, lines of {origin.resource} {origin.writer}{watched}"))
    progress.console.print()
    for name, value in rows:
        progress.console.print(f"[bold]{escape(name):<14}[/]{escape(value)}", soft_wrap=True)
    progress.console.print()
