"""`entries.write`: validation, defaults, de-duplication, routing, counting, storing: in one transaction.

Rules: the method's reference (v2/rest/v2/entries/write) and quotas (docs.cloud.google.com/logging/quotas).
"""

import logging
from collections import OrderedDict, deque
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import lru_cache
from typing import cast
from urllib.parse import quote, unquote

from vigil_apimodel import limits
from vigil_apimodel.json_values import JsonObject, JsonValue, child, flag, is_too_deep, text, text_map
from vigil_emulator.database import Database
from vigil_emulator.errors import ApiError
from vigil_emulator.logging.agent import SEVERITIES
from vigil_emulator.logging.entry import Entry, MonitoredResource, encode, severity_number, without_surrogates
from vigil_emulator.logging.exports import Exports
from vigil_emulator.logging.logmetrics import LogMetric, MonitoredResources, SystemCounters
from vigil_emulator.logging.placements import EntryStore
from vigil_emulator.logging.routing import BUCKET_PREFIX, KINDS, Course, Item, LogMatch, Router, Sink
from vigil_emulator.metrics.series import SeriesStore
from vigil_emulator.resources import ResourceStore
from vigil_emulator.times import DAY, format_time, parse_time

QUEUE_LIMIT = 10_000
"""Entries that the queue of a destination outside Logging keeps for inspection."""
TOPIC_PREFIX = "pubsub.googleapis.com/"

_log = logging.getLogger(__name__)
_RECENT_LIMIT = 100_000
_MANY = 100
"""Braces and brackets of an entry that may be nested too deeply; others are not looked through."""
_RESOURCES_LIMIT = 100_000
_COURSES_LIMIT = 10_000
_LOGS_LIMIT = 100_000
_SEVERITY_NAMES = {number: name for name, number in SEVERITIES.items()}


@dataclass(frozen=True, slots=True)
class Batch:
    """Lines that an agent sends again, with the same number, until it hears that they were taken.

    A sender counts upwards and sends one batch at a time.
    """

    sender: str
    number: int


