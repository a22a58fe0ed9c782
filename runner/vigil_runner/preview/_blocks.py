"""A report as blocks: headings, sentences, tables and marked words, which Markdown and HTML each write in their way."""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Final, TypeAlias

from vigil_apimodel.json_values import JsonValue
from vigil_runner.preview._alerts import AlertChange, AlertView
from vigil_runner.preview._changes import Change, Kind
from vigil_runner.preview._dashboards import DashboardChange
from vigil_runner.preview._report import Report
from vigil_runner.preview._resources import name, thing
from vigil_runner.preview._sentences import dashboards, sentences, summary
from vigil_runner.preview._weight import Weight, lost, weight
from vigil_runner.preview._words import pieces, safe, shown
from vigil_runner.quantities import counted

FIRST: Final = 4
"""How many sentences stand at the top, below the line with the counts."""
ROWS: Final = 25
"""How many fields of one resource a table shows."""
_QUERIES: Final = ("filter", "query", "prometheusQuery", "expression", "outputFullDuration")
"""Endings of fields that hold a filter or a query, whose differences are shown word by word."""
_LONG: Final = 60


@dataclass(frozen=True, slots=True)
class Heading:
    """A heading; `level` 1 is the report's own."""

    text: str
    level: int = 2


@dataclass(frozen=True, slots=True)
class Lines:
    """Sentences, one a line. Text between backticks is a name."""

    lines: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Table:
    """A table; cells are plain text."""

    head: tuple[str, ...]
    rows: tuple[tuple[str, ...], ...]


@dataclass(frozen=True, slots=True)
class Words:
    """Two texts as one, with what is taken out and put in."""

    title: str
    pieces: tuple[tuple[str, str], ...]


@dataclass(frozen=True, slots=True)
class Pair:
    """Where HTML shows a dashboard before and after; Markdown has no pictures without a place to put them."""

    dashboard: DashboardChange


Block: TypeAlias = Heading | Lines | Table | Words | Pair


def blocks(report: Report) -> Iterator[tuple[Block, ...]]:
    """Yield the report in groups that belong together, what matters most first."""
    words = sentences(report)
    money = report.money.sentences() if report.money is not None and report.money.moved else ()
    first = FIRST - len(money[:1])
    yield (Lines((summary(report), *words[:first], *money[:1])),)
    if report.notes:
        yield (Lines(report.notes),)
    if len(words) > first:
        yield (Heading("Everything else in words"), Lines(tuple(words[first:])))
    yield from _section("Data, access and secrets", report, Weight.DATA_AND_ACCESS)
    yield from _alerts(report)
    yield from _checked(report)
    if report.money is not None and money:
        rows = report.money.rows()
        table = (Table(("dollars a month", "before", "after", "difference"), rows),) if rows else ()
        yield (Heading("Cost"), Lines(money), *table)
    yield from _section("Metrics, objectives and uptime checks", report, Weight.MEASURED)
    yield from _dashboards(report)
    yield from _settings(report)
    yield from _resources(report)


def _section(title: str, report: Report, place: Weight) -> Iterator[tuple[Block, ...]]:
    found = [one for one in report.changes if weight(one) is place and one.fields]
    heading: tuple[Block, ...] = (Heading(title),) if found else ()
    for each in found:
        yield (*heading, Heading(f"{thing(each)} `{name(each)}`", 3), *_fields(each))
        heading = ()


def _fields(change: Change) -> Iterator[Block]:
    plain: list[tuple[str, ...]] = []
    marked: list[Words] = []
    for one in change.fields:
        if _is_query(one.path, one.before, one.after):
            marked.append(_words(one.path, str(one.before), str(one.after)))
        else:
            plain.append((one.path, shown(one.before, one.path), shown(one.after, one.path)))
    if change.forced_by:
        gone = lost(change)
        forced = ", ".join(f"`{path}`" for path in change.forced_by)
        yield Lines((f"Replaced because of {forced}." + (f" Lost for good: {gone}." if gone else ""),))
    if plain:
        rest = len(plain) - ROWS
        more: list[tuple[str, ...]] = [(f"{counted(rest, 'more field')}", "", "")] if rest > 0 else []
        yield Table(("field", "before", "after"), (*plain[:ROWS], *more))
    yield from marked


def _is_query(path: str, before: JsonValue, after: JsonValue) -> bool:
    if not (isinstance(before, str) and isinstance(after, str)):
        return False
    last = path.rpartition(".")[2]
    return last in _QUERIES or (last in ("content", "markdown") and max(len(before), len(after)) > _LONG)


def _words(title: str, before: str, after: str) -> Words:
    return Words(title, tuple(pieces(safe(before), safe(after))))


