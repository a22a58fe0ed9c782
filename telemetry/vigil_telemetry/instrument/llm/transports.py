"""The HTTP transport of a provider's client: each request that it sends, and each answer that comes back."""

from __future__ import annotations

from collections.abc import AsyncIterator, Iterator
from typing import cast

from vigil_telemetry.counters import counters
from vigil_telemetry.instrument.duck import Duck
from vigil_telemetry.instrument.llm.bodies import Body
from vigil_telemetry.instrument.llm.calls import LlmCall, current_call
from vigil_telemetry.safe import from_value

_TRANSPORT, _MOUNTS, _WATCHED = "_transport", "_mounts", "vigil_watches"
_REDIRECT = 300


def watch_transport(client: Duck) -> None:
    """Show the requests of an HTTP client (httpx's shape) to the call that makes them.

    A client of another shape is left alone: then retries are not seen, and an answer is read from what the library
    returns.
    """
    transport = getattr(client, _TRANSPORT, None)
    if transport is None or getattr(transport, _WATCHED, False):
        return
    setattr(client, _TRANSPORT, Watching(transport))
    mounts: dict[Duck, Duck] = getattr(client, _MOUNTS, {})
    for pattern, mounted in list(mounts.items()):
        if mounted is not None:
            mounts[pattern] = Watching(mounted)


class Watching:
    """A transport that shows the current call what is sent and received; all else is its inner transport's."""

    vigil_watches = True

    def __init__(self, inner: Duck) -> None:
        self._inner = inner

    def __getattr__(self, name: str) -> Duck:
        if name.startswith("__"):
            raise AttributeError(name)  # a copy or pickle in the making has no inner transport yet
        return getattr(self._inner, name)

    def handle_request(self, request: Duck) -> Duck:
        """Send the request."""
        call = current_call.get()
        if call is None:
            return self._inner.handle_request(request)
        _sending(call, request)
        try:
            response = self._inner.handle_request(request)
        except BaseException as error:
            call.broke(error)
            raise
        return _received(call, response, Bytes)

    async def handle_async_request(self, request: Duck) -> Duck:
        """Send the request."""
        call = current_call.get()
        if call is None:
            return await self._inner.handle_async_request(request)
        _sending(call, request)
        try:
            response = await self._inner.handle_async_request(request)
        except BaseException as error:
            call.broke(error)
            raise
        return _received(call, response, AsyncBytes)

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


def _sending(call: LlmCall, request: Duck) -> None:
    try:
        if call.reading is not None and call.reading[1] is not None:
            request.headers["accept-encoding"] = "identity"  # a part to leave out must be readable
    except from_value():  # a request of unknown form is sent as it is
        counters.note("failed")
    call.sending()


def _received(call: LlmCall, response: Duck, kind: type[Bytes | AsyncBytes]) -> Duck:
    """Return the same response, whose bytes are read as the caller gets them."""
    try:
        call.replied(response.status_code)
        if call.reading is None or response.status_code >= _REDIRECT:
            return response
        reader, hidden = call.reading
        headers = response.headers
        body = Body(
            call, reader, hidden, headers.get("content-type", ""), headers.get("content-encoding", "").lower().strip()
        )
        stream = kind(response.stream, body)
        if response.is_closed:  # made from bytes that are there already, as by a transport for tests
            made = cast("Duck", type(response))
            response = made(response.status_code, headers=headers, stream=stream, extensions=response.extensions)
        else:
            response.stream = stream
        call.watched = True
    except from_value():  # a response of unknown form is the caller's all the same
        counters.note("failed")
    return response


class _Stream:
    """Passes for the byte stream that it stands for."""

    def __init__(self, inner: Duck, body: Body) -> None:
        self._inner, self._body = inner, body

    @property
    def __class__(self) -> type[object]:  # pyright: ignore[reportIncompatibleMethodOverride] - httpx asks for its own classes
        return type(cast("object", self._inner))

    def __getattr__(self, name: str) -> Duck:
        if name.startswith("__"):
            raise AttributeError(name)
        return getattr(self._inner, name)

    def __del__(self) -> None:
        body = self.__dict__.get("_body")
        if body is not None:
            body.left()


class Bytes(_Stream):
    """Of a synchronous client."""

    def __iter__(self) -> Iterator[bytes]:
        try:
            for chunk in self._inner:
                yield from self._body.feed(chunk)
        except GeneratorExit:
            raise
        except Exception as error:
            if rest := self._body.broke(error):
                yield rest
            raise
        except BaseException as error:  # a cancellation is not preceded by bytes: a caller may miss it then
            self._body.broke(error)
            raise
        if rest := self._body.ended():
            yield rest

    def close(self) -> None:
        """Close the stream."""
        try:
            self._inner.close()
        finally:
            self._body.left()


class AsyncBytes(_Stream):
    """Of an asynchronous client."""

    async def __aiter__(self) -> AsyncIterator[bytes]:
        try:
            async for chunk in self._inner:
                for piece in self._body.feed(chunk):
                    yield piece
        except GeneratorExit:
            raise
        except Exception as error:
            if rest := self._body.broke(error):
                yield rest
            raise
        except BaseException as error:  # a cancellation is not preceded by bytes: a caller may miss it then
            self._body.broke(error)
            raise
        if rest := self._body.ended():
            yield rest

    async def aclose(self) -> None:
        """Close the stream."""
        try:
            await self._inner.aclose()
        finally:
            self._body.left()
