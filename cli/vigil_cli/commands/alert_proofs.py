"""`vigil test`: whether alerts open when they must, and stay silent when they must not."""

from collections.abc import Generator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from vigil_cli.commands import derivation, promtool, unit_tests
from vigil_cli.commands.modes import refuse_without_effect
from vigil_cli.commands.options import Config, Json, Stack, overrides
from vigil_cli.commands.outcome import ending

if TYPE_CHECKING:
    from vigil_proofs import Report, Suite, Verdict
    from vigil_proofs.mutation import MutationReport
    from vigil_proofs.raw import RawVerdict

Names = Annotated[
    list[str] | None,
    typer.Argument(
        metavar="[FILE|ALERT]...",
        help="Test files; or alerts of the stack, `api/error-ratio` or the name alone; or none for all of them.",
    ),
]
Derive = Annotated[
    bool, typer.Option("--derive", help="Derive tests from policies: an input that fires each condition, a near miss.")
]
FromPromtool = Annotated[
    bool,
    typer.Option(
        "--from-promtool",
        help="Convert a test file of promtool, with its rules, or with the policies that you name as well.",
    ),
]
Write = Annotated[
    Path | None,
    typer.Option("--write", dir_okay=False, help="With --derive or --from-promtool: write the tests here."),
]
Schema = Annotated[bool, typer.Option("--schema", help="Print the JSON schema of test files, and exit.")]
Explain = Annotated[
    str | None, typer.Option("--explain", metavar="ALERT", help="Show why this alert fires or not, as time lines.")
]
Mutate = Annotated[
    bool, typer.Option("--mutate", help="Change each policy in turn, and list the changes that no proof notices.")
]
Junit = Annotated[Path | None, typer.Option("--junit", dir_okay=False, help="Write JUnit's report here.")]
Pictures = Annotated[Path, typer.Option("--pictures", file_okay=False, help="Folder for the time lines of failures.")]
TimeLines = Annotated[
    Path | None,
    typer.Option("--timelines", dir_okay=False, help="Write when each alert opens and closes, to compare in reviews."),
]
Jobs = Annotated[
    int | None,
    typer.Option(
        "--jobs", "-j", min=1, help="Number of processes.", show_default="2, or 1 on one core or for few alerts"
    ),
]
PICTURES = Path("build/test")

TAKES = {
    "with --schema": {"schema", "json"},
    "with --derive": {"derive", "names", "write", "json"},
    "with --from-promtool": {"from_promtool", "names", "write", "json"},
    "with test files": {"names", "junit", "pictures", "json"},
    "with --mutate": {"mutate", "names", "stack", "config", "jobs", "json"},
    "with --explain, which names the alert": {"explain", "stack", "config", "junit", "pictures", "timelines", "json"},
    "on the alerts of a stack": {"names", "stack", "config", "jobs", "junit", "pictures", "timelines", "json"},
}
"""The parameters that have an effect in each way that the command works; the first that was chosen counts."""


def prove(
    context: typer.Context,
    names: Names = None,
    *,
    stack: Stack = "local",
    config: Config = None,
    explain: Explain = None,
    mutate: Mutate = False,
    junit: Junit = None,
    pictures: Pictures = PICTURES,
    timelines: TimeLines = None,
    jobs: Jobs = None,
    derive: Derive = False,
    from_promtool: FromPromtool = False,
    write: Write = None,
    schema: Schema = False,
    json: Json = False,
) -> None:
    """Test alerts without an account: those of a stack, or any policy from a file, on the emulator's virtual clock.

    With files it runs unit tests: a YAML file names policies, whoever wrote them, gives series and log entries, and
    states at which minute an incident must be open, closed or notified. With `--derive` it needs no test file: for each
    condition of a policy it finds an input that fires and a near miss that does not, and plays both. Test files of
    promtool are played too, their alerting rules as policies.

    Without files it proves the alerts of the project's stack. A raw policy of the stack (`RawPolicy`) is proven by its
    own unit tests, or by derived ones. A policy without either is listed, and does not fail the command.

    Each alert has two cases. In the first it must open in time, notify the right channels with the right text, and
    close again. In the second, a near miss within a tenth of the threshold, it must stay silent. A case that fails is
    reported with its cause, and drawn. Exit code 1 if a test or proof fails.

    **Examples**

    `vigil test alerts/errors.test.yaml` - the tests of a file

    `vigil test --derive alerts/ --write alerts/derived.test.yaml` - derive tests from policies, once; then run the file

    `vigil test --from-promtool alerts.promtool.yml --write alerts.test.yaml` - convert tests and rules of Prometheus

    `vigil test -s prod` - all alerts of the stack `prod`

    `vigil test -s staging --explain api/error-ratio` - why this alert opens and closes, minute by minute

    `vigil test -s prod --mutate` - change each threshold, filter and window, and see whether a proof notices
    """
    settings = overrides(config)
    with ending(json=json):
        files = [name for name in names or [] if unit_tests.is_file(name)]
        requested = (schema, derive, from_promtool, bool(files), mutate, explain is not None, True)
        way = next(name for name, wanted in zip(TAKES, requested, strict=True) if wanted)
        refuse_without_effect(context, way, TAKES[way])
        if schema:
            _print_schema()
            return
        if derive:
            derivation.run(names or [], write=write, json=json)
            return
        if from_promtool:
            promtool.run(names or [], write=write, json=json)
            return
        if files:
            _refuse_mixed(names or [], files)
            unit_tests.run_files(files, pictures=pictures, junit=junit, json=json)
            return
        suite = _suite(stack, settings)
        chosen = [explain] if explain else names or []
        with _named_alerts():
            if mutate:
                _end_mutation(_mutated(suite, chosen, jobs, json=json), json=json)
                return
            report = suite.run(chosen, jobs=1 if explain else jobs, explain=explain is not None)
        if junit is not None:
            _write(junit, _junit(report))
        if timelines is not None:
            _write(timelines, report.timetable())
        _keep_for_console(report)
        drawn = _draw(report, pictures, everything=explain is not None)
        _tell(report, drawn, json=json)
        if not report.proven:
            raise typer.Exit(1)


