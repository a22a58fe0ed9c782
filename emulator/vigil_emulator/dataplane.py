"""The data plane: from a written entry over metrics and conditions to a delivered notification."""

import asyncio
import logging
from collections.abc import Awaitable, Callable, Mapping, Sequence
from contextlib import suppress
from pathlib import Path
from typing import TypeAlias
from urllib.parse import parse_qsl, quote, unquote

from vigil_apimodel.json_values import JsonObject, JsonValue, children, json_list, json_map, text
from vigil_emulator.alerting.channels import NotificationSettings
from vigil_emulator.alerting.conditions import ConditionEvaluator
from vigil_emulator.alerting.engine import AlertEngine
from vigil_emulator.alerting.listing import get_alert, list_alerts
from vigil_emulator.alerting.notify import Notifier
from vigil_emulator.alerting.persistence import AlertPersistence
from vigil_emulator.calls import Call, Handler
from vigil_emulator.clock import Clock, RealClock
from vigil_emulator.database import Database
from vigil_emulator.errors import ApiError
from vigil_emulator.logging.agent import LineContext, entries_of_line
from vigil_emulator.logging.exports import Exports
from vigil_emulator.logging.listing import LogListing
from vigil_emulator.logging.placements import EntryStore
from vigil_emulator.logging.tail import LogTail
from vigil_emulator.logging.write import Batch, LogIngest, checked_log_name, refused_entries
from vigil_emulator.metrics.create import TimeSeriesCreation
from vigil_emulator.metrics.descriptors import Descriptors
from vigil_emulator.metrics.listing import TimeSeriesListing
from vigil_emulator.metrics.objectives import ObjectiveSeries
from vigil_emulator.metrics.persistence import SeriesPersistence
from vigil_emulator.metrics.series import RETENTION, SeriesStore
from vigil_emulator.numerals import count
from vigil_emulator.probing import Probing
from vigil_emulator.promql.api import PrometheusApi
from vigil_emulator.pubsub import PubSub
from vigil_emulator.resources import ResourceStore, StorageError
from vigil_emulator.resources.dashboards import unnamed_fields
from vigil_emulator.rest.asgi import json_body
from vigil_emulator.rest.request import Request
from vigil_emulator.times import DAY, SECOND, nanoseconds
from vigil_emulator.tracing import SpanStore, TraceApi
from vigil_emulator.tracing.store import RETENTION_DAYS

OwnHandler: TypeAlias = Callable[[Request], "JsonObject | Awaitable[JsonValue]"]

TICK = 0.1
"""Wall seconds between two looks at what is due, at most."""
LOGS_PAGE = 1000

_log = logging.getLogger(__name__)
_DASHBOARDS = "monitoring.dashboards"
_PROMETHEUS = "monitoring.projects.location.prometheus.api.v1."


