"""Ids in Temporal's headers: not encrypted by a payload codec, so no personal data goes in (`propagation.CARRIED`)."""

from __future__ import annotations

from collections.abc import Mapping
from uuid import uuid4

import msgspec
from temporalio.api.common.v1 import Payload

from vigil_telemetry.instrument.propagation import Carried, as_text, carried, decoded, encoded, from_text

KEY = "vigil"
NEXUS_KEY = "vigil-ids"
_OTEL_KEY = "_tracer-data"  # of temporalio.contrib.opentelemetry
_PLAIN = {"encoding": b"json/plain"}

Headers = Mapping[str, Payload]


def with_ids(headers: Headers) -> Headers:
    """Return the headers and the ids in force, in place of those that came with them."""
    ids = carried()
    return {**headers, KEY: Payload(metadata=_PLAIN, data=encoded(ids))} if ids else headers


def with_ids_or_new(headers: Headers) -> tuple[Headers, Carried]:
    """Return the same where a chain of work begins, with a new correlation id where there is none, and the ids."""
    ids = carried()
    if "correlation_id" not in ids:
        ids["correlation_id"] = ids.get("request_id") or uuid4().hex
    return {**headers, KEY: Payload(metadata=_PLAIN, data=encoded(ids))}, ids


def ids_in(headers: Headers) -> Carried:
    """Return the ids that came; the trace also where OpenTelemetry's interceptor alone carried it."""
    own = headers.get(KEY)
    ids = decoded(own.data) if own is not None else {}
    theirs = headers.get(_OTEL_KEY)
    if "traceparent" not in ids and theirs is not None:
        try:
            parent = msgspec.json.decode(theirs.data, type=dict[str, str]).get("traceparent")
        except msgspec.MsgspecError:
            parent = None
        if parent is not None:
            ids["traceparent"] = parent
    return ids


def with_nexus_ids(headers: Mapping[str, str] | None) -> Mapping[str, str] | None:
    """Return the same for a Nexus operation, whose headers are text."""
    ids = carried()
    return {**(headers or {}), NEXUS_KEY: as_text(ids)} if ids else headers


def nexus_ids_in(headers: Mapping[str, str]) -> Carried:
    """Return the ids that came with a Nexus operation."""
    text = next((value for name, value in headers.items() if name.lower() == NEXUS_KEY), None)
    return from_text(text) if text is not None else {}
