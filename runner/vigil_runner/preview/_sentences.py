"""What will happen, in sentences: the first lines of every report.

Names are in backticks; everything else is plain text, so that Markdown and HTML each write it safely.
"""

import re
from collections.abc import Callable, Iterator
from typing import Final

from vigil_apimodel.json_values import child, text
from vigil_runner.normal_form import DASHBOARD
from vigil_runner.preview._alerts import AlertChange
from vigil_runner.preview._changes import Change, FieldChange, Kind
from vigil_runner.preview._dashboards import DashboardChange
from vigil_runner.preview._declared import CHANNEL, POLICY
from vigil_runner.preview._report import Report
from vigil_runner.preview._weight import Weight, lost, weight
from vigil_runner.preview._words import counted, safe, shown

_VERBS: Final = {
    Kind.REPLACED: "is replaced",
    Kind.REMOVED: "is removed",
    Kind.MADE_AGAIN: "is deleted and made again under another name in the program",
    Kind.CHANGED: "changes",
    Kind.ADDED: "is added",
    Kind.RENAMED: "has another name in the program; nothing happens in the cloud",
}
_NOUNS: Final = {
    "AlertPolicy": "Alert policy",
    "Metric": "Log-based metric",
    "ProjectBucketConfig": "Log bucket",
    "ProjectSink": "Sink",
    "ProjectExclusion": "Exclusion",
    "NotificationChannel": "Notification channel",
    "SavedQuery": "Saved query",
    "UptimeCheckConfig": "Uptime check",
    "LogView": "Log view",
    "Slo": "Objective",
}
_NAMES: Final = ("displayName", "name", "bucketId", "datasetId", "secretId", "accountId")
_SPLIT: Final = re.compile(r"(?<=[a-z])(?=[A-Z])")
_LISTED: Final = 4
"""How many names a sentence lists."""


def summary(report: Report) -> str:
    """Return the first line: how many resources each kind of change happens to."""
    if report.empty:
        return f"{report.stack}: nothing changes (compared with {report.base})."
    counts = [f"{number} {kind.value}" for kind in Kind if (number := report.count(kind))]
    return f"{report.stack}: {', '.join(counts) or 'no resource changes; settings do'} (compared with {report.base})."


def sentences(report: Report) -> list[str]:
    """Return what will happen, what matters most first, one sentence or two for each."""
    secrets = [one.sentence for one in report.settings if one.secret]
    by_weight: dict[Weight, list[str]] = {one: [] for one in Weight}
    for each in report.changes:
        place = weight(each)
        if each.resource.type != POLICY and place is not Weight.SHOWN and not _covered(each, report):
            by_weight[place].append(_resource(each))
    by_weight[Weight.ALERTS] = [*_alerts(report), *by_weight[Weight.ALERTS]]
    by_weight[Weight.MEASURED] = _merged(report, by_weight[Weight.MEASURED])
    by_weight[Weight.SHOWN] = [*(dashboard(one) for one in report.dashboards), *_others(report)]
    failing = [
        f"The proof of alert `{name}` does not hold: {one.breaches[0]}"
        for name, one in report.played.items()
        if one.breaches
    ]
    return [*secrets, *by_weight[Weight.DATA_AND_ACCESS], *failing, *(
        line for place in (Weight.ALERTS, Weight.MEASURED, Weight.SHOWN) for line in by_weight[place]
    )]  # fmt: skip


def _covered(change: Change, report: Report) -> bool:
    """Whether a sentence about many covers it: metrics that are added or removed together."""
    same = [one for one in report.changes if (one.kind, one.resource.type) == (change.kind, change.resource.type)]
    return len(same) > 1 and change.kind in (Kind.ADDED, Kind.REMOVED) and weight(change) is Weight.MEASURED


def _merged(report: Report, alone: list[str]) -> list[str]:
    groups: dict[tuple[str, Kind], list[Change]] = {}
    for each in report.changes:
        if weight(each) is Weight.MEASURED and _covered(each, report):
            groups.setdefault((each.resource.type, each.kind), []).append(each)
    return [*alone, *(_many(kind, found) for (_, kind), found in groups.items())]


