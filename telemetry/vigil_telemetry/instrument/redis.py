"""Commands sent with redis-py, sync and async: `client = observe(redis.Redis())`. Keys and values are never written."""

from __future__ import annotations

from inspect import iscoroutinefunction
from typing import TypeVar

from vigil_telemetry.instrument.duck import Duck
from vigil_telemetry.instrument.statements import timed

C = TypeVar("C")
PIPELINE = "(pipeline)"
_OBSERVED = "_vigil_observed"


def observe(client: C, *, slow_after: float | None = None) -> C:
    """Log every command of a client by its name, such as `GET`; a pipeline is one line.

    Args:
        client: `redis.Redis` or `redis.asyncio.Redis`; it is changed, and given back. A second call changes nothing.
        slow_after: seconds from which a command is written as slow as well.

    Raises TypeError where the client is not one of redis-py.
    """
    inside: Duck = client
    if getattr(inside, _OBSERVED, False):
        return client
    if not hasattr(inside, "execute_command") or not hasattr(inside, "pipeline"):
        raise TypeError(f"{type(client).__qualname__} is no client of redis-py: observe a redis.Redis")
    _wrap(inside, "execute_command", slow_after, whole=False)
    pipeline = inside.pipeline

    def observed_pipeline(*args: Duck, **options: Duck) -> Duck:
        made = pipeline(*args, **options)
        _wrap(made, "execute", slow_after, whole=True)
        return made

    inside.pipeline = observed_pipeline
    setattr(inside, _OBSERVED, True)
    return client


def _wrap(target: Duck, name: str, slow_after: float | None, *, whole: bool) -> None:
    inner = getattr(target, name)

    def query(args: tuple[Duck, ...]) -> str:
        return PIPELINE if whole or not args else str(args[0]).split(" ", 1)[0].upper()[:32]

    if iscoroutinefunction(inner):

        async def waiting(*args: Duck, **options: Duck) -> Duck:
            with timed("redis", "call", query(args), slow_after):
                return await inner(*args, **options)

        setattr(target, name, waiting)
        return

    def calling(*args: Duck, **options: Duck) -> Duck:
        with timed("redis", "call", query(args), slow_after):
            return inner(*args, **options)

    setattr(target, name, calling)
