"""`vigil live-check` and `vigil infer`: what a stream of lines says about the catalog of events."""

from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from vigil_cli import standard_input
from vigil_cli.commands.event_modules import Packages, declare
from vigil_cli.commands.options import Json
from vigil_cli.commands.outcome import ending
from vigil_cli.errors import CommandError

if TYPE_CHECKING:
    from vigil_telemetry.live_check import Report

Stream = Annotated[str, typer.Argument(metavar="FILE", help="A file of lines; `-` is standard input.")]
Emulator = Annotated[
    str | None, typer.Option("--emulator", metavar="URL", help="Read the entries of a running emulator instead.")
]
Project = Annotated[str | None, typer.Option("--project", metavar="ID", help="With --emulator: the project to read.")]
Complete = Annotated[
    bool, typer.Option("--complete", help="Fail if a declared event of the given packages never appeared.")
]
AtLeast = Annotated[int, typer.Option("--at-least", min=1, help="Propose an event from this number of similar lines.")]


def live_check(
    file: Stream = "-",
    *,
    package: Packages = None,
    emulator: Emulator = None,
    project: Project = None,
    complete: Complete = False,
    json: Json = False,
) -> None:
    """Read log lines, and report which declared events appeared, which never did, and which lines match no event.

    It takes lines as an application writes them, entries of Cloud Logging, and OTLP log requests in JSON. Exit code 1
    if a line does not fit its declaration, personal data got through, or with `--complete` an event is missing.

    **Examples**

    `python -m shop.api | vigil live-check --package shop.events` - while an application runs

    `vigil live-check --package shop.events --emulator http://127.0.0.1:8085 --project shop --complete`
    """
    with ending(json=json):
        from vigil_cli.console import output, write_json
        from vigil_telemetry.catalog import catalog
        from vigil_telemetry.live_check import check

        own = {schema.name for schema in catalog()}
        declare(package or ())
        expected = sorted({schema.name for schema in catalog()} - own)
        if (
            package
            and not expected
            and not any(schema.cls.__module__.startswith(tuple(package)) for schema in catalog())
        ):
            raise CommandError(
                f"--package {', '.join(package)}: no event is declared there.",
                remedy="Name the module that declares your events.",
            )
        report = check(_lines(file, emulator, project), expected=expected or None)
        failures = report.failures(complete=complete)
        if json:
            write_json({**report.document(), "failures": failures})
        else:
            for line in _shown(report, failures):
                output().print(line, markup=False, highlight=False, soft_wrap=True)
        if failures:
            raise typer.Exit(1)


def infer(
    file: Stream = "-",
    *,
    package: Packages = None,
    emulator: Emulator = None,
    project: Project = None,
    at_least: AtLeast = 2,
    json: Json = False,
) -> None:
    """Propose event types, as Python, for lines that match no declared event.

    A proposal is a start: you decide on names, units, labels and personal data.

    **Example**

    `vigil infer app.log --at-least 10 > shop/events.py`
    """
    with ending(json=json):
        from vigil_cli.console import write_document, write_json
        from vigil_telemetry.proposals import infer as proposed
        from vigil_telemetry.proposals import module

        declare(package or ())
        found = proposed(_lines(file, emulator, project), at_least=at_least)
        if json:
            listed = [
                {"tag": one.tag, "template": one.template, "count": one.count, "source": one.source()} for one in found
            ]
            write_json(listed)
        else:
            write_document(module(found))


def _lines(file: str, emulator: str | None, project: str | None) -> Iterator[bytes]:
    if emulator is not None:
        if project is None:
            raise CommandError("--emulator needs a project.", remedy="Add --project ID.")
        import msgspec

        from vigil_cli.deployment import explained
        from vigil_runner.client import Client
        from vigil_runner.entries import exported

        with explained("The emulator cannot be read"), Client(emulator) as client:
            for entry in exported(client, project, query=""):
                yield msgspec.json.encode(entry)
    elif file == "-":
        yield from standard_input.lines()
    else:
        try:
            with Path(file).open("rb") as lines:
                yield from lines
        except OSError as error:
            raise CommandError(
                f"{file}: {error.strerror}.", remedy="Name a file of lines, or - for standard input."
            ) from error


def _shown(report: "Report", failures: list[str]) -> Iterator[str]:
    yield f"{report.lines} lines"
    for name, seen in sorted(report.seen.items()):
        fields = ", ".join(f"{field} {count}" for field, count in sorted(seen.fields.items()))
        yield f"  {name}: {seen.count}{f' ({fields})' if fields else ''}"
    if report.never:
        yield f"never appeared: {', '.join(report.never)}"
    if report.foreign:
        yield "of no declared event:"
        yield from (
            f"  {count} times {template or '(without a message)'}" for template, count in report.foreign.most_common(20)
        )
    yield from (f"wrong: {failure}" for failure in failures)
