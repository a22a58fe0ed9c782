"""`vigil preview`: what a change does to a stack, in words, before anything is deployed."""

from pathlib import Path
from typing import Annotated

import typer

from vigil_cli.commands.options import Config, Json, Measured, Stack, overrides
from vigil_cli.commands.outcome import ending

Base = Annotated[
    str | None,
    typer.Option(
        "--base",
        metavar="REF",
        help="The git revision to compare the working tree with.",
        show_default="where this branch left the main branch",
    ),
]
Against = Annotated[
    Path | None,
    typer.Option(
        "--against", dir_okay=False, help="Compare with a file of `vigil render --json` instead of a revision."
    ),
]
Plan = Annotated[
    Path | None,
    typer.Option(
        "--plan",
        dir_okay=False,
        help="Report a plan of `pulumi preview --json` instead: against what is deployed.",
    ),
]
BasePython = Annotated[
    str | None,
    typer.Option(
        "--base-python",
        metavar="PYTHON",
        help="Interpreter for the other revision.",
        show_default="this one; where the lock file differs, one made for it",
    ),
]
Proofs = Annotated[bool, typer.Option("--proofs/--no-proofs", help="Play the proofs of the alerts that change.")]
Written = Annotated[
    list[Path] | None,
    typer.Option(
        "--write", metavar="FILE", dir_okay=False, help="Write the report to .md, .html or .json; may be repeated."
    ),
]


def preview(
    *,
    stack: Stack,
    base: Base = None,
    against: Against = None,
    plan: Plan = None,
    base_python: BasePython = None,
    config: Config = None,
    proofs: Proofs = True,
    files: Measured = None,
    write: Written = None,
    json: Json = False,
) -> None:
    """Report in words what the change in the working tree does to a stack, for a pull request.

    It renders both revisions, each with its own code, and compares them in Google's normal form. Changes that may lose
    data or grant access come first, then alerts, metrics and dashboards. It plays the proofs of changed alerts, and
    reports when each one opens before and after. It needs no account, no Pulumi CLI and no network, and never decrypts
    a secret.

    Exit code 0 whatever changes, 1 if the proof of a changed alert fails or the cost may exceed the budget of
    `[tool.vigil.cost]`, 2 if the working tree cannot be rendered.

    **Examples**

    `vigil preview -s prod` - what this branch changes in prod

    `vigil preview -s prod --base origin/main --write preview.md --write preview.json` - for a pull request

    `vigil preview -s prod --write preview.html` - one file with the dashboards before and after, side by side

    `vigil preview -s prod --against deployed.json` - compared with a stored render

    `pulumi preview --json -s prod > plan.json && vigil preview -s prod --plan plan.json` - Pulumi's plan in words:
    which tile or condition changes, and why a resource is replaced
    """
    settings = overrides(config)
    with ending(json=json):
        from vigil_cli.console import write_document
        from vigil_cli.previews import PreviewRequest, form_of, report_on, text_of

        forms = {file: form_of(file) for file in write or ()}
        report = report_on(
            PreviewRequest(
                stack=stack,
                base=base,
                against=against,
                base_python=base_python,
                config=settings,
                proofs=proofs,
                files=tuple(files or ()),
                plan=plan,
            )
        )
        for file, form in forms.items():
            _save(file, text_of(report, form))
        if json:
            write_document(text_of(report, "json"))
        elif not forms:
            write_document(text_of(report, "markdown"))
    if not report.ok:
        raise typer.Exit(1)


def _save(file: Path, text: str) -> None:
    from vigil_cli.errors import CommandError

    try:
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_text(text, encoding="utf-8")
    except OSError as error:
        raise CommandError(f"{file} cannot be written: {error.strerror}.", remedy="Name another file.") from error
