"""`vigil adopt`: a program made of what a project has, in three steps that change nothing there."""

import os
import shlex
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from vigil_cli.commands.live_project import Emulator
from vigil_cli.commands.options import Json, Stack, State
from vigil_cli.commands.outcome import ending

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

    from vigil_runner.check import Found
    from vigil_verify.adopt import Plan

adopt = typer.Typer(
    no_args_is_help=True,
    rich_markup_mode="markdown",
    help="Turn what a project has into a Pulumi program: `plan` lists it, `write` writes it, `import` names the ids.",
)

Project = Annotated[str | None, typer.Option("--project", "-p", help="The Google Cloud project.", show_default=False)]
From = Annotated[
    Path | None,
    typer.Option(
        "--from",
        metavar="PATH",
        help="A file or folder that `vigil check` reads, or -, instead of the project.",
    ),
]
Folder = Annotated[Path, typer.Argument(metavar="DIR", help="The new folder.", show_default=False)]
StackName = Annotated[str, typer.Option("--stack", "-s", help="The name of the new stack.")]
Output = Annotated[Path, typer.Option("--output", "-o", dir_okay=False, help="The file to write.")]


@adopt.command("plan")
def plan(*, project: Project = None, from_: From = None, emulator: Emulator = None, json: Json = False) -> None:
    """List a project's resources: what becomes of each one, which stay as they are, and which nobody uses.

    Reads with this machine's credentials and the roles `roles/monitoring.viewer` and `roles/logging.viewer`.

    **Examples**

    `vigil adopt plan --project shop-prod` - what there is

    `vigil adopt plan --project shop --from exported/` - the same, from files that gcloud wrote
    """
    with ending(json=json):
        from vigil_cli.console import output, write_document

        made, unread = _planned(project, from_, emulator)
        if json:
            write_document(_encoded(_document(made, unread)))
            return
        for line in _lines(made, unread):
            output().print(line, markup=False, soft_wrap=True)


@adopt.command("write")
def write(
    folder: Folder,
    *,
    project: Project = None,
    from_: From = None,
    emulator: Emulator = None,
    stack: StackName = "prod",
    json: Json = False,
) -> None:
    """Write a Pulumi program that declares what was found, with a module for each part and a test for each policy.

    Before it writes anything, it runs the program and compares what this declares with what it found: any difference is
    an error. It never changes existing files, and writes all new ones or none.

    **Examples**

    `vigil adopt write monitoring/ --project shop-prod` - then `vigil -C monitoring test -s prod`

    `vigil adopt write monitoring/ --project shop --from exported/` - from files that gcloud wrote
    """
    with ending(json=json):
        from vigil_cli import new_project
        from vigil_cli.console import output, write_document
        from vigil_cli.deployment import explained
        from vigil_verify import adopt as adoption
        from vigil_verify.adopt import slug

        made, unread = _planned(project, from_, emulator)
        name = slug(folder.resolve().name)
        files = adoption.files(made, name=name, stack=stack)
        with explained("The program cannot be written"):
            same = adoption.prove(made, files, stack=stack).same
        new_project.write(folder, files, command="vigil adopt write DIR")
        if json:
            write_document(_encoded({**_document(made, unread), "files": [str(path) for path in files]}))
            return
        for line in (
            f"{len(files)} files written below {folder}. The program declares all {same} resources as they were found.",
            *(f"stays: {each.noun} {each.found.name!r}: {each.reason}" for each in made.left),
            *(f"not read: {noun}: {reason}" for noun, reason in unread.items()),
            _next(folder, stack, from_, emulator),
        ):
            output().print(line, markup=False, soft_wrap=True)


@adopt.command("import")
def import_(
    *,
    stack: Stack,
    from_: From = None,
    emulator: Emulator = None,
    state: State = None,
    output: Output = Path("import.json"),
    json: Json = False,
) -> None:
    """Write the file with which `pulumi import` takes deployed resources into the state of a program with them.

    It pairs the resources of the stack's program with those of the project, as `vigil diff` does, and names each id.

    **Examples**

    `vigil adopt import -s prod` - then `pulumi import --file import.json --stack prod --generate-code=false`
    """
    with ending(json=json):
        from vigil_cli.commands import live_project
        from vigil_cli.console import output as console
        from vigil_cli.console import write_document
        from vigil_cli.deployment import configured, explained
        from vigil_runner import program
        from vigil_runner.api_form import in_api_form
        from vigil_runner.quantities import counted
        from vigil_verify import adopt as adoption

        with explained(f"Stack {stack} cannot be imported"):
            chosen = configured(stack, {})
            run = program.run(chosen)
        project = chosen.gcp_project or chosen.project
        found = (
            _files(from_)
            if from_ is not None
            else list(live_project.inventory(project, live_project.address(chosen, emulator, state)).found)
        )
        formed, _ = in_api_form(found, project=project)
        made = adoption.imports(run, formed, project=project)
        _new(output, _encoded(made.document) + "\n")
        if json:
            write_document(
                _encoded({"ok": True, "file": str(output), "imported": made.imported, "missing": made.missing})
            )
            return
        for line in (
            *(f"not deployed: {each}: `pulumi up` will create it" for each in made.missing),
            f"{counted(made.imported, 'resource')} in {output}.",
            f"Next: `pulumi import --file {output} --stack {stack} --generate-code=false`.",
        ):
            console().print(line, markup=False, soft_wrap=True)


