"""The process's settings, and what follows from them.

Nothing here runs at import beyond definitions: the module may be imported inside Temporal's workflow sandbox.
"""

from __future__ import annotations

import dataclasses
import os
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from importlib import import_module
from typing import TypeVar

from vigil_telemetry._limits import LIMIT, parse_limit
from vigil_telemetry.counters import counters
from vigil_telemetry.outputs.base import Output
from vigil_telemetry.outputs.muted import MutedOutput
from vigil_telemetry.outputs.stream import StreamOutput
from vigil_telemetry.pseudonym import Pseudonymiser
from vigil_telemetry.redaction import redact_identifier
from vigil_telemetry.redaction.redactor import FAILED
from vigil_telemetry.safe import from_value
from vigil_telemetry.severity import Severity
from vigil_telemetry.trace import TraceContext

V = TypeVar("V")

DEFAULT_LEVELS = {"prod": Severity.INFO, "production": Severity.INFO, "staging": Severity.INFO}
"""Level by environment where none is configured; any other environment (local, dev, test) logs from DEBUG."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Settings:
    """The settings of `configure`."""

    service: str
    version: str | None
    environment: str | None
    project: str | None
    level: Severity
    levels: Mapping[str, Severity] = field(default_factory=dict[str, Severity])
    """By event family: `http`, `db.query`; the longest that fits an event's name holds."""
    sampling: Mapping[str, float] = field(default_factory=dict[str, float])
    output: Output = field(default_factory=StreamOutput)
    pseudonym: Pseudonymiser
    span: Callable[[], TraceContext | None] | None = None
    """Returns the current trace, called for each line (OpenTelemetry)."""
    line_limit: int = LIMIT
    """Bytes of a line; the texts of a longer one are cut, so that it stays one valid line."""

    def level_of(self, event: str) -> Severity:
        """Return the level that an event has to reach."""
        return _longest(self.levels, event, self.level)

    def rate_of(self, event: str) -> float:
        """Return the share of an event's lines that is written."""
        return _longest(self.sampling, event, 1.0)


def _longest(table: Mapping[str, V], event: str, default: V) -> V:
    family = event
    while family:
        if family in table:
            return table[family]
        family = family.rpartition(".")[0]
    return default


_settings: Settings | None = None
_listeners: list[Callable[[], None]] = []
_mutes: list[Callable[[], bool]] = []


def settings() -> Settings:
    """Return the settings in force; before `configure`, those of the environment."""
    return _settings if _settings is not None else replace(from_environment())


def replace(new: Settings) -> Settings:
    """Put settings in force."""
    global _settings  # noqa: PLW0603 - one process, one configuration
    if _mutes and not isinstance(new.output, MutedOutput):
        new = dataclasses.replace(new, output=MutedOutput(new.output, _mutes))
    _settings = new
    for listener in _listeners:
        listener()
    return new


def mute_when(condition: Callable[[], bool]) -> None:
    """Write no line while the condition holds. It is called for each line, in the thread that writes it.

    For code that runs again without anything happening: a workflow in replay.
    """
    if condition not in _mutes:
        _mutes.append(condition)
        if _settings is not None:
            replace(_settings)


def on_change(listener: Callable[[], None]) -> None:
    """Call back whenever other settings come into force."""
    _listeners.append(listener)


def pseudonym(value: object) -> str:
    """Return the pseudonym of a value under the configured key."""
    try:
        return settings().pseudonym(value)
    except from_value():  # its text cannot be read: neither the text nor an error may get out
        counters.note("redaction_failed")
        return FAILED


def redact_id(name: str, value: object) -> str:
    """Return an id as it may leave the process."""
    return redact_identifier(name, value)


def project() -> str | None:
    """Return the Google Cloud project that traces are in."""
    return settings().project


def from_environment(
    *,
    service: str | None = None,
    version: str | None = None,
    environment: str | None = None,
    project: str | None = None,
    level: Severity | str | None = None,
    levels: Mapping[str, Severity | str] | None = None,
    sampling: Mapping[str, float] | None = None,
    output: Output | None = None,
    pseudonym_key: str | bytes | None = None,
    span: Callable[[], TraceContext | None] | None = None,
    line_limit: int | None = None,
) -> Settings:
    """Return settings as given, and where not given as the process's environment has them.

    Raises ValueError for an unknown level, a sampling rate outside 0 to 1, or a line limit that is too small.
    """
    import_module("vigil_telemetry.shutdown")  # it has reported what cannot be written, and needs this module itself
    env = os.environ
    environment = environment or env.get("VIGIL_ENVIRONMENT")
    chosen = level if level is not None else env.get("VIGIL_LOG_LEVEL")
    if chosen is None:
        chosen = DEFAULT_LEVELS.get(environment or "", Severity.DEBUG)
    for event, rate in (sampling or {}).items():
        if not 0.0 <= rate <= 1.0:
            raise ValueError(f"sampling of {event!r} is {rate}: a share of lines lies between 0 and 1")
    key = pseudonym_key if pseudonym_key is not None else env.get("VIGIL_PSEUDONYM_KEY")
    return Settings(
        service=service or _first("K_SERVICE", "CLOUD_RUN_WORKER_POOL", "CLOUD_RUN_JOB", "SERVICE_NAME") or "unnamed",
        version=version or _first("K_REVISION", "CLOUD_RUN_REVISION", "CLOUD_RUN_EXECUTION", "SERVICE_VERSION"),
        environment=environment,
        project=project or _first("GOOGLE_CLOUD_PROJECT", "GCP_PROJECT"),
        level=Severity.parse(chosen),
        levels={family: Severity.parse(value) for family, value in (levels or {}).items()},
        sampling=dict(sampling or {}),
        output=output if output is not None else StreamOutput(),
        pseudonym=Pseudonymiser(key.encode() if isinstance(key, str) else key),
        span=span,
        line_limit=parse_limit(line_limit if line_limit is not None else env.get("VIGIL_LINE_LIMIT") or LIMIT),
    )


def _first(*names: str) -> str | None:
    return next((value for name in names if (value := os.environ.get(name))), None)
