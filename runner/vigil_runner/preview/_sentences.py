"""What will happen, in sentences: the first lines of every report.

Names are in backticks; everything else is plain text, so that Markdown and HTML each write it safely.
"""

import re
from collections.abc import Iterable

from vigil_apimodel import tokens
from vigil_runner.preview._alert_sentences import alert_sentences
from vigil_runner.preview._changes import Kind
from vigil_runner.preview._dashboards import DashboardChange
from vigil_runner.preview._report import Report
from vigil_runner.preview._resources import VERBS, because, fields, names, resources, subject
from vigil_runner.preview._weight import Weight, weight
from vigil_runner.quantities import counted


def summary(report: Report) -> str:
    """Return the first line: how many resources each kind of change happens to."""
    if report.empty:
        return f"{report.stack}: nothing changes (compared with {report.base})."
    counts = [f"{number} {kind.value}" for kind in Kind if (number := report.count(kind))]
    return f"{report.stack}: {', '.join(counts) or 'no resource changes; settings do'} (compared with {report.base})."


def sentences(report: Report) -> list[str]:
    """Return what will happen, what matters most first, one sentence or two for each."""
    settings = [one.sentence for one in report.settings if one.secret or not report.changes]
    by_weight: dict[Weight, list[str]] = {
        place: resources(
            one
            for one in report.changes
            if weight(one) is place
            and (one.resource.type not in (tokens.ALERT_POLICY, tokens.DASHBOARD) or one.kind is Kind.RENAMED)
        )
        for place in Weight
    }
    by_weight[Weight.ALERTS][:0] = [*(one.sentence for one in report.objectives), *alert_sentences(report)]
    by_weight[Weight.SHOWN][:0] = dashboards(report.dashboards)
    failing = [
        f"The proof of alert `{name}` does not hold: {one.breaches[0]}"
        for name, one in report.played.items()
        if one.breaches
    ]
    return [*settings, *by_weight[Weight.DATA_AND_ACCESS], *failing, *(
        line for place in (Weight.ALERTS, Weight.MEASURED, Weight.SHOWN) for line in by_weight[place]
    )]  # fmt: skip


def dashboards(found: Iterable[DashboardChange]) -> list[str]:
    """Return a sentence about each dashboard; dashboards that change alike share one."""
    groups: dict[str, list[str]] = {}
    for each in found:
        groups.setdefault(_change_of(each), []).append(each.title)
    return [
        subject("Dashboard", titles) + (change if len(titles) == 1 else re.sub("^ is ", " are ", change))
        for change, titles in groups.items()
    ]


def _change_of(each: DashboardChange) -> str:
    """Return what happens to a dashboard, as the rest of a sentence after its name."""
    if each.before is None or each.after is None:
        return f" {VERBS[each.change.kind]}."
    parts = [
        f"{counted(len(found), 'tile')} {kind.value} ({names(found)})"
        for kind in (Kind.REMOVED, Kind.CHANGED, Kind.ADDED)
        if (found := [tile.title for tile in each.tiles if tile.kind is kind])
    ]
    if each.moved:
        parts.append(f"{counted(each.moved, 'tile')} moved")
    if each.others:
        parts.append(f"{fields(each.others)}")
    replaced = f" is replaced, because {because(each.change)} cannot change" if each.change.forced_by else ""
    return f"{replaced}: {'; '.join(parts) or 'its document is written otherwise'}."
