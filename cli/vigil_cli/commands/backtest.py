"""`vigil backtest`: what an alert would have done to recorded log entries."""

from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from vigil_cli.commands.options import Config, Json, Stack, overrides
from vigil_cli.commands.outcome import ending

if TYPE_CHECKING:
    from collections.abc import Sequence

    from rich.table import Table

    from vigil_apimodel.json_values import JsonObject
    from vigil_proofs import Suite
    from vigil_proofs.backtest import Backtest
    from vigil_proofs.backtest.run import Occurrence

AlertName = Annotated[str, typer.Option("--alert", metavar="NAME", help="The alert: `api/error-ratio`, or the name.")]
Entries = Annotated[
    Path | None, typer.Option("--from-entries", dir_okay=False, help="JSON lines of LogEntry, as recorded.")
]
Project = Annotated[
    str | None,
    typer.Option("--from-project", metavar="PROJECT", help="Read this project's entries, through the Logging API."),
]
Days = Annotated[float, typer.Option("--days", min=0.1, max=30, help="How far back a project's entries are read.")]
LIMIT = 50_000


def backtest(
    *,
    alert: AlertName,
    stack: Stack = "local",
    from_entries: Entries = None,
    from_project: Project = None,
    days: Days = 1.0,
    config: Config = None,
    json: Json = False,
) -> None:
    """Play recorded entries through an alert, and print its incidents, how long they last, and notifications a day.

    With `-c`, it also plays the policy of the changed configuration, and prints both side by side.

    **Examples**

    `vigil backtest -s prod --alert api/error-ratio --from-entries entries.jsonl` - the alert as it is

    `vigil backtest -s prod --alert api/error-ratio --from-entries entries.jsonl -c vigil:apiErrorRatio=0.05` - before
    and after a change
    """
    settings = overrides(config)
    with ending(json=json):
        from vigil_cli.console import output, write_document
        from vigil_cli.deployment import configured, explained
        from vigil_cli.errors import CommandError
        from vigil_proofs import Suite as Applied
        from vigil_proofs.backtest import run

        if (from_entries is None) == (from_project is None):
            raise CommandError("No entries, or two sources of them.", remedy="Give --from-entries or --from-project.")
        with explained(f"The alert {alert} cannot be tested on recorded entries"):
            suites = [Applied.of(configured(stack, {}))]
            if settings:
                suites.append(Applied.of(configured(stack, settings)))
            try:
                entries = _entries(suites[0], alert, from_entries, from_project, days)
                found = [run(suite, alert, entries) for suite in suites]
            except LookupError as error:
                raise CommandError(str(error.args[0]), remedy="Name one of these.") from error
        if json:
            import msgspec

            names = ("before", "after")[: len(found)] if settings else ("now",)
            document = {name: _document(one) for name, one in zip(names, found, strict=True)}
            write_document(msgspec.json.format(msgspec.json.encode(document), indent=1).decode())
        else:
            output().print(_table(found))


def _entries(
    suite: "Suite", alert: str, file: Path | None, project: str | None, days: float
) -> "Sequence[tuple[int, JsonObject]]":
    from vigil_proofs.backtest.run import from_file, from_project
    from vigil_runner.access import Access

    if file is not None:
        return from_file(file)
    (chosen, *_) = suite.subject.named([alert])
    fed = chosen.proof.fires.emissions if chosen.proof else ()
    events = sorted({one.event for one in fed if one.recorded is None})
    terms = " OR ".join(f'jsonPayload.event="{event}"' for event in events) or chosen.logs
    since = datetime.now(UTC) - timedelta(days=days)
    return from_project(Access.google(project or ""), terms, since=since, limit=LIMIT)


def _document(found: "Backtest") -> dict[str, object]:
    return {
        "alert": found.alert,
        "title": found.title,
        "entries": found.counted,
        "days": round(found.days, 2),
        "notificationsPerDay": round(found.notifications_a_day, 2),
        "incidents": [
            {"opened": one.opened, "closed": one.closed, "seconds": one.lasted and one.lasted.total_seconds()}
            for one in found.incidents
        ],
    }


def _table(found: "list[Backtest]") -> "Table":
    from rich.table import Table

    from vigil_proofs.backtest.run import beside

    table = Table(title=f"{found[0].alert}: {found[0].counted} entries in {found[0].days:.1f} days")
    table.add_column("")
    for name in ("before", "after") if len(found) > 1 else ("now",):
        table.add_column(name)
    table.add_row("condition", *(one.title for one in found))
    table.add_row("incidents", *(str(len(one.incidents)) for one in found))
    table.add_row("notifications a day", *(f"{one.notifications_a_day:.1f}" for one in found))
    for number, row in enumerate(beside(*(one.incidents for one in found)), start=1):
        table.add_row(f"incident {number}", *(_occurrence(one) for one in row))
    return table


def _occurrence(one: "Occurrence | None") -> str:
    if one is None:
        return "silent"
    lasted = "still open" if one.lasted is None else f"{one.lasted.total_seconds() / 60:.0f} min"
    return f"{one.opened:%Y-%m-%d %H:%M}, {lasted}"
