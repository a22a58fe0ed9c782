"""A command that works in several ways refuses the options that have no effect in the one that was chosen."""

from collections.abc import Collection

import typer

from vigil_cli.errors import CommandError


def refuse_without_effect(context: typer.Context, mode: str, takes: Collection[str]) -> None:
    """Refuse options of the command line that a mode does not take, rather than ignore them.

    Args:
        context: the command's.
        mode: how the command works here, in words: `with --derive`.
        takes: names of the parameters that have an effect.

    Raises CommandError.
    """
    given = [
        max(each.opts, key=len)
        for each in context.command.params
        if each.name not in takes
        and (source := context.get_parameter_source(each.name)) is not None
        and source.name == "COMMANDLINE"
    ]
    if given:
        options = " and ".join(given)
        raise CommandError(
            f"{options} has no effect {mode}" if len(given) == 1 else f"{options} have no effect {mode}",
            remedy=f"Leave {'it' if len(given) == 1 else 'them'} out, or see `{context.command_path} --help`.",
        )
