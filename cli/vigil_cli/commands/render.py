"""`vigil render`: what the program declares for a stack, without an account and without the Pulumi CLI."""

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from vigil_cli.commands.options import Config, Json, Stack, overrides
from vigil_cli.commands.outcome import ending

if TYPE_CHECKING:
    from rich.tree import Tree

    from vigil_runner.program import Run

Preview = Annotated[bool, typer.Option("--preview", help="Render as a preview does, before anything is deployed.")]


Write = Annotated[
    Path | None,
    typer.Option(
        "--write", metavar="DIR", file_okay=False, help="Write the stack's files below DIR; a test compares with them."
    ),
]


def render(
    *, stack: Stack, preview: Preview = False, config: Config = None, write: Write = None, json: Json = False
) -> None:
    """Print what the program declares for a stack: every resource with its inputs, and the outputs.

    It runs the program of this project in-process. It never decrypts a secret, and prints `[secret]` instead.

    **Examples**

    `vigil render -s staging` - the resources as a tree

    `vigil render -s staging --json` - everything, as one document that is the same each time: for `diff` and `jq`

    `vigil render -s staging --write infra/goldens` - rewrite the files that a test compares with, and review their diff

    `vigil render -s staging -c vigil:apiErrorRatio=0.01` - what another threshold changes
    """
    settings = overrides(config)
    with ending(json=json):
        from vigil_cli.console import output, write_document, write_json
        from vigil_cli.deployment import configured, explained
        from vigil_runner import program
        from vigil_runner import render as rendering

        with explained(f"Stack {stack} cannot be rendered"):
            run = program.run(configured(stack, settings), preview=preview)
        if write is not None:
            from vigil_runner import goldens

            written = goldens.write(run, write)
            if json:
                write_json({"ok": True, "files": [str(each) for each in written]})
            else:
                output().print(f"{len(written)} files below {write / run.stack}", markup=False, soft_wrap=True)
        elif json:
            write_document(rendering.dumps(run))
        else:
            output().print(_tree(run))


def _tree(run: "Run") -> "Tree":
    from rich.markup import escape
    from rich.tree import Tree

    root = Tree(f"[bold]{escape(run.stack)}[/] ({len(run.registrations)} resources)")
    branches: dict[str, Tree] = {}
    for each in run.registrations:  # a parent is registered before its children
        branch = branches.get(each.parent or "", root)
        branches[each.urn] = branch.add(f"{escape(each.name)}  [dim]{escape(each.type)}[/]")
    for title, messages in (("messages", run.diagnostics.infos), ("warnings", run.diagnostics.warnings)):
        if messages:
            group = root.add(title)
            for message in messages:
                group.add(escape(message))
    if run.exports:
        outputs = root.add("outputs")
        for name, value in sorted(run.exports.items()):
            shown = "[secret]" if name in run.secret_exports else str(value)
            outputs.add(f"{escape(name)}  [dim]{escape(shown)}[/]")
    return root
