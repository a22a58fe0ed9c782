"""How commands end: exit code 0, or a paragraph of explanation (a document, with ``--json``) and another code."""

from collections.abc import Generator
from contextlib import contextmanager
from pathlib import Path

import msgspec
import typer

from cli.console import errors, write_document
from cli.errors import CommandError


@contextmanager
def ending(*, json: bool, state: Path | None = None) -> Generator[None]:
    """Turn errors inside the block into the command's end.

    An operating system's error that nobody expected there is one of the state folder's disk where ``state`` is given.
    """
    try:
        yield
    except CommandError as error:
        _end(error, json=json)
    except OSError as error:
        if state is None or error.filename is None:
            raise
        from cli.local.folder import refused  # noqa: PLC0415 - only where it is needed

        _end(refused(state, error), json=json)


def _end(error: CommandError, *, json: bool) -> None:
    if json:
        write_document(msgspec.json.encode({"ok": False, "error": error.describe()}).decode())
    else:
        errors().print(error.markup(), soft_wrap=True)
    raise typer.Exit(error.exit_code) from None
