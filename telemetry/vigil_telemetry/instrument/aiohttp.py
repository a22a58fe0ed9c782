"""Calls made with aiohttp, through its own tracing.

```python
session = aiohttp.ClientSession(trace_configs=[observe(target="inventory", propagate_to=["inventory.internal"])])
```
"""

from __future__ import annotations

from collections.abc import Collection

import aiohttp

from vigil_telemetry.counters import counters
from vigil_telemetry.instrument.duck import Duck
from vigil_telemetry.instrument.outbound import ServiceCall, Targets, named, size_of
from vigil_telemetry.instrument.propagation import Hosts, outgoing_headers
from vigil_telemetry.safe import from_value

_CALL = "vigil_call"


def observe(*, target: Targets, propagate_to: Collection[str] = ()) -> aiohttp.TraceConfig:
    """Log every request of a session that is given this as one of its `trace_configs`.

    Args:
        target: the called service's name, or names by host.
        propagate_to: hosts that get the request id, the correlation id and `traceparent`; `.example` stands for all
            of a domain. A redirect to another host keeps the headers: aiohttp offers no hook to take them off.
    """
    observer = _Observer(target, Hosts(propagate_to))
    config = aiohttp.TraceConfig()
    config.on_request_start.append(observer.started)
    config.on_request_end.append(observer.ended)
    config.on_request_exception.append(observer.failed)
    return config


class _Observer:
    def __init__(self, target: Targets, hosts: Hosts) -> None:
        self._target, self._hosts = target, hosts

    async def started(self, _: aiohttp.ClientSession, context: Duck, params: aiohttp.TraceRequestStartParams) -> None:
        try:
            host = params.url.host or ""
            for name, value in outgoing_headers(host, self._hosts).items():
                params.headers.setdefault(name, value)
            length = params.headers.get("Content-Length")
            size = size_of(length) if length is not None else None
            setattr(context, _CALL, ServiceCall(named(self._target, host), params.method, request_size=size))
        except from_value():  # whatever the request holds, it is sent as without us
            counters.note("failed")

    async def ended(self, _: aiohttp.ClientSession, context: Duck, params: aiohttp.TraceRequestEndParams) -> None:
        call: ServiceCall | None = getattr(context, _CALL, None)
        if call is not None:
            length = params.response.headers.get("Content-Length")
            call.answered(params.response.status, response_size=size_of(length) if length is not None else None)

    async def failed(
        self, _: aiohttp.ClientSession, context: Duck, params: aiohttp.TraceRequestExceptionParams
    ) -> None:
        call: ServiceCall | None = getattr(context, _CALL, None)
        if call is not None:
            call.raised(params.exception)
