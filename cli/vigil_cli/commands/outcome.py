"""How commands end: exit code 0, or a paragraph of explanation (a document, with `--json`) and another code."""

from collections.abc import Generator, Mapping
from contextlib import contextmanager

import typer

from vigil_cli.errors import CommandError


@contextmanager
def ending(*, json: bool, also: Mapping[str, str] | None = None) -> Generator[None]:
    """Turn a CommandError inside the block into the command's end. `also` goes into the document before the rest."""
    try:
        yield
    except CommandError as error:
        _end(error, json=json, also=also or {})


def _end(error: CommandError, *, json: bool, also: Mapping[str, str]) -> None:

    from vigil_cli.console import errors, write_json

    if json:
        write_json({**also, "ok": False, "error": error.describe()})
    else:
        errors().print(error.markup(), soft_wrap=True)
    raise typer.Exit(error.exit_code) from None
