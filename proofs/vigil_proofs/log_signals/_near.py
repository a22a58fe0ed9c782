"""Near misses of a filter: entries that look alike and that it must not match."""

import copy
import re
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from typing import Final, cast

from vigil_apimodel import lql
from vigil_apimodel.json_values import JsonObject, JsonValue
from vigil_proofs.log_signals._levels import WORSE, Level, milder

MOST: Final = 4
"""Near misses of a proposal."""
_RECORDED: Final = 2
"""Of them, recorded ones."""


@dataclass(frozen=True, slots=True, kw_only=True)
class NearMiss:
    """An entry that comes near, and why it does not count."""

    entry: JsonObject
    why: str


def near_misses(
    entry: JsonObject,
    message_path: str,
    others: Sequence[tuple[JsonObject, str]],
    matches: Callable[[JsonObject], bool],
    level: Level | None = None,
) -> tuple[NearMiss, ...]:
    """Return near misses: recorded ones among `others`, each with its title, then changes of `entry`, none twice.

    `level` is what says how bad `entry` is, where that is not its severity.
    """
    found: list[NearMiss] = []
    titles: set[str] = set()
    for other, title in others:
        if len(found) < _RECORDED and title not in titles and not matches(other):
            titles.add(title)
            found.append(NearMiss(entry=other, why=f"recorded: {title}"))
    for changed, why in _changed(entry, message_path, level):
        if len(found) < MOST and not matches(changed) and all(one.entry != changed for one in found):
            found.append(NearMiss(entry=changed, why=why))
    return tuple(found)


def _changed(entry: JsonObject, message_path: str, level: Level | None) -> Iterator[tuple[JsonObject, str]]:
    if level is not None and level.path and level.worse:
        yield _with(entry, level.path, milder(level)), "the same, as mere information"
    if entry.get("severity") in WORSE:
        yield _with(entry, "severity", "INFO"), "the same, as mere information"
    if _at(entry, "httpRequest.status") is not None:
        yield _with(entry, "httpRequest.status", 200), "the same request, answered well"
    if isinstance(request := _at(entry, "textPayload"), str) and (answered := _answered_well(request)) != request:
        yield _with(entry, "textPayload", answered), "the same request, answered well"
    if message_path == "protoPayload.methodName":
        method = str(_at(entry, message_path))
        head, dot, last = method.rpartition(".")
        other = re.sub(r"^(Set|Create|Delete|Update|Insert|Patch)", "Get", last)
        yield _with(entry, message_path, f"{head}{dot}{other if other != last else f'{last}Preview'}"), "another method"
    elif isinstance(text := _at(entry, message_path), str):
        yield _with(entry, message_path, f"Not so: {text}"), "a text that quotes it"
        first, _, rest = text.partition("\n")
        yield (
            _with(entry, message_path, "\n".join([f"{first} no more", *([rest] if rest else [])])),
            "a text that goes further",
        )
    if message_path:
        yield _without(entry, message_path), "the same without what it says"
    yield {**entry, "logName": _other_log(str(entry.get("logName", "")))}, "the same in another log"


def _answered_well(line: str) -> str:
    """Return a line of an access log with the status 200; any other line as it is."""
    return re.sub(r'(\] "[^"]*" )[1-5][0-9][0-9] ', r"\g<1>200 ", line, count=1)


def _at(entry: JsonObject, path: str) -> JsonValue:
    value: JsonValue = entry
    for part in lql.field(path).segments if path else ():
        value = value.get(part) if isinstance(value, dict) else None
    return value if path else None


def _with(entry: JsonObject, path: str, value: JsonValue) -> JsonObject:
    changed = copy.deepcopy(entry)
    *parents, last = lql.field(path).segments
    holder = changed
    for part in parents:
        holder = cast("JsonObject", holder[part])
    holder[last] = value
    return changed


def _without(entry: JsonObject, path: str) -> JsonObject:
    changed = copy.deepcopy(entry)
    *parents, last = lql.field(path).segments
    holder: JsonValue = changed
    for part in parents:
        holder = holder.get(part) if isinstance(holder, dict) else None
    if isinstance(holder, dict):
        holder.pop(last, None)
    return changed


def _other_log(name: str) -> str:
    head = name.partition("/logs/")[0] or "projects/p"
    return f"{head}/logs/another"
