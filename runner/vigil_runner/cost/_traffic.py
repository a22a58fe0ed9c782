"""What a stack writes in a month: kinds of log lines, each with its rate, its size, and where both are from."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Final, cast

import msgspec

from vigil_apimodel import unique_keys
from vigil_apimodel.json_values import JsonObject, child, children, text
from vigil_emulator.logging.entry import Entry, severity_number
from vigil_emulator.logging.errors import FilterError
from vigil_emulator.logging.filters import compiled
from vigil_emulator.times import parse_time
from vigil_runner.cost._settings import CostSettings
from vigil_runner.errors import EngineError

MONTH: Final = 2_629_800.0
"""Seconds of a month: a twelfth of 365.25 days."""
MINUTES: Final = MONTH / 60
GIB: Final = 1024.0**3
SHORTEST: Final = 60.0
"""Seconds that recorded entries must span at least: a rate of a moment says nothing of a month."""


class TrafficError(EngineError):
    """A file of measurements that cannot be read, or that spans too little time."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Lines:
    """Log lines of one kind."""

    name: str
    """An event, `service/event`, or the log and severity of what is no event."""
    per_second: float
    rate: str
    """Where the rate is from."""
    bytes: float
    size: str
    """Where the size is from."""
    entry: JsonObject | None = None
    """One of them, for filters; None where nobody knows what they look like."""

    @property
    def event(self) -> str:
        """The event's name."""
        return self.name.rpartition("/")[2]

    @property
    def per_month(self) -> float:
        """Lines a month."""
        return self.per_second * MONTH

    @property
    def gib(self) -> float:
        """GiB a month."""
        return self.per_month * self.bytes / GIB

    def selected(self, query: str) -> bool:
        """Return whether a filter takes lines of this kind. Of an unknown line, and by a wrong filter, it does not."""
        if self.entry is None:
            return False
        try:
            return bool(compiled(query)(_held(self.entry)))
        except FilterError:
            return False


@dataclass(frozen=True, slots=True, kw_only=True)
class Traffic:
    """Everything that is known of what a stack writes."""

    lines: tuple[Lines, ...] = ()
    series: Mapping[str, float] = field(default_factory=dict[str, float])
    """Time series of log-based metrics, by name, where they were counted."""
    other_gib: float = 0.0
    samples: float = 0.0

    def counted(self, metric: str) -> float | None:
        """Return how many series a metric was counted to have, by its name or by `service/event`."""
        service, _, rest = metric.partition("/")
        return self.series.get(metric, self.series.get(f"{service}/{rest.partition('/')[0]}"))

    def of(self, metric: str) -> Lines | None:
        """Return the lines that a metric `service/event` or `service/event/measure` counts."""
        service, _, rest = metric.partition("/")
        event = rest.partition("/")[0]
        names = {one.name: one for one in self.lines}
        return names.get(f"{service}/{event}") or names.get(event)


def given(settings: CostSettings, samples: Mapping[str, JsonObject]) -> Traffic:
    """Return the traffic that settings give; `samples` are lines as the library writes them, by event.

    A line whose size neither the settings nor a sample give counts as nothing, and the estimate lists it as a gap.
    """
    found: list[Lines] = []
    for name, rate in settings.lines.items():
        event = name.rpartition("/")[2]
        sample = samples.get(name) or samples.get(event)
        own = settings.bytes.get(name, settings.bytes.get(event))
        size = own if own is not None else float(size_of(sample)) if sample is not None else 0.0
        source = (
            "settings" if own is not None else "as the library writes a sample" if sample is not None else "unknown"
        )
        found.append(Lines(name=name, per_second=rate, rate="settings", bytes=size, size=source, entry=sample))
    return Traffic(
        lines=tuple(found), series=settings.series, other_gib=settings.other_gib, samples=settings.samples
    )  # fmt: skip


def recorded(entries: Sequence[JsonObject], origin: str) -> Traffic:
    """Return the traffic of recorded log entries.

    Raises TrafficError for a record that spans less than a minute, and for a timestamp that cannot be read.
    """
    try:
        times = [
            parse_time(when) for one in entries if (when := text(one, "timestamp") or text(one, "receiveTimestamp"))
        ]
    except ValueError as error:
        raise TrafficError(f"{origin}: {error}. Remedy: give entries as gcloud prints them.") from error
    seconds = (max(times) - min(times)) / 1e9 if times else 0.0
    if seconds < SHORTEST:
        raise TrafficError(
            f"{origin} has {len(entries)} entries of {seconds:.0f} seconds, too little to estimate a month from. "
            "Remedy: record an hour or more."
        )
    groups: dict[str, list[JsonObject]] = {}
    for one in entries:
        groups.setdefault(_kind(one), []).append(one)
    source = f"{origin}, {_span(seconds)}"
    return Traffic(
        lines=tuple(
            Lines(
                name=name,
                per_second=len(found) / seconds,
                rate=source,
                bytes=sum(map(size_of, found)) / len(found),
                size=source,
                entry=found[0],
            )
            for name, found in sorted(groups.items())
        )
    )


