"""The result of a run: one document for machines, one table for people, made from the same record."""

from collections.abc import Sequence

import msgspec
from rich.console import Console
from rich.markup import escape
from rich.table import Table

from demo.stand_ins.stories.troubles import PlayedTrouble
from vigil_cli.local.deployment import Deployed


class Step(msgspec.Struct, frozen=True, kw_only=True, rename="camel"):
    """A milestone of the story."""

    name: str
    title: str
    time: str
    """When it was in the cloud, RFC 3339."""
    cloud_seconds: float
    """Since the emulator was ready, on its clock."""
    wall_seconds: float
    """Since the command began."""
    details: str = ""


class Letter(msgspec.Struct, frozen=True, kw_only=True):
    """An e-mail that was received."""

    to: str
    subject: str
    text: str


class Summary(msgspec.Struct, frozen=True, kw_only=True, rename="camel"):
    """A run that came to its end as it should."""

    stack: str
    story: str
    emulator: str
    state: str
    speed: float
    resources: Deployed
    entries: int
    """Log entries that the emulator took in this run."""
    points: int
    """Points of log-based metrics that were made of them."""
    lines: dict[str, int]
    """Lines that the demo API wrote, and how many of them were delivered."""
    requests: dict[str, int]
    """Requests sent, by class of their answers' status."""
    milestones: tuple[Step, ...]
    incident: str
    """The id of the incident that the story was about, as notifications have it."""
    also_opened: tuple[str, ...]
    """Other policies that noticed something in this run, by their names."""
    notifications: tuple[msgspec.Raw, ...]
    """The bodies that the webhook received, in order."""
    mails: tuple[Letter, ...]
    """The e-mails that the mail server took, in order."""
    cloud_seconds: float
    wall_seconds: float
    ok: bool = True
    troubles: tuple[PlayedTrouble, ...] = ()
    """Of the parts beside the API, where they ran."""
    charts: dict[str, str] = {}
    """Of each dashboard, how many of its queries had data: `7 of 9`."""
    pictures: str = ""
    """The folder with a picture of each dashboard, or why there is none."""
    database: str = ""
    """Which one the orders were in, and whether the database's metrics are its own."""
    without: str = ""
    """What could not run here, and why."""


def as_document(summary: Summary) -> str:
    """Return the summary as JSON, indented."""
    return msgspec.json.format(msgspec.json.encode(summary), indent=2).decode()


def show(console: Console, summary: Summary) -> None:
    """Print the summary as tables."""
    console.print()
    facts = Table(title="What ran", title_justify="left", box=None, show_header=False, padding=(0, 2, 0, 0))
    rows: Sequence[tuple[str, str]] = (
        ("Resources", summary.resources.describe()),
        ("Log entries", f"{summary.entries} ingested, of {summary.lines['written']} lines written"),
        ("Metric points", str(summary.points)),
        ("Requests", ", ".join(f"{count} {name}" for name, count in summary.requests.items())),
    )
    rows = [*rows, ("Received", f"{len(summary.notifications)} by webhook, {len(summary.mails)} by e-mail")]
    if summary.also_opened:
        rows = [*rows, ("Other alerts", ", ".join(summary.also_opened))]
    rows = [*rows, *((f"Data: {title}", share) for title, share in summary.charts.items())]
    if summary.database:
        rows = [*rows, ("Database", summary.database)]
    if summary.without:
        rows = [*rows, ("Left out", summary.without)]
    for name, value in rows:
        facts.add_row(f"[bold]{name}[/]", escape(value))
    console.print(facts)
    console.print()
    table = Table(title="What happened", title_justify="left", box=None, padding=(0, 2, 0, 0))
    table.add_column("")
    table.add_column("cloud s", justify="right")
    table.add_column("wall s", justify="right")
    for step in summary.milestones:
        table.add_row(escape(step.title), f"{step.cloud_seconds:.0f}", f"{step.wall_seconds:.1f}")
    console.print(table)
    console.print()
    if summary.troubles:
        _show_troubles(console, summary.troubles)


def _show_troubles(console: Console, troubles: Sequence[PlayedTrouble]) -> None:
    table = Table(title="Troubles, in cloud seconds", title_justify="left", box=None, padding=(0, 2, 0, 0))
    for column in ("part", "alert"):
        table.add_column(column)
    for column in ("cause", "notified", "mended", "over"):
        table.add_column(column, justify="right")
    for each in troubles:
        times = (each.began, each.notified, each.mended, each.end_notified)
        table.add_row(each.part, escape(each.policy), *(f"{at:.0f}" for at in times))
    console.print(table)
    console.print()
