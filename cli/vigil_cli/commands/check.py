"""`vigil check`: what is wrong with policies, dashboards, metrics and more, in files of any form."""

from enum import StrEnum
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from vigil_cli import standard_input
from vigil_cli.commands.options import Json
from vigil_cli.commands.outcome import ending

if TYPE_CHECKING:
    from vigil_runner.check import Report


class Format(StrEnum):
    """How findings are written."""

    TEXT = "text"
    GITHUB = "github"
    SARIF = "sarif"


Files = Annotated[
    list[str],
    typer.Argument(metavar="FILE...", help="JSON or YAML files, folders of them, or `-`.", show_default=False),
]
Entries = Annotated[
    Path | None,
    typer.Option(
        "--entries", dir_okay=False, help="Recorded log entries (JSON lines, or a list) to match filters with."
    ),
]
Written = Annotated[
    Format | None,
    typer.Option("--format", help="Text for people, GitHub annotations, or SARIF.", show_default="text"),
]
Baseline = Annotated[
    Path | None, typer.Option("--baseline", dir_okay=False, help="A file of findings that the team has accepted.")
]
Accept = Annotated[
    str | None,
    typer.Option("--accept", metavar="REASON", help="Accept all current findings, with this reason, in the baseline."),
]
Sarif = Annotated[
    Path | None, typer.Option("--sarif", dir_okay=False, help="Write SARIF to this file as well, for code scanning.")
]
Strict = Annotated[bool, typer.Option("--strict", help="Fail on warnings too.")]
Notes = Annotated[bool, typer.Option("--notes", help="Show notes too: runbooks and channels of templates.")]


def check(
    files: Files,
    *,
    entries: Entries = None,
    format_: Written = None,
    baseline: Baseline = None,
    accept: Accept = None,
    sarif: Sarif = None,
    strict: Strict = False,
    notes: Notes = False,
    json: Json = False,
) -> None:
    """Find mistakes in files of policies, dashboards, log-based metrics, sinks, buckets, SLOs, uptime checks, channels.

    It reads the output of Google's tools, Terraform, Pulumi and Config Connector, and recognises each by its content.
    It runs every rule of docs/rules.md, and rules over all files together: a policy on a metric that nothing produces,
    a metric that nothing reads, an alert that notifies nobody, a threshold that no value reaches. It needs no account
    and no network.

    Exit code 0 without errors, 1 with errors (with `--strict`, warnings too), 2 where a file cannot be read.

    **Examples**

    `terraform show -json plan.out | vigil check -` - a Terraform plan, before it is applied

    `gcloud monitoring policies list --format=json | vigil check -` - what is deployed

    `vigil check alerts/ dashboards/ --format github --sarif vigil.sarif` - in a workflow of GitHub

    `vigil check alerts/ --baseline vigil-baseline.json --accept "from before 2026"` - accept today's findings
    """
    with ending(json=json):
        from vigil_cli.console import output, write_document
        from vigil_cli.errors import CommandError
        from vigil_runner.check import UnreadableError, formats

        if json and format_ is not None:
            raise CommandError("--json and --format exclude each other.", remedy="Leave one of them out.")
        try:
            report = _checked(files, entries, baseline, accept)
            if sarif is not None:
                _write(sarif, _encoded(formats.sarif(report, version=_version(), notes=notes)))
        except UnreadableError as error:
            raise CommandError(str(error), remedy="See `vigil check --help`.") from error
        except OSError as error:
            raise CommandError(
                f"{error.filename} cannot be used: {error.strerror}.", remedy="Name another file."
            ) from error
        failed = report.fails(strict=strict)
        if json:
            write_document(_encoded({"ok": not failed, **formats.document(report)}))
        elif format_ is Format.SARIF:
            write_document(_encoded(formats.sarif(report, version=_version(), notes=notes)))
        elif format_ is Format.GITHUB:
            write_document("\n".join(formats.github(report, notes=notes)))
        else:
            for line in formats.lines(report, notes=notes):
                output().print(line, markup=False, soft_wrap=True)
    if failed:
        raise typer.Exit(1)


def _checked(files: list[str], entries: Path | None, baseline: Path | None, accept: str | None) -> "Report":
    from vigil_cli.errors import CommandError
    from vigil_runner import check

    if accept is not None and (baseline is None or not accept.strip()):
        raise CommandError("--accept needs a reason and a file.", remedy="Add --baseline FILE and say why.")
    standard = standard_input.text() if "-" in files else ""
    sources, passed = check.load_all(files, standard)
    recorded = check.entries_of(str(entries), _text(entries)) if entries is not None else []
    known = baseline is not None and (accept is None or baseline.exists())
    accepted = check.baseline.read(baseline) if baseline is not None and known else []
    report = check.check(sources, entries=recorded, accepted=accepted, passed_over=passed)
    if accept is None or baseline is None:
        return report
    kept = [one for one in accepted if any(one.covers(each) for each in report.accepted)]
    check.baseline.write(baseline, kept, report.findings, accept.strip())
    accepted = check.baseline.read(baseline)
    return check.check(sources, entries=recorded, accepted=accepted, passed_over=passed)


def _text(file: Path) -> str:
    from vigil_runner.check import UnreadableError

    try:
        return file.read_text(encoding="utf-8-sig")
    except UnicodeDecodeError as error:
        raise UnreadableError(f"{file} is not UTF-8 text. Give log entries in UTF-8.") from error


def _version() -> str:
    from importlib.metadata import version

    return version("vigil-gcp")


def _write(file: Path, text: str) -> None:
    file.parent.mkdir(parents=True, exist_ok=True)
    file.write_text(text + "\n", encoding="utf-8")


def _encoded(document: object) -> str:
    import msgspec

    return msgspec.json.format(msgspec.json.encode(document), indent=1).decode()
