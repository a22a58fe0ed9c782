"""Where a request has passed everything that may open a span of OpenTelemetry for it.

Instrumentations and frameworks open the request's span in a middleware, or before all of them. Lines before that would
carry another trace than those of the handler.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from inspect import isroutine
from typing import Any

_MOST = 100  # middlewares inside one another


class Entrance:
    """Stands before an application's router, and says that a request has come there."""

    def __init__(self, app: Callable[..., Awaitable[None]], entered: Callable[[Any], None]) -> None:
        self.app = app
        self._entered = entered

    async def __call__(self, scope: Any, receive: Any, send: Any) -> None:  # noqa: ANN401 - ASGI's own, of many types
        self._entered(scope)
        await self.app(scope, receive, send)


def put_entrance(app: object, entered: Callable[[Any], None]) -> bool:
    """Put an entrance behind all middlewares of an application; whether it has any.

    A middleware keeps what is inside it as `app`; a Starlette application builds them at its first request.
    """
    holder: Any = None
    inside: Any = app
    for _ in range(_MOST):
        if getattr(inside, "middleware_stack", False) is None:
            inside.middleware_stack = inside.build_middleware_stack()
        stack = getattr(inside, "middleware_stack", None)
        further = stack if stack is not None and not isroutine(stack) else getattr(inside, "app", None)
        if further is None or isroutine(further) or isinstance(inside, Entrance):
            break
        holder, inside = inside, further
    if holder is None:
        return False
    if isinstance(inside, Entrance):
        return True
    if getattr(holder, "middleware_stack", None) is inside:
        holder.middleware_stack = Entrance(inside, entered)
    else:
        holder.app = Entrance(inside, entered)
    return True
