"""What happens to a resource, in words."""

import re
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from typing import Final

from vigil_apimodel import tokens
from vigil_apimodel.json_values import JsonObject, child, text
from vigil_runner.preview._changes import Change, FieldChange, Kind
from vigil_runner.preview._weight import lost
from vigil_runner.preview._words import safe, shown
from vigil_runner.quantities import counted

VERBS: Final = {
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
_SPLIT: Final = re.compile(r"(?<=[a-z0-9])(?=[A-Z])|(?<=[A-Z])(?=[A-Z][a-z])")
_GRANT: Final = re.compile(r"(?P<of>.*?)I(?:AM|am)(?:Member|Binding)")
_PUBLIC: Final = {
    "allUsers": "everybody on the internet",
    "allAuthenticatedUsers": "everybody who has a Google account",
}
_LISTED: Final = 4
"""How many names a sentence lists."""


def names(found: Iterable[str]) -> str:
    """Return names as code, the first ones of many."""
    every = list(found)
    listed = ", ".join(f"`{safe(one)}`" for one in every[:_LISTED])
    return f"{listed} and {len(every) - _LISTED} more" if len(every) > _LISTED else listed


def subject(noun: str, called: Sequence[str]) -> str:
    """Return the subject of a sentence: one thing by its name, or several that change alike."""
    return f"{noun} {names(called)}" if len(called) == 1 else f"{len(called)} {_several(noun)} ({names(called)})"


def thing(change: Change) -> str:
    """Return what kind of thing a change happens to, such as `Log bucket`."""
    kind = change.resource.kind
    if kind in _NOUNS:
        return _NOUNS[kind]
    if grant := _GRANT.fullmatch(kind):
        return f"{_split(grant['of'])} grant" if grant["of"] else "Grant"
    return _split(kind)


def _split(kind: str) -> str:
    """Return a type's name as words; abbreviations stay as they are: `SSL policy`."""
    first, *others = _SPLIT.split(kind)
    return " ".join([first[:1].upper() + first[1:], *(one if one.isupper() else one.lower() for one in others)])


def _several(noun: str) -> str:
    lowered = noun if noun.partition(" ")[0].isupper() else noun[:1].lower() + noun[1:]
    return f"{lowered[:-1]}ies" if lowered.endswith("y") else f"{lowered}s"


def name(change: Change) -> str:
    """Return what people call a resource: the name it has in the cloud, else in the program."""
    inputs = change.resource.inputs
    if change.resource.type == tokens.DASHBOARD:
        inputs = {**inputs, "displayName": text(child(inputs, "dashboard"), "displayName")}
    return safe(next((text(inputs, key) for key in _NAMES if text(inputs, key)), change.resource.name))


@dataclass(frozen=True, slots=True)
class _Effect:
    """What happens to a resource: a verb with what belongs to it, and further sentences."""

    verb: str
    more: tuple[str, ...] = ()


def resources(found: Iterable[Change]) -> list[str]:
    """Return a sentence or two about each change; resources that change alike share one."""
    groups: dict[tuple[str, _Effect], list[str]] = {}
    for each in found:
        groups.setdefault((thing(each), _effect(each)), []).append(name(each))
    return [_sentence(noun, effect, called) for (noun, effect), called in groups.items()]


def _sentence(noun: str, effect: _Effect, called: list[str]) -> str:
    start = subject(noun, called)
    first, space, others = effect.verb.partition(" ")
    plural = {"is": "are", "changes:": "change:"}.get(first)
    if len(called) == 1:
        start += f" {effect.verb}"
    else:
        start += f" {plural}{space}{others}" if plural else f": each {effect.verb}"
    return ". ".join([start, *effect.more]) + "."


def _effect(change: Change) -> _Effect:
    if "role" in change.resource.inputs and "IAM" in change.resource.kind.upper():
        return _grant(change)
    if change.kind is Kind.CHANGED:
        describe = _SENTENCES.get(change.resource.type)
        return _Effect((describe(change) if describe is not None else None) or f"changes: {fields(change.fields)}")
    verb = VERBS[change.kind]
    if change.forced_by:
        verb += f", because {because(change)} cannot change"
    return _Effect(verb, (*_losses(change),))


def _losses(change: Change) -> list[str]:
    more: list[str] = []
    gone = lost(change)
    if gone:
        more.append(f"Lost for good: {gone}")
    if change.before is not None and change.before.protect and change.kind in (Kind.REPLACED, Kind.REMOVED):
        more.append("It is protected, so Pulumi refuses this")
    if change.kind is Kind.MADE_AGAIN:
        more.append(
            "Pulumi makes the new one before it deletes the old. Remedy: give the resource an alias of its old name"
        )
    return more


def _grant(change: Change) -> _Effect:
    """Return who gets what, or no longer has it."""
    role, who = _role(change.resource.inputs), _who(change.resource.inputs)
    verb = VERBS[change.kind]
    if change.kind is Kind.REMOVED:
        return _Effect(f"{verb}: it takes away {role} from {who}", (*_losses(change),))
    before = change.before.inputs if change.before is not None else {}
    if before and _role(before) != role:
        role += f" instead of {_role(before)}"
    if before and _who(before) != who:
        who += f" instead of {_who(before)}"
    return _Effect(f"{verb}: it grants {role} to {who}", (*_losses(change),))


def _role(inputs: JsonObject) -> str:
    return f"`{safe(text(inputs, 'role'))}`"


def _who(inputs: JsonObject) -> str:
    members = inputs.get("member") or inputs.get("members")
    listed = members if isinstance(members, list) else [members]
    found = [(f"`{shown(one)}`", _PUBLIC.get(str(one))) for one in listed]
    return ", ".join(f"{one} ({meaning})" if meaning else one for one, meaning in found)


def because(change: Change) -> str:
    """Return the properties that force a replacement, with how they differ."""
    parts: list[str] = []
    for path in change.forced_by:
        below = [one for one in change.fields if one.path == path or one.path.startswith((f"{path}.", f"{path}["))]
        parts.append(f"`{path}` ({fields(below, alone=True)})" if below else f"`{path}`")
    return " and ".join(parts)


def fields(found: "tuple[FieldChange, ...] | list[FieldChange]", *, alone: bool = False) -> str:
    """Return how fields differ, the first two of many; `alone` leaves out the name of a single one."""
    shown_fields = [_field(one, named=not alone or len(found) > 1) for one in list(found)[:2]]
    more = len(found) - len(shown_fields)
    return ", ".join([*shown_fields, *([f"{counted(more, 'more field')}"] if more > 0 else [])])


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


_SENTENCES: Final[dict[str, Callable[[Change], str | None]]] = {
    tokens.PROJECT_BUCKET: _bucket,
    tokens.PROJECT_SINK: _sink,
    tokens.PROJECT_EXCLUSION: _exclusion,
    tokens.LOG_METRIC: _metric,
    tokens.CHANNEL: _channel,
}
"""What a changed resource of a type does from now on; None where nothing special changes."""