def _many(kind: Kind, found: list[Change]) -> str:
    noun = thing(found[0]).lower()
    told = f"{len(found)} {noun}s are {kind.value}: {_names([name(each) for each in found])}."
    gone = lost(found[0])
    return f"{told} Lost for good: {gone}." if gone else told


def _others(report: Report) -> Iterator[str]:
    for each in report.changes:
        if weight(each) is Weight.SHOWN and each.resource.kind != "Dashboard":
            yield _resource(each)


def _names(names: list[str]) -> str:
    listed = ", ".join(f"`{safe(one)}`" for one in names[:_LISTED])
    return f"{listed} and {len(names) - _LISTED} more" if len(names) > _LISTED else listed


def thing(change: Change) -> str:
    """Return what kind of thing a change happens to, such as ``Log bucket``."""
    kind = change.resource.kind
    return _NOUNS.get(kind, _SPLIT.sub(" ", kind).capitalize())


def name(change: Change) -> str:
    """Return what people call a resource: the name it has in the cloud, else in the program."""
    inputs = change.resource.inputs
    if change.resource.type == DASHBOARD:
        inputs = {**inputs, "displayName": text(child(inputs, "dashboard"), "displayName")}
    return safe(next((text(inputs, key) for key in _NAMES if text(inputs, key)), change.resource.name))


def _resource(change: Change) -> str:
    said = _SAID.get(change.resource.type)
    start = f"{thing(change)} `{name(change)}`"
    if change.kind is Kind.CHANGED:
        told = said(change) if said is not None else None
        return f"{start} {told}." if told else f"{start} changes: {_fields(change.fields)}."
    told = f"{start} {_VERBS[change.kind]}"
    if change.forced_by:
        told += f", because {_because(change)} cannot change"
    gone = lost(change)
    if gone:
        told += f". Lost for good: {gone}"
    if change.before is not None and change.before.protect and change.kind in (Kind.REPLACED, Kind.REMOVED):
        told += ". It is protected, so Pulumi refuses this"
    if change.kind is Kind.MADE_AGAIN:
        told += (
            ". Pulumi makes the new one before it deletes the old. Remedy: give the resource an alias of its old name"
        )
    if change.kind in (Kind.ADDED, Kind.REMOVED) and "role" in change.resource.inputs:
        verb = "grants" if change.kind is Kind.ADDED else "takes away"
        inputs = change.resource.inputs
        who = shown(inputs.get("member") or inputs.get("members"))
        toward = "to" if change.kind is Kind.ADDED else "from"
        return f"{start} {_VERBS[change.kind]}: it {verb} `{safe(text(inputs, 'role'))}` {toward} `{who}`."
    return f"{told}."


def _because(change: Change) -> str:
    parts: list[str] = []
    for path in change.forced_by:
        fields = [one for one in change.fields if one.path == path or one.path.startswith((f"{path}.", f"{path}["))]
        parts.append(f"`{path}` ({_fields(fields, alone=True)})" if fields else f"`{path}`")
    return " and ".join(parts)


def _fields(fields: "tuple[FieldChange, ...] | list[FieldChange]", *, alone: bool = False) -> str:
    told = [_field(one, named=not alone or len(fields) > 1) for one in list(fields)[:2]]
    more = len(fields) - len(told)
    return ", ".join([*told, *([f"{counted(more, 'more field')}"] if more > 0 else [])])


def _field(one: FieldChange, *, named: bool) -> str:
    listed = one.path.endswith("]")
    if listed and (one.before is None or one.after is None):
        owner, _, key = one.path.removesuffix("]").rpartition("[")
        verb = "gains" if one.before is None else "loses"
        return f"`{owner}` {verb} `{safe(key)}`" if named else f"{verb} `{safe(key)}`"
    value = f"`{shown(one.before, one.path)}` → `{shown(one.after, one.path)}`"
    return f"`{safe(one.path)}` {value}" if named else value


