"""A log entry as the emulator holds it: the API's JSON beside what is read from it often."""

from dataclasses import dataclass
from functools import lru_cache
from urllib.parse import unquote

from vigil_emulator.calls import JsonObject
from vigil_emulator.logging.agent import SEVERITIES


@dataclass(slots=True, eq=False)
class Entry:
    """A received LogEntry; times in nanoseconds since 1970."""

    body: JsonObject
    """As the API serves it, ``insertId``, ``timestamp`` and ``receiveTimestamp`` set."""
    time: int
    received: int
    severity: int
    log_name: str
    insert_id: str

    @property
    def source(self) -> str:
        """``projects/p``: the resource that the log belongs to."""
        return self.log_name.partition("/logs/")[0]

    @property
    def log_id(self) -> str:
        """The log's id, not URL-encoded: ``run.googleapis.com/stdout``."""
        return _log_id(self.log_name)


@lru_cache(maxsize=10_000)
def _log_id(log_name: str) -> str:
    return unquote(log_name.partition("/logs/")[2])


def severity_number(name: object) -> int:
    """The number of a severity as the API gives it: a name or a number; DEFAULT where there is none."""
    if isinstance(name, str):
        return SEVERITIES.get(name, 0)
    return name if isinstance(name, int) and not isinstance(name, bool) else 0