def _suite(stack: str, settings: dict[str, str]) -> "Suite":
    """Return the proofs of a stack. Raises CommandError where its program does not run."""
    from vigil_cli.deployment import configured, explained
    from vigil_proofs import Suite

    with explained(f"The alerts of stack {stack} cannot be tested"):
        return Suite.of(configured(stack, settings))


@contextmanager
def _named_alerts() -> Generator[None]:
    """Turn the error of a name that no alert has into CommandError."""
    from vigil_cli.errors import CommandError

    try:
        yield
    except LookupError as error:
        raise CommandError(str(error.args[0]), remedy="Name one of these, or none for all.") from error


def _keep_for_console(report: "Report") -> None:
    """Keep the timelines where a deployment finds them. A folder that cannot be written changes no verdict."""
    from contextlib import suppress

    from vigil_cli.console_notes import keep
    from vigil_cli.local.folder import default_state
    from vigil_proofs.timetable import rows

    with suppress(OSError):
        keep(default_state(report.stack), (row for one in report.verdicts for row in rows(one)))


def _print_schema() -> None:
    from vigil_cli.console import write_document
    from vigil_proofs import unit

    write_document(unit.schema().decode())


def _refuse_mixed(names: list[str], files: list[str]) -> None:
    from vigil_cli.errors import CommandError

    alerts = [name for name in names if name not in files]
    if alerts:
        raise CommandError(
            f"{', '.join(alerts)} is no file, and {files[0]} is one.", remedy="Name files, or alerts of the stack."
        )


def _tell(report: "Report", drawn: dict[str, list[str]], *, json: bool) -> None:
    from vigil_cli.console import output, write_document

    if json:
        import msgspec

        document = {
            "ok": report.proven,
            "stack": report.stack,
            "seconds": round(report.seconds, 1),
            "alerts": [_document(one, drawn.get(one.name, [])) for one in report.verdicts],
            "raw": [_raw_document(one) for one in report.raw],
        }
        write_document(msgspec.json.format(msgspec.json.encode(document), indent=1).decode())
        return
    console = output()
    for one in report.verdicts:
        if one.timelines or not one.proven:
            console.print(one.explained(), markup=False, soft_wrap=True)
            for file in drawn.get(one.name, ()):
                console.print(f"  drawn: {file}", markup=False, soft_wrap=True)
    counted = len(report.verdicts)
    proven = counted - len(report.failed)
    if not report.verdicts and not report.raw:
        message = f"Stack {report.stack} declares no alert, so nothing is proven. Add one: signals have `.alert(...)`."
        console.print(message, markup=False, soft_wrap=True)
    elif report.verdicts:
        console.print(
            f"{proven} of {counted} alerts of {report.stack} proven (fires in the emulator) in {report.seconds:.0f} s",
            markup=False,
        )
    for one in report.failed:
        first = (one.causes or one.breaches)[0]
        console.print(f"  not proven: {one.name}: {first}", markup=False, soft_wrap=True)
    _tell_raw(report)


