"""`vigil diff`: what differs between a program and what is deployed, or between two sets of files."""

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from vigil_cli.commands.live_project import Emulator
from vigil_cli.commands.options import Config, Json, State, overrides
from vigil_cli.commands.outcome import ending

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from vigil_runner.difference import Difference
    from vigil_runner.items import Item

Before = Annotated[
    str | None,
    typer.Argument(metavar="[BEFORE]", help="A file or folder that `vigil check` reads.", show_default=False),
]
After = Annotated[
    str | None,
    typer.Argument(metavar="[AFTER]", help="Another one; without it, the stack's program.", show_default=False),
]
Stack = Annotated[
    str | None, typer.Option("--stack", "-s", help="The stack: the NAME in Pulumi.NAME.yaml.", show_default=False)
]
_LONGEST = 160


def diff(
    before: Before = None,
    after: After = None,
    *,
    stack: Stack = None,
    config: Config = None,
    emulator: Emulator = None,
    state: State = None,
    json: Json = False,
) -> None:
    """Compare what is deployed with what a program declares, or two folders of JSON, in Google's normal form.

    What Google adds, sorts or drops does not count as a difference: defaults, timestamps, the order of sets, names that
    the server chose. It compares policies, dashboards, channels, uptime checks, SLOs, services, log-based metrics,
    sinks, exclusions, log buckets, views, scopes and saved queries. It changes nothing.

    Exit code 0 without a difference, 1 with one, 2 where something cannot be read.

    **Examples**

    `vigil diff -s staging` - what somebody changed by hand, or what `pulumi up` would change

    `vigil diff -s local` - the same for the running emulator

    `vigil diff exported/ -s staging` - files of the API, Terraform or Pulumi against the program

    `vigil diff last-week/ today/` - two exports of a project
    """
    settings = overrides(config)
    unread: Mapping[str, str] = {}
    with ending(json=json):
        from vigil_cli.console import output, write_document
        from vigil_cli.errors import CommandError
        from vigil_runner.difference import compare

        if before and after:
            if stack is not None:
                raise CommandError("Two files are compared without a stack.", remedy="Leave --stack out.")
            old, new = _files(before), _files(after)
        elif stack is not None:
            old, new, unread = _against_program(stack, settings, before, emulator, state)
        else:
            raise CommandError(
                "There is nothing to compare with.", remedy="Name a stack (--stack NAME), or two files or folders."
            )
        found = compare(old, new)
        if json:
            write_document(_document(found, unread))
        else:
            for line in _lines(found, unread):
                output().print(line, markup=False, soft_wrap=True)
    if found:
        raise typer.Exit(1)


def _files(name: str) -> "list[Item]":
    from vigil_cli.resource_files import resources_of
    from vigil_runner import api_form, items

    found = resources_of(name, teaches="vigil diff")
    formed, others = api_form.in_api_form(found)
    return items.of_found([*formed, *(each for each, _ in others)])


def _against_program(
    stack: str, settings: "Mapping[str, str]", before: str | None, emulator: str | None, state: Path | None
) -> "tuple[list[Item], list[Item], Mapping[str, str]]":
    from vigil_cli.commands import live_project
    from vigil_cli.deployment import configured, explained
    from vigil_runner import items, program

    with explained(f"Stack {stack} cannot be compared"):
        chosen = configured(stack, dict(settings))
        project = chosen.gcp_project or chosen.project
        new = items.of_run(program.run(chosen), project=project)
    if before is not None:
        return _files(before), new, {}
    found = live_project.inventory(project, live_project.address(chosen, emulator, state))
    unread = found.unread or {}
    seen = [each for each in new if each.noun not in unread]
    return items.of_found(found.found), seen, unread


def _lines(found: "Difference", unread: "Mapping[str, str]") -> "Sequence[str]":
    lines = [f"- {each.noun} {each.key!r}: only before" for each in found.removed]
    lines += [f"+ {each.noun} {each.key!r}: only after" for each in found.added]
    for each in found.changed:
        lines.append(f"~ {each.before.noun} {each.before.key!r}")
        lines += [f"    {one.path}: {_short(one.before)} -> {_short(one.after)}" for one in each.changes]
    lines += [f"not compared: {noun}: {reason}" for noun, reason in unread.items()]
    counted = f"{len(found.removed)} only before, {len(found.added)} only after, {len(found.changed)} changed"
    return [*lines, f"{counted}, {found.same} the same" if found else f"No difference: {found.same} resources."]


def _short(value: object) -> str:
    import msgspec

    if value is None:
        return "nothing"
    text = msgspec.json.encode(value).decode()
    return text if len(text) <= _LONGEST else f"{text[:_LONGEST]}..."


def _document(found: "Difference", unread: "Mapping[str, str]") -> str:
    import msgspec

    document = {
        "ok": not found,
        "same": found.same,
        "onlyBefore": [_named(each) for each in found.removed],
        "onlyAfter": [_named(each) for each in found.added],
        "changed": [
            {
                **_named(each.before),
                "fields": [{"path": one.path, "before": one.before, "after": one.after} for one in each.changes],
            }
            for each in found.changed
        ],
        "notCompared": dict(unread),
    }
    return msgspec.json.format(msgspec.json.encode(document), indent=1).decode()


def _named(item: "Item") -> dict[str, str]:
    return {"type": item.type, "kind": item.noun, "key": item.key, "name": item.name, "where": item.where}
