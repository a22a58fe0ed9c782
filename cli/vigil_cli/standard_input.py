"""Standard input, which commands read where a file is called `-`."""

import sys
from typing import BinaryIO

from vigil_cli.errors import CommandError

NAME = "standard input"
"""What errors call it."""


def lines() -> BinaryIO:
    """Return its lines as they come, in bytes. Raises CommandError where a process was started without one."""
    if sys.stdin is None:  # type: ignore[redundant-expr] # a shell's `<&-`
        raise CommandError("There is no standard input.", remedy="Give it with `<` or `|`, or name a file.")
    return sys.stdin.buffer


def data() -> bytes:
    """Read all of it. Raises CommandError as `lines` does."""
    return lines().read()


def text() -> str:
    """Read all of it as UTF-8, whatever the locale is. Raises CommandError where it is something else."""
    try:
        return data().decode("utf-8-sig")
    except UnicodeDecodeError as error:
        raise CommandError("Standard input is not UTF-8 text.", remedy="Give it in UTF-8.") from error
