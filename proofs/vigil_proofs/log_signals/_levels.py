"""How bad an entry is: by its severity, or by the level that its writer put into the payload or the text.

An agent that does not know the writer's format gives each line of stdout the severity INFO and each line of stderr
ERROR. So where a level contradicts the severity, the level is right.
"""

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Final, cast

from vigil_apimodel import lql
from vigil_apimodel.json_values import JsonObject, JsonValue

WORSE: Final = frozenset({"WARNING", "ERROR", "CRITICAL", "ALERT", "EMERGENCY"})
"""Severities of warnings and worse."""

_KEYS: Final = (
    "level", "lvl", "severity", "levelname", "level_name", "log.level", "loglevel", "logLevel", "Level", "@l",
    "severity_text", "priority", "levelno", "level_value", "record.level.name",
)  # fmt: skip
_BAD: Final = frozenset({
    "warn", "warning", "error", "err", "critical", "crit", "fatal", "panic", "dpanic", "alert", "emerg", "emergency",
    "severe", "failure", "w", "e", "f",
})  # fmt: skip
_MILD: Final = frozenset({
    "trace", "debug", "info", "information", "informational", "notice", "verbose", "log", "fine", "finer", "finest",
    "config", "default", "ok", "d", "i", "t", "v", "n",
})  # fmt: skip
_IN_TEXT: Final = re.compile(
    r"(?<![\w./-])(?:level=|lvl=|severity=)?[\[(<\"]?"
    r"(TRACE|DEBUG|INFO|NOTICE|LOG|WARN|WARNING|ERROR|ERR|FATAL|PANIC|CRITICAL|CRIT|SEVERE|ALERT|EMERG|EMERGENCY)"
    r"(?![\w./=-])"
)
_MARKED: Final = re.compile(
    r"(?:\b(?:level|lvl|severity)=\"?|[\[(<])"
    r"(trace|debug|info|notice|warn|warning|error|err|fatal|panic|critical|crit|alert|emerg)(?:[\])>\"]|\b(?![\w.-]))"
)
_EARLY: Final = 160
"""Characters of a line within which a level stands."""
_PINO_WARN: Final = 40
_PYTHON_WARNING: Final = 30
_LOGBACK_WARN: Final = 30000
_SYSLOG_WARNING, _SYSLOG_DEBUG = 4, 7


@dataclass(frozen=True, slots=True, kw_only=True)
class Level:
    """A level that the writer of an entry gave it."""

    path: str
    """Path of the field; empty for a level within a text."""
    value: str | int
    """The level as it stands there."""
    worse: bool
    """Whether it is a warning or worse."""


def level_of(entry: JsonObject) -> Level | None:
    """Return the level that the writer gave an entry; None where it says none that is known."""
    payload = entry.get("jsonPayload")
    if isinstance(payload, dict):
        return next(_in_fields(cast("JsonObject", payload)), None)
    text = entry.get("textPayload")
    return _in_text(text) if isinstance(text, str) else None


def severe(entry: JsonObject) -> bool:
    """Return whether the severity of an entry is a warning or worse."""
    return str(entry.get("severity", "DEFAULT")) in WORSE


def contradicted(entries: Sequence[JsonObject]) -> bool:
    """Return whether a level contradicts the severity of an entry: then no severity there is worth much."""
    return any(level.worse != severe(entry) for entry in entries if (level := level_of(entry)) is not None)


def levels_of(entries: Sequence[JsonObject]) -> tuple[Level, ...]:
    """Return the level of each entry; nothing where one has none, or has it in another field."""
    levels = tuple(level for entry in entries if (level := level_of(entry)) is not None)
    return levels if len(levels) == len(entries) and len({level.path for level in levels}) == 1 else ()


def selected(levels: Sequence[Level]) -> lql.Expr | None:
    """Return what selects these levels and no others; None for levels within a text, which are a part of its form."""
    path, worse = levels[0].path, levels[0].worse
    if not path:
        return None
    values = list(dict.fromkeys(level.value for level in levels))
    numbers = [value for value in values if isinstance(value, int)]
    if len(numbers) < len(values):
        return lql.any_of([lql.eq(path, str(value)) for value in values])
    syslog = max(numbers) <= _SYSLOG_DEBUG
    if worse:
        least, operator = (_SYSLOG_WARNING, lql.Operator.LESS_OR_EQUAL) if syslog else (_least(path), None)
        return lql.compare(path, operator or lql.Operator.GREATER_OR_EQUAL, least)
    if syslog:
        return lql.compare(path, lql.Operator.GREATER, _SYSLOG_WARNING)
    return lql.compare(path, lql.Operator.LESS, _least(path))


def milder(level: Level) -> str | int:
    """Return what mere information has in the place of a level."""
    if isinstance(level.value, str):
        return "INFO" if level.value.isupper() else "info"
    return _SYSLOG_DEBUG - 1 if level.value <= _SYSLOG_DEBUG else _least(level.path) * 2 // 3


def _in_fields(payload: JsonObject) -> Iterator[Level]:
    for key in _KEYS:
        path = ("jsonPayload", key)
        held = payload.get(key)
        if held is None and "." in key:
            path = ("jsonPayload", *key.split("."))
            held = payload
            for name in path[1:]:
                held = held.get(name) if isinstance(held, dict) else None
        worse = _worse(key, held)
        if worse is not None:
            yield Level(path=lql.path(lql.FieldPath(path)), value=cast("str | int", held), worse=worse)


def _worse(key: str, held: JsonValue) -> bool | None:
    if isinstance(held, str):
        word = held.strip().lower()
        return True if word in _BAD else False if word in _MILD else None
    if isinstance(held, bool) or not isinstance(held, int) or held < 0:
        return None
    if held <= _SYSLOG_DEBUG:
        return held <= _SYSLOG_WARNING
    return held >= _least_of(key)


def _least(path: str) -> int:
    return _least_of(lql.field(path).segments[-1])


def _least_of(key: str) -> int:
    return {"levelno": _PYTHON_WARNING, "level_value": _LOGBACK_WARN}.get(key, _PINO_WARN)


def _in_text(text: str) -> Level | None:
    line = text.partition("\n")[0][:_EARLY]
    found = _IN_TEXT.search(line) or _MARKED.search(line)
    return Level(path="", value=found[1], worse=found[1].lower() in _BAD) if found else None