class LogIngest:
    """Takes entries in."""

    def __init__(
        self,
        *,
        database: Database,
        entries: EntryStore,
        resources: ResourceStore,
        series: SeriesStore,
        save_points: Callable[[], None],
        on_match: Callable[[LogMatch, Entry], None],
        on_stored: Callable[[Sequence[tuple[Entry, frozenset[str]]]], None],
        publish: Callable[[str, JsonObject], None],
        exports: Exports,
    ) -> None:
        """`on_stored` takes entries and their buckets once they are durable.

        `publish` takes what a sink sends to a Pub/Sub topic, `exports` what goes to Cloud Storage and BigQuery.
        """
        self._database = database
        self._entries = entries
        self._resources = resources
        self._series = series
        self._system = SystemCounters(series)
        self._monitored = MonitoredResources()
        self._save_points = save_points
        self._on_match = on_match
        self._on_stored = on_stored
        self._publish = publish
        self._exports = exports
        self._routers: dict[str, Router] = {}
        self._by_log: dict[str, Router] = {}
        self._recent: OrderedDict[tuple[str, int, str], None] = OrderedDict()
        self.received = 0
        """Entries accepted since the start."""
        self.queues: dict[str, deque[bytes]] = {}
        """What sinks sent outside Logging, as JSON, by destination (a topic, a data set, a storage bucket)."""
        resources.subscribe(self._changed)

    def _changed(self, kind: str, name: str, body: JsonObject | None) -> None:
        del name, body
        if kind in KINDS:
            self.reload()

    def reload(self) -> None:
        """Forget what was compiled or cached."""
        self._routers.clear()
        self._by_log.clear()
        self._entries.forget_retention()
        self._system.clear()
        self._monitored.clear()

    def router(self, parent: str) -> Router:
        """Return the compiled rules of a project, folder or organisation."""
        found = self._routers.get(parent)
        if found is None:
            found = self._routers[parent] = Router(parent, self._resources, self._series)
        return found

    def routers(self) -> Sequence[Router]:
        """Return the compiled rules that are in use."""
        return list(self._routers.values())

    def taken(self, batch: Batch) -> bool:
        """Return whether this batch of its sender is stored already, or one after it."""
        query = "SELECT body FROM data_documents WHERE kind = 'batch' AND name = ?"
        return any(batch.number <= int(str(body)) for (body,) in self._database.rows(query, (batch.sender,)))

    def write(self, request: JsonObject, now: int, *, batch: Batch | None = None) -> JsonObject:
        """Answer `entries.write` received at `now` (ns); raise ApiError as Google does.

        That a `batch` is taken is stored with its entries, or neither is.
        """
        raw = request.get("entries")
        bodies = cast("Sequence[JsonValue]", raw if isinstance(raw, list) else [])
        if len(self._monitored) > _RESOURCES_LIMIT or len(self._by_log) > _LOGS_LIMIT:
            self.reload()
        accepted: list[Entry] = []
        errors: dict[int, ApiError] = {}
        received = format_time(now)
        for index, body in enumerate(bodies):
            try:
                accepted.append(self._accept(body, request, now, received))
            except ApiError as error:
                errors[index] = error
            except (ValueError, OverflowError, RecursionError) as error:
                _log.exception("an entry is refused, since reading it failed")
                errors[index] = ApiError("INVALID_ARGUMENT", f"Log entry cannot be read: {type(error).__name__}.")
        if errors and not flag(request, "partialSuccess"):
            raise _partial(errors)
        if not flag(request, "dryRun"):
            self._ingest(accepted, now, batch)
        if errors:
            raise _partial(errors)
        return {}

    def _accept(  # noqa: C901, PLR0912 - the hot path, one step after the other
        self, body: JsonValue, request: JsonObject, now: int, received: str
    ) -> Entry:
        if not isinstance(body, dict):
            raise ApiError("INVALID_ARGUMENT", "Log entry is not an object.")
        entry = body.copy()
        name = body.get("logName")
        log_name = entry["logName"] = checked_log_name(name if type(name) is str and name else text(request, "logName"))
        named = entry.get("resource") or request.get("resource")
        if not isinstance(named, dict):
            named = _default_resource(log_name)
        resource = self._monitored.of(named)
        entry["resource"] = named
        if "labels" in entry or "labels" in request:
            _put_labels(entry, request)
        if ("textPayload" in entry) + ("jsonPayload" in entry) + ("protoPayload" in entry) > 1:
            raise _two_payloads(entry)
        stamp = entry.get("timestamp")
        if isinstance(stamp, str):
            try:
                time = parse_time(stamp)
            except ValueError as error:
                raise ApiError("INVALID_ARGUMENT", f"Invalid value at 'entries.timestamp': {error}") from error
            if stamp[-1] != "Z":
                entry["timestamp"] = format_time(time)
        else:
            time, entry["timestamp"] = now, received
        entry["receiveTimestamp"] = received
        insert_id = entry.get("insertId")
        has_id = isinstance(insert_id, str) and insert_id != ""
        if not isinstance(insert_id, str) or not has_id:
            insert_id = entry["insertId"] = self._entries.new_id(now)
        name = entry.get("severity")
        severity = SEVERITIES.get(name, 0) if isinstance(name, str) else 0
        if not severity:
            severity = _put_severity(entry)
        try:
            encoded = encode(entry)
        except UnicodeEncodeError:
            entry = cast("JsonObject", without_surrogates(entry))
            insert_id, log_name = text(entry, "insertId"), text(entry, "logName")
            encoded = encode(entry)
        except RecursionError as error:
            raise _too_deep() from error
        if encoded.count(b"[") + encoded.count(b"{") > _MANY and is_too_deep(entry):
            raise _too_deep()
        if len(encoded) > limits.LOG_ENTRY_BYTES:
            size = len(encoded) / 1024
            raise ApiError("INVALID_ARGUMENT", f"Log entry with size {size:.1f}K exceeds maximum size of 256.0K")
        return Entry(entry, time, now, severity, log_name, insert_id, resource, encoded, has_id)

    def _ingest(self, accepted: Sequence[Entry], now: int, batch: Batch | None) -> None:  # noqa: C901 - as above
        matches: list[tuple[LogMatch, Entry]] = []
        outside: list[tuple[str, Entry]] = []
        placed: list[tuple[Entry, frozenset[str]]] = []
        try:
            with self._database.transaction():
                stored: dict[tuple[str, int, MonitoredResource], list[int]] = {}
                entries = self._entries
                earlier: set[tuple[str, int, str]] = set()
                for entry in accepted:
                    if entry.named and self._seen(entry, earlier):
                        continue
                    resource = cast("MonitoredResource", entry.resource)  # given by _accept
                    course = self._course(entry, resource)
                    self._follow(course, entry, resource, matches)
                    if course.outside:
                        outside += [(destination, entry) for destination in course.outside]
                    kept = course.buckets
                    if not now - course.retention <= entry.time <= now + DAY:
                        kept = entries.keeping(kept, entry.time, now)
                    if kept:
                        placed.append((entry, kept))
                        counted = (entry.log_name, entry.severity, resource)
                        counts = stored.get(counted)
                        if counts is None:
                            counts = stored[counted] = [0, 0]
                        counts[0] += 1
                        counts[1] += len(entry.encoded)
                    elif entry.named:
                        self._remember(entry)
                entries.add(placed)
                for (log_name, severity, resource), (count, size) in stored.items():
                    self._count_stored(log_name, severity, resource, now, count=count, size=size)
                self._save_points()
                if batch is not None:
                    statement = "INSERT OR REPLACE INTO data_documents (kind, name, body) VALUES ('batch', ?, ?)"
                    self._database.write(statement, (batch.sender, str(batch.number)))
        except BaseException:
            self._entries.load()
            raise
        self.received += len(accepted)
        self._on_stored(placed)
        self._exports.write(outside)
        for match, entry in matches:
            self._on_match(match, entry)

    def _seen(self, entry: Entry, earlier: set[tuple[str, int, str]]) -> bool:
        key = (entry.log_name, entry.time, entry.insert_id)
        if key in earlier or key in self._recent or self._entries.contains(entry):
            return True
        earlier.add(key)
        return False

    def _remember(self, entry: Entry) -> None:
        self._recent[entry.log_name, entry.time, entry.insert_id] = None
        if len(self._recent) > _RECENT_LIMIT:
            self._recent.popitem(last=False)

    def _course(self, entry: Entry, resource: MonitoredResource) -> Course:
        """What becomes of the entry: remembered, as far as it was seen before."""
        router = self._by_log.get(entry.log_name)
        if router is None:
            router = self._by_log[entry.log_name] = self.router(entry.source)
        memory = router.memory
        key = memory.key(entry, resource)
        course = memory.recall(key) if key is not None else None
        tried = router.tried(entry) if memory.tries else ()
        if course is None:
            course = self._concerning(router, entry, tuple(router.decided(entry)))
            if key is not None and course.lasting:
                memory.remember(key, course)
        return self._concerning(router, entry, (*course.items, *tried)) if tried else course

    def _concerning(self, router: Router, entry: Entry, items: tuple[Item, ...]) -> Course:
        """Return what follows for an entry that concerns these items. It is planned once for all such entries."""
        course = router.courses.get(items)
        if course is None:
            course = self._planned(entry, items)
            if course.lasting and len(router.courses) < _COURSES_LIMIT:
                router.courses[items] = course
        return course

    def _planned(self, entry: Entry, items: Sequence[Item]) -> Course:
        """What follows for an entry that concerns these items of its parent."""
        parents = [entry.source]
        metrics: list[tuple[LogMetric, str]] = []
        matches: list[LogMatch] = []
        outside: list[str] = []
        lost: list[Sink] = []
        buckets: set[str] = set()
        for parent in parents:
            project = parent.partition("/")[2]
            here: set[str] = set()
            concerned = items if parent is parents[0] else self.router(parent).matching(entry)
            for item in concerned:
                if isinstance(item, Sink):
                    self._send(item, here, outside, lost, parents)
                elif isinstance(item, LogMatch):
                    matches.append(item)
                elif not item.bucket:
                    metrics.append((item, project))
            metrics += [(item, project) for item in concerned if isinstance(item, LogMetric) and item.bucket in here]
            buckets |= here
        return Course(
            items=tuple(items),
            metrics=tuple(metrics),
            matches=tuple(matches),
            outside=tuple(outside),
            lost=tuple(lost),
            buckets=frozenset(buckets),
            retention=min((self._entries.retention(bucket) for bucket in buckets), default=0),
            lasting=len(parents) == 1,
        )

    def _send(self, sink: Sink, buckets: set[str], outside: list[str], lost: list[Sink], parents: list[str]) -> None:
        destination = sink.destination
        if not destination.startswith(BUCKET_PREFIX):
            outside.append(destination)
            return
        name = destination.removeprefix(BUCKET_PREFIX)
        if "/buckets/" not in name:
            if name not in parents and len(parents) == 1:  # one hop, as Google allows
                parents.append(name)
        elif self._entries.exists(name):
            buckets.add(name)
        else:
            lost.append(sink)

    def _follow(
        self, course: Course, entry: Entry, resource: MonitoredResource, matches: list[tuple[LogMatch, Entry]]
    ) -> None:
        for metric, project in course.metrics:
            if not metric.add(entry, resource):
                labels = {"log": entry.log_id, "metric": metric.type.rpartition("/user/")[2]}
                self._system.add(project, "logs_based_metrics_error_count", labels, resource, entry.received)
        if course.matches:
            matches += [(match, entry) for match in course.matches]
        for destination in course.outside:
            queue = self.queues.get(destination)
            if queue is None:
                queue = self.queues[destination] = deque(maxlen=QUEUE_LIMIT)
            queue.append(entry.encoded)
            if destination.startswith(TOPIC_PREFIX):
                self._publish(destination.removeprefix(TOPIC_PREFIX), entry.body)
        for sink in course.lost:
            owner, _, identifier = sink.name.partition("/sinks/")
            project = owner.rpartition("/")[2]
            labels = {"destination": sink.destination, "name": identifier, "project_id": project}
            exporter = self._monitored.named("logging_sink", labels)
            self._system.add(project, "exports/error_count", {}, exporter, entry.received)

    def _count_stored(
        self, log_name: str, severity: int, resource: MonitoredResource, received: int, *, count: int, size: int
    ) -> None:
        parent, _, log_id = log_name.partition("/logs/")
        kind, _, project = parent.partition("/")
        if kind != "projects":
            return
        labels = {"log": unquote(log_id), "severity": _SEVERITY_NAMES.get(severity, "DEFAULT")}
        self._system.add(project, "log_entry_count", labels, resource, received, count)
        self._system.add(project, "byte_count", labels, resource, received, size)
        everywhere = self._monitored.named("global", {"project_id": project})
        self._system.add(
            project, "billing/bytes_ingested", {"resource_type": resource.type}, everywhere, received, size
        )


