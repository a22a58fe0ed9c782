"""Changes what an emulator holds, through the engine, with its errors in the command's words."""

import dataclasses
from collections.abc import Generator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING

import msgspec

import vigil_runner
from vigil_apimodel import tokens
from vigil_cli.console import write_document
from vigil_cli.errors import CommandError
from vigil_cli.local.deployment import Deployed, Origin
from vigil_cli.local.folder import COLLECTOR_FILE
from vigil_runner import stacks, tool_settings

if TYPE_CHECKING:
    from rich.console import Console

    from vigil_runner.program import Run

STATE_FILE = "deployment.json"
"""The file in the state folder that knows what was deployed."""


def deploy(
    stack: str, *, url: str, folder: Path, config: Mapping[str, str], progress: "vigil_runner.Progress | None" = None
) -> Deployed:
    """Make the emulator at `url` what the program declares for `stack`.

    `config` goes before the stack file's. The configuration of the stack's metrics collector is left in the folder,
    where an emulator that runs on it follows it. Raises CommandError.
    """
    from vigil_cli import console_notes
    from vigil_runner import collector

    with explained(f"Stack {stack} cannot be deployed"):
        chosen = configured(stack, config)
        folder.mkdir(parents=True, exist_ok=True)
        summary = vigil_runner.deploy(chosen, url=url, state=folder / STATE_FILE, progress=progress)
        if summary.run is not None:
            console_notes.post(url, summary.run, folder)
        hand_over(collector.configuration(summary.run) if summary.run else None, folder)
        return _deployed(summary, project=chosen.gcp_project or chosen.project)


def configured(stack: str, config: Mapping[str, str]) -> stacks.Stack:
    """Return the stack with `config` before its file's.

    Raises StackError, and ToolSettingsError for a wrong `[tool.vigil]` of its project, whether the command reads it
    or not.
    """
    chosen = stacks.load(stack)
    tool_settings.load(chosen.root)
    return dataclasses.replace(chosen, config={**chosen.config, **config})


def hand_over(configuration: str | None, folder: Path) -> None:
    """Leave the collector's configuration for the emulator, all of it or nothing; none is no collector."""
    file = folder / COLLECTOR_FILE
    if configuration is None:
        file.unlink(missing_ok=True)
        return
    beside = file.with_suffix(".new")
    beside.write_text(configuration, encoding="utf-8")
    beside.replace(file)


def destroy(stack: str, *, url: str, folder: Path) -> Deployed:
    """Remove what was deployed for `stack`. Raises CommandError."""
    with explained(f"Stack {stack} cannot be removed"):
        return _deployed(vigil_runner.destroy(stack, url=url, state=folder / STATE_FILE))


def tell(deployed: Deployed, console: "Console", *, json: bool) -> None:
    """Print what was done: for machines as a document, for people as a line."""
    if json:
        write_document(msgspec.json.encode({"ok": True, "resources": deployed}).decode())
    else:
        console.print(f"[bold]{deployed.describe()}[/]")


@contextmanager
def explained(failure: str) -> Generator[None]:
    """Turn the engine's errors into the command's; `failure` begins the message."""
    try:
        yield
    except vigil_runner.EngineError as error:
        raise as_command_error(failure, error) from error


def as_command_error(failure: str, error: vigil_runner.EngineError) -> CommandError:
    """Return an error of the engine as one of the command; `failure` begins the message."""
    message, _, remedy = str(error).partition("Remedy: ")
    return CommandError(f"{failure}: {message.strip()}", remedy=remedy or "Correct it and try again.")


def _deployed(summary: "vigil_runner.Summary", *, project: str = "") -> Deployed:
    return Deployed(
        created=summary.created,
        updated=summary.updated,
        replaced=summary.replaced,
        deleted=summary.deleted,
        unchanged=summary.unchanged,
        recorded=summary.recorded,
        origins=_origins(summary.run) if summary.run else (),
        project=project,
        elsewhere=_elsewhere(summary.run, project) if summary.run and project else (),
    )


def _elsewhere(run: "Run", project: str) -> tuple[str, ...]:
    """Return the other Google projects that the program puts alerts into."""
    from vigil_proofs.google_project import elsewhere

    return tuple(elsewhere(((policy.name, policy.inputs) for policy in run.of_type(tokens.ALERT_POLICY)), project))


def _origins(run: "Run") -> tuple[Origin, ...]:
    """Return where the run's alerts expect log lines from, each once, in the order of their first alert."""
    from vigil_components.documents import ALERT

    found = [
        msgspec.convert(alert.inputs["origin"], Origin) for alert in run.of_type(ALERT) if alert.inputs.get("origin")
    ]
    return tuple({(one.resource, one.log, *sorted(one.labels.items())): one for one in found}.values())
