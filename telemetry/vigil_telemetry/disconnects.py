"""Whether an exception says no more than that the client has left."""

from __future__ import annotations

from collections.abc import Iterator
from typing import cast

_NAMES = frozenset({"ClientDisconnect", "ClientDisconnected", "WebSocketDisconnect", "RequestAborted"})
"""Exceptions of Starlette, uvicorn and Django."""
_TEXTS = (
    "No response returned.",  # Starlette's BaseHTTPMiddleware, where the application gave up
    'Cannot call "receive" once a disconnect message has been received',
    'Cannot call "send" once a close message has been sent',
    "WebSocket is not connected",
    "Unexpected ASGI message 'websocket.",  # uvicorn, of a send after the end
)
_MOST = 50


def by_client(error: BaseException, sending: BaseException | None) -> bool:
    """Return whether an exception only follows from the client's leaving, which the server has reported.

    Args:
        error: what the application raised.
        sending: what the server raised last where the application sent something; None where it raised nothing.
    """
    if issubclass(type(error), BaseExceptionGroup):
        group = cast("BaseExceptionGroup[BaseException]", error)
        return all(by_client(member, sending) for member in group.exceptions)
    return any(one is sending or _names_leaving(one) for one in _chain(error))


def _names_leaving(error: BaseException) -> bool:
    if any(kind.__name__ in _NAMES for kind in type(error).__mro__):
        return True
    return issubclass(type(error), RuntimeError) and str(error).startswith(_TEXTS)


def _chain(error: BaseException) -> Iterator[BaseException]:
    """Return the exception and those that it was raised `from`."""
    one: BaseException | None = error
    for _ in range(_MOST):
        if one is None:
            return
        yield one
        one = one.__cause__
