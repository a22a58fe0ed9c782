"""Proposals: a `LogLines` for each group of entries, checked against the entries that it was made from."""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Final, cast

from vigil_apimodel import lql
from vigil_apimodel.json_values import JsonObject
from vigil_components.log_lines import Extract, LogLines
from vigil_components.sources import Source
from vigil_proofs.log_signals import _access
from vigil_proofs.log_signals._fields import labels_of, measures_of, seen
from vigil_proofs.log_signals._groups import Group, groups, text_at
from vigil_proofs.log_signals._instances import without_instances
from vigil_proofs.log_signals._near import NearMiss, near_misses
from vigil_proofs.log_signals._texts import words_of
from vigil_proofs.recorded import Recorded
from vigil_telemetry.redaction import redact

MOST: Final = 10
"""Proposals of one file where nobody says how many."""
_MOST_ENTRIES: Final = 5
"""Recorded entries of a proposal."""
_WORDS: Final = 4
_PREFIX: Final = re.compile(
    r"^.{0,100}?(?<![\w./-])\[?(?:TRACE|DEBUG|INFO|NOTICE|LOG|WARN|WARNING|ERROR|ERR|FATAL|PANIC|CRITICAL|SEVERE)\b"
    r"[\]:]?\s*(?=\S)"
)
_LOGGER: Final = re.compile(r"^(?:\[[^\]]*\]\s*|-\s+|…\s+)*(?:[\w$]+(?:\.[\w$]+)+\s*(?:-|:)\s+)?")
"""What stands before the text in the lines of most loggers."""
_DROPPED: Final = (
    "insertId",
    "timestamp",
    "receiveTimestamp",
    "trace",
    "spanId",
    "traceSampled",
    "errorGroups",
    "split",
)
"""What differs in each entry; proofs write it anew."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Proposal:
    """A log signal that describes some of the entries."""

    lines: LogLines
    """The signal."""
    constant: str
    """Name of the signal in Python."""
    source: Source
    """Whose entries they are."""
    title: str
    """What the entries say."""
    entries: int
    """How many of the file's entries it describes."""
    kind: str
    """`audit`, `request`, `access`, `json` or `text`."""
    worse: bool
    """Whether the entries are warnings or worse."""
    near: tuple[NearMiss, ...]
    """Near misses, each with the reason."""
    seen: Mapping[str, tuple[str, ...]]
    """Values of each label in the entries."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Proposals:
    """What a file of entries gives."""

    found: tuple[Proposal, ...]
    """Proposals: what is worst first, then what is most frequent."""
    left: tuple[tuple[int, str], ...] = ()
    """Entries that none describes, counted from 1, each with the reason."""
    more: int = 0
    """Further groups beyond the number that was wanted."""


def propose(entries: Sequence[JsonObject], *, most: int = MOST) -> Proposals:
    """Return log signals that describe recorded entries, at most `most`.

    Personal data and secrets are redacted first, as `vigil_telemetry` does: the entries stand in the program.
    """
    kept = [_redacted(entry) for entry in entries]
    found, left = groups(kept)
    kept = without_instances(kept, found)
    ranked = sorted(found, key=lambda one: (not one.worse, -len(one.numbers), one.numbers[0]))
    made: list[Proposal] = []
    taken: set[str] = set()
    for group in ranked[:most]:
        proposal = _proposal(group, kept, entries, found, taken)
        if isinstance(proposal, str):
            left += [(number, proposal) for number in group.numbers]
        else:
            made.append(proposal)
    return Proposals(
        found=tuple(made),
        left=tuple(sorted((number + 1, reason) for number, reason in left)),
        more=max(0, len(ranked) - most),
    )


def _proposal(
    group: Group,
    kept: Sequence[JsonObject],
    original: Sequence[JsonObject],
    all_groups: Sequence[Group],
    taken: set[str],
) -> Proposal | str:
    query = lql.render(group.filter)
    matches = Recorded(filter=query, matching=(), near_misses=(), fields={}).counts
    if not all(matches(kept[number]) and matches(original[number]) for number in group.numbers):
        return f"no filter selects it: {query} does not match"
    entries = [kept[number] for number in group.numbers]
    labels, measures = _read(group, entries)
    chosen = _chosen(entries, labels)
    others = [
        (kept[one.numbers[0]], _title(one, kept))
        for one in sorted(all_groups, key=lambda one: one.kind != group.kind)
        if one is not group and one.source == group.source
    ]
    near = near_misses(chosen[0], group.message_path, others, matches, group.level)
    if not near:
        return f"nothing comes near that {query} does not match"
    title = _title(group, kept)
    name = _free(_name(group, kept, all_groups), taken)
    taken.add(name)
    lines = LogLines(
        name=name,
        doc=_doc(group, title),
        filter=group.filter,
        matching=chosen,
        near_misses=tuple(one.entry for one in near),
        labels=labels,
        measures=measures,
    )
    return Proposal(
        lines=lines,
        constant=_constant(name),
        source=group.source,
        title=title,
        entries=len(entries),
        kind=group.kind,
        worse=group.worse,
        near=near,
        seen={name: seen(entries, one) for name, one in labels.items()},
    )


def _read(group: Group, entries: Sequence[JsonObject]) -> tuple[dict[str, Extract], dict[str, Extract]]:
    """Return the labels and the measures that the entries of a group have."""
    if group.kind == "access" and group.message_path == "textPayload":
        return _access.labels_in_text(entries), _access.measures_in_text(entries)
    message_path = "" if group.kind == "access" else group.message_path
    measures = measures_of(entries, message_path, group.form)
    labels = labels_of(entries, message_path, group.form)
    return {name: one for name, one in labels.items() if name not in measures}, measures


def _redacted(entry: JsonObject) -> JsonObject:
    """Return an entry as it may stand in a program; what says where it is from stays as it is."""
    redacted = cast("JsonObject", redact({name: value for name, value in entry.items() if name not in _DROPPED}))
    return redacted | {name: entry[name] for name in ("logName", "resource", "severity") if name in entry}


def _chosen(entries: Sequence[JsonObject], labels: Mapping[str, Extract]) -> tuple[JsonObject, ...]:
    """Return a few entries, so that each combination of labels is among them while there is room."""
    by_labels: dict[tuple[str | None, ...], JsonObject] = {}
    for entry in entries:
        by_labels.setdefault(tuple(one.read(entry) for one in labels.values()), entry)
    first = list(by_labels.values())
    rest = [entry for entry in entries if all(entry is not one for one in first)]
    return tuple((first + [one for one in rest if one not in first])[:_MOST_ENTRIES])


def _title(group: Group, entries: Sequence[JsonObject]) -> str:
    first = entries[group.numbers[0]]
    if group.form is not None:
        return _message_alone(group.form.title)[:120]
    if group.kind == "access":
        return "requests that the server failed" if group.worse else "requests"
    if group.message_path:
        return text_at(first, group.message_path)
    if group.kind == "request":
        return "requests that the server failed" if group.worse else "requests"
    return "entries with " + ", ".join(sorted(cast("JsonObject", first.get("jsonPayload", {})))[:3])


def _message_alone(title: str) -> str:
    """Return what a line says without its time, process, level and logger; the line itself where nothing is left."""
    rest = _PREFIX.sub("", title, count=1)
    rest = _LOGGER.sub("", rest, count=1).strip()
    return rest if re.search(r"[^\W\d_]{2,}", rest) else title


def _doc(group: Group, title: str) -> str:
    printable = "".join(one if one.isprintable() else " " for one in title)
    shown = " ".join(printable.replace("\\", " ").replace('"', "'").split())
    match group.kind:
        case "audit":
            return f"Somebody called {shown}{', which failed' if group.worse else ''}."
        case "request" | "access":
            return "The server failed a request." if group.worse else "A request was answered, well or not."
        case _ if group.message_path:
            return f"The log says: {shown}."
        case _:
            return f"The log has {shown}."


def _name(group: Group, entries: Sequence[JsonObject], all_groups: Sequence[Group]) -> str:
    first = entries[group.numbers[0]]
    alike = [
        one for one in all_groups if one.worse and one.source == group.source and one.message_path == group.message_path
    ]
    milder = not group.worse and any(_title(one, entries) == _title(group, entries) for one in alike)
    if group.kind in ("request", "access"):
        return "request.failed" if group.worse else "request.answered"
    if group.kind == "audit":
        service = text_at(first, "protoPayload.serviceName").partition(".")[0]
        method = re.sub(r"([a-z0-9])([A-Z])", r"\1_\2", text_at(first, group.message_path).rpartition(".")[2])
        words = [service, method.lower(), "failed" if group.worse else "succeeded" if milder else ""]
    elif group.form is not None:
        telling = words_of(_message_alone(group.form.common))
        words = [*(word.lower() for word in (telling or group.form.words)[:_WORDS]), "info" if milder else ""]
    elif group.message_path:
        words = [re.sub(r"([a-z0-9])([A-Z])", r"\1_\2", text_at(first, group.message_path).rpartition(".")[2]).lower()]
        words.append("info" if milder else "")
    else:
        words = ["entry", *sorted(cast("JsonObject", first.get("jsonPayload", {})))[:2]]
    return re.sub(r"[^a-z0-9._]+", "_", ".".join(word for word in words if word).lower())[:80].strip("._") or "entry"


def _free(name: str, taken: set[str]) -> str:
    constants = {_constant(one) for one in taken}
    number = 1
    while _constant(candidate := name if number == 1 else f"{name}.{number}") in constants:
        number += 1
    return candidate


def _constant(name: str) -> str:
    found = re.sub(r"[^A-Z0-9]+", "_", name.upper())
    return found if found[0].isalpha() else f"E_{found}"