@lru_cache(maxsize=10_000)
def checked_log_name(name: str) -> str:
    """Return the name of a log as it is kept, its id URL-encoded. Raises ApiError where it is none."""
    parent, separator, log_id = name.partition("/logs/")
    kind, _, identifier = parent.partition("/")
    legal = kind in {"projects", "folders", "organizations", "billingAccounts"} and identifier and log_id
    if not separator or not legal:
        raise ApiError(
            "INVALID_ARGUMENT",
            f'Name "{name}" is missing the logs component. Expected the form projects/[PROJECT_ID]/logs/[LOG_ID]',
        )
    if "/" in log_id:
        return f"{parent}/logs/{quote(log_id, safe='%')}"
    return name


def _default_resource(log_name: str) -> JsonObject:
    return {"type": "global", "labels": {"project_id": log_name.split("/")[1]}}


def _put_severity(entry: JsonObject) -> int:
    """A severity that is a number becomes its name; DEFAULT, as every default, is left out."""
    severity = severity_number(entry.pop("severity", None))
    if severity:
        entry["severity"] = _SEVERITY_NAMES.get(severity, severity)
    return severity


def _put_labels(entry: JsonObject, request: JsonObject) -> None:
    labels = _labels({**child(request, "labels"), **child(entry, "labels")})
    entry.pop("labels", None)
    if labels:
        entry["labels"] = labels