def verified(report: JsonObject, origin: str) -> Traffic:
    """Return the traffic that a report of `vigil verify --json` measured. Raises TrafficError where it has none."""
    found: list[Lines] = []
    for one in children(report, "traffic"):
        count, size, seconds = (_amount(one, key) for key in ("entries", "bytes", "seconds"))
        if count and seconds:
            source = f"{origin}, {_span(seconds)}"
            entry = child(one, "sample") or None
            found.append(
                Lines(
                    name=text(one, "event"),
                    per_second=count / seconds,
                    rate=source,
                    bytes=size / count,
                    size=source,
                    entry=entry,
                )
            )
    if not found:
        raise TrafficError(
            f"{origin} has measured no traffic. Remedy: write it by `vigil verify -s STACK --json > FILE` while events "
            "are written."
        )
    return Traffic(lines=tuple(found))


def read(file: Path) -> Traffic:
    """Return the traffic of a file: recorded entries (JSON lines, or a JSON list), or a report of `vigil verify`.

    Raises TrafficError for what is neither.
    """
    try:
        content = file.read_text(encoding="utf-8-sig")
    except (OSError, UnicodeDecodeError) as error:
        reason = getattr(error, "strerror", None) or "it is not UTF-8"
        raise TrafficError(f"{file} cannot be read: {reason}. Remedy: name a file that is there.") from error
    try:
        whole = unique_keys.loads(content)
    except unique_keys.RepeatedKeyError as error:
        raise TrafficError(f"{file}, {error.reason}. Remedy: {error.remedy.lower()}.") from error
    except ValueError:
        whole = [_parsed(line, number, file) for number, line in enumerate(content.split("\n"), 1) if line.strip()]
    if isinstance(whole, dict) and ("traffic" in whole or "findings" in whole):
        return verified(cast("JsonObject", whole), file.name)
    entries = cast("list[object]", whole if isinstance(whole, list) else [whole])
    found = [cast("JsonObject", one) for one in entries if isinstance(one, dict)]
    return recorded(found, file.name)


def merged(first: Traffic, second: Traffic) -> Traffic:
    """Return both together; what `first` knows of an event goes before what `second` knows."""
    known = {one.event for one in first.lines}
    return Traffic(
        lines=(*first.lines, *(one for one in second.lines if one.event not in known)),
        series={**second.series, **first.series},
        other_gib=first.other_gib or second.other_gib,
        samples=first.samples or second.samples,
    )


def size_of(entry: JsonObject) -> int:
    """Return the bytes of an entry as JSON, which is near what is billed: its size before it is indexed."""
    return len(msgspec.json.encode(entry))


def _kind(entry: JsonObject) -> str:
    event = text(child(entry, "jsonPayload"), "event")
    if event:
        return event
    log = text(entry, "logName").rpartition("/logs/")[2].replace("%2F", "/")
    return f"{log or 'no log'} {text(entry, 'severity') or 'DEFAULT'}"


def _parsed(line: str, number: int, file: Path) -> JsonObject:
    try:
        found = unique_keys.loads(line, line=number)
    except unique_keys.RepeatedKeyError as error:
        raise TrafficError(f"{file}, {error.reason}. Remedy: {error.remedy.lower()}.") from error
    except ValueError as error:
        raise TrafficError(f"{file}: line {number} is no JSON: {error}. Remedy: give one LogEntry a line.") from error
    if not isinstance(found, dict):
        raise TrafficError(f"{file}: line {number} is no object. Remedy: give one LogEntry a line.")
    return cast("JsonObject", found)


def _amount(fields: JsonObject, key: str) -> float:
    value = fields.get(key)
    return float(value) if isinstance(value, int | float) and not isinstance(value, bool) else 0.0


def _span(seconds: float) -> str:
    for size, unit in ((86_400, "days"), (3_600, "hours"), (60, "minutes")):
        if seconds >= 2 * size:
            return f"{seconds / size:.0f} {unit}"
    return f"{seconds:.0f} seconds"


def _held(entry: JsonObject) -> Entry:
    when = parse_time(text(entry, "timestamp")) if text(entry, "timestamp") else 0
    return Entry(
        body=entry,
        time=when,
        received=when,
        severity=severity_number(entry.get("severity")),
        log_name=text(entry, "logName"),
        insert_id=text(entry, "insertId"),
    )


def origins(lines: Iterable[Lines]) -> list[str]:
    """Return where rates are from, each once."""
    return list(dict.fromkeys(one.rate for one in lines))
