"""The subcommands of ``vigil``, and what they have in common."""

import typer

from vigil_cli.commands import (
    alert_proofs,
    backtest,
    catalog,
    check,
    deploy,
    destroy,
    docs,
    entries,
    env,
    picture,
    render,
    snooze,
    verify,
    version,
)

app = typer.Typer(
    name="vigil",
    no_args_is_help=True,
    add_completion=False,
    rich_markup_mode="markdown",
    pretty_exceptions_enable=False,
    context_settings={"help_option_names": ["-h", "--help"]},
    help="""
Render, prove, run and verify the logs, metrics, dashboards and alerts of the Pulumi project you are in.

**Begin with** `vigil render -s STACK`: it prints everything a stack declares, without CLI, account or network.

**Then** `vigil test-alerts -s STACK` proves that every alert fires when it must and stays silent when it must not.
""",
)
app.command("check")(check.check)
app.command("render")(render.render)
app.command("docs")(docs.docs)
app.command("deploy")(deploy.deploy)
app.command("destroy")(destroy.destroy)
app.command("snooze")(snooze.snooze)
app.command("test-alerts")(alert_proofs.prove)
app.command("verify")(verify.verify)
app.command("backtest")(backtest.backtest)
app.command("env")(env.env)
app.add_typer(catalog.catalog, name="catalog")
app.add_typer(entries.entries, name="entries")
app.command("picture")(picture.picture)
app.command("version")(version.version)
