"""The part of `vigil test` that takes test files of promtool."""

import os
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from vigil_cli.errors import CommandError

if TYPE_CHECKING:
    from vigil_proofs import unit
    from vigil_proofs.unit import Outcome


def is_file(name: str) -> bool:
    """Return whether a file is a test file of promtool, by its content."""
    from vigil_proofs.unit import promtool

    return promtool.is_promtool(promtool.load(Path(name)))


def play(name: str) -> "list[Outcome]":
    """Play the tests of a promtool file against its rules as policies. Raises FileError."""
    from vigil_proofs import unit

    converted = unit.promtool.convert(Path(name))
    bodies = {str(each["displayName"]): each for each in converted.policies}
    return [unit.run_one(test, bodies[test.policy]) for test in converted.tests]


def run(names: Sequence[str], *, write: Path | None, json: bool) -> None:
    """Write the tests of a promtool file as a test file, and its rules as policies beside it.

    Other files that are named hold policies: then these are tested, and no policy is written.
    """
    from vigil_proofs import unit
    from vigil_runner.check import UnreadableError, files_of

    tests = [name for name in names if is_file(name)]
    others = [Path(file) for name in names if name not in tests for file in files_of(name)]
    if len(tests) != 1:
        count = "several test files" if tests else "no test file"
        raise CommandError(
            f"{', '.join(names) or 'Nothing'}: there is {count} of promtool.",
            remedy="Name one file with alert_rule_test, and policies to test in place of its rules, if you have any.",
        )
    if write is None:
        raise CommandError("--from-promtool needs a file to write to.", remedy="Add --write NAME.test.yaml.")
    try:
        given = unit.policies_of(others, {}) if others else []
        converted = unit.promtool.convert(Path(tests[0]), given)
        files = [os.path.relpath(each.resolve(), write.parent.resolve()) for each in others]
        write.parent.mkdir(parents=True, exist_ok=True)
        if not others:
            policies = write.with_name(write.name.split(".")[0] + ".policies.json")
            policies.write_text(unit.promtool.dumps(converted.policies), encoding="utf-8")
            files = [policies.name]
        write.write_text(unit.dumps(unit.promtool.files(converted, files)), encoding="utf-8")
    except (unit.FileError, UnreadableError) as error:
        raise CommandError(str(error), remedy="See `vigil test --help`.") from error
    except OSError as error:
        raise CommandError(
            f"{error.filename} cannot be written: {error.strerror}.", remedy="Name another file."
        ) from error
    _tell(converted, write, files, json=json)


def _tell(converted: "unit.promtool.Converted", write: Path, files: Sequence[str], *, json: bool) -> None:
    from vigil_cli.console import output, write_document

    if json:
        import msgspec

        document = {
            "ok": True,
            "tests": len(converted.tests),
            "file": str(write),
            "policies": list(files),
            "notConverted": list(converted.left),
        }
        write_document(msgspec.json.format(msgspec.json.encode(document), indent=1).decode())
        return
    console = output()
    for each in converted.left:
        console.print(f"note: {each}", markup=False, soft_wrap=True)
    console.print(
        f"{len(converted.tests)} tests written to {write}, of the policies in {', '.join(files)}; run them with "
        f"vigil test {write}",
        markup=False,
        soft_wrap=True,
    )
