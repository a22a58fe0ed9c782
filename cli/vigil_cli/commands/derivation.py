"""The part of `vigil test` that derives tests from policies."""

import os
from collections import Counter
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING

import typer

from vigil_cli.errors import CommandError

if TYPE_CHECKING:
    from vigil_apimodel.json_values import JsonObject
    from vigil_proofs.unit.derive import Derived


def run(files: Sequence[str], *, write: Path | None, json: bool) -> None:
    """Derive the tests of all policies in files, and print what they show.

    Exits with 1 where a policy can never fire, fires on healthy data, flaps, or never closes.
    """
    from vigil_proofs.unit import derive, policies_of
    from vigil_runner import check

    if not files:
        raise CommandError("--derive needs policies.", remedy="Name files or folders that `vigil check` reads.")
    try:
        named = [each for name in files for each in check.files_of(name)]
        bodies = [(name, body) for name in named for body in policies_of([Path(name)], {})]
        found = [(name, one) for name, body in bodies for one in derive.derive(body)]
    except check.UnreadableError as error:
        raise CommandError(str(error), remedy="See `vigil test --help`.") from error
    if not found:
        raise CommandError(f"{', '.join(files)} hold no alert policy.", remedy="Name files with policies.")
    if write is not None:
        found = _without_twins(found, [body for _, body in bodies])
        _write(write, found)
    wrong = [one for _, one in found if one.status not in {derive.Status.PROVEN, derive.Status.UNKNOWN}]
    _tell(found, write, json=json, ok=not wrong)
    if wrong:
        raise typer.Exit(1)


def _without_twins(
    found: "Sequence[tuple[str, Derived]]", bodies: "Sequence[JsonObject]"
) -> "list[tuple[str, Derived]]":
    """Leave out tests of policies that share their name: a test finds its policy by it."""
    from vigil_apimodel.json_values import text

    first: dict[str, JsonObject] = {}
    twins = {name for one in bodies if first.setdefault(name := text(one, "displayName"), one) != one}
    why = "several policies have this name, so no test of it is written"
    return [
        (name, replace(one, tests=(), reason=one.reason or why) if one.policy in twins else one) for name, one in found
    ]


def _write(file: Path, found: "Sequence[tuple[str, Derived]]") -> None:
    from vigil_proofs import unit

    tests = [test for _, one in found for test in one.tests]
    if not tests:
        raise CommandError(
            "No test was derived, so there is nothing to write.", remedy="See the reasons without --write."
        )
    folder = file.parent.resolve()
    policies = [os.path.relpath(Path(name).resolve(), folder) for name in dict.fromkeys(name for name, _ in found)]
    try:
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_text(unit.dumps(unit.TestFile(policies=policies, tests=tests)), encoding="utf-8")
    except OSError as error:
        raise CommandError(f"{file} cannot be written: {error.strerror}.", remedy="Name another file.") from error


def _tell(found: "Sequence[tuple[str, Derived]]", write: Path | None, *, json: bool, ok: bool) -> None:
    from vigil_cli.console import output, write_document
    from vigil_runner.quantities import counted

    if json:
        import msgspec

        conditions = [
            {
                "file": name,
                "policy": one.policy,
                "condition": one.condition,
                "kind": one.kind,
                "status": one.status.value,
                "reason": one.reason,
                "tests": len(one.tests),
            }
            for name, one in found
        ]
        document = {"ok": ok, "conditions": conditions}
        write_document(msgspec.json.format(msgspec.json.encode(document), indent=1).decode())
        return
    console = output()
    for name, one in found:
        if one.reason:
            message = f"{name}: {one.policy}: {one.condition} ({one.kind}): {one.status.value}: {one.reason}"
            console.print(message, markup=False, soft_wrap=True)
    statuses = Counter(one.status.value for _, one in found)
    console.print(
        f"{counted(len(found), 'condition')}: "
        + ", ".join(f"{count} {status}" for status, count in statuses.most_common()),
        markup=False,
        soft_wrap=True,
    )
    if write is not None:
        written = counted(sum(len(one.tests) for _, one in found), "test")
        console.print(f"{written} written to {write}", markup=False, soft_wrap=True)
