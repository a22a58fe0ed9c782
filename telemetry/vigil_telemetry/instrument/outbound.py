"""Calls to other services, whatever library makes them: the attempt, and what became of it."""

from __future__ import annotations

import asyncio
import re
from collections.abc import Generator, Mapping
from contextlib import contextmanager
from contextvars import ContextVar
from time import perf_counter
from uuid import uuid4

from vigil_telemetry.context import put_back
from vigil_telemetry.counters import counters
from vigil_telemetry.emitter import emit
from vigil_telemetry.events.common import Outcome
from vigil_telemetry.events.outbound import ServiceCallAttempted, ServiceCallCompleted
from vigil_telemetry.exceptions import error_text, error_type
from vigil_telemetry.instrument.places import caller_place
from vigil_telemetry.requests import parsed_size
from vigil_telemetry.safe import from_value

OTHER = "(other)"
_CLIENT_ERROR, _SERVER_ERROR = 400, 500
_WITH_URL = re.compile(r"with url: \S+")
_operation: ContextVar[str | None] = ContextVar("vigil_operation", default=None)

Targets = str | Mapping[str, str]
"""The called service's name, or names by host; hosts that have none are `(other)`."""


@contextmanager
def operation(name: str) -> Generator[None]:
    """Name what the calls in the block ask for by a method and a template, such as `GET /items/{id}`."""
    token = _operation.set(name)
    try:
        yield
    finally:
        put_back(_operation, token)


def named(targets: Targets, host: str) -> str:
    """Return the name of the service behind a host."""
    return targets if isinstance(targets, str) else targets.get(host, OTHER)


def size_of(length: object) -> int | None:
    """Return the size in a `Content-Length` header; None for what is no size."""
    return parsed_size(length.decode("latin-1") if isinstance(length, bytes) else str(length))


class ServiceCall:
    """One call: made when it goes out, ended by `answered` or `raised`."""

    def __init__(self, target: str, method: str, *, request_size: int | None = None) -> None:
        self._target = target
        self._operation = _operation.get() or method
        self._id = uuid4().hex
        self._size = request_size
        self._place = caller_place()
        self._started = perf_counter()
        emit(
            ServiceCallAttempted(target=target, operation=self._operation, call_id=self._id),
            place=self._place,
        )

    def answered(self, status: int, *, response_size: int | None = None) -> None:
        """Note that the other side answered; the duration is until the head of its answer."""
        outcome: Outcome = "error" if status >= _SERVER_ERROR else "refused" if status >= _CLIENT_ERROR else "ok"
        self._end(outcome, status=status, response_size=response_size)

    def raised(self, error: BaseException) -> None:
        """Note that there was no answer. Never raises."""
        try:
            self._raised(error)
        except from_value():  # the caller gets the error itself
            counters.note("failed")

    def _raised(self, error: BaseException) -> None:
        kind = type(error)
        if issubclass(kind, asyncio.CancelledError | GeneratorExit | KeyboardInterrupt | SystemExit):
            outcome: Outcome = "cancelled"
        elif issubclass(kind, TimeoutError) or any("Timeout" in one.__name__ for one in kind.__mro__):
            outcome = "timeout"
        else:
            outcome = "error"
        self._end(outcome, error=error)

    def _end(
        self,
        outcome: Outcome,
        *,
        status: int | None = None,
        response_size: int | None = None,
        error: BaseException | None = None,
    ) -> None:
        cause = error if outcome != "cancelled" else None
        emit(
            ServiceCallCompleted(
                target=self._target,
                operation=self._operation,
                outcome=outcome,
                duration=round(perf_counter() - self._started, 6),
                call_id=self._id,
                status=status,
                error_type=error_type(cause) if cause is not None else None,
                error=_WITH_URL.sub("with url: [left out]", error_text(cause)) if cause is not None else None,
                request_size=self._size,
                response_size=response_size,
            ),
            place=self._place,
        )
