"""``python -m demo``: plays the whole demo on this machine, keeps it running, or breaks it on purpose."""

import sys

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


def main() -> None:
    """Run the command that the arguments name, and exit with its code."""
    try:
        app()
    except KeyboardInterrupt:
        sys.exit(130)


if __name__ == "__main__":
    main()
