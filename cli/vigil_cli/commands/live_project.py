"""The project that a command reads: Google's, or that of an emulator."""

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from vigil_cli.errors import CommandError

if TYPE_CHECKING:
    from vigil_runner.inventory import Inventory
    from vigil_runner.stacks import Stack

Emulator = Annotated[
    str | None,
    typer.Option(
        "--emulator",
        metavar="URL",
        envvar="VIGIL_EMULATOR_URL",
        help="An emulator instead of Google Cloud; the stack `local` finds the running one by itself.",
    ),
]


def address(stack: "Stack", emulator: str | None, state: Path | None) -> str | None:
    """Return the emulator's address that a stack means, None for Google. Raises CommandError where it does not run."""
    from urllib.parse import urlsplit

    from vigil_cli.local.discovery import addresses
    from vigil_cli.local.folder import state_of
    from vigil_emulator.loopback import is_loopback

    endpoint = urlsplit(str(stack.config.get("gcp:monitoringCustomEndpoint", "")))
    if emulator is None and is_loopback(endpoint.hostname or ""):
        return addresses(state_of(stack.name, state)).url
    return emulator


def inventory(project: str, emulator: str | None) -> "Inventory":
    """Return everything in a project. Raises CommandError where it cannot be read."""
    from vigil_runner import inventory as listing
    from vigil_runner.access import Access, AccessError

    try:
        access = Access.google(project) if emulator is None else Access.emulator(project, url=emulator)
        return listing.read(access)
    except AccessError as error:
        raise CommandError(
            f"The project {project} cannot be read: {error.message}", remedy=_sentence(error.remedy)
        ) from error


def _sentence(remedy: str) -> str:
    return f"{remedy[:1].upper()}{remedy[1:].rstrip('.')}."