class DataPlane:
    """Entries, series, PromQL, probes, incidents and notifications over one resource store and one clock."""

    def __init__(
        self,
        *,
        resources: ResourceStore,
        clock: Clock,
        database: Path | None,
        notifications: NotificationSettings | None = None,
        exports: Path | None = None,
    ) -> None:
        """``database`` None keeps everything in memory, ``exports`` None no files of what sinks send elsewhere.

        Raise StorageError where the file cannot be used.
        """
        self._clock = clock
        self.resources = resources
        self._database = Database(database)
        self.series = SeriesStore()
        self._saved_series = SeriesPersistence(self._database, self.series)
        self._saved_series.load()
        self.entries = EntryStore(self._database, resources)
        self.spans = SpanStore(self._database)
        self._alerts = AlertPersistence(self._database)
        self.pubsub = PubSub(self.now)
        self.notifier = Notifier(
            resources=resources,
            settings=notifications or NotificationSettings(),
            save=self._alerts.delivery,
            now=self.now,
            publish=self.pubsub.publish,
        )
        self.notifier.restore(self._alerts.deliveries())
        descriptors = Descriptors(resources, self.series)
        objectives = ObjectiveSeries(self.series, resources)
        self.engine = AlertEngine(
            resources=resources,
            evaluator=ConditionEvaluator(self.series, descriptors, objectives),
            notify=self.notifier.enqueue,
            save=self._alerts.incident,
            now=self.now,
        )
        self.engine.restore(self._alerts.incidents(), min(self._alerts.last_evaluated(), self.now()))
        self._listing = LogListing(self._database, self.entries, resources)
        self.tail = LogTail(self._listing.selection, clock)
        self.exports = Exports(exports)
        self.ingest = LogIngest(
            database=self._database,
            entries=self.entries,
            resources=resources,
            series=self.series,
            save_points=self._saved_series.save,
            on_match=self.engine.on_log,
            on_stored=self.tail.stored,
            publish=self.pubsub.publish,
            exports=self.exports,
        )
        self._time_series = TimeSeriesListing(self.series, descriptors, objectives)
        self._creation = TimeSeriesCreation(
            self.series, descriptors, resources, self._database, self._saved_series.save
        )
        self._prometheus = PrometheusApi(self.series, descriptors)
        self.probing = Probing(
            resources,
            clock=clock,
            write=lambda project, series: self.write_series(project, series, any_type=True),
            anywhere=notifications is not None and notifications.allow_external,
        )
        self._task: asyncio.Task[None] | None = None
        self._sending: asyncio.Task[None] | None = None
        self._wake = asyncio.Event()
        self._purged = self.now()
        resources.subscribe(self._resource_changed)

    def now(self) -> int:
        """The clock's time in nanoseconds since 1970."""
        return nanoseconds(self._clock.now())

    # -- what is due ------------------------------------------------------------------------------------------------

    def step(self) -> None:
        """Evaluate every condition that is due at the clock's now; notifications are made, and sent by ``deliver``."""
        now = self.now()
        self.engine.step(now)
        self._alerts.evaluated(now)
        if self._alerts.pending:
            self._alerts.flush()
        if now - self._purged >= DAY:
            self._purged = now
            self.entries.purge(now)
            self._saved_series.drop_before(now - RETENTION)
            self.spans.purge(now - RETENTION_DAYS * DAY)

    async def deliver(self) -> int:
        """Make the deliveries that are due; returns how many attempts were made."""
        attempts = await self.notifier.deliver()
        if attempts:
            self._alerts.flush()
        return attempts

    async def start(self) -> None:
        """Evaluate, deliver and probe as time passes, until ``stop``."""
        if self._task is None:
            self._task = asyncio.create_task(self._run())
        await self.probing.start()

    async def stop(self) -> None:
        """End evaluation and probes, save, and close the database."""
        await self.probing.stop()
        for task in (self._task, self._sending):
            if task is not None:
                task.cancel()
                with suppress(asyncio.CancelledError):
                    await task
        self._task = self._sending = None
        await self.notifier.close()
        with suppress(StorageError):
            self._alerts.flush()
        self._database.close()

    async def _run(self) -> None:
        while True:
            try:
                self.step()
                if self._sending is None or self._sending.done():
                    self._sending = asyncio.create_task(self._deliver())
            except StorageError as error:
                _log.warning("evaluation could not be saved: %s", error)
            except Exception:  # noqa: BLE001 - one policy's failure must not end the evaluation of all
                _log.exception("evaluation failed")
            with suppress(TimeoutError):
                async with asyncio.timeout(self._pause()):
                    await self._wake.wait()
            self._wake.clear()

    async def _deliver(self) -> None:
        try:
            await self.deliver()
        except StorageError as error:
            _log.warning("deliveries could not be saved: %s", error)

    def _pause(self) -> float:
        speed = self._clock.speed
        dues = [due for due in (self.engine.next_due(), self.notifier.next_due()) if due is not None]
        if not speed or not dues:
            return TICK * 5
        return min(max((min(dues) - self.now()) / SECOND / speed, 0.005), TICK * 5)

    def _resource_changed(self, kind: str, name: str, body: JsonObject | None) -> None:
        del body
        if kind in {"monitoring.alertPolicies", "monitoring.notificationChannels", "monitoring.snoozes"}:
            self._wake.set()
        if kind == "logging.metrics":
            _log.debug("log-based metric %s changed", name)

    # -- the APIs' methods ------------------------------------------------------------------------------------------

    def handlers(self) -> Mapping[str, Handler]:
        """The methods of the discovery documents that are implemented here, by id."""
        prometheus = self._prometheus
        return {
            **self.pubsub.handlers(),
            **TraceApi(self.spans, self.now).handlers(),
            "logging.entries.write": lambda call: self.write(call.body),
            "logging.entries.list": lambda call: self._listing.answer(call.body, self.now()),
            "logging.logs.list": self._list_logs,
            "logging.projects.logs.list": self._list_logs,
            "logging.logs.delete": self._delete_log,
            "logging.projects.logs.delete": self._delete_log,
            "monitoring.projects.timeSeries.list": self._list_time_series,
            "monitoring.projects.timeSeries.create": self._create_time_series,
            "monitoring.projects.timeSeries.createService": self._create_time_series,
            "monitoring.projects.alerts.list": lambda call: list_alerts(
                self.engine.incidents.values(), _project(call.path["parent"]), json_map(call.query)
            ),
            "monitoring.projects.alerts.get": lambda call: get_alert(self.engine.incidents.values(), call.path["name"]),
            f"{_PROMETHEUS}query": lambda call: prometheus.query(_project(call.path["name"]), call.body, self.now()),
            f"{_PROMETHEUS}query_range": lambda call: prometheus.query_range(
                _project(call.path["name"]), call.body, self.now()
            ),
            f"{_PROMETHEUS}series": lambda call: prometheus.series(_project(call.path["name"]), call.body, self.now()),
            f"{_PROMETHEUS}labels": lambda call: prometheus.labels(_project(call.path["name"]), call.body, self.now()),
            f"{_PROMETHEUS}label.values": lambda call: prometheus.label_values(
                _project(call.path["name"]), call.path["label"], call.body, self.now()
            ),
            f"{_PROMETHEUS}metadata.list": lambda call: prometheus.metadata(
                _project(call.path["name"]), call.body, self.now()
            ),
        }

    def write(self, request: JsonObject, *, batch: Batch | None = None) -> JsonObject:
        """``entries.write``; a ``batch`` is an agent's, which it may send again."""
        try:
            answer = self.ingest.write(request, self.now(), batch=batch)
            if self._alerts.pending:  # a log-match condition's incident is as durable as its entry
                self._alerts.flush()
        except StorageError:
            self._recover()
            raise
        return answer

    def _list_logs(self, call: Call) -> JsonObject:
        names = self.entries.logs(call.path["parent"])
        start = count(call.query.get("pageToken") or "0")
        if start is None:
            raise ApiError("INVALID_ARGUMENT", "page_token is not one that this method returned.")
        size = int(call.query.get("pageSize") or 0) or LOGS_PAGE
        page: JsonObject = {"logNames": list[JsonValue](names[start : start + size])} if names[start:] else {}
        return page | {"nextPageToken": str(start + size)} if start + size < len(names) else page

    def _delete_log(self, call: Call) -> JsonObject:
        name = call.path["logName"]
        parent, _, log_id = name.partition("/logs/")
        if not self.entries.delete_log(f"{parent}/logs/{quote(unquote(log_id), safe='')}"):
            raise ApiError("NOT_FOUND", f"Log {unquote(log_id)} does not exist")
        return {}

    def write_series(self, project: str, series: Sequence[JsonObject], *, any_type: bool = False) -> list[ApiError]:
        """``timeSeries.create`` for what the emulator measures itself: why some were not written.

        ``any_type`` lets Google's own metrics be written, as Google's uptime checks do.
        """
        try:
            return self._creation.create(project, series, self.now(), any_type=any_type)
        except StorageError:
            self._recover()
            raise

    def _create_time_series(self, call: Call) -> JsonObject:
        try:
            return self._creation.answer(_project(call.path["name"]), call.body, self.now())
        except StorageError:
            self._recover()
            raise

    def _recover(self) -> None:
        """After a failed transaction: series as they were saved."""
        self._saved_series.load()
        self.ingest.reload()

    def _list_time_series(self, call: Call) -> JsonObject:
        request: JsonObject = {}
        for name, value in call.query.items():
            outer, dot, inner = name.partition(".")
            if not dot:
                request[name] = value
                continue
            nested = request.setdefault(outer, {})
            if isinstance(nested, dict):
                nested[inner] = list(value.split(",")) if inner == "groupByFields" else value
        return self._time_series.answer(_project(call.path["name"]), request, self.now())

    # -- the emulator's own endpoints -------------------------------------------------------------------------------

    def own(self) -> Mapping[tuple[str, str], OwnHandler]:
        """The emulator's own endpoints by HTTP verb and path."""
        return {
            ("GET", "/vigil/v1/stats"): lambda _: self.stats(),
            ("GET", "/vigil/v1/incidents"): lambda _: _ready(json_list(self.incidents())),
            ("GET", "/vigil/v1/deliveries"): lambda _: _ready(json_list(self.deliveries())),
            ("GET", "/vigil/v1/queues"): lambda _: self.queues(),
            ("GET", "/vigil/v1/problems"): lambda _: self.problems(),
            ("GET", "/vigil/v1/probing"): lambda _: self.probing.status(),
            ("POST", "/vigil/v1/agent"): self._agent,
            ("POST", "/vigil/v1/points"): self._points,
        }

    def stats(self) -> JsonObject:
        """How many entries, points, spans, incidents and deliveries there are."""
        return {
            "entries": self.entries.count(),
            "points": self.series.points(),
            "spans": self.spans.count(),
            "incidents": len(self.engine.incidents),
            "deliveries": len(self.notifier.deliveries),
        }

    def incidents(self) -> list[JsonObject]:
        """Incidents in the order of their opening."""
        found = sorted(
            self.engine.incidents.values(), key=lambda incident: (incident.opened, incident.policy, incident.series)
        )
        return [incident.listed() for incident in found]

    def deliveries(self) -> list[JsonObject]:
        """Deliveries in the order of their making."""
        return [delivery.listed() for delivery in self.notifier.deliveries]

    def queues(self) -> JsonObject:
        """What sinks and Pub/Sub channels sent outside Logging, by destination."""
        found = {**self.ingest.queues, **self.notifier.queues}
        return {name: json_list(list(queue)) for name, queue in found.items()}

    def problems(self) -> JsonObject:
        """What the emulator cannot evaluate and which checks it does not probe, with the reason."""
        found = {**self.engine.problems, **self.probing.problems()}
        for name in self.resources.names(_DASHBOARDS):
            if note := unnamed_fields(self.resources.get(_DASHBOARDS, name) or {}):
                found[name] = note
        for router in self.ingest.routers():
            found |= router.problems
        if self.exports.failure:
            found["exports"] = self.exports.failure
        return json_map(found)

    def take_lines(
        self,
        text: str,
        *,
        project: str,
        resource: JsonObject,
        log_name: str,
        stderr: bool = False,
        batch: Batch | None = None,
    ) -> int:
        """A container's lines as the agent would deliver them; returns how many entries they became.

        A batch that was taken before, since its sender did not hear so, is not taken again.
        Times that the application wrote are mapped onto the emulator's clock, which may run faster than the wall's.
        """
        now = self.now()
        context = LineContext(arrival_ns=now, project=project, stderr=stderr, clock=self.onto_clock)
        entries: list[JsonObject] = [
            {**entry, "logName": log_name, "resource": resource}
            for line in text.split("\n")
            for entry in entries_of_line(line, context)
        ]
        if batch is not None and self.ingest.taken(batch):
            return len(entries)
        if not entries:
            return 0
        try:
            self.write({"entries": json_list(entries), "partialSuccess": True}, batch=batch)
        except ApiError as error:
            refused = refused_entries(error)
            if not refused:
                raise
            for why in refused.values():  # Google's agent drops what is refused: sent again, it is refused again
                _log.warning("an entry of %s is dropped: %s", log_name, why)
            return len(entries) - len(refused)
        return len(entries)

    def onto_clock(self, written: int) -> int:
        """The emulated time at which a wall time was, both in ns."""
        if isinstance(self._clock, RealClock):
            return written
        return self.now() - round(self._clock.passed((_wall_now() - written) / SECOND) * SECOND)

    async def _agent(self, request: Request) -> JsonValue:
        query = dict(parse_qsl(request.query, keep_blank_values=True))
        project = query.get("project", "")
        if not project:
            raise ApiError("INVALID_ARGUMENT", "The query parameter project is required.")
        stderr = query.get("stream") == "stderr"
        stream = "stderr" if stderr else "stdout"
        log_name = query.get("logName") or f"projects/{project}/logs/run.googleapis.com%2F{stream}"
        labels = {name.removeprefix("label."): value for name, value in query.items() if name.startswith("label.")}
        resource: JsonObject = {
            "type": query.get("resourceType") or "global",
            "labels": json_map({"project_id": project, **labels}),
        }
        taken = self.take_lines(
            request.body.decode("utf-8", "replace"),
            project=project,
            resource=resource,
            log_name=checked_log_name(_full_log_name(log_name, project)),
            stderr=stderr or unquote(log_name).endswith("/stderr"),
            batch=_batch(query),
        )
        return {"entries": taken}

    async def _points(self, request: Request) -> JsonValue:
        """Points of metrics that Google's services write themselves, which ``timeSeries.create`` refuses."""
        body = json_body(request)
        name = text(body, "name")
        if not name.startswith("projects/"):
            raise ApiError("INVALID_ARGUMENT", f"Field name is {name!r}: give projects/PROJECT.")
        series = children(body, "timeSeries")
        problems = self._creation.create(_project(name), series, self.now(), any_type=True)
        if problems:
            raise problems[0]
        return {"points": len(series)}


def _batch(query: Mapping[str, str]) -> Batch | None:
    sender, _, number = query.get("batch", "").rpartition(".")
    if not sender:
        return None
    read = count(number)
    if read is None:
        raise ApiError("INVALID_ARGUMENT", "The query parameter batch is SENDER.NUMBER, numbers counting upwards.")
    return Batch(sender, read)


async def _ready(value: JsonValue) -> JsonValue:
    return value


def _full_log_name(name: str, project: str) -> str:
    return name if "/logs/" in name else f"projects/{project}/logs/{name.replace('/', '%2F')}"


def _wall_now() -> int:
    return nanoseconds(RealClock().now())


def _project(name: str) -> str:
    parts = name.split("/")
    return parts[1] if len(parts) > 1 else name
