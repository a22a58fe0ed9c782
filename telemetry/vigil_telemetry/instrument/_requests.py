"""Calls made with requests: `session = instrument_requests(requests.Session(), target="inventory")`."""

from __future__ import annotations

from collections.abc import Collection
from typing import TypeVar
from urllib.parse import urlsplit

from vigil_telemetry.arguments import validated
from vigil_telemetry.counters import counters
from vigil_telemetry.instrument.duck import Duck
from vigil_telemetry.instrument.outbound import ServiceCall, Targets, named, size_of
from vigil_telemetry.instrument.propagation import Hosts, outgoing_headers
from vigil_telemetry.safe import from_value

S = TypeVar("S")


@validated
def instrument_requests(session: S, *, target: Targets, propagate_to: Collection[str] = ()) -> S:
    """Log every request of a session. Each redirect is one call.

    Args:
        session: `requests.Session`; it is changed, and given back.
        target: the called service's name, or names by host.
        propagate_to: hosts that get the request id, the correlation id and `traceparent`; `.example` stands for all
            of a domain. No other host gets them, also not by a redirect.

    Raises TypeError for a session that is not from requests.
    """
    inside: Duck = session
    if not hasattr(inside, "adapters") or not hasattr(inside, "mount"):
        raise TypeError(f"{type(session).__qualname__} is no session of requests: instrument a requests.Session")
    hosts = Hosts(propagate_to)
    for prefix, adapter in list(inside.adapters.items()):
        inside.mount(prefix, ObservedAdapter(adapter, target, hosts))
    return session


class ObservedAdapter:
    """A transport adapter that logs."""

    def __init__(self, inner: Duck, target: Targets, hosts: Hosts) -> None:
        self._inner, self._target, self._hosts = inner, target, hosts

    def send(self, request: Duck, *args: Duck, **options: Duck) -> Duck:
        """Send a prepared request."""
        call, added = self._begin(request)
        try:
            response = self._inner.send(request, *args, **options)
        except BaseException as error:
            if call is not None:
                call.raised(error)
            raise
        finally:
            for name in added:  # a redirect is built from this request, and may lead to another host
                request.headers.pop(name, None)
        if call is not None:
            try:
                length = response.headers.get("Content-Length")
                call.answered(response.status_code, response_size=size_of(length) if length is not None else None)
            except from_value():  # whatever the other side answered, the caller gets it
                counters.note("failed")
        return response

    def _begin(self, request: Duck) -> tuple[ServiceCall | None, list[str]]:
        """Return the call, and the names of the headers that were added. Never raises."""
        added: list[str] = []
        try:
            host = urlsplit(str(request.url)).hostname or ""
            for name, value in outgoing_headers(host, self._hosts).items():
                if name not in request.headers:
                    request.headers[name] = value
                    added.append(name)
            length = request.headers.get("Content-Length")
            size = size_of(length) if length is not None else None
            return ServiceCall(named(self._target, host), str(request.method), request_size=size), added
        except from_value():  # whatever the request holds, it is sent as without us
            counters.note("failed")
            return None, added

    def __getattr__(self, name: str) -> Duck:
        if name.startswith("__"):
            raise AttributeError(name)  # a copy or pickle in the making has no inner adapter yet
        return getattr(self._inner, name)

    def close(self) -> None:
        """Close the adapter behind it."""
        self._inner.close()
