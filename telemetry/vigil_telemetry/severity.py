"""How bad a line is, on Cloud Logging's scale."""

from __future__ import annotations

from enum import IntEnum

ALIASES = {"WARN": "WARNING", "FATAL": "CRITICAL", "TRACE": "DEBUG", "ERR": "ERROR"}
"""Other names of severities, as settings and other libraries have them."""


class Severity(IntEnum):
    """Severity of a log entry; the numbers are those of `google.logging.type.LogSeverity`."""

    DEFAULT = 0
    DEBUG = 100
    INFO = 200
    NOTICE = 300
    WARNING = 400
    ERROR = 500
    CRITICAL = 600
    ALERT = 700
    EMERGENCY = 800

    @classmethod
    def parse(cls, text: str | int) -> Severity:
        """Return the severity that a configuration means: a name in any case, an alias (`warn`), or Google's number.

        Raises ValueError for anything else, naming what is possible.
        """
        if isinstance(text, int):
            return cls(text)
        name = text.strip().upper()
        name = ALIASES.get(name, name)
        try:
            return cls[name]
        except KeyError:
            raise ValueError(f"level {text!r} is not one of {', '.join(s.name for s in cls)}") from None
