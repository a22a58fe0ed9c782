"""`vigil docs`: the page that says where to look, for each stack."""

import os
from pathlib import Path
from typing import Annotated

import typer

from vigil_cli.commands.options import Config, Json, Stack, overrides
from vigil_cli.commands.outcome import ending
from vigil_cli.errors import FAILED, CommandError

FOLDER = Path("docs") / "where-to-look"
"""Where a project keeps the pages, below its root."""

Write = Annotated[
    Path | None,
    typer.Option("--write", metavar="DIR", file_okay=False, help="Write STACK.md into DIR instead of printing it."),
]
Check = Annotated[
    bool,
    typer.Option("--check", help="Write nothing; fail if the page in DIR (docs/where-to-look) is out of date."),
]


class StalePageError(CommandError):
    """The committed page is not what the program declares."""

    exit_code = FAILED


def docs(*, stack: Stack, write: Write = None, check: Check = False, config: Config = None, json: Json = False) -> None:
    """Print the page that says where to look: logs, dashboards, objectives, alerts and who is notified, with links.

    Runs the program of this project in-process, and writes the page from its render alone: no account, no network.
    Dashboards and policies get their ids when they are deployed, so they are linked by the console's lists;
    `pulumi stack output` prints the direct links.

    **Examples**

    `vigil docs -s prod` - the page, as Markdown

    `vigil docs -s prod --write docs/where-to-look` - rewrite the committed page (`make goldens` does it for each stack)

    `vigil docs -s prod --check` - in a pull request; exit code 1 where the committed page is out of date
    """
    settings = overrides(config)
    with ending(json=json):
        from vigil_cli.console import output, write_json
        from vigil_cli.deployment import configured, explained
        from vigil_runner import program, render, where_to_look
        from vigil_runner.project import find

        with explained(f"Stack {stack} cannot be described"):
            run = program.run(configured(stack, settings))
        folder = find() / FOLDER
        file = (write or folder) / f"{stack}.md"
        text = where_to_look.page(render.document(run), docs=_seen_from(folder.parent, file.parent))
        if check:
            _compare(file, text, stack)
            message = f"{file} is up to date"
        elif write is not None:
            _put(file, text)
            message = f"{file} written"
        else:
            message = text
        if json:
            write_json({"ok": True, "stack": stack, "page": text})
        else:
            output().print(message, markup=False, soft_wrap=True, end="" if message is text else "\n", highlight=False)


def _seen_from(docs: Path, folder: Path) -> str:
    """Return the path to the folder of the other pages, from the page's own folder."""
    return Path(os.path.relpath(docs, folder.resolve())).as_posix()


def _compare(file: Path, text: str, stack: str) -> None:
    remedy = f"Run `vigil docs -s {stack} --write {file.parent}` (`make goldens` for all), and review the difference."
    if not file.exists():
        raise StalePageError(f"There is no {file}.", remedy=remedy)
    if file.read_text(encoding="utf-8") != text:
        raise StalePageError(f"{file} is not what the program declares for {stack}.", remedy=remedy)


def _put(file: Path, text: str) -> None:
    try:
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_text(text, encoding="utf-8")
    except OSError as error:
        raise CommandError(
            f"{file} cannot be written: {error.strerror}.", remedy="Name a folder that you may write to with --write."
        ) from error
