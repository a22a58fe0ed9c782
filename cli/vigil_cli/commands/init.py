"""`vigil init`: a new project that runs at once."""

import shlex
from pathlib import Path
from typing import Annotated

import typer

from vigil_cli.commands.options import Json
from vigil_cli.commands.outcome import ending

Folder = Annotated[Path, typer.Argument(metavar="DIR", help="Folder of the project; created if it is missing.")]
Name = Annotated[str | None, typer.Option("--name", help="Name of the Pulumi project.", show_default="the folder's")]


def init(folder: Folder = Path(), *, name: Name = None, json: Json = False) -> None:
    """Write a new project: a program, two stacks, events, tests, a runbook and a GitHub workflow.

    Everything in it works at once, without an account: `pytest`, `vigil render`, the proofs and `vigil serve`. It
    overwrites nothing: a `README.md` and a `.gitignore` stay as they are, and if another of its files exists, it writes
    nothing at all. Inside a Git repository, the workflow goes to the repository's `.github/workflows`, because GitHub
    reads no others.

    **Examples**

    `vigil init monitoring` - in a new folder

    `vigil init --name shop` - in this folder, as the project `shop`

    **Exit codes**: 0 written; 2 a file exists, the name does not fit, or the folder cannot be written to.
    """
    with ending(json=json):
        import msgspec

        from vigil_cli.console import output, write_document
        from vigil_cli.new_project import files, name_of, place, write

        chosen = name_of(folder) if name is None else name
        found = files(chosen, below=place(folder))
        kept = write(folder, found)
        if json:
            document = {
                "ok": True,
                "folder": str(folder),
                "name": chosen,
                "files": sorted(str(path) for path in found if path not in kept),
                "kept": sorted(map(str, kept)),
            }
            write_document(msgspec.json.encode(document).decode())
            return
        console = output()
        console.print(f"Project {chosen} written to {folder.resolve()}: {len(found) - len(kept)} files.", markup=False)
        for path in kept:
            ignored = f": let it ignore {', '.join(found[path].split())}" if path.name == ".gitignore" else ""
            console.print(f"{path} was there and stays as it is{ignored}.", markup=False, soft_wrap=True)
        console.print()
        steps = (
            *([(f"cd {shlex.quote(str(folder))}", "")] if folder != Path() else []),
            ("pytest", "the program, and a proof of each alert"),
            ("vigil render -s staging", "everything the stack declares"),
            ("vigil serve -s staging", "an alert fires from the log lines of orders.py; Ctrl-C ends it"),
        )
        for command, why in steps:
            console.print(f"  {command:<28}{why}", markup=False, soft_wrap=True)
        console.print(
            "\nBefore `pulumi up`, replace the example project ids and addresses in Pulumi.staging.yaml and "
            "Pulumi.prod.yaml, and say in requirements.txt where pip finds Vigil, which is not on PyPI yet.",
            markup=False,
        )
