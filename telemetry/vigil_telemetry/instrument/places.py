"""Where in the application a call was made: the line in the log should name that, and no library's inside."""

from __future__ import annotations

import sys

from vigil_telemetry.location import place_at

_LIBRARIES = (
    "httpx", "httpx2", "requests", "urllib3", "sqlalchemy", "greenlet", "openai", "anthropic", "google", "tenacity",
    "aiohttp", "aiosignal", "asyncpg", "psycopg", "redis", "celery", "langchain_core", "langgraph", "pydantic_ai",
    "temporalio", "asyncio", "contextlib", "concurrent", "threading", "functools", __name__.partition(".")[0],
)  # fmt: skip
_DEEPEST = 40

_getframe = sys._getframe  # noqa: SLF001 # pyright: ignore[reportPrivateUsage] - the documented way to a caller


def caller_place() -> bytes | None:
    """Return the nearest frame that is neither ours nor a library's, encoded for `emit`; None where none is near."""
    frame = _getframe(1)
    for _ in range(_DEEPEST):
        package = str(frame.f_globals.get("__name__", "")).partition(".")[0]
        if package not in _LIBRARIES:
            return place_at(frame)
        outer = frame.f_back
        if outer is None:
            return None
        frame = outer
    return None
