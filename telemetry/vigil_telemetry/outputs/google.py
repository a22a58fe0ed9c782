"""Lines to the Logging API directly, for hosts without a logging agent.

Needs `google-cloud-logging` (the extra `google`).
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from datetime import datetime
from importlib import import_module
from typing import Any, Protocol, cast

import msgspec

from vigil_telemetry.arguments import validated
from vigil_telemetry.counters import counters
from vigil_telemetry.reserved import INSERT_ID, LABELS, SOURCE_LOCATION, SPAN_ID, TRACE, TRACE_SAMPLED

_MOST = 500
"""Entries in one call: well below 1,000 and, at 10 KB each, the API's 10 MB."""


class Batch(Protocol):
    """What is used of `google.cloud.logging_v2.logger.Batch`."""

    def log_struct(self, message: dict[str, object], **entry: object) -> None:
        """Add an entry."""
        ...

    def commit(self) -> None:
        """Send the entries."""
        ...


class GoogleOutput:
    """Writes entries by `entries.write`, as the agent would make them from the same lines.

    Each write is a network call: put a queue before it, `QueueOutput(GoogleOutput.connect(...))`.

    Args:
        batch: makes an empty batch.
    """

    direct = None
    batches = True

    @validated
    def __init__(self, batch: Callable[[], Batch]) -> None:
        self._batch = batch

    @classmethod
    def connect(cls, *, project: str, log: str = "vigil", client: Any = None) -> GoogleOutput:  # noqa: ANN401 - a class of an optional dependency
        """Return an output for a log of a project; credentials are the client library's own.

        Raises ModuleNotFoundError where `google-cloud-logging` is not installed.
        """
        if client is None:
            client = import_module("google.cloud.logging").Client(project=project)
        logger = client.logger(log)
        return cls(lambda: cast("Batch", logger.batch()))

    def write(self, line: bytes) -> None:
        self.write_many([line])

    def write_many(self, lines: Sequence[bytes]) -> None:
        for start in range(0, len(lines), _MOST):
            part = lines[start : start + _MOST]
            try:
                batch = self._batch()
                for line in part:
                    payload, entry = entry_of(line)
                    batch.log_struct(payload, **entry)
                batch.commit()
            except Exception:  # noqa: BLE001 - the network, credentials, quota: the application continues
                counters.lost(len(part))

    def flush(self, deadline: float) -> None:
        """Do nothing: nothing is held."""


def entry_of(line: bytes) -> tuple[dict[str, object], dict[str, object]]:
    """Return a line as payload and entry fields, by the rules of the agent."""
    payload = msgspec.json.decode(line, type=dict[str, object])
    entry: dict[str, object] = {"severity": payload.pop("severity", "DEFAULT")}
    time = payload.pop("time", None)
    if isinstance(time, str):
        entry["timestamp"] = datetime.fromisoformat(time)
    names = {
        "httpRequest": "http_request",
        TRACE: "trace",
        SPAN_ID: "span_id",
        TRACE_SAMPLED: "trace_sampled",
        LABELS: "labels",
        INSERT_ID: "insert_id",
    }
    for name, field in names.items():
        if name in payload:
            entry[field] = payload.pop(name)
    source = payload.pop(SOURCE_LOCATION, None)
    if isinstance(source, Mapping):
        entry["source_location"] = dict(cast("Mapping[str, object]", source))
    return payload, entry