def _tell_raw(report: "Report") -> None:
    from vigil_cli.console import output

    console = output()
    if report.raw:
        proven = sum(one.proven for one in report.raw)
        console.print(f"{proven} of {len(report.raw)} raw policies of {report.stack} proven", markup=False)
    for one in report.raw:
        for reason in one.breaches:
            console.print(f"  does not hold: {one.name}: {reason}", markup=False, soft_wrap=True)
        for reason in one.unknown:
            console.print(f"  not tested: {one.name}: {reason}", markup=False, soft_wrap=True)


def _document(verdict: "Verdict", drawn: list[str]) -> dict[str, object]:
    return {
        "name": verdict.name,
        "severity": verdict.severity,
        "title": verdict.title,
        "proven": verdict.proven,
        "opensAfterMinutes": verdict.opened,
        "opensWithinMinutes": verdict.opens_within,
        "closesAfterMinutes": verdict.closed,
        "breaches": verdict.breaches,
        "causes": verdict.causes,
        "timelines": [line.words() for line in verdict.timelines],
        "pictures": drawn,
    }


def _raw_document(verdict: "RawVerdict") -> dict[str, object]:
    return {
        "name": verdict.name,
        "title": verdict.title,
        "proven": verdict.proven,
        "breaches": verdict.breaches,
        "notTested": verdict.unknown,
    }


def _draw(report: "Report", folder: Path, *, everything: bool) -> dict[str, list[str]]:
    """Draw the time lines; of many failures the first of each alert only."""
    lines = {one.name: one.timelines if everything else one.timelines[:1] for one in report.verdicts if one.timelines}
    if not lines:
        return {}
    from vigil_cli.timelines import draw

    return {name: [str(draw(line, folder)) for line in some] for name, some in lines.items()}


def _junit(report: "Report") -> str:
    from vigil_proofs import junit

    cases = [
        *(
            junit.TestCase(
                name=one.alert,
                group=f"{report.stack}.{one.service}",
                seconds=one.seconds,
                failure=None if one.proven else (one.causes or one.breaches)[0],
                details=one.explained(),
            )
            for one in report.verdicts
        ),
        *(
            junit.TestCase(
                name=one.name,
                group=f"{report.stack}.{one.service or 'raw'}",
                seconds=one.seconds,
                failure=one.breaches[0] if one.breaches else None,
                skipped=one.unknown[0] if one.unknown and not one.breaches else None,
                details="\n".join((*one.breaches, *one.unknown)),
            )
            for one in report.raw
        ),
    ]
    return junit.report(f"alerts of {report.stack}", cases)


def _mutated(suite: "Suite", names: list[str], jobs: int | None, *, json: bool) -> "MutationReport":
    """Change each policy, and show on standard error how far it is."""
    from vigil_cli.console import Progress, errors
    from vigil_proofs import mutation

    if json:
        return mutation.run(suite, names, jobs=jobs)
    progress = Progress(errors())

    def tell(done: int, total: int) -> None:
        progress.so_far(f"{done} of {total} alerts of {suite.subject.stack} changed")

    with progress.shown():
        return mutation.run(suite, names, jobs=jobs, tell=tell)


def _end_mutation(report: "MutationReport", *, json: bool) -> None:
    from vigil_cli.console import output, write_document

    counts = report.counts()
    part = len(report.survivors) / len(report.fates) if report.fates else 0.0
    if json:
        import msgspec

        document = {
            "ok": report.holds,
            "stack": report.stack,
            "seconds": round(report.seconds, 1),
            "mutants": len(report.fates),
            "kinds": counts,
            "survivors": report.survivors,
        }
        write_document(msgspec.json.format(msgspec.json.encode(document), indent=1).decode())
    else:
        console = output()
        for fate in report.survivors:
            why = fate.why or "no reason was found: its cases should tell it apart"
            console.print(f"survived: {fate.alert}: {fate.what}: {why}", markup=False, soft_wrap=True)
        for kind, found in counts.items():
            fates = ", ".join(f"{number} {name}" for name, number in found.items())
            console.print(f"{kind}: {fates}", markup=False)
        console.print(
            f"{len(report.fates)} mutants of {report.stack} in {report.seconds:.0f} s; {part:.1%} survived",
            markup=False,
        )
    if not report.holds:
        raise typer.Exit(1)


def _write(file: Path, text: str) -> None:
    from vigil_cli.errors import CommandError

    try:
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_text(text, encoding="utf-8")
    except OSError as error:
        raise CommandError(f"{file} cannot be written: {error.strerror}.", remedy="Name another file.") from error
