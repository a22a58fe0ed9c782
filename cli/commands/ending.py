"""How commands end: exit code 0, or a paragraph of explanation (a document, with ``--json``) and another code."""

from collections.abc import Generator
from contextlib import contextmanager

import msgspec
import typer

from cli.console import errors, write_document
from cli.errors import CommandError


@contextmanager
def ending(*, json: bool) -> Generator[None]:
    """Turn a CommandError inside the block into the command's end."""
    try:
        yield
    except CommandError as error:
        _end(error, json=json)


def _end(error: CommandError, *, json: bool) -> None:
    if json:
        write_document(msgspec.json.encode({"ok": False, "error": error.describe()}).decode())
    else:
        errors().print(error.markup(), soft_wrap=True)
    raise typer.Exit(error.exit_code) from None
