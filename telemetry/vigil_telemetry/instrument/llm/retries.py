"""Retries that a provider's library makes by itself: seen where it sends its requests."""

from __future__ import annotations

from vigil_telemetry.instrument.duck import Duck
from vigil_telemetry.instrument.llm.calls import current_call

_TRANSPORT, _MOUNTS = "_transport", "_mounts"


def count_retries(client: Duck) -> None:
    """Tells each request of an HTTP client (httpx's shape) to the call that makes it.

    A client of another shape is left alone: then retries are not seen.
    """
    if client is None or not hasattr(client, _TRANSPORT) or isinstance(getattr(client, _TRANSPORT), Telling):
        return
    setattr(client, _TRANSPORT, Telling(getattr(client, _TRANSPORT)))
    mounts: dict[Duck, Duck] = getattr(client, _MOUNTS, {})
    for pattern, mounted in list(mounts.items()):
        if mounted is not None:
            mounts[pattern] = Telling(mounted)


class Telling:
    """A transport that tells the call of the moment what it sends and gets; all else is its inner transport's."""

    def __init__(self, inner: Duck) -> None:
        self._inner = inner

    def __getattr__(self, name: str) -> Duck:
        return getattr(self._inner, name)

    def handle_request(self, request: Duck) -> Duck:
        """Sends the request."""
        call = current_call.get()
        if call is None:
            return self._inner.handle_request(request)
        call.sending()
        try:
            response = self._inner.handle_request(request)
        except BaseException as error:
            call.broke(error)
            raise
        call.replied(response.status_code)
        return response

    async def handle_async_request(self, request: Duck) -> Duck:
        """Sends the request."""
        call = current_call.get()
        if call is None:
            return await self._inner.handle_async_request(request)
        call.sending()
        try:
            response = await self._inner.handle_async_request(request)
        except BaseException as error:
            call.broke(error)
            raise
        call.replied(response.status_code)
        return response

    def __enter__(self) -> Duck:
        self._inner.__enter__()
        return self

    def __exit__(self, *error: object) -> None:
        self._inner.__exit__(*error)

    async def __aenter__(self) -> Duck:
        await self._inner.__aenter__()
        return self

    async def __aexit__(self, *error: object) -> None:
        await self._inner.__aexit__(*error)
