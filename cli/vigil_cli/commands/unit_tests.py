"""The part of `vigil test` that plays test files and derives them."""

from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING

import typer

from vigil_cli.commands import promtool
from vigil_cli.errors import CommandError

if TYPE_CHECKING:
    from vigil_proofs.unit import Outcome

SUFFIXES = (".yaml", ".yml", ".json")


def is_file(argument: str) -> bool:
    """Return whether an argument names a file; an alert is named `service/alert`."""
    return argument.endswith(SUFFIXES) or Path(argument).is_file()


def run_files(files: Sequence[str], *, pictures: Path, junit: Path | None, json: bool) -> None:
    """Play the tests of files, and print the results. Exits with 1 where a test fails."""
    from vigil_proofs import unit
    from vigil_runner.check import UnreadableError

    found: list[tuple[str, Outcome]] = []
    try:
        for name in files:
            file = Path(name)
            outcomes = promtool.play(name) if promtool.is_file(name) else unit.run(unit.read(file), file.parent)
            found += [(name, outcome) for outcome in outcomes]
    except (unit.FileError, UnreadableError) as error:
        raise CommandError(str(error), remedy="See `vigil test --help`.") from error
    drawn = {f"{name}: {one.name}": _drawn(one, pictures) for name, one in found if one.line is not None}
    if junit is not None:
        _write_junit(junit, found)
    _tell(found, drawn, json=json)
    if not all(one.passed for _, one in found):
        raise typer.Exit(1)


def _drawn(outcome: "Outcome", folder: Path) -> str:
    from vigil_cli.timelines import draw

    return str(draw(outcome.line, folder)) if outcome.line is not None else ""


def _tell(found: "Sequence[tuple[str, Outcome]]", drawn: dict[str, str], *, json: bool) -> None:
    from vigil_cli.console import output, write_document

    failed = [one for _, one in found if not one.passed]
    if json:
        import msgspec

        tests = [
            {
                "file": name,
                "name": one.name,
                "policy": one.policy,
                "passed": one.passed,
                "breaches": one.breaches,
                "timeline": one.line.words() if one.line else "",
                "picture": drawn.get(f"{name}: {one.name}", ""),
            }
            for name, one in found
        ]
        write_document(msgspec.json.format(msgspec.json.encode({"ok": not failed, "tests": tests}), indent=1).decode())
        return
    console = output()
    for name, one in found:
        if not one.passed:
            console.print(one.report(), markup=False, soft_wrap=True)
            console.print(f"  drawn: {drawn.get(f'{name}: {one.name}', '')}", markup=False, soft_wrap=True)
    console.print(f"{len(found) - len(failed)} of {len(found)} tests passed", markup=False)


def _write_junit(file: Path, found: "Sequence[tuple[str, Outcome]]") -> None:
    from vigil_proofs import junit

    cases = (
        junit.TestCase(
            name=one.name,
            group=name,
            seconds=0.0,
            failure=None if one.passed else one.breaches[0],
            details=one.report(),
        )
        for name, one in found
    )
    try:
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_text(junit.report("unit tests of alert policies", cases), encoding="utf-8")
    except OSError as error:
        raise CommandError(f"{file} cannot be written: {error.strerror}.", remedy="Name another file.") from error
