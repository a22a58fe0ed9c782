"""Modules that declare events of a user's own, named on the command line."""

import importlib
from collections.abc import Iterable
from pathlib import Path
from typing import Annotated

import typer

from vigil_cli.errors import CommandError

Packages = Annotated[
    list[str] | None,
    typer.Option("--package", metavar="MODULE", help="A module that declares events of your own; may be repeated."),
]


def declare(packages: Iterable[str]) -> None:
    """Take the events of these modules into the catalog. Raises CommandError for one that cannot be imported."""
    from vigil_runner.modules import importable

    for name in packages:
        try:
            with importable(Path.cwd()):
                importlib.import_module(name)
        except ImportError as error:
            raise CommandError(
                f"--package {name}: {error}.", remedy="Name a module that can be imported from here."
            ) from error
