"""Reads a request's body within its limits: bytes of this one and of all together, and seconds."""

import asyncio
from collections.abc import Awaitable, Callable, MutableMapping
from typing import Any, TypeAlias

from vigil_drains.authentication import Headers
from vigil_drains.batches import MAX_BODY, TooLargeError

Message: TypeAlias = MutableMapping[str, Any]  # ASGI's own, whose values are of many types
Receive: TypeAlias = Callable[[], Awaitable[Message]]

BODY_SECONDS = 20.0
"""Wall seconds that a body may take to arrive. Cloud Run ends the whole request after thirty."""
MAX_BODIES = 64 * 1024 * 1024
"""Bytes of all bodies that are being read: nobody has proven yet that they know the secret."""


class LeftError(Exception):
    """The sender went away before its delivery was complete."""


class TooSlowError(Exception):
    """The body did not arrive in time."""


class BusyError(Exception):
    """Too much is being read already."""


class Bodies:
    """Reads bodies, and knows how much of them is held at this moment."""

    def __init__(self, *, seconds: float = BODY_SECONDS, most: int = MAX_BODIES) -> None:
        self._seconds, self._most = seconds, most
        self._held = 0

    async def read(self, headers: Headers, receive: Receive) -> bytes:
        """Return the raw body. Raises TooLargeError and BusyError without reading on, TooSlowError, LeftError."""
        announced = headers.get(b"content-length", b"")
        if announced.isdigit() and int(announced[:20]) > MAX_BODY:
            raise TooLargeError
        parts: list[bytes] = []
        size = 0
        try:
            async with asyncio.timeout(self._seconds):
                while True:
                    message = await receive()
                    if message["type"] == "http.disconnect":
                        raise LeftError
                    part: bytes = message.get("body", b"")
                    size, self._held = size + len(part), self._held + len(part)
                    if size > MAX_BODY:
                        raise TooLargeError
                    if self._held > self._most:
                        raise BusyError
                    parts.append(part)
                    if not message.get("more_body", False):
                        return b"".join(parts)
        except TimeoutError as error:
            raise TooSlowError from error
        finally:
            self._held -= size
