"""One function for each contestant: set up once, it returns what writes one record."""

from __future__ import annotations

import contextvars
import fcntl
import logging
import os
from collections.abc import Callable
from datetime import UTC, datetime
from typing import TypeAlias

import orjson
import structlog
from google.cloud import logging_v2
from google.cloud.logging_v2.handlers import StructuredLogHandler
from loguru import logger as loguru_logger
from pythonjsonlogger.orjson import OrjsonFormatter

from bench.telemetry import record as r
from vigil_telemetry import Severity, bind, configure, emit, emit_lazy, enabled
from vigil_telemetry.outputs import StreamOutput

Write = Callable[[], object]
Target: TypeAlias = str | int  # a path, or an open descriptor
Contestant = Callable[[Target], Write]
_bound: contextvars.ContextVar[dict[str, object]] = contextvars.ContextVar("bound", default={})  # noqa: B039 - never changed in place


def opened(target: Target) -> int:
    """Return a new descriptor, which its contestant may close."""
    return os.dup(target) if isinstance(target, int) else os.open(target, os.O_WRONLY | os.O_CREAT)


def telemetry(target: Target) -> Write:
    configure(
        service=r.SERVICE,
        version=r.VERSION,
        environment=r.ENVIRONMENT,
        project=r.PROJECT,
        level=Severity.INFO,
        output=StreamOutput(opened(target)),
    )
    bind(trace=r.TRACE, request_id=r.REQUEST, correlation_id=r.CORRELATION, user=r.USER).__enter__()
    event, order, channel, items, total, waited = r.OrderPlaced, r.ORDER, r.CHANNEL, r.ITEMS, r.TOTAL, r.WAITED

    def write() -> None:
        emit(event(order=order, channel=channel, items=items, total=total, waited=waited))

    return write


def structlog_orjson(target: Target) -> Write:
    def shape(_: object, method: str, event: structlog.typing.EventDict) -> structlog.typing.EventDict:
        event["severity"] = method.upper()
        event["message"] = event.pop("event")
        event["event"] = event.pop("name")
        function = f"{event.pop('module')}.{event.pop('qual_name')}"
        event[r.SOURCE] = {"file": event.pop("pathname"), "line": str(event.pop("lineno")), "function": function}
        event["function"] = function
        return event

    place = structlog.processors.CallsiteParameter
    structlog.configure(
        cache_logger_on_first_use=True,
        wrapper_class=structlog.make_filtering_bound_logger(logging.INFO),
        processors=[
            structlog.contextvars.merge_contextvars,
            structlog.processors.TimeStamper(fmt="iso", utc=True, key="time"),
            structlog.processors.CallsiteParameterAdder([place.PATHNAME, place.LINENO, place.QUAL_NAME, place.MODULE]),
            shape,
            structlog.processors.JSONRenderer(serializer=orjson.dumps),
        ],
        logger_factory=structlog.BytesLoggerFactory(file=os.fdopen(opened(target), "wb")),
    )
    structlog.contextvars.bind_contextvars(**r.CONTEXT)
    log = structlog.get_logger().bind(**r.STATIC)
    log = log.bind()  # the cached, assembled logger

    def write() -> None:
        log.info(
            f"order {r.ORDER} placed by {r.CHANNEL}",  # noqa: G004 - structlog has no templates
            name="order.placed",
            order=r.ORDER,
            channel=r.CHANNEL,
            items=r.ITEMS,
            total=r.TOTAL,
            waited=r.WAITED,
        )

    return write


def structlog_filtered(target: Target) -> Write:
    structlog_orjson(target)
    log = structlog.get_logger().bind(**r.STATIC)
    order, channel, items, total, waited = r.ORDER, r.CHANNEL, r.ITEMS, r.TOTAL, r.WAITED

    def write() -> None:
        log.debug("order looked at", order=order, channel=channel, items=items, total=total, waited=waited)

    return write


def telemetry_disabled(target: Target) -> Write:
    """The lazy form that takes a function."""
    telemetry(target)
    event, order, channel, items, total, waited = r.OrderLookedAt, r.ORDER, r.CHANNEL, r.ITEMS, r.TOTAL, r.WAITED

    def write() -> None:
        emit_lazy(event, lambda: event(order=order, channel=channel, items=items, total=total, waited=waited))

    return write


def telemetry_guarded(target: Target) -> Write:
    """The lazy form that asks first."""
    telemetry(target)
    event, order, channel, items, total, waited = r.OrderLookedAt, r.ORDER, r.CHANNEL, r.ITEMS, r.TOTAL, r.WAITED

    def write() -> None:
        if enabled(event):
            emit(event(order=order, channel=channel, items=items, total=total, waited=waited))

    return write


def empty(_: Target) -> Write:
    """The closure and the loop alone, which are no contestant's work."""

    def write() -> None:
        return

    return write


class _Stdlib(OrjsonFormatter):
    def process_log_record(self, log_data: dict[str, object]) -> dict[str, object]:
        function = f"{log_data.pop('module')}.{log_data.pop('funcName')}"
        log_data[r.SOURCE] = {
            "file": log_data.pop("pathname"),
            "line": str(log_data.pop("lineno")),
            "function": function,
        }
        log_data["function"] = function
        log_data["severity"] = log_data.pop("levelname")
        return log_data


def _context_filter(log: logging.LogRecord) -> bool:
    log.__dict__.update(_bound.get())
    return True


