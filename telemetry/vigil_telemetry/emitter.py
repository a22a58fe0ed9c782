"""Emitting: one event becomes one line, and nothing that goes wrong on the way reaches the application."""

from __future__ import annotations

import sys
from collections.abc import Callable, Mapping
from types import FrameType
from typing import Any, TypeAlias, TypeVar

from vigil_telemetry import runtime
from vigil_telemetry.counters import counters
from vigil_telemetry.event import Event
from vigil_telemetry.writers import Writer, compile_writer, write_nothing

E = TypeVar("E", bound=Event)

_getframe = sys._getframe  # noqa: SLF001  # pyright: ignore[reportPrivateUsage] - the documented way to a caller, and the only cheap one
_writers: dict[type[Event], Writer] = {}
_silent: set[type[Event]] = set()
Observer: TypeAlias = Callable[[Any], None]  # of events of one kind
_observers: dict[type[Event], Observer] = {}


def emit(event: Event, *, exception: BaseException | None = None, place: bytes | None = None) -> None:
    """Write an event as one line. Never raises.

    Args:
        event: what happened.
        exception: the error that made it happen: becomes `stack_trace`, redacted, which Error Reporting groups.
        place: where in the code it happened, as `location` encodes it, where that is not the line of this call.
    """
    try:
        try:
            writer = _writers[type(event)]
        except KeyError:
            writer = _writer(type(event))
        writer(event, exception, _getframe(1), place)
    except Exception:  # noqa: BLE001 - whatever it is, the application goes on
        if not isinstance(event, Event):  # pyright: ignore[reportUnnecessaryIsInstance] - most applications run no type checker
            counters.reason = f"emit: event is a {type(event).__name__}; give an instance of an event"
        counters.note("failed")


def emit_lazy(kind: type[E], build: Callable[[], E], *, exception: BaseException | None = None) -> None:
    """Write the event that `build` makes; where the level of its kind is off, `build` is not called. Never raises.

    ```python
    emit_lazy(CacheMissed, lambda: CacheMissed(key=key, size=len(render(value))))
    ```

    `if enabled(CacheMissed): emit(CacheMissed(...))` does the same for less, since no function is made.
    """
    if kind in _silent:
        return
    try:
        try:
            writer = _writers[kind]
        except KeyError:
            writer = _writer(kind)
        if kind not in _silent:
            writer(build(), exception, _getframe(1), None)
    except Exception:  # noqa: BLE001 - as above
        counters.note("failed")


def enabled(kind: type[Event]) -> bool:
    """Return whether some event of this kind would be written at the level in force. Never raises."""
    if kind in _silent:
        return False
    try:
        if kind not in _writers:
            _writer(kind)
    except Exception:  # noqa: BLE001 - an ill-formed event cannot be written, which is all that is asked here
        return False
    return kind not in _silent


def _writer(kind: type[Event]) -> Writer:
    try:
        writer = compile_writer(kind)
    except Exception as error:
        counters.reason = f"{kind.__qualname__}: {error}"
        raise
    if writer is write_nothing:
        _silent.add(kind)
    observe = _observers.get(kind)
    if observe is not None:
        writer = _observed(writer, observe)
    _writers[kind] = writer
    return writer


def _observed(writer: Writer, observe: Observer) -> Writer:
    def both(event: Event, exception: BaseException | None, frame: FrameType, place: bytes | None) -> None:
        writer(event, exception, frame, place)
        observe(event)

    return both


def observe_events(observers: Mapping[type[Event], Observer]) -> None:
    """Tell of each event of these kinds, also of one whose level is off. An observer that raises is counted."""
    _observers.clear()
    _observers.update(observers)
    _forget()


def _forget() -> None:
    _writers.clear()
    _silent.clear()


runtime.on_change(_forget)
