"""Modules that declare events of a user's own, named on the command line."""

import importlib
from collections.abc import Iterable
from pathlib import Path
from typing import Annotated

import typer

from vigil_cli.errors import CommandError

Packages = Annotated[
    list[str] | None,
    typer.Option("--package", metavar="MODULE", help="A module that declares your events; may be repeated."),
]


def declare(packages: Iterable[str]) -> None:
    """Take the events of these modules into the catalog.

    Raises CommandError for a module that cannot be imported, and for an event that is not well-formed.
    """
    from vigil_runner.modules import importable
    from vigil_telemetry.catalog import catalog

    for name in packages:
        try:
            with importable(Path.cwd()):
                importlib.import_module(name)
        except ImportError as error:
            raise CommandError(
                f"--package {name}: {error}.", remedy="Name a module that can be imported from here."
            ) from error
        except (Exception, SystemExit) as error:  # a module may do anything while it is imported
            raise CommandError(
                f"--package {name}: it raises {type(error).__name__} when it is imported: {error}.",
                remedy="Name a module that declares events and starts nothing.",
            ) from error
    try:
        catalog()
    except TypeError as error:
        raise CommandError(f"An event is not well-formed: {error}.", remedy="Mend its declaration.") from error
