"""Lines that do not come from an event: those of other libraries' loggers.

Everything in them is scanned, and nothing in them can take the place of a field of ours.
"""

from __future__ import annotations

from collections.abc import Mapping

from vigil_telemetry import runtime
from vigil_telemetry.clock import clock
from vigil_telemetry.context import current, encode_ids, encode_span
from vigil_telemetry.counters import counters
from vigil_telemetry.guard import cut
from vigil_telemetry.outputs.muted import MutedOutput
from vigil_telemetry.outputs.queue import QueueOutput
from vigil_telemetry.outputs.stream import StreamOutput
from vigil_telemetry.redaction import Budget, redact, redact_identifier, redact_text
from vigil_telemetry.safe import encode_safe, safe_text
from vigil_telemetry.severity import Severity

EVENT = "log"
"""The field `event` of such lines."""


def level_of(logger: str) -> Severity:
    """Return the level that lines of a logger have to reach: that of the event family `log.<logger>`."""
    return runtime.settings().level_of(f"{EVENT}.{logger}" if logger else EVENT)


def line_of(
    logger: str,
    severity: Severity,
    message: object,
    *,
    extra: Mapping[str, object] | None = None,
    stack_trace: str | None = None,
    place: bytes = b"",
    ids: Mapping[str, object] | None = None,
) -> bytes:
    """Return one line: `event` is `log`, `logger` names the logger, and `extra` has what the caller added.

    Args:
        logger: the logger's name.
        severity: of the line.
        message: the text, formatted.
        extra: what was added to it; scanned by key and by value.
        stack_trace: a rendered exception, redacted already.
        place: the encoded place in the code.
        ids: ids of the context that the line knows better than the current context.
    """
    settings, scope = runtime.settings(), current()
    context = {"service": settings.service} | ({"version": settings.version} if settings.version else {})
    head: dict[str, object] = {"severity": severity.name, "serviceContext": context, "service": settings.service}
    if settings.environment:
        head["environment"] = settings.environment
    budget = Budget()
    text = message if isinstance(message, str) else str(redact(message))
    head["message"] = redact_text(safe_text(text), budget)
    body: dict[str, object] = {"event": EVENT, "logger": redact_identifier("", logger)}
    if extra:
        body["extra"] = redact(dict(extra), budget=budget)
    if stack_trace is not None:
        body["stack_trace"] = stack_trace
    known = {name: redact_identifier(name, value) for name, value in (ids or {}).items() if value is not None}
    bound = encode_ids({**scope.ids(), **known}) if known else scope.encoded
    trace = scope.encoded_trace if settings.span is None else encode_span(settings.span, scope.encoded_trace)
    head["time"] = clock.text()
    line = b"".join((encode_safe(head)[:-1], bound, trace, b",", place, encode_safe(body)[1:], b"\n"))
    return line if len(line) <= settings.line_limit else cut(line, settings.line_limit)


def takes_nested() -> bool:
    """Return whether the output takes a line while this thread writes another one to it, and logs nothing itself."""
    output = runtime.settings().output
    if isinstance(output, MutedOutput):
        output = output.inner
    return isinstance(output, StreamOutput | QueueOutput)


def write(line: bytes) -> None:
    """Hand the line to the output. Never raises."""
    try:
        runtime.settings().output.write(line)
    except Exception:  # noqa: BLE001 - an output of somebody else's may do anything
        counters.lost(1)
