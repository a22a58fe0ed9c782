"""Entries that other software wrote, recorded once and written again: with new times, from where the alert looks."""

import json
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Final, TypeAlias, cast

from vigil_apimodel import lql
from vigil_apimodel.json_values import JsonObject, JsonValue, copied_object
from vigil_emulator.logging.agent import SEVERITIES
from vigil_emulator.logging.entry import Entry
from vigil_emulator.logging.filters import compiled
from vigil_emulator.times import MINUTE, format_time

FieldValue: TypeAlias = str | float | bool

ELSEWHERE: Final = "another"
"""A label's value that no recorded entry has, and the log of those that were copied from their own."""
_ANEW: Final = ("insertId", "timestamp", "receiveTimestamp", "trace", "spanId")
"""What differs from entry to entry."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Field:
    """How a value is read from an entry: the path, and the regular expression where it is a part of a text."""

    path: str
    pattern: str
    values: tuple[str, ...]
    label: bool
    unit: str

    def put(self, entry: JsonObject, value: FieldValue) -> None:
        """Set the value in an entry that has one; leave any other entry as it is."""
        *parents, last = lql.field(self.path).segments
        holder: JsonValue = entry
        for part in parents:
            holder = holder.get(part) if isinstance(holder, dict) else None
        if not isinstance(holder, dict) or last not in holder:
            return
        before = holder[last]
        holder[last] = self._within(str(before), value) if self.pattern else _like(before, value)

    def _within(self, text: str, value: FieldValue) -> str:
        found = re.search(self.pattern, text)
        return text if found is None else f"{text[: found.start(1)]}{_plain(value)}{text[found.end(1) :]}"


@dataclass(frozen=True, slots=True, kw_only=True)
class Recorded:
    """Recorded entries of one meaning, and entries that come near."""

    filter: str
    matching: tuple[JsonObject, ...]
    near_misses: tuple[JsonObject, ...]
    fields: Mapping[str, Field]

    def strangers_to(self, others: Sequence["Recorded"]) -> "Recorded":
        """Return the same with those near misses alone that none of the others counts: theirs are no near miss."""
        left = tuple(one for one in self.near_misses if not any(other.counts(one) for other in others))
        return replace(self, near_misses=left)

    def counts(self, entry: JsonObject) -> bool:
        """Return whether the filter matches an entry, wherever it comes from."""
        read = Entry(
            body={**entry, "insertId": "1"},
            time=MINUTE,
            received=MINUTE,
            severity=SEVERITIES.get(str(entry.get("severity", "DEFAULT")), 0),
            log_name=str(entry.get("logName", "")),
            insert_id="1",
        )
        return compiled(self.filter)(read)

    def entry(
        self, about: JsonObject, project: str, at: int, values: Mapping[str, FieldValue], *, variant: int, near: bool
    ) -> JsonObject:
        """Return an entry as of a time (ns), with these values; `about` is put over what was recorded."""
        choices = self.near_misses if near else self.matching
        entry = copied_object(choices[variant % len(choices)])
        for name in _ANEW:
            entry.pop(name, None)
        if not near:
            for name, value in values.items():
                self.fields[name].put(entry, value)
        log = str(entry.get("logName", "projects/p/logs/recorded")).partition("/logs/")[2] or "recorded"
        entry |= {"timestamp": format_time(at), "logName": f"projects/{project}/logs/{log}", **about}
        return entry


def read(document: Mapping[str, object]) -> Recorded:
    """Return the entries of an emission's document."""
    fields = cast("Mapping[str, Mapping[str, object]]", document["fields"])
    return Recorded(
        filter=str(document["filter"]),
        matching=_entries(document["matching"]),
        near_misses=_entries(document["nearMisses"]),
        fields={
            name: Field(
                path=str(one["path"]),
                pattern=str(one["pattern"]),
                values=tuple(cast("Sequence[str]", one["values"])),
                label=one["label"] is True,
                unit=str(one["unit"]),
            )
            for name, one in fields.items()
        },
    )


def _entries(value: object) -> tuple[JsonObject, ...]:
    return tuple(cast("JsonObject", json.loads(json.dumps(one))) for one in cast("Sequence[object]", value))


def _plain(value: FieldValue) -> str:
    return f"{value:.12g}" if isinstance(value, float) else str(value)


def _like(before: JsonValue, value: FieldValue) -> JsonValue:
    """Return a value of the type that the entry has there: a number stays a number, a text a text."""
    if isinstance(before, str):
        return _plain(value)
    if isinstance(before, int) and isinstance(value, str) and value.isdecimal():
        return int(value)
    return value