def stdlib_jsonlogger(target: Target) -> Write:
    _bound.set(r.CONTEXT)
    formatter = _Stdlib(
        "{levelname}{message}{pathname}{lineno}{funcName}{module}",
        style="{",
        timestamp="time",
        static_fields=r.STATIC,
    )
    handler = logging.StreamHandler(os.fdopen(opened(target), "w", encoding="utf-8"))
    handler.setFormatter(formatter)
    handler.addFilter(_context_filter)
    log = logging.getLogger("bench.stdlib")
    log.propagate = False
    log.handlers[:] = [handler]
    log.setLevel(logging.INFO)

    def write() -> None:
        log.info(
            "order %s placed by %s",
            r.ORDER,
            r.CHANNEL,
            extra={
                "event": "order.placed",
                "order": r.ORDER,
                "channel": r.CHANNEL,
                "items": r.ITEMS,
                "total": r.TOTAL,
                "waited": r.WAITED,
            },
        )

    return write


def loguru(target: Target) -> Write:
    def serialize(log: dict[str, object]) -> None:
        function = f"{log['name']}.{log['function']}"
        fields = {
            "severity": log["level"].name,
            "message": log["message"],
            "time": log["time"].astimezone(UTC).isoformat(),
            r.SOURCE: {"file": log["file"].path, "line": str(log["line"]), "function": function},
            "function": function,
            **r.STATIC,
            **log["extra"],
        }
        log["extra"]["line"] = orjson.dumps(fields).decode()

    loguru_logger.remove()
    loguru_logger.add(os.fdopen(opened(target), "w", encoding="utf-8"), format="{extra[line]}", level="INFO")
    log = loguru_logger.patch(serialize)
    context = loguru_logger.contextualize(**r.CONTEXT)
    context.__enter__()

    def write() -> None:
        context  # noqa: B018 - kept alive with the function: it ends when it is collected
        log.info(
            "order {order} placed by {channel}",
            event="order.placed",
            order=r.ORDER,
            channel=r.CHANNEL,
            items=r.ITEMS,
            total=r.TOTAL,
            waited=r.WAITED,
        )

    return write


def google(target: Target) -> Write:
    logging_v2._instrumentation_emitted = True  # noqa: SLF001 - else its first line is one about itself
    _bound.set(r.CONTEXT)

    def fields(log: logging.LogRecord) -> bool:
        bound = _bound.get()
        module = f"{log.module}.{log.funcName}"
        log.trace = bound["logging.googleapis.com/trace"]
        log.span_id = bound["logging.googleapis.com/spanId"]
        log.trace_sampled = True
        log.json_fields = {
            **r.STATIC,
            "request_id": r.REQUEST,
            "correlation_id": r.CORRELATION,
            "user": r.USER,
            "time": datetime.fromtimestamp(log.created, UTC).isoformat(),
            "function": module,
            **getattr(log, "json_fields", {}),
        }
        return True

    handler = StructuredLogHandler(stream=os.fdopen(opened(target), "w", encoding="utf-8"), project_id=r.PROJECT)
    handler.filters.insert(0, fields)
    log = logging.getLogger("bench.google")
    log.propagate = False
    log.handlers[:] = [handler]
    log.setLevel(logging.INFO)

    def write() -> None:
        log.info(
            "order %s placed by %s",
            r.ORDER,
            r.CHANNEL,
            extra={
                "json_fields": {
                    "event": "order.placed",
                    "order": r.ORDER,
                    "channel": r.CHANNEL,
                    "items": r.ITEMS,
                    "total": r.TOTAL,
                    "waited": r.WAITED,
                }
            },
        )

    return write


def _ready() -> dict[str, object]:
    """The record as a dict with a fixed time and place."""
    function = "bench.telemetry.contestants.limit.<locals>.write"
    return {
        "severity": "INFO",
        "message": r.MESSAGE,
        "time": "2026-01-01T00:00:00.000000Z",
        r.SOURCE: {"file": __file__, "line": "1", "function": function},
        "function": function,
        **r.STATIC,
        **r.CONTEXT,
        **r.FIELDS,
    }


def limit(target: Target) -> Write:
    """No logging at all: a ready dict, encoded and written. Its time and place are fixed, so the true limit lies
    above it.
    """
    fd, fields, dumps, write_out, newline = opened(target), _ready(), orjson.dumps, os.write, orjson.OPT_APPEND_NEWLINE

    def write() -> None:
        write_out(fd, dumps(fields, option=newline))

    return write


def limit_locked(target: Target) -> Write:
    """The same under a lock, which keeps a line of any length whole among processes."""
    fields, dumps, newline = _ready(), orjson.dumps, orjson.OPT_APPEND_NEWLINE
    write_out = _locked(opened(target))

    def write() -> None:
        write_out(dumps(fields, option=newline))

    return write


def ready_line(target: Target) -> Write:
    """The write alone, of a line that is encoded once."""
    fd, line, write_out = opened(target), orjson.dumps(_ready(), option=orjson.OPT_APPEND_NEWLINE), os.write

    def write() -> None:
        write_out(fd, line)

    return write


def ready_line_locked(target: Target) -> Write:
    """The same under a lock."""
    line, write_out = orjson.dumps(_ready(), option=orjson.OPT_APPEND_NEWLINE), _locked(opened(target))

    def write() -> None:
        write_out(line)

    return write


def _locked(fd: int) -> Callable[[bytes], None]:
    lock, write_out, exclusive, unlocked = fcntl.lockf, os.write, fcntl.LOCK_EX, fcntl.LOCK_UN

    def write(line: bytes) -> None:
        lock(fd, exclusive)
        try:
            write_out(fd, line)
        finally:
            lock(fd, unlocked)

    return write