def _too_deep() -> ApiError:
    return ApiError("INVALID_ARGUMENT", "Log entry is nested too deeply.")


def _two_payloads(entry: JsonObject) -> ApiError:
    second = "jsonPayload" if "jsonPayload" in entry and "textPayload" in entry else "protoPayload"
    return ApiError("INVALID_ARGUMENT", f"oneof field 'payload' is already set. Cannot set '{second}'")


def _labels(labels: JsonObject) -> JsonObject:
    if len(labels) > limits.LOG_ENTRY_LABELS:
        raise ApiError(
            "INVALID_ARGUMENT", f"Log entry has {len(labels)} labels; the maximum is {limits.LOG_ENTRY_LABELS}."
        )
    out: JsonObject = {}
    for key, value in text_map({"labels": labels}, "labels").items():
        out[key[: limits.LOG_ENTRY_LABEL_KEY_CHARS]] = value[: limits.LOG_ENTRY_LABEL_VALUE_CHARS]
    return out


def refused_entries(error: ApiError) -> dict[int, str]:
    """Return which entries of a request with `partialSuccess` were refused, by their place, and why."""
    found: dict[int, str] = {}
    for detail in error.details:
        for place, status in child(detail, "logEntryErrors").items():
            found[int(place)] = text(status, "message") if isinstance(status, dict) else ""
    return found


def _partial(errors: dict[int, ApiError]) -> ApiError:
    first = errors[min(errors)]
    statuses: JsonObject = {
        str(index): {"code": _RPC_CODES.get(error.status, 2), "message": error.message}
        for index, error in errors.items()
    }
    detail: JsonObject = {
        "@type": "type.googleapis.com/google.logging.v2.WriteLogEntriesPartialErrors",
        "logEntryErrors": statuses,
    }
    return ApiError(first.status, first.message, details=[detail])


_RPC_CODES = {"INVALID_ARGUMENT": 3, "PERMISSION_DENIED": 7, "NOT_FOUND": 5}
