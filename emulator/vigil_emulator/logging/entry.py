"""A log entry as the emulator holds it: the API's JSON beside what is read from it often."""

import json
import re
from dataclasses import dataclass
from functools import lru_cache
from typing import Any
from urllib.parse import unquote

import msgspec

from vigil_apimodel.json_values import JsonObject, JsonValue
from vigil_emulator.logging.agent import SEVERITIES
from vigil_emulator.metrics.series import Labels

_encode = msgspec.json.Encoder().encode
_SURROGATES = re.compile("[\ud800-\udfff]")


@dataclass(frozen=True, slots=True, eq=False)
class MonitoredResource:
    """A monitored resource as part of a series key: the same object for all entries that an emulator has of it."""

    type: str
    labels: Labels
    whole: bool = True
    """Whether the entry says of its resource nothing else than this."""


class Entry(msgspec.Struct, eq=False, gc=False):
    """A received LogEntry; times in nanoseconds since 1970."""

    body: JsonObject
    """As the API serves it, `insertId`, `timestamp` and `receiveTimestamp` set."""
    time: int
    received: int
    severity: int
    log_name: str
    insert_id: str
    resource: MonitoredResource | None = None
    """The monitored resource as part of a series key, of an entry that is taken in."""
    encoded: bytes = b""
    """The body as JSON, of an entry that is taken in."""
    named: bool = False
    """Whether its writer gave the insert id, so that the same entry may come again."""

    @property
    def source(self) -> str:
        """`projects/p`: the resource that the log belongs to."""
        return _parts(self.log_name)[0]

    @property
    def log_id(self) -> str:
        """The log's id, not URL-encoded: `run.googleapis.com/stdout`."""
        return _parts(self.log_name)[1]

    @property
    def folded_log_id(self) -> str:
        """The log's id in lower case."""
        return _parts(self.log_name)[2]


@lru_cache(maxsize=10_000)
def _parts(log_name: str) -> tuple[str, str, str]:
    source, _, log_id = log_name.partition("/logs/")
    log_id = unquote(log_id)
    return source, log_id, log_id.lower()


def encode(body: JsonObject) -> bytes:
    """Return JSON in UTF-8, integers of any size; raise UnicodeEncodeError for a lone surrogate."""
    try:
        return _encode(body)
    except (OverflowError, msgspec.MsgspecError):
        return json.dumps(body, separators=(",", ":"), ensure_ascii=False).encode()


def without_surrogates(value: JsonValue) -> JsonValue:
    """Return the value with each lone surrogate, which no UTF-8 has, replaced by U+FFFD."""
    if isinstance(value, str):
        return _SURROGATES.sub("\ufffd", value)
    if isinstance(value, list):
        return [without_surrogates(item) for item in value]
    if isinstance(value, dict):
        return {_SURROGATES.sub("\ufffd", name): without_surrogates(item) for name, item in value.items()}
    return value


def decode(encoded: bytes) -> JsonObject:
    """Return what `encode` wrote."""
    try:
        return msgspec.json.decode(encoded, type=dict[str, Any])
    except msgspec.DecodeError:
        return json.loads(encoded)


def severity_number(name: object) -> int:
    """Return the number of a severity as the API gives it: a name or a number; DEFAULT where there is none."""
    if isinstance(name, str):
        return SEVERITIES.get(name, 0)
    return name if isinstance(name, int) and not isinstance(name, bool) else 0
