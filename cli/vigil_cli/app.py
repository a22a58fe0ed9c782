"""The subcommands of `vigil`, and what they have in common."""

from contextlib import chdir
from pathlib import Path
from typing import Annotated, Any

import typer
from typer.core import TyperGroup

from vigil_cli.commands import (
    adopt,
    alert_proofs,
    backtest,
    catalog,
    check,
    cost,
    deploy,
    destroy,
    diff,
    docs,
    entries,
    env,
    init,
    live_check,
    picture,
    preview,
    render,
    serve,
    signal,
    snooze,
    verify,
    version,
)
from vigil_cli.commands.outcome import ending
from vigil_cli.errors import CommandError


class Commands(TyperGroup):
    """The list of commands, in plain text: rich would take two thirds of the time of `vigil --help`."""

    def __init__(self, **settings: Any) -> None:  # noqa: ANN401 - what Typer passes to the group, unchanged
        settings["rich_markup_mode"] = None
        super().__init__(**settings)

    def format_commands(self, ctx: Any, formatter: Any) -> None:  # noqa: ANN401 - click's, which Typer brings under a private name
        """Write each command with the whole first sentence of its help, on as many lines as it needs."""
        listed = [(name, self.commands[name].get_short_help_str(300)) for name in self.list_commands(ctx)]
        with formatter.section("Commands"):
            formatter.write_dl(listed)


app = typer.Typer(
    name="vigil",
    no_args_is_help=True,
    add_completion=False,
    rich_markup_mode="markdown",
    cls=Commands,
    pretty_exceptions_enable=False,
    context_settings={"help_option_names": ["-h", "--help"], "max_content_width": 120},
)


def _version(wanted: bool) -> None:
    if wanted:
        version.version()
        raise typer.Exit


@app.callback()
def project(
    context: typer.Context,
    *,
    cwd: Annotated[
        Path | None,
        typer.Option(
            "--cwd", "-C", metavar="DIR", help="Run as if started in DIR, a folder of the Pulumi project to work on."
        ),
    ] = None,
    version: Annotated[  # noqa: ARG001 - its callback prints and ends
        bool,
        typer.Option("--version", is_eager=True, callback=_version, help="Print what `vigil version` prints."),
    ] = False,
) -> None:
    """Render, prove, run and verify the logs, metrics, dashboards and alerts of the Pulumi project you are in.

    The project is that of the working directory: the nearest folder upwards with a `Pulumi.yaml`.

    Begin with `vigil init DIR` for a new project, or in an existing one with `vigil render -s STACK`: it prints
    everything a stack declares, without CLI, account or network.

    Then `vigil test -s STACK` proves that every alert fires when it must and stays silent when it must not,
    and `vigil serve -s STACK -- COMMAND` shows your own alert fire from your own application on this machine.
    """
    if cwd is None:
        return
    with ending(json=False):
        try:
            context.with_resource(chdir(cwd))  # a caller in the same process keeps its folder
        except OSError as error:
            raise CommandError(
                f"--cwd {cwd}: {error.strerror}.", remedy="Name a folder of a Pulumi project."
            ) from error


app.command("init")(init.init)
app.command("serve")(serve.serve)
app.command("check")(check.check)
app.add_typer(adopt.adopt, name="adopt")
app.command("diff")(diff.diff)
app.command("render")(render.render)
app.command("preview")(preview.preview)
app.command("cost")(cost.cost)
app.command("docs")(docs.docs)
app.command("deploy")(deploy.deploy)
app.command("destroy")(destroy.destroy)
app.command("snooze")(snooze.snooze)
app.command("test")(alert_proofs.prove)
app.command("verify")(verify.verify)
app.command("backtest")(backtest.backtest)
app.command("live-check")(live_check.live_check)
app.command("infer")(live_check.infer)
app.command("env")(env.env)
app.add_typer(catalog.catalog, name="catalog")
app.add_typer(entries.entries, name="entries")
app.add_typer(signal.signal, name="signal")
app.command("picture")(picture.picture)
app.command("version")(version.version)
