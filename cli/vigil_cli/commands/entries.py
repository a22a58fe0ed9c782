"""`vigil entries`: log entries out of a running emulator and into one, as JSON lines."""

from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from vigil_cli import standard_input
from vigil_cli.commands.options import EMULATOR, Json, Stack, StackEmulator, State
from vigil_cli.commands.outcome import ending
from vigil_cli.errors import CommandError

if TYPE_CHECKING:
    from vigil_apimodel.json_values import JsonObject

SHOWN_EVERY = 10_000
"""Entries between two lines of progress."""

Target = Annotated[str, typer.Argument(metavar="FILE", help="The file of JSON lines; `-` is the standard stream.")]
Project = Annotated[
    str | None,
    typer.Option("--project", metavar="ID", help="The project to read.", show_default="that of the stack"),
]
Into = Annotated[
    str | None,
    typer.Option("--project", metavar="ID", help="The project that they go into.", show_default="as each line says"),
]
Query = Annotated[str, typer.Option("--filter", metavar="QUERY", help="Which entries, in the Logging query language.")]

entries = typer.Typer(
    no_args_is_help=True,
    rich_markup_mode="markdown",
    help="Export log entries from a running emulator, or import them into one, as JSON lines of LogEntry.",
)


@entries.command("export")
def export(
    file: Target,
    *,
    stack: Stack = "local",
    project: Project = None,
    query: Query = "",
    emulator: StackEmulator = None,
    state: State = None,
    json: Json = False,
) -> None:
    """Write a project's entries to a file, the oldest first. An existing file is replaced once all entries are read.

    `vigil entries import` reads the file again, and `vigil backtest --from-entries` plays it through an alert.

    **Examples**

    `vigil entries export errors.jsonl --filter 'severity>=ERROR AND timestamp>="2026-03-01T00:00:00Z"'`

    `vigil entries export - | jq .jsonPayload.event`

    `vigil entries export day.jsonl -s staging` - of the emulator that `vigil serve -s staging` runs
    """
    with ending(json=json):
        from vigil_cli.deployment import explained
        from vigil_runner.client import Client
        from vigil_runner.entries import exported

        project = project or _project_of(stack)

        if file == "-" and json:
            raise CommandError("Two documents on one stream.", remedy="Give a file, or leave --json out.")
        with explained("Entries cannot be exported"), Client(_address(emulator, stack, state)) as client:
            count = _written(file, exported(client, project, query=query))
        _tell(f"{count} entries of {project} written to {file}", {"entries": count, "file": file}, file, json=json)


@entries.command("import")
def import_(
    file: Target,
    *,
    stack: Stack = "local",
    project: Into = None,
    emulator: StackEmulator = None,
    state: State = None,
    json: Json = False,
) -> None:
    """Write the entries of a file into the emulator, which routes them, counts them in metrics and evaluates alerts.

    It checks all lines first, so that one wrong line means that nothing is written. A second import of a file changes
    nothing, because log, time and `insertId` identify an entry. An entry without an `insertId` gets one from its
    content.

    **Examples**

    `vigil entries import errors.jsonl`

    `gcloud logging read 'severity>=ERROR' --format=json | jq -c '.[]' | vigil entries import - --project vigil-local`
    """
    with ending(json=json):
        from vigil_cli.console import Progress, errors
        from vigil_cli.deployment import explained
        from vigil_runner.client import Client
        from vigil_runner.entries import imported, read

        progress = Progress(errors())
        address = _address(emulator, stack, state)
        with explained("Entries cannot be imported"), Client(address) as client, progress.shown():
            found = read(_lines(file), project=project)
            for dry in (True, False):
                shown = 0
                for count in imported(client, found, dry=dry):
                    progress.doing(f"{count} of {len(found)} {'checked' if dry else 'written'}")
                    if count - shown >= SHOWN_EVERY:
                        progress.done(f"{count} of {len(found)} {'checked' if dry else 'written'}")
                        shown = count
        document = {"entries": len(found), "file": file}
        _tell(f"{len(found)} entries of {file} are in the emulator", document, "", json=json)


def _address(address: str | None, stack: str, state: Path | None) -> str:
    """Return the address that is given, else that of the emulator which runs on the stack's state folder."""
    if address is not None:
        return address
    from vigil_cli.local.discovery import address_or
    from vigil_cli.local.folder import state_of

    return address_or(state_of(stack, state), EMULATOR)


def _project_of(stack: str) -> str:
    from vigil_cli.deployment import configured, explained

    with explained("Entries cannot be exported"):
        found = configured(stack, {}).gcp_project
    if found is None:
        raise CommandError(f"The stack {stack} names no gcp:project.", remedy="Name the project with --project.")
    return found


def _tell(text: str, document: Mapping[str, object], file: str, *, json: bool) -> None:
    from vigil_cli.console import errors, output, write_json

    if json:
        write_json({"ok": True, **document})
    else:
        (errors() if file == "-" else output()).print(text, markup=False, soft_wrap=True)


def _written(file: str, found: "Iterator[JsonObject]") -> int:
    if file == "-":
        from vigil_cli.console import documents

        out = documents()
        count = sum(out.write(_line(one)) > 0 for one in found)
        out.flush()  # a full disk shows here, not when the process ends
        return count
    path = Path(file)
    beside = path.with_name(f".{path.name}.part")
    try:
        with beside.open("w", encoding="utf-8") as out:
            count = sum(out.write(_line(one)) > 0 for one in found)
        beside.replace(path)
    except OSError as error:
        raise CommandError(f"{file} cannot be written: {error.strerror}.", remedy="Name another file.") from error
    finally:
        beside.unlink(missing_ok=True)
    return count


def _line(entry: "JsonObject") -> str:
    import msgspec

    return msgspec.json.encode(entry).decode() + "\n"


def _lines(file: str) -> list[str]:
    from vigil_runner.entries import lines_of

    return standard_input.text().split("\n") if file == "-" else lines_of(Path(file))
