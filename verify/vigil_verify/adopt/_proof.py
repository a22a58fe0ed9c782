"""The proof that a program says what was found: it is run, and its render is compared in normal form."""

import tempfile
from collections.abc import Mapping
from pathlib import Path, PurePosixPath

from vigil_runner import items, program
from vigil_runner.difference import Difference, compare
from vigil_runner.errors import EngineError
from vigil_verify.adopt._plan import Plan


class UnequalError(EngineError):
    """A program that was made does not say what was found. The message names the first differences."""


def prove(plan: Plan, files: Mapping[PurePosixPath, str], *, stack: str) -> Difference:
    """Run the program in a temporary folder, and compare what it declares with what was found.

    Raises UnequalError where anything differs, ProgramError where it does not run.
    """
    with tempfile.TemporaryDirectory(prefix="vigil-adopt-") as folder:
        for path, text in files.items():
            file = Path(folder) / path
            file.parent.mkdir(parents=True, exist_ok=True)
            file.write_text(text, encoding="utf-8")
        run = program.run(stack, root=Path(folder).resolve())
    found = compare(items.of_found(each.found for each in plan.adopted), items.of_run(run, project=plan.project))
    if found:
        differences = [f"{each.noun} {each.key!r} is missing" for each in found.removed]
        differences += [f"{each.noun} {each.key!r} was not found in the project" for each in found.added]
        differences += [
            f"{each.before.noun} {each.before.key!r} differs at {each.changes[0].path}" for each in found.changed
        ]
        raise UnequalError(f"the program does not declare what was found: {'; '.join(differences[:5])}")
    return found
