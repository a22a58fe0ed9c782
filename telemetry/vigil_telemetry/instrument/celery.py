"""Tasks of Celery, through its own signals: `observe()` once, in the worker and in whoever sends tasks.

A task gets the ids and the trace of who sent it; each attempt writes `task.completed` or `task.failed`.
"""

from __future__ import annotations

from time import perf_counter

from celery import signals

from vigil_telemetry.bridges.stdlib import capture
from vigil_telemetry.context import bind
from vigil_telemetry.counters import counters
from vigil_telemetry.emitter import emit
from vigil_telemetry.events.tasks import TaskCompleted, TaskFailed
from vigil_telemetry.exceptions import error_text, error_type
from vigil_telemetry.instrument.duck import Duck
from vigil_telemetry.instrument.propagation import as_text, bound, carried, from_text
from vigil_telemetry.requests import place_of_error
from vigil_telemetry.safe import from_value

HEADER = "vigil"
"""The message's header that carries the ids."""
_running: dict[str, tuple[bind, float]] = {}


def observe(*, lines: bool = True) -> None:
    """Log every task of this process. Calling it again changes nothing.

    Args:
        lines: whether the lines of Celery's own loggers come out as ours; Celery's set-up of logging is then left out.
    """
    signals.before_task_publish.connect(_published, weak=False, dispatch_uid="vigil")
    signals.task_prerun.connect(_begun, weak=False, dispatch_uid="vigil")
    signals.task_retry.connect(_retried, weak=False, dispatch_uid="vigil")
    signals.task_failure.connect(_failed, weak=False, dispatch_uid="vigil")
    signals.task_success.connect(_succeeded, weak=False, dispatch_uid="vigil")
    signals.task_postrun.connect(_ended, weak=False, dispatch_uid="vigil")
    if lines:
        signals.setup_logging.connect(_set_up, weak=False, dispatch_uid="vigil")


def _set_up(**_: Duck) -> None:
    capture()


def _published(headers: Duck = None, **_: Duck) -> None:
    try:
        ids = carried()
        if ids and headers is not None:
            headers.setdefault(HEADER, as_text(ids))
    except from_value():  # the task is sent as without us
        counters.note("failed")


def _begun(task_id: str = "", task: Duck = None, **_: Duck) -> None:
    try:
        arrived: Duck = getattr(task.request, HEADER, None) or dict[str, Duck](task.request.headers or {}).get(HEADER)
        held = bound(from_text(arrived) if isinstance(arrived, str) else {}, activity_id=task_id)
        held.__enter__()
        _running[task_id] = held, perf_counter()
    except from_value():  # the task runs as without us
        counters.note("failed")


def _succeeded(sender: Duck = None, **_: Duck) -> None:
    request = sender.request
    emit(
        TaskCompleted(
            task=str(sender.name), attempt=_attempt(request), duration=_since(request.id), task_id=str(request.id)
        )
    )


def _failed(sender: Duck = None, task_id: str = "", exception: Duck = None, **_: Duck) -> None:
    _emit_failure(sender, task_id, exception, final=True)


def _retried(sender: Duck = None, request: Duck = None, reason: Duck = None, **_: Duck) -> None:
    cause: object = getattr(reason, "exc", reason)
    _emit_failure(sender, str(request.id), cause if isinstance(cause, BaseException) else reason, final=False)


def _emit_failure(sender: Duck, task_id: str, error: Duck, *, final: bool) -> None:
    emit(
        TaskFailed(
            task=str(sender.name),
            attempt=_attempt(sender.request),
            consequence="final" if final else "retried",
            error_type=error_type(error) if isinstance(error, BaseException) else "other",
            error=error_text(error) if isinstance(error, BaseException) else str(error),
            duration=_since(task_id),
            task_id=task_id,
        ),
        exception=error if isinstance(error, Exception) else None,
        place=place_of_error(error) if isinstance(error, BaseException) else None,
    )


def _ended(task_id: str = "", **_: Duck) -> None:
    held = _running.pop(task_id, None)
    if held is not None:
        held[0].__exit__(None, None, None)


def _attempt(request: Duck) -> int:
    return int(getattr(request, "retries", 0) or 0) + 1


def _since(task_id: str) -> float:
    held = _running.get(task_id)
    return round(perf_counter() - held[1], 6) if held is not None else 0.0
