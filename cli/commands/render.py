"""``vigil render``: what the program declares for a stack, without an account and without the Pulumi CLI."""

from typing import TYPE_CHECKING, Annotated

import typer

from cli.commands.ending import explained
from cli.commands.options import Json, Stack

if TYPE_CHECKING:
    from rich.tree import Tree

    from engine.program import Run

Preview = Annotated[bool, typer.Option("--preview", help="As a preview sees it: before anything is deployed.")]


def render(*, stack: Stack, preview: Preview = False, json: Json = False) -> None:
    """Print what the program declares for a stack: every resource with its inputs, and the outputs.

    Runs the program of this project in-process. Secrets are never decrypted: they read `[secret]`.

    **Examples**

    `vigil render -s staging` - the resources as a tree

    `vigil render -s prod --json` - everything, as one document that is the same each time: made for `diff` and `jq`

    `vigil render -s prod --json | jq '.resources[] | select(.type | test("AlertPolicy"))'` - the alerts
    """
    with explained(json=json):
        from cli.console import output, write_document  # noqa: PLC0415 - keeps --help quick
        from cli.errors import CommandError  # noqa: PLC0415 - as above
        from engine import program, stacks  # noqa: PLC0415 - loads the Pulumi SDK
        from engine import render as rendering  # noqa: PLC0415 - as above

        try:
            run = program.run(stack, preview=preview)
        except (stacks.StackError, program.ProgramError) as error:
            remedy = f"Mend what it names and run `vigil render -s {stack}` again."
            raise CommandError(f"Stack {stack} cannot be rendered: {error}", remedy=remedy) from error
        if json:
            write_document(rendering.dumps(run))
        else:
            output().print(_tree(run))


def _tree(run: "Run") -> "Tree":
    from rich.markup import escape  # noqa: PLC0415 - keeps --help quick
    from rich.tree import Tree  # noqa: PLC0415 - as above

    root = Tree(f"[bold]{escape(run.stack)}[/] ({len(run.registrations)} resources)")
    branches: dict[str, Tree] = {}
    for each in run.registrations:  # a parent is registered before its children
        branch = branches.get(each.parent or "", root)
        branches[each.urn] = branch.add(f"{escape(each.name)}  [dim]{escape(each.type)}[/]")
    if run.exports:
        outputs = root.add("outputs")
        for name, value in sorted(run.exports.items()):
            shown = "[secret]" if name in run.secret_exports else str(value)
            outputs.add(f"{escape(name)}  [dim]{escape(shown)}[/]")
    return root