def _alerts(report: Report) -> Iterator[tuple[Block, ...]]:
    heading: tuple[Block, ...] = (Heading("Alerts"),) if report.alerts else ()
    for each in report.alerts:
        if each.before is None or each.after is None:
            continue
        details = tuple(_alert(each, each.before, each.after, report))
        if details:
            condition: tuple[Block, ...] = ()
            if each.before.condition == each.after.condition:
                condition = (Lines((f"Condition: {safe(each.after.condition)}.",)),)
            yield (*heading, Heading(f"Alert `{safe(each.view.name)}`", 3), *condition, *details)
            heading = ()
    for kind, title in ((Kind.REMOVED, "Alerts that are removed"), (Kind.ADDED, "Alerts that are added")):
        found = [one for one in report.alerts if one.change.kind is kind]
        if found:
            yield (*heading, Heading(title, 3), _listed(found))
            heading = ()


def _listed(found: list[AlertChange]) -> Table:
    return Table(
        ("alert", "condition", "holds for", "severity", "notifies"),
        tuple(
            (
                safe(one.view.name),
                safe(one.view.condition),
                one.view.lasting,
                one.view.severity,
                safe(one.view.notified),
            )
            for one in found
        ),
    )


def _alert(each: AlertChange, old: AlertView, new: AlertView, report: Report) -> Iterator[Block]:
    rows = [(aspect, safe(before), safe(after)) for aspect, before, after in each.rows()]
    played = report.played.get(each.view.key)
    if played is not None and played.moved:
        rows.append(("opens in its proof, minutes", "; ".join(played.before), "; ".join(played.after)))
    if rows:
        yield Table(("", "before", "after"), tuple(rows))
    if played is not None and played.breaches:
        yield Lines(tuple(f"Its proof does not hold: {safe(one)}" for one in played.breaches))
    if each.change.forced_by:
        yield Lines((f"Replaced because of {', '.join(f'`{path}`' for path in each.change.forced_by)}.",))
    if len(old.queries) == len(new.queries):
        for before, after in zip(old.queries, new.queries, strict=True):
            if before != after:
                yield _words("query", before, after)
    rest = [
        (one.path, shown(one.before, one.path), shown(one.after, one.path))
        for one in each.change.fields
        if not one.path.startswith(("conditions", "notificationChannels", "severity", "alertStrategy"))
        and not one.path.startswith(("documentation", "userLabels"))
    ]
    if rest:
        yield Table(("field", "before", "after"), tuple(rest[:ROWS]))


def _checked(report: Report) -> Iterator[tuple[Block, ...]]:
    lines: list[str] = []
    if report.played:
        failed = sum(bool(one.breaches) for one in report.played.values())
        moved = sum(one.moved for one in report.played.values())
        holds = f"{failed} of them {'does' if failed == 1 else 'do'} not hold" if failed else "all hold"
        opens = f"{moved or 'none'} {'open' if moved > 1 else 'opens'} at other minutes"
        lines.append(f"Proofs of changed alerts that were played: {len(report.played)}; {holds}, {opens}.")
    lines += [f"New finding: {safe(one)}" for one in report.findings.new]
    lines += [f"No longer found: {safe(one)}" for one in report.findings.gone]
    if lines:
        yield (Heading("Proofs and rules"), Lines(tuple(lines)))


def _dashboards(report: Report) -> Iterator[tuple[Block, ...]]:
    heading: tuple[Block, ...] = (Heading("Dashboards"),) if report.dashboards else ()
    for each in report.dashboards:
        yield (*heading, Lines(tuple(dashboards([each]))), Pair(each), *_tiles(each))
        heading = ()


def _tiles(each: DashboardChange) -> Iterator[Block]:
    for tile in each.tiles:
        plain = [one for one in tile.fields if not _is_query(one.path, one.before, one.after)]
        if not tile.fields:
            continue
        yield Heading(f"Tile `{safe(tile.name)}`", 4)
        if plain:
            yield Table(
                ("field", "before", "after"),
                tuple((one.path, shown(one.before, one.path), shown(one.after, one.path)) for one in plain[:ROWS]),
            )
        for one in tile.fields:
            if one not in plain:
                yield _words(one.path, str(one.before), str(one.after))


def _settings(report: Report) -> Iterator[tuple[Block, ...]]:
    if report.settings:
        rows = tuple((one.key, one.before or "not set", one.after or "not set") for one in report.settings)
        yield (Heading("Settings"), Table(("setting", "before", "after"), rows))


def _resources(report: Report) -> Iterator[tuple[Block, ...]]:
    if report.changes:
        rows = tuple((one.kind.value, thing(one), name(one), one.resource.name) for one in report.changes)
        yield (Heading("All resources that change"), Table(("", "kind", "name", "in the program"), rows))
