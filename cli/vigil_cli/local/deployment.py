"""Deploys a stack to the emulator, in its own process: `vigil deploy --json`.

A process, because running the program keeps an event loop busy and cannot be interrupted half-way in a thread; as a
process it ends with everything else.
"""

import sys
from collections.abc import Sequence
from pathlib import Path

import msgspec

from vigil_cli.errors import CommandError
from vigil_cli.local.processes import Crew


class Origin(msgspec.Struct, frozen=True, kw_only=True):
    """Where a service's log lines come from, as the program's alerts say."""

    resource: str
    """Type of the monitored resource, such as `cloud_run_revision`."""
    labels: dict[str, str]
    """Labels of the monitored resource, without the project."""
    writer: str
    """Name of the service."""
    log: str = "run.googleapis.com/stdout"
    text: bool = False


class Deployed(msgspec.Struct, frozen=True, kw_only=True):
    """What a deployment did: numbers of resources."""

    created: int
    updated: int
    replaced: int
    deleted: int
    unchanged: int
    recorded: int
    """Declared and checked, but of a kind that does not run locally."""
    origins: tuple[Origin, ...] = ()
    """Where the program's alerts expect log lines from, each once."""
    project: str = ""
    """Google Cloud project of the stack."""
    elsewhere: tuple[str, ...] = ()
    """Other Google Cloud projects that the program puts alerts into: no line of the stack's project reaches those."""

    @property
    def applied(self) -> int:
        """Resources that the emulator now holds as the program declares them."""
        return self.created + self.updated + self.replaced + self.unchanged

    def describe(self) -> str:
        """Describe it in words: `6 applied (6 created), 2 recorded`."""
        actions = ("created", "updated", "replaced", "unchanged")
        detail = ", ".join(f"{getattr(self, name)} {name}" for name in actions if getattr(self, name))
        deleted = f", {self.deleted} deleted" if self.deleted else ""
        counts = f"{self.applied} applied" + (f" ({detail})" if detail else "") + f"{deleted}, {self.recorded} recorded"
        if not self.elsewhere:
            return counts
        return (
            f"{counts}. The stack's Google project is {self.project}, but the program puts alerts into "
            f"{', '.join(self.elsewhere)}, where no line of {self.project} arrives: set gcp:project, or let "
            'the program read it: pulumi.Config("gcp").require("project")'
        )


class _Problem(msgspec.Struct):
    message: str
    remedy: str


class _Outcome(msgspec.Struct):
    """What `vigil deploy --json` prints: one of the two is there."""

    resources: Deployed | None = None
    error: _Problem | None = None


async def deploy(
    crew: Crew, *, stack: str, emulator: str, state: Path, config: Sequence[tuple[str, str]] = ()
) -> Deployed:
    """Deploy, and return what was done. Values of `config` replace those of the stack file.

    Raises CommandError with the message of the process where it failed.
    """
    child = await crew.start(
        "deploy",
        [
            sys.executable,
            *("-m", "vigil_cli", "deploy", "--stack", stack, "--emulator", emulator, "--state", str(state)),
            *(part for key, value in config for part in ("--config", f"{key}={value}")),
            "--json",
        ],
        piped=True,
        essential=False,
    )
    answer = await child.stdout.read()
    await child.process.wait()
    crew.check()  # if the emulator has ended, that is the reason
    try:
        outcome = msgspec.json.decode(answer, type=_Outcome)
    except msgspec.MsgspecError as problem:
        raise CommandError(
            f"Deploying stack {stack} ended with exit code {child.process.returncode}. "
            f"Its last words: {child.tail() or 'none'}",
            remedy=f"The whole of its output is in {child.log}.",
        ) from problem
    if outcome.resources is None:
        message, remedy = (outcome.error.message, outcome.error.remedy) if outcome.error else ("", "")
        raise CommandError(message, remedy=remedy)
    return outcome.resources
