"""A team's own processes beside the emulator: what they write arrives as Cloud Run's agent would deliver it.

The agent takes standard output and standard error, each as a log: https://docs.cloud.google.com/run/docs/logging
"""

import asyncio
import os
import re
import shlex
import string
import sys
from collections.abc import AsyncGenerator, Mapping, Sequence
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass
from pathlib import Path
from shutil import which
from typing import Final
from urllib.parse import quote

from vigil_cli.errors import CommandError
from vigil_cli.local.deployment import Origin
from vigil_cli.local.emulator import Emulator, LogSource
from vigil_cli.local.ports import free_port
from vigil_cli.local.processes import Child, Crew
from vigil_cli.local.pump import Pump, Send, together

_OUTPUT = "stdout"
_ERRORS = "stderr"
"""How the names of the two logs end that an agent makes of a process's output."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Application:
    """A command to run, and where its lines seem to come from."""

    name: str
    """Name of the process: of its log file, and in messages."""
    command: tuple[str, ...]
    """The program and its arguments; `$PORT` and other variables are filled in."""
    origin: Origin
    """The monitored resource that its lines are labelled with."""


@dataclass(slots=True, kw_only=True)
class RunningApplication:
    """An application that was started."""

    application: Application
    child: Child
    pump: Pump
    """Delivers its standard output."""
    pumping: asyncio.Task[None]
    """Delivers both; it has ended when the last line has arrived."""
    port: int
    """Value of its environment variable `PORT`."""

    @property
    def exit_code(self) -> int | None:
        """The exit code once the process has ended and its last line has arrived, None before."""
        return self.child.process.returncode if self.pumping.done() else None


def words_of(name: str, command: str | Sequence[str]) -> tuple[str, ...]:
    """Split the command line of a process, so that a mistake in it is found before anything is started.

    Raises CommandError for a command line that cannot be split or names a program that is not installed.
    """
    try:
        words = tuple(shlex.split(command) if isinstance(command, str) else command)
    except ValueError as error:
        raise CommandError(f"The command of {name} is {command!r}: {error}.", remedy="Close each quote.") from error
    if not words:
        raise CommandError(f"The command of {name} is empty.", remedy="Name a program and its arguments.")
    if isinstance(command, str):
        _refuse_shell(name, command)
    if "$" not in words[0]:
        _found(words[0], _path(), name)
    return words


_QUOTED: Final = re.compile(r"""'[^']*'|"(?:\\.|[^"\\])*"|\\.""", re.DOTALL)
_OF_A_SHELL: Final = re.compile(r"""\|\|?|&&|;|`|\$\(|(?<!\S)(?:[\d&]*(?:>>?|<<?)\S*|&(?!\S))|^\s*[A-Za-z_]\w*=\S*""")
"""What a shell would read as its own: operators, redirections, commands in commands, a variable before the program."""


def _refuse_shell(name: str, command: str) -> None:
    """Raise CommandError for what a shell would carry out, since the program would get it as an argument."""
    found = _OF_A_SHELL.search(_QUOTED.sub(lambda quoted: "q" * len(quoted[0]), command))
    if found is not None:
        raise CommandError(
            f"The command of {name} has {found[0].strip()!r}, which only a shell understands, and none runs it.",
            remedy=f"Write `sh -c {shlex.quote(command)}`, or quote what the program is to get as it stands.",
        )


def of_service(
    name: str, words: tuple[str, ...], origins: Sequence[Origin], *, location: str, named: bool = True
) -> Application:
    """Return the application of a command, with the origin of the service that has its name.

    `named` says whether somebody chose the name for the service. Where nobody did, the command belongs to the only
    service of the stack. Without any match, the lines are labelled as those of a Cloud Run service called `name` in
    `location`.
    """
    only = list(origins) if len(origins) == 1 and not named else []
    matching = [one for one in origins if one.writer == name] or only
    return Application(name=name, command=words, origin=matching[0] if matching else _cloud_run(name, location))


@asynccontextmanager
async def running(
    applications: Sequence[Application],
    crew: Crew,
    emulator: Emulator,
    *,
    project: str,
    variables: Mapping[str, str],
) -> AsyncGenerator[list[RunningApplication]]:
    """Run the applications inside the block and deliver their lines; all of them end with it.

    Each gets a free port as `PORT`, its service's name as `K_SERVICE`, and `variables`. Raises CommandError where
    a program is not found.
    """
    started: list[RunningApplication] = []
    async with AsyncExitStack() as stack:
        for one in applications:
            running_one = await _started(one, crew, emulator, project=project, variables=variables)
            stack.push_async_callback(_end, running_one)
            started.append(running_one)
        yield started


async def _started(
    application: Application, crew: Crew, emulator: Emulator, *, project: str, variables: Mapping[str, str]
) -> RunningApplication:
    port = free_port()
    path = _path()
    environment = {
        "GOOGLE_CLOUD_PROJECT": project,
        "K_SERVICE": application.origin.writer,
        **variables,
        "PATH": path,
        "PORT": str(port),
    }
    words = [string.Template(word).safe_substitute({**os.environ, **environment}) for word in application.command]
    program = _found(words[0], path, application.name)
    log = application.origin.log
    both = log.endswith(_OUTPUT)
    child = await crew.start(
        application.name,
        [program, *words[1:]],
        piped=True,
        errors_piped=both,
        essential=False,
        variables=environment,
    )
    pump = Pump(child.stdout, _sender(application, emulator, project, log), copy=crew.logs / f"{application.name}.out")
    pumps = [pump]
    if both:
        to = _sender(application, emulator, project, log.removesuffix(_OUTPUT) + _ERRORS)
        pumps.append(Pump(child.stderr, to, copy=child.log))
    return RunningApplication(
        application=application,
        child=child,
        pump=pump,
        pumping=asyncio.create_task(together(*(one.run() for one in pumps))),
        port=port,
    )


def _sender(application: Application, emulator: Emulator, project: str, log: str) -> Send:
    source = LogSource(
        project=project,
        log=quote(log, safe=""),
        resource=application.origin.resource,
        labels=(("project_id", project), *application.origin.labels.items()),
    )
    return lambda lines, batch: emulator.send(source, lines, batch)


def _path() -> str:
    """Return where programs are looked for: beside this Python too, as `vigil` may be called by its path."""
    return os.pathsep.join([str(Path(sys.executable).parent), os.environ.get("PATH", os.defpath)])


def _found(program: str, path: str, name: str) -> str:
    found = which(program, path=path)
    shown = repr(program) if program == name else f"{program!r} of {name}"
    if found is None and os.sep in program and Path(program).is_file():
        raise CommandError(
            f"The program {shown} may not be executed.",
            remedy=f"Run `chmod +x {program}`, or put its interpreter before it, such as `python {program}`.",
        )
    if found is None:
        raise CommandError(
            f"The program {shown} is not found.",
            remedy="Install it into the environment of the vigil command, or name it by its path.",
        )
    return found


def _cloud_run(name: str, location: str) -> Origin:
    labels = {
        "location": location,
        "service_name": name,
        "revision_name": f"{name}-00001",
        "configuration_name": name,
    }
    return Origin(resource="cloud_run_revision", labels=labels, writer=name)


async def _end(one: RunningApplication) -> None:
    """End the process, and give its last lines a moment to arrive."""
    await one.child.stop()
    try:
        async with asyncio.timeout(5):
            await asyncio.shield(one.pumping)
    except (TimeoutError, CommandError):
        one.pumping.cancel()
        await asyncio.gather(one.pumping, return_exceptions=True)
