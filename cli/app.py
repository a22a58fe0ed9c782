"""The subcommands of ``vigil``, and what they have in common."""

import typer

from cli.commands import (
    backtest,
    catalog,
    deploy,
    destroy,
    docs,
    entries,
    env,
    picture,
    render,
    serve,
    snooze,
    test_alerts,
    traffic,
    up,
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
Logs, metrics, dashboards and alerts of a whole system, deployed to an emulator of Google Cloud on this machine.

**Begin with** `vigil up`: it deploys the stack `local`, runs the demo API, makes it fail, and shows the alert arrive.

**Then** `vigil serve` keeps it running to look at, `vigil traffic --list` names what can happen to it, and
`vigil render -s staging` prints what would go to Google Cloud.
""",
)
app.command("up")(up.up)
app.command("serve")(serve.serve)
app.command("traffic")(traffic.traffic)
app.command("render")(render.render)
app.command("docs")(docs.docs)
app.command("deploy")(deploy.deploy)
app.command("destroy")(destroy.destroy)
app.command("snooze")(snooze.snooze)
app.command("test-alerts")(test_alerts.prove)
app.command("verify")(verify.verify)
app.command("backtest")(backtest.backtest)
app.command("env")(env.env)
app.add_typer(catalog.catalog, name="catalog")
app.add_typer(entries.entries, name="entries")
app.command("picture")(picture.picture)
app.command("version")(version.version)
