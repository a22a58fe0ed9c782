"""Calls made with httpx (or httpx2, which has the same shape), sync and async.

```python
client = httpx.AsyncClient(base_url=INVENTORY)
instrument_httpx(client, target="inventory", propagate_to=["inventory.internal"])
```
"""

from __future__ import annotations

from collections.abc import Collection, Mapping, MutableMapping
from types import TracebackType
from typing import Protocol, Self, TypeVar

from vigil_telemetry.arguments import validated
from vigil_telemetry.counters import counters
from vigil_telemetry.instrument.duck import Duck
from vigil_telemetry.instrument.outbound import ServiceCall, Targets, named, size_of
from vigil_telemetry.instrument.propagation import Hosts, outgoing_headers
from vigil_telemetry.safe import from_value

_LENGTH = "content-length"


class _Url(Protocol):
    @property
    def host(self) -> str: ...


class _Request(Protocol):
    @property
    def method(self) -> str: ...
    @property
    def url(self) -> _Url: ...
    @property
    def headers(self) -> MutableMapping[str, str]: ...


class _Response(Protocol):
    @property
    def status_code(self) -> int: ...
    @property
    def headers(self) -> Mapping[str, str]: ...


C = TypeVar("C")


@validated
def instrument_httpx(client: C, *, target: Targets, propagate_to: Collection[str] = ()) -> C:
    """Log every request of a client. Each redirect, and each retry of a library above it, is one call.

    Args:
        client: `httpx.Client` or `httpx.AsyncClient`; it is changed, and given back.
        target: the called service's name, or names by host.
        propagate_to: hosts that get the request id, the correlation id and `traceparent`; `.example` stands for all
            of a domain. No other host gets them, also not by a redirect.

    Raises TypeError for a client that is not from httpx.
    """
    inside: Duck = client
    if not hasattr(inside, "_transport") or not hasattr(inside, "_mounts"):
        raise TypeError(
            f"{type(client).__qualname__} is no client of httpx: instrument an httpx.Client or httpx.AsyncClient"
        )
    wrapper = AsyncObservedTransport if hasattr(client, "aclose") else ObservedTransport
    hosts = Hosts(propagate_to)
    inside._transport = wrapper(inside._transport, target, hosts)  # noqa: SLF001 - httpx offers no way to wrap what a client has
    for pattern, mounted in list(inside._mounts.items()):  # noqa: SLF001 - as above: proxies and mounted transports
        if mounted is not None:
            inside._mounts[pattern] = wrapper(mounted, target, hosts)  # noqa: SLF001 - as above
    return client


class _Observing:
    def __init__(self, inner: Duck, target: Targets, hosts: Hosts) -> None:
        self._inner, self._target, self._hosts = inner, target, hosts

    def __getattr__(self, name: str) -> Duck:
        if name.startswith("__"):
            raise AttributeError(name)  # a copy or pickle in the making has no inner transport yet
        return getattr(self._inner, name)

    def _begin(self, request: _Request) -> tuple[ServiceCall | None, list[str]]:
        """Return the call, and the names of the headers that were added. Never raises."""
        added: list[str] = []
        try:
            host = _host(request)
            for name, value in outgoing_headers(host, self._hosts).items():
                if name not in request.headers:
                    request.headers[name] = value
                    added.append(name)
            size = size_of(request.headers[_LENGTH]) if _LENGTH in request.headers else None
            return ServiceCall(named(self._target, host), request.method, request_size=size), added
        except from_value():  # whatever the request holds, it is sent as without us
            counters.note("failed")
            return None, added

    @staticmethod
    def _end(call: ServiceCall | None, response: _Response) -> None:
        if call is None:
            return
        try:
            length = response.headers.get(_LENGTH)
            call.answered(response.status_code, response_size=size_of(length) if length is not None else None)
        except from_value():  # whatever the other side answered, the caller gets it
            counters.note("failed")


class ObservedTransport(_Observing):
    """A transport that logs, for `httpx.Client`."""

    def handle_request(self, request: _Request) -> Duck:
        """Send the request."""
        call, added = self._begin(request)
        try:
            response = self._inner.handle_request(request)
        except BaseException as error:
            if call is not None:
                call.raised(error)
            raise
        finally:
            _remove(request, added)
        self._end(call, response)
        return response

    def close(self) -> None:
        """Close the transport behind it."""
        self._inner.close()

    def __enter__(self) -> Self:
        self._inner.__enter__()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, value: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._inner.__exit__(kind, value, trace)


class AsyncObservedTransport(_Observing):
    """A transport that logs, for `httpx.AsyncClient`."""

    async def handle_async_request(self, request: _Request) -> Duck:
        """Send the request."""
        call, added = self._begin(request)
        try:
            response = await self._inner.handle_async_request(request)
        except BaseException as error:
            if call is not None:
                call.raised(error)
            raise
        finally:
            _remove(request, added)
        self._end(call, response)
        return response

    async def aclose(self) -> None:
        """Close the transport behind it."""
        await self._inner.aclose()

    async def __aenter__(self) -> Self:
        await self._inner.__aenter__()
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, value: BaseException | None, trace: TracebackType | None
    ) -> None:
        await self._inner.__aexit__(kind, value, trace)


def _host(request: _Request) -> str:
    try:
        return request.url.host
    except from_value():  # httpx decodes it, and raises for a name that is no valid one
        return ""


def _remove(request: _Request, added: list[str]) -> None:
    """Take our headers off again: a redirect is built from this request, and may lead to another host."""
    for name in added:
        request.headers.pop(name, None)
