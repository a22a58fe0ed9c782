"""Requests that a FastAPI or Starlette application answers: `app = instrument_fastapi(FastAPI())`.

The same as `vigil_telemetry.asgi.RequestLogging`, outside everything of the framework. `app.add_middleware` puts a
middleware inside the framework's last error handler, whose answer to an exception (500) then has no request id.
"""

from __future__ import annotations

from collections.abc import Collection
from functools import partial
from typing import TypeVar, cast

from vigil_telemetry.arguments import validated
from vigil_telemetry.asgi import HEALTH_CHECKS, HeaderName, RequestLogging
from vigil_telemetry.instrument.duck import Duck

A = TypeVar("A")


@validated
def instrument_fastapi(
    app: A,
    *,
    health_checks: Collection[str] = HEALTH_CHECKS,
    request_id_header: HeaderName = "X-Request-Id",
    correlation_id_header: HeaderName = "X-Correlation-Id",
) -> A:
    """Log the requests of an application; it is changed, and given back. Its arguments are those of `RequestLogging`.

    Raises TypeError where the application is neither FastAPI's nor Starlette's; wrap any other, `RequestLogging(app)`.
    Raises RuntimeError where it has served requests already.
    """
    inside: Duck = app
    if not hasattr(inside, "build_middleware_stack"):
        raise TypeError(f"{type(app).__qualname__} is neither FastAPI nor Starlette: wrap it, RequestLogging(app)")
    if getattr(inside, "middleware_stack", None) is not None:
        raise RuntimeError("the application has started: instrument it where it is made")
    kind = cast("type[object]", type(inside))
    logging = RequestLogging(
        partial(cast("Duck", kind).__call__, inside),
        health_checks=health_checks,
        request_id_header=request_id_header,
        correlation_id_header=correlation_id_header,
    )
    logging.inside = inside

    async def call(_: object, scope: Duck, receive: Duck, send: Duck) -> None:
        await logging(scope, receive, send)

    # a call is looked up in the class; the middlewares are left as they are, since OpenTelemetry builds them anew and
    # refuses any that it does not know
    inside.__class__ = type(
        kind.__name__, (kind,), {"__call__": call, "__module__": kind.__module__, "__doc__": kind.__doc__}
    )
    return app