def _next(folder: Path, stack: str, from_: Path | None, emulator: str | None) -> str:
    """Return the next commands, which run in the folder and read what this one read."""
    vigil = f"vigil -C {shlex.quote(str(folder))}"
    source = f" --emulator {shlex.quote(emulator)}" if emulator is not None else ""
    if from_ is not None:
        there = from_ if str(from_) == "-" else os.path.relpath(from_, folder)
        source = f" --from {shlex.quote(str(there))}"
    return f"Next: `{vigil} test -s {stack}`, then `{vigil} adopt import -s {stack}{source}`."


def _new(file: Path, text: str) -> None:
    from vigil_cli.errors import CommandError

    try:
        with file.open("x", encoding="utf-8") as out:
            out.write(text)
    except FileExistsError as error:
        raise CommandError(f"{file} exists. Nothing was written.", remedy="Name another file with --output.") from error
    except OSError as error:
        raise CommandError(f"{file} cannot be written: {error.strerror}.", remedy="Name another file.") from error


def _planned(project: str | None, from_: Path | None, emulator: str | None) -> "tuple[Plan, Mapping[str, str]]":
    from vigil_cli.commands import live_project
    from vigil_cli.errors import CommandError
    from vigil_verify import adopt as adoption

    if project is None:
        raise CommandError("No project is named.", remedy="Add --project PROJECT: the program deploys there.")
    if from_ is not None:
        return adoption.plan(_files(from_), project=project), {}
    found = live_project.inventory(project, emulator)
    return adoption.plan(found.found, project=project), found.unread or {}


def _files(path: Path) -> "list[Found]":
    from vigil_cli.resource_files import resources_of

    return resources_of(str(path), teaches="vigil adopt plan")


def _lines(made: "Plan", unread: "Mapping[str, str]") -> "Iterator[str]":
    from vigil_runner.quantities import counted

    group = ""
    for each in sorted(made.adopted, key=lambda one: (one.group, one.noun, one.name)):
        if each.group != group:
            group = each.group
            yield f"{group}:"
        reads = f", reads {', '.join(each.signals)}" if each.signals else ""
        recognised = f", {each.typed.description}" if each.typed is not None else f"; raw: {each.raw}"
        yield f"  {each.noun} {each.found.name!r}: {each.component} {each.name!r}{reads}{recognised}"
    for each in made.left:
        yield f"stays: {each.noun} {each.found.name!r}: {each.reason}"
    for each in made.unused:
        yield f"unused: {each}"
    for noun, reason in unread.items():
        yield f"not read: {noun}: {reason}"
    kinds = ", ".join(
        counted(count, noun, "policies" if noun == "policy" else None) for noun, count in made.counted().items()
    )
    yield (
        f"{counted(len(made.adopted), 'resource')} ({kinds}), {made.typed} of them typed, {len(made.left)} stay, "
        f"{len(made.unused)} unused"
    )


def _document(made: "Plan", unread: "Mapping[str, str]") -> dict[str, object]:
    adopted: Sequence[dict[str, object]] = [
        {
            "kind": each.noun,
            "title": each.found.name,
            "name": each.name,
            "group": each.group,
            "component": each.component,
            "file": each.file if each.typed is None else "",
            "recognisedAs": each.typed.description if each.typed is not None else "",
            "rawBecause": each.raw,
            "signals": each.signals,
            "accept": each.accept,
        }
        for each in made.adopted
    ]
    return {
        "ok": True,
        "project": made.project,
        "adopted": adopted,
        "left": [{"kind": each.noun, "title": each.found.name, "reason": each.reason} for each in made.left],
        "unused": made.unused,
        "notRead": dict(unread),
    }


def _encoded(document: object) -> str:
    import msgspec

    return msgspec.json.format(msgspec.json.encode(document), indent=1).decode()
