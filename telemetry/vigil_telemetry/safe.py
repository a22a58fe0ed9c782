"""Text and JSON that can always be written."""

from __future__ import annotations

import signal
import sys
from functools import partial
from opcode import opmap
from types import CodeType, FunctionType, MethodType, TracebackType
from typing import cast

import msgspec

_encode = msgspec.json.Encoder().encode


def safe_text(text: str) -> str:
    """Return the text with lone surrogates replaced, which UTF-8 has no form for."""
    if text.isascii():
        return text
    try:
        text.encode()
    except UnicodeEncodeError:
        return text.encode("utf-8", "replace").decode()
    return text


def encode_safe(value: object) -> bytes:
    """Return plain values (dict, list, str, numbers) as JSON; lone surrogates are replaced."""
    try:
        return _encode(value)
    except UnicodeEncodeError:
        return _encode(_cleaned(value))


def _cleaned(value: object) -> object:
    if isinstance(value, str):
        return safe_text(value)
    if isinstance(value, dict):
        return {_cleaned(key): _cleaned(item) for key, item in cast("dict[object, object]", value).items()}
    if isinstance(value, list):
        return [_cleaned(item) for item in cast("list[object]", value)]
    return value


def from_value() -> type[BaseException]:
    """Return what a guard around the code of a foreign value catches, as the class behind `except`.

    It is everything that the value's own code raised: a `__str__` may raise KeyboardInterrupt or CancelledError. What
    ends the process from outside, as Ctrl-C or the application's handler of a signal does, is not caught.
    """
    error = sys.exc_info()[1]
    if error is None or issubclass(type(error), Exception):
        return Exception
    return Exception if _from_outside(error) else BaseException


def _from_outside(error: BaseException) -> bool:
    """Whether a signal raised it: the interpreter between two instructions, or a handler of the application."""
    trace = sys.exc_info()[2]
    handlers = _handlers()
    last: TracebackType | None = None
    while trace is not None:
        if trace.tb_frame.f_code in handlers:
            return True
        last, trace = trace, trace.tb_next
    if not issubclass(type(error), KeyboardInterrupt) or last is None:
        return False
    return last.tb_frame.f_code.co_code[last.tb_lasti] != opmap["RAISE_VARARGS"]


def _handlers() -> frozenset[CodeType]:
    """The code of the application's handlers of signals."""
    found: set[CodeType] = set()
    for number in (signal.SIGINT, signal.SIGTERM):
        handler = _handler(number)
        while isinstance(handler, partial):  # as asyncio sets it
            handler = cast("partial[object]", handler).func
        if isinstance(handler, MethodType):
            handler = handler.__func__
        if isinstance(handler, FunctionType):
            found.add(handler.__code__)
    return frozenset(found)


def _handler(number: signal.Signals) -> object:
    try:
        return signal.getsignal(number)
    except BaseException:  # noqa: BLE001 - it asks the handler for its text: asyncio's holds a task and its error
        return None
