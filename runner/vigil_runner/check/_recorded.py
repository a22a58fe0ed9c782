"""Filters of log entries against recorded entries: one that matches none of them is probably wrong."""

from collections.abc import Iterator, Sequence
from typing import cast

from vigil_apimodel import tokens, unique_keys
from vigil_apimodel.json_values import JsonObject
from vigil_apimodel.rules.conditions import of_kind
from vigil_apimodel.rules.inputs import literal, messages
from vigil_emulator.logging.entry import Entry, severity_number
from vigil_emulator.logging.errors import FilterError
from vigil_emulator.logging.filters import compiled
from vigil_emulator.times import parse_time
from vigil_runner.check._found import Found, UnreadableError, fields, listed, string

_FILTERED = {tokens.LOG_METRIC, *tokens.SINKS, *tokens.EXCLUSIONS, tokens.LOG_VIEW}


def entries_of(name: str, text: str) -> list[Entry]:
    """Return the log entries of a text: JSON lines, or `gcloud logging read --format=json`'s list.

    Raises UnreadableError, which names the line, for a malformed entry, and where there is none: nothing would be
    checked.
    """
    found = _entries(name, text)
    if not found:
        raise UnreadableError(f"{name} holds no log entry. Give entries that filters should match, or no file.")
    return found


def _entries(name: str, text: str) -> list[Entry]:
    if text.lstrip().startswith("["):
        try:
            return [_entry(fields(each)) for each in listed(unique_keys.loads(text))]
        except unique_keys.RepeatedKeyError as error:
            raise UnreadableError(f"{name}, {error}.") from error
        except ValueError as error:
            raise UnreadableError(f"{name} is no list of log entries: {error}. Give JSON lines, or a list.") from error
    found: list[Entry] = []
    for number, line in enumerate(text.split("\n"), 1):
        if not line.strip():
            continue
        try:
            found.append(_entry(fields(unique_keys.loads(line, line=number))))
        except unique_keys.RepeatedKeyError as error:
            raise UnreadableError(f"{name}, {error}.") from error
        except ValueError as error:
            raise UnreadableError(
                f"{name}, line {number}: no log entry ({error}). Give one JSON object a line."
            ) from error
    return found


def _entry(body: dict[str, object]) -> Entry:
    if not body:
        raise ValueError("a log entry is a JSON object with fields")
    when = string(body.get("timestamp")) or string(body.get("receiveTimestamp"))
    time = parse_time(when) if when else 0
    severity = severity_number(body.get("severity") or "DEFAULT")
    return Entry(
        cast("JsonObject", body), time, time, severity, string(body.get("logName")), string(body.get("insertId"))
    )


def unmatched(resources: Sequence[Found], entries: Sequence[Entry]) -> Iterator[tuple[Found, str, str]]:
    """Yield resource, field and message of each filter that matches none of the entries."""
    given = "the entry given" if len(entries) == 1 else f"the {len(entries)} entries given"
    for each in resources:
        for field, query in _queries(each):
            try:
                matches = compiled(query)
            except FilterError:
                continue
            if not any(matches(entry) for entry in entries):
                yield each, field, f"the filter matches none of {given}: correct it"


def _queries(found: Found) -> Iterator[tuple[str, str]]:
    if found.type == tokens.ALERT_POLICY:
        for place, condition in of_kind(found.inputs, "conditionMatchedLog"):
            if query := literal(condition, "filter"):
                yield f"{place}.filter", query
    if found.type in _FILTERED and (query := literal(found.inputs, "filter")):
        yield "filter", query
    for place, exclusion in messages(found.inputs, "exclusions"):
        if query := literal(exclusion, "filter"):
            yield f"{place}.filter", query
