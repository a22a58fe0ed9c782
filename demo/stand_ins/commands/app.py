"""The demo's commands, put together."""

import typer

from demo.stand_ins.commands import serve, traffic, up

app = typer.Typer(
    name="python -m demo",
    no_args_is_help=True,
    add_completion=False,
    rich_markup_mode="markdown",
    pretty_exceptions_enable=False,
    context_settings={"help_option_names": ["-h", "--help"]},
    help="""
Run the demo system on this machine, monitored by the stack `local` in an emulator of Google Cloud.

**Begin with** `python -m demo up`: it makes each part fail, and shows its alert arrive and end.

**Then** `python -m demo serve` keeps everything running to look at; `python -m demo traffic --list` names what can
happen to it.
""",
)
app.command("up")(up.up)
app.command("serve")(serve.serve)
app.command("traffic")(traffic.traffic)
