"""Supabase's log lines as events: of Postgres, the pooler, auth, the API, storage, functions.

Source: https://supabase.com/docs/guides/telemetry/log-drains and .../log-field-reference (2026). Fields differ by part
and may be an object or a list of one; only those named here are read.
"""

import re
from collections.abc import Mapping
from types import MappingProxyType
from typing import ClassVar, cast

import msgspec

from vigil_drains.batches import decode
from vigil_drains.texts import shortened
from vigil_telemetry import Event
from vigil_telemetry.events.drains import DatabaseLogged, Delivered, LineLevel, PlatformPart

MAX_TEXT = 8_000
"""Characters of a line that are kept."""

_LEVELS: Mapping[str, LineLevel] = MappingProxyType(
    {
        **dict.fromkeys(("debug", "debug1", "debug2", "debug3", "debug4", "debug5", "trace"), "debug"),
        **dict.fromkeys(("warning", "warn"), "warning"),
        **dict.fromkeys(("error", "err"), "error"),
        **dict.fromkeys(("fatal", "panic", "critical"), "fatal"),
    }
)
_PARTS: tuple[tuple[str, PlatformPart], ...] = (
    ("postgrest", "api"),
    ("postgres", "postgres"),
    ("pgbouncer", "pooler"),
    ("supavisor", "pooler"),
    ("pooler", "pooler"),
    ("auth", "auth"),
    ("gotrue", "auth"),
    ("storage", "storage"),
    ("realtime", "realtime"),
    ("function", "functions"),
    ("deno", "functions"),
    ("edge", "api"),
    ("cloudflare", "api"),
)
_STATEMENT = re.compile(
    r"\b(?:statement|execute [^:]{0,80}|parameters|parse [^:]{0,80}|bind [^:]{0,80}|query text|query|plan"
    r"|detail|context|line [0-9]{1,6}(?:, column [^:\n]{0,80})?|cron job [0-9]{1,19} [a-z ]{1,40}"
    r"|row contains|statement name|logical replication message|prepare|command|internal query)[:(]\s.*|\bAUDIT: .*",
    re.DOTALL | re.IGNORECASE,
)
"""Where a statement, its parameters or its plan begins: of PostgreSQL, auto_explain, pgaudit and pg_cron."""
_QUOTED = re.compile(
    r"((?:invalid input (?:syntax|value) for |malformed |out of range|invalid (?:byte sequence|value) |cannot cast )"
    r"[^:\n]{0,80}: |at or near |text search query |\bvalue (?=\"[^\n]*\" is out of range))"
    r"\"[^\n]*\"",
)
"""What an error quotes from a statement."""
_CLIENT_ERROR, _SERVER_ERROR = 400, 500


class _Line(msgspec.Struct):
    event_message: str
    id: str | None = None
    metadata: object = None
    source: object = None
    appname: object = None


_line = msgspec.json.Decoder(_Line)


class Lines:
    """A Supabase project's log lines."""

    kind: ClassVar[Delivered] = "supabase"

    def key(self, record: bytes) -> object:
        """Return the line's id, or the line."""
        found = decode(_line, record)
        return found.id or record

    def events(self, record: bytes) -> list[Event]:
        """Return the line as an event, cut where a statement begins: that holds data. Raises UnreadableError."""
        found = decode(_line, record)
        about = _one(found.metadata)
        text = _STATEMENT.sub("(statement left out)", shortened(found.event_message, MAX_TEXT))
        text = _QUOTED.sub(r"\1(value left out)", text)
        return [DatabaseLogged(part=_part(found, about), level=_level(about), text=text)]


def _one(value: object) -> Mapping[str, object]:
    """An object, or the first of a list of them."""
    if isinstance(value, list):
        items = cast("list[object]", value)
        value = items[0] if items else None
    return cast("Mapping[str, object]", value) if isinstance(value, dict) else {}


def _level(about: Mapping[str, object]) -> LineLevel:
    for severity in (_one(about.get("parsed")).get("error_severity"), about.get("level"), about.get("severity")):
        if isinstance(severity, str):
            return _LEVELS.get(severity.lower(), "info")
    status = _one(about.get("response")).get("status_code")
    if isinstance(status, int) and status >= _CLIENT_ERROR:
        return "error" if status >= _SERVER_ERROR else "warning"
    return "info"


def _part(found: _Line, about: Mapping[str, object]) -> PlatformPart:
    for origin in (found.source, found.appname, about.get("source"), about.get("component")):
        if isinstance(origin, str):
            for word, part in _PARTS:
                if word in origin.lower():
                    return part
    if "parsed" in about:
        return "postgres"
    return "api" if "response" in about else "other"
