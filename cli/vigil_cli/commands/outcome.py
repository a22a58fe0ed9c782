"""How commands end: exit code 0, or a paragraph of explanation (a document, with `--json`) and another code."""

import errno
from collections.abc import Generator, Mapping
from contextlib import contextmanager
from typing import Final

import typer

from vigil_cli.errors import CommandError

_OF_FILES: Final = (
    errno.EACCES, errno.EPERM, errno.EROFS, errno.ENOSPC, errno.EDQUOT, errno.ENOTDIR, errno.EISDIR, errno.ENAMETOOLONG,
)  # fmt: skip
"""What a file or folder that the user named, or that the command writes by default, may fail with."""


@contextmanager
def ending(*, json: bool, also: Mapping[str, str] | None = None) -> Generator[None]:
    """Turn a CommandError inside the block into the command's end. `also` goes into the document before the rest.

    A file or folder that cannot be used ends it too, where the command itself has no message for that.
    """
    try:
        yield
    except CommandError as error:
        _end(error, json=json, also=also or {})
    except OSError as error:
        if error.errno not in _OF_FILES or error.filename is None:
            raise
        unusable = CommandError(
            f"{error.filename} cannot be used: {error.strerror}.",
            remedy="Name a file or folder that you may read and write, or run this in one.",
        )
        _end(unusable, json=json, also=also or {})


def _end(error: CommandError, *, json: bool, also: Mapping[str, str]) -> None:

    from vigil_cli.console import errors, write_json

    if json:
        write_json({**also, "ok": False, "error": error.describe()})
    else:
        errors().print(error.markup(), soft_wrap=True)
    raise typer.Exit(error.exit_code) from None
