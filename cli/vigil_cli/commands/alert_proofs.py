"""``vigil test-alerts``: whether every alert of a stack opens when it must, and stays silent when it must not."""

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from vigil_cli.commands.options import Config, Json, Stack, overrides
from vigil_cli.commands.outcome import ending

if TYPE_CHECKING:
    from vigil_proofs import Report, Verdict
    from vigil_proofs.mutation import MutationReport

Names = Annotated[
    list[str] | None, typer.Argument(metavar="[NAME]...", help="Alerts: `api/error-ratio`, or the name alone.")
]
Explain = Annotated[
    str | None, typer.Option("--explain", metavar="ALERT", help="Why one alert fires or not, as time lines.")
]
Mutate = Annotated[
    bool, typer.Option("--mutate", help="Change each policy in turn, and list the changes that no proof notices.")
]
Junit = Annotated[Path | None, typer.Option("--junit", dir_okay=False, help="Write JUnit's report here.")]
Pictures = Annotated[Path, typer.Option("--pictures", file_okay=False, help="Where time lines of failures are drawn.")]
TimeLines = Annotated[
    Path | None,
    typer.Option("--timelines", dir_okay=False, help="Write when each alert opens and closes, to compare in reviews."),
]
Jobs = Annotated[
    int | None, typer.Option("--jobs", "-j", min=1, help="Processes.", show_default="2, or 1 on one processor")
]
PICTURES = Path("build/test-alerts")


def prove(
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
    json: Json = False,
) -> None:
    """Prove the alerts of a stack, without an account: play each one's cases against the emulator on a virtual clock.

    Each alert brings two cases: in one it must open in time, tell the right people in the right words, and close
    again; in the other, a near miss within a tenth of the threshold, it must stay silent. What does not hold is told
    with its cause, and drawn. Exit code 1 where anything does not hold.

    **Examples**

    `vigil test-alerts -s prod` - all alerts of the stack `prod`

    `vigil test-alerts -s staging --explain api/error-ratio` - how one of them comes about, minute by minute

    `vigil test-alerts -s prod --mutate` - whether the proofs would notice another threshold, filter or window
    """
    given = overrides(config)
    with ending(json=json):
        from vigil_cli.deployment import configured, explained
        from vigil_cli.errors import CommandError
        from vigil_proofs import Suite, mutation

        with explained(f"The alerts of stack {stack} cannot be tested"):
            suite = Suite.of(configured(stack, given))
        chosen = [explain] if explain else names or []
        try:
            if mutate:
                _end_mutation(mutation.run(suite, chosen, jobs=jobs), json=json)
                return
            report = suite.run(chosen, jobs=1 if explain else jobs, explain=explain is not None)
        except LookupError as error:
            raise CommandError(str(error.args[0]), remedy="Name one of these, or none for all.") from error
        if junit is not None:
            _write(junit, _junit(report))
        if timelines is not None:
            _write(timelines, report.timetable())
        drawn = _draw(report, pictures, everything=explain is not None)
        _tell(report, drawn, json=json)
        if not report.proven:
            raise typer.Exit(1)


def _tell(report: "Report", drawn: dict[str, list[str]], *, json: bool) -> None:
    from vigil_cli.console import output, write_document

    if json:
        import msgspec

        document = {
            "ok": report.proven,
            "stack": report.stack,
            "seconds": round(report.seconds, 1),
            "alerts": [_document(one, drawn.get(one.name, [])) for one in report.verdicts],
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
    console.print(
        f"{proven} of {counted} alerts of {report.stack} proven (fires in the emulator) in {report.seconds:.0f} s",
        markup=False,
    )
    for one in report.failed:
        first = (one.causes or one.breaches)[0]
        console.print(f"  not proven: {one.name}: {first}", markup=False, soft_wrap=True)


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


def _draw(report: "Report", folder: Path, *, everything: bool) -> dict[str, list[str]]:
    """Draw the time lines; of many failures the first of each alert only."""
    lines = {one.name: one.timelines if everything else one.timelines[:1] for one in report.verdicts if one.timelines}
    if not lines:
        return {}
    from vigil_cli.timelines import draw

    return {name: [str(draw(line, folder)) for line in some] for name, some in lines.items()}


def _junit(report: "Report") -> str:
    from vigil_proofs import junit

    return junit.report(
        f"alerts of {report.stack}",
        (
            junit.TestCase(
                name=one.alert,
                group=f"{report.stack}.{one.service}",
                seconds=one.seconds,
                failure=None if one.proven else (one.causes or one.breaches)[0],
                details=one.explained(),
            )
            for one in report.verdicts
        ),
    )


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
            told = ", ".join(f"{number} {name}" for name, number in found.items())
            console.print(f"{kind}: {told}", markup=False)
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
