"""Resources of the files that a command names."""

from typing import TYPE_CHECKING

from vigil_cli import standard_input
from vigil_cli.errors import CommandError

if TYPE_CHECKING:
    from vigil_runner.check import Found


def resources_of(name: str, *, teaches: str) -> "list[Found]":
    """Return the resources of a file or folder, or of standard input for `-`.

    `teaches` is the command whose help says what can be read. Raises CommandError where nothing can.
    """
    from vigil_runner import check

    try:
        sources, _ = check.load_all([name], standard_input.text() if name == "-" else "")
        found = [each for source in sources for each in source.resources()]
    except check.UnreadableError as error:
        raise CommandError(str(error), remedy=f"See `{teaches} --help`.") from error
    if not found:
        raise CommandError(f"{name} holds no resource.", remedy="Name a file or folder with some.")
    return found
