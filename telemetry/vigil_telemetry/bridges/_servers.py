"""The loggers of web servers, which set up their own logging before or after the application's."""

from __future__ import annotations

import logging
from typing import cast

from vigil_telemetry.exceptions import was_reported

ACCESS = frozenset({"uvicorn.access", "gunicorn.access", "hypercorn.access"})
"""Loggers of lines that have the raw path and query of each request."""
SERVERS = (
    "uvicorn", "uvicorn.error", "uvicorn.asgi", "gunicorn", "gunicorn.error", "hypercorn", "hypercorn.error",
)  # fmt: skip
"""Loggers to which their server adds its own handlers."""
_WEBSOCKET_ACCESS = '%s - "WebSocket %s" '
"""How the text of such a line begins for a WebSocket, which uvicorn writes to its logger of errors."""


class Captured(logging.Filter):
    """Hands a logger's records to the root logger's handlers alone.

    A filter stays where a server's `dictConfig` puts its handlers back and switches `propagate` off.
    """

    def __init__(self, logger: logging.Logger) -> None:
        super().__init__()
        self._logger = logger

    def filter(self, record: logging.LogRecord) -> bool:
        """Pass the record on, unless one of the filters behind this one refuses it. False: the logger is done."""
        filters = self._logger.filters
        behind = filters[filters.index(self) + 1 :] if self in filters else []
        for one in behind:
            if not (one(record) if callable(one) else one.filter(record)):
                return False
        logging.getLogger().callHandlers(record)
        return False


class Silenced(logging.Filter):
    """Lets no record of a logger pass."""

    def filter(self, record: logging.LogRecord) -> bool:  # noqa: ARG002 - logging's name
        """Return False for every record."""
        return False


def is_access(record: logging.LogRecord) -> bool:
    """Return whether a record has the client's address, raw path and query of a WebSocket.

    It is one more access line, though its logger is not; it is left out as long as those are.
    """
    if record.name != "uvicorn.error" or not isinstance(record.msg, str):  # pyright: ignore[reportUnnecessaryIsInstance] - typed otherwise
        return False
    silent = any(isinstance(one, Silenced) for one in logging.getLogger("uvicorn.access").filters)
    return silent and record.msg.startswith(_WEBSOCKET_ACCESS)


def is_reported(record: logging.LogRecord) -> bool:
    """Return whether a server's record is about an exception that `RequestLogging` has written."""
    if record.name not in SERVERS:
        return False
    error = exception_of(record)
    return error is not None and was_reported(error)


def exception_of(record: logging.LogRecord) -> BaseException | None:
    """Return the exception of a record. One made by hand may hold the exception itself, or anything else."""
    info: object = record.exc_info
    if isinstance(info, tuple):
        info = dict(enumerate(cast("tuple[object, ...]", info))).get(1)
    return info if isinstance(info, BaseException) else None