def _at(change: Change, path: str) -> FieldChange | None:
    return next((one for one in change.fields if one.path == path), None)


def _bucket(change: Change) -> str | None:
    days = _at(change, "retentionDays")
    if days is None or not isinstance(days.before, int | float) or not isinstance(days.after, int | float):
        return None
    kept = f"keeps entries {days.after:g} days instead of {days.before:g}"
    return f"{kept}: older ones are deleted for good" if days.after < days.before else kept


def _sink(change: Change) -> str | None:
    parts: list[str] = []
    where = _at(change, "destination")
    if where is not None:
        parts.append(f"writes to `{shown(where.after)}` instead of `{shown(where.before)}`; what is there stays there")
    if _at(change, "filter") is not None:
        parts.append("takes other entries, by a new filter")
    if any(one.path.startswith("exclusions") for one in change.fields):
        parts.append("leaves out other entries")
    off = _at(change, "disabled")
    if off is not None:
        parts.append("is off: it routes nothing" if off.after else "is on again")
    return " and ".join(parts) or None


def _channel(change: Change) -> str | None:
    if any(one.path.startswith("sensitiveLabels") for one in change.fields):
        return "gets its secret again, which may be another one"
    return None


def _metric(change: Change) -> str | None:
    return "counts other entries, by a new filter" if _at(change, "filter") is not None else None


def _exclusion(change: Change) -> str | None:
    return "leaves out other entries, by a new filter" if _at(change, "filter") is not None else None


_SAID: Final[dict[str, Callable[[Change], str | None]]] = {
    "gcp:logging/projectBucketConfig:ProjectBucketConfig": _bucket,
    "gcp:logging/projectSink:ProjectSink": _sink,
    "gcp:logging/projectExclusion:ProjectExclusion": _exclusion,
    "gcp:logging/metric:Metric": _metric,
    CHANNEL: _channel,
}
"""What a changed resource of a type does from now on; None where nothing special changes."""


def _alerts(report: Report) -> list[str]:
    groups: dict[str, list[AlertChange]] = {}
    for each in report.alerts:
        groups.setdefault(_change_of(each), []).append(each)
    told: list[str] = []
    for what, found in groups.items():
        names = [one.view.name for one in found]
        subject = f"Alert {_names(names)}" if len(names) == 1 else f"{len(names)} alerts ({_names(names)})"
        told.append(f"{subject}: {what}.")
    return told


def _change_of(each: AlertChange) -> str:
    if each.after is None:
        return "removed; nobody is notified any more"
    if each.before is None:
        return f"added; notifies {safe(each.after.notified)}"
    rows = each.rows()
    parts = [
        f"{what} {safe(before) or 'none'} → {safe(after) or 'none'}" for what, before, after in rows if before != after
    ]
    if each.before.severity == "page" and each.after.severity != "page":
        parts.append("nobody is woken any more")
    if each.change.kind is Kind.REPLACED:
        parts.append(f"replaced, because {_because(each.change)} cannot change")
    if not parts and each.before.queries != each.after.queries:
        parts.append("the query reads something else")
    return "; ".join(parts) or "only texts, links or labels change"


def dashboard(each: DashboardChange) -> str:
    """Return what happens to a dashboard."""
    start = f"Dashboard `{safe(each.title)}`"
    if each.before is None or each.after is None:
        return f"{start} {_VERBS[each.change.kind]}."
    parts = [
        f"{counted(len(found), 'tile')} {kind.value} ({_names(found)})"
        for kind in (Kind.REMOVED, Kind.CHANGED, Kind.ADDED)
        if (found := [tile.title for tile in each.tiles if tile.kind is kind])
    ]
    if each.moved:
        parts.append(f"{counted(each.moved, 'tile')} moved")
    if each.others:
        parts.append(f"{_fields(each.others)}")
    replaced = f" is replaced, because {_because(each.change)} cannot change" if each.change.forced_by else ""
    return f"{start}{replaced}: {'; '.join(parts) or 'its document is written otherwise'}."
