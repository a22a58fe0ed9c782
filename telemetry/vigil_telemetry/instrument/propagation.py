"""Ids on their way from one process to the next: what is carried, and to whom."""

from __future__ import annotations

import os
from collections.abc import Collection, Mapping
from typing import TypeAlias
from urllib.parse import quote, unquote

import msgspec

from vigil_telemetry.context import bind, current_ids, current_trace
from vigil_telemetry.trace import TraceContext, parse_traceparent

CARRIED = ("request_id", "correlation_id", "user", "agent_run_id")
"""Ids that go along. The user has been a pseudonym since it was bound; labels stay, as they could hold anything."""

_TRACEPARENT = "traceparent"
_LONGEST = 4096

Carried: TypeAlias = dict[str, str]
"""Ids by name, and `traceparent`."""


def carried() -> Carried:
    """Return what goes along from here: the ids in force and the trace, empty where there are none."""
    ids = current_ids()
    found = {name: ids[name] for name in CARRIED if name in ids}
    trace = current_trace()
    if trace is not None:
        found[_TRACEPARENT] = traceparent(trace)
    return found


def traceparent(trace: TraceContext) -> str:
    """Return the W3C header of a trace; a span id is made up where there is none, which the format asks for."""
    span = trace.span_id or os.urandom(8).hex()
    return f"00-{trace.trace_id}-{span}-{'01' if trace.sampled else '00'}"


def bound(arrived: Mapping[str, str], *, holder: bool = True, **ids: str | None) -> bind:
    """Return a `bind` of what arrived, and of further ids. The unknown is left out: a header may come from anyone."""
    known: dict[str, str | None] = {name: arrived[name] for name in CARRIED if name in arrived}
    parent = arrived.get(_TRACEPARENT)
    return bind(holder=holder, trace=parse_traceparent(parent) if parent else None, **(known | ids))


def encoded(ids: Mapping[str, str]) -> bytes:
    """Return the ids as JSON."""
    return msgspec.json.encode(dict(ids))


def decoded(data: bytes) -> Carried:
    """Read JSON; empty where it is not ours."""
    try:
        return msgspec.json.decode(data[:_LONGEST], type=dict[str, str])
    except msgspec.MsgspecError:
        return {}


def as_text(ids: Mapping[str, str]) -> str:
    """Return the ids as the value of a header."""
    return quote(encoded(ids), safe="")


def from_text(text: str) -> Carried:
    """Read the value of a header; empty where it is not ours."""
    return decoded(unquote(text[:_LONGEST]).encode())


class Hosts:
    """Hosts that may receive our ids: exact names, or each name below a domain that begins with a dot (`.internal`)."""

    def __init__(self, allowed: Collection[str]) -> None:
        if isinstance(allowed, str):
            raise TypeError("propagate_to is a collection of hosts, not one text: ['inventory.internal']")
        self._exact = frozenset(host.lower() for host in allowed if not host.startswith("."))
        self._domains = tuple(host.lower() for host in allowed if host.startswith("."))

    def allow(self, host: str) -> bool:
        """Return whether this host is one of them."""
        name = host.lower().rstrip(".")
        return name in self._exact or (bool(self._domains) and name.endswith(self._domains))


def outgoing_headers(host: str, hosts: Hosts) -> dict[str, str]:
    """Return headers that carry the request, correlation and trace ids to a host; empty where it is not allowed."""
    if not hosts.allow(host):
        return {}
    ids = carried()
    names = {"request_id": "X-Request-Id", "correlation_id": "X-Correlation-Id", _TRACEPARENT: _TRACEPARENT}
    return {header: ids[name] for name, header in names.items() if name in ids}
