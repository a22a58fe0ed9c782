"""Emitting: one event becomes one line, and nothing that goes wrong on the way reaches the application."""

from __future__ import annotations

import sys
from collections.abc import Callable, Mapping
from types import FrameType
from typing import Any, TypeAlias, TypeVar, cast

from vigil_telemetry import runtime
from vigil_telemetry.counters import counters
from vigil_telemetry.event import Event
from vigil_telemetry.reserved import SOURCE_LOCATION
from vigil_telemetry.safe import from_value
from vigil_telemetry.writers import Writer, compile_writer, write_nothing

E = TypeVar("E", bound=Event)

_getframe = sys._getframe  # noqa: SLF001  # pyright: ignore[reportPrivateUsage] - the documented way to a caller, and the only cheap one
_writers: dict[type[Event], Writer] = {}
_silent: set[type[Event]] = set()
_places: set[bytes] = set()
"""Places that are what `location` encodes."""
_MOST = 8192
_PLACE = f'"{SOURCE_LOCATION}":'.encode()
Observer: TypeAlias = Callable[[Any], None]  # its argument is an event of one kind
_observers: dict[type[Event], Observer] = {}


# `exception` and `place` of the two functions below are not keyword-only: CPython 3.11 makes the frame of a function
# with such a parameter by a slower way, which costs each call 25 ns.
def emit(event: Event, exception: BaseException | None = None, place: bytes | None = None) -> None:
    """Write an event as one line. Never raises.

    Args:
        event: what happened.
        exception: the error that made it happen: becomes `stack_trace`, redacted, which Error Reporting groups.
        place: where in the code it happened, as `location` encodes it, where that is not the line of this call.
    """
    try:
        if place is None and exception is None:
            event.__write__(_getframe(1), None, None)
        elif exception is None and type(place) is bytes and place in _places:
            event.__write__(None, None, place)
        else:
            event.__write__(_getframe(1), *_fitting(exception, place))
    except from_value() as error:  # whatever it is, the application continues
        reason = counters.reason  # the reason that its refused class gave
        if not issubclass(type(event), Event):  # pyright: ignore[reportUnnecessaryIsInstance] - no type checker runs there; `isinstance` would ask the value itself
            reason = f"emit: event is a {type(event).__name__}; give an instance of an event"
        elif type(event) in _writers:
            reason = f"{type(event).__qualname__}: {type(error).__name__}"
        counters.note("failed", reason)


def _fitting(exception: object, place: object) -> tuple[BaseException | None, bytes | None]:
    """Return both as they may stand in a line: what is no exception, or no place, is left out and counted."""
    if exception is not None and not issubclass(type(exception), BaseException):
        counters.note("repaired", f"emit: exception is a {type(exception).__name__}; give the exception itself")
        exception = None
    if type(place) is bytes and place.startswith(_PLACE) and place.endswith(b","):
        if len(_places) >= _MOST:
            _places.clear()
        _places.add(place)
    elif place is not None:
        counters.note("repaired", f"emit: place is a {type(place).__name__}; give what `location` encodes")
        place = None
    return cast("BaseException | None", exception), place


def emit_lazy(kind: type[E], build: Callable[[], E], exception: BaseException | None = None) -> None:
    """Write the event that `build` makes; where the level of its kind is off, `build` is not called. Never raises.

    ```python
    emit_lazy(CacheMissed, lambda: CacheMissed(key=key, size=len(render(value))))
    ```

    `if enabled(CacheMissed): emit(CacheMissed(...))` does the same for less, since no function is made.
    """
    try:
        if kind in _silent:
            return
        try:
            writer = _writers[kind]
        except KeyError:
            writer = writer_of(kind)
        if kind not in _silent:
            event = build()
            if type(event) is not kind:
                raise TypeError("build made another event")
            writer(event, _getframe(1), *_fitting(exception, None))
    except from_value() as error:  # as above
        if _is_event_class(kind, "emit_lazy") and kind in _writers:
            counters.reason = f"emit_lazy: {kind.__qualname__}: build raised {type(error).__name__}"
        counters.note("failed", counters.reason)


def enabled(kind: type[Event]) -> bool:
    """Return whether some event of this kind would be written at the level in force. Never raises.

    What is no event class is counted as failed, and is not enabled.
    """
    try:
        if kind in _silent:
            return False
        if kind not in _writers:
            writer_of(kind)
        on = kind not in _silent
    except from_value():  # an ill-formed event cannot be written, so it is not enabled
        if not _is_event_class(kind, "enabled"):
            counters.note("failed", counters.reason)
        return False
    return on


def _is_event_class(kind: object, call: str) -> bool:
    """Return whether it is one; else say what it is, for the report."""
    if issubclass(type(kind), type) and issubclass(cast("type", kind), Event):
        return True
    name = type(kind).__name__
    counters.reason = f"{call}: kind is a {name}; give the class of an event"
    return False


def writer_of(kind: type[Event]) -> Writer:
    """Return the writer of a class under the settings in force, made where it is not there yet.

    Raises TypeError where the class is not a well-formed event.
    """
    while True:
        state = _state
        try:
            writer = compile_writer(kind)
        except Exception as error:
            counters.reason = f"{getattr(kind, '__qualname__', type(kind).__name__)}: {error}"
            raise
        if writer is write_nothing:
            _silent.add(kind)
        observe = _observers.get(kind)
        if observe is not None:
            writer = _observed(writer, observe)
        _writers[kind] = writer
        kind.__write__ = writer
        if _state is state:
            return writer
        _forget_writer(kind)  # settings or observers have changed meanwhile


def _observed(writer: Writer, observe: Observer) -> Writer:
    def both(event: Event, frame: FrameType | None, exception: BaseException | None, place: bytes | None) -> None:
        writer(event, frame, exception, place)
        observe(event)

    return both


def observe_events(observers: Mapping[type[Event], Observer]) -> None:
    """Call an observer for each event of these kinds, even if its level is off. An observer that raises is counted."""
    _observers.clear()
    _observers.update(observers)
    _forget()


_state = object()
"""Another one whenever other settings or observers come into force."""


def _forget() -> None:
    global _state  # noqa: PLW0603 - one process, one configuration
    _state = object()
    for kind in list(_writers):
        _forget_writer(kind)


def _forget_writer(kind: type[Event]) -> None:
    kind.__write__ = Event.__write__
    _writers.pop(kind, None)
    _silent.discard(kind)


runtime.on_change(_forget)
