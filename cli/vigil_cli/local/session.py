"""An emulator that runs for as long as a command does: state folder, port, process, and a new start when it crashes."""

import contextlib
import sys
from collections.abc import AsyncGenerator, Mapping
from dataclasses import dataclass, field
from pathlib import Path

from vigil_cli.console import Progress
from vigil_cli.local.emulator import Emulator
from vigil_cli.local.folder import COLLECTOR_FILE, state_folder
from vigil_cli.local.keeper import Keeper
from vigil_cli.local.ports import free_port, listen
from vigil_cli.local.processes import Crew


@dataclass(frozen=True, slots=True, kw_only=True)
class EmulatorOptions:
    """How an emulator is started."""

    command: str
    """The command as it was typed, for whoever finds the state folder locked."""
    state: Path
    """Folder for data and logs."""
    project: str
    """Google Cloud project whose data the emulator holds."""
    speed: float = 60.0
    """Seconds that pass in the emulator in one real second."""
    port: int = 0
    """Port on loopback; 0 takes a free one."""
    mail: str = ""
    """HOST:PORT of the server that takes e-mail notifications. Default: none are sent."""
    variables: Mapping[str, str] = field(default_factory=dict[str, str])
    """Environment of the emulator's process: what its scrape configuration refers to."""


@contextlib.asynccontextmanager
async def emulator_session(
    options: EmulatorOptions, progress: Progress
) -> AsyncGenerator[tuple[Crew, Keeper, Emulator]]:
    """Hold the state folder and run an emulator on it; other processes may join the crew.

    Raises CommandError where the folder, the disk or the port cannot be used, or the emulator does not come up.
    """
    with state_folder(options.state, command=options.command):
        async with running_emulator(options, progress) as running:
            yield running


@contextlib.asynccontextmanager
async def running_emulator(
    options: EmulatorOptions, progress: Progress
) -> AsyncGenerator[tuple[Crew, Keeper, Emulator]]:
    """Run an emulator on a state folder that the caller holds. Raises CommandError as `emulator_session` does."""
    async with contextlib.AsyncExitStack() as stack:
        listener = stack.enter_context(listen(options.port, purpose="the emulator", option="--port"))
        crew = await stack.enter_async_context(Crew(options.state / "logs"))
        progress.doing("starting the emulator")
        keeper = Keeper(crew, _command(options), listener, progress, variables=options.variables)
        emulator = await stack.enter_async_context(Emulator(await keeper.start()))
        await stack.enter_async_context(keeper.kept())
        progress.done("Emulator ready", details=emulator.url)
        yield crew, keeper, emulator


def _command(options: EmulatorOptions) -> list[str]:
    command = [sys.executable, "-m", "vigil_emulator", "--state", str(options.state), "--speed", str(options.speed)]
    command += ["--smtp", options.mail] if options.mail else []
    scraped = options.state / COLLECTOR_FILE
    scraped.unlink(missing_ok=True)  # an earlier run's file names other addresses; the deployment writes this run's
    command += ["--scrape", str(scraped)]
    # google-cloud-monitoring speaks gRPC alone: `vigil verify` asks there
    return [*command, "--project", options.project, "--grpc-port", str(free_port())]
