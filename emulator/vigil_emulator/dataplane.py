"""The data plane: from a written entry over metrics and conditions to a delivered notification."""

import asyncio
import logging
from collections.abc import Sequence
from contextlib import suppress
from pathlib import Path

from vigil_apimodel.json_values import JsonObject, json_list, json_map
from vigil_emulator.alerting.channels import NotificationSettings
from vigil_emulator.alerting.conditions import ConditionEvaluator
from vigil_emulator.alerting.engine import AlertEngine
from vigil_emulator.alerting.notify import Notifier
from vigil_emulator.alerting.persistence import AlertPersistence
from vigil_emulator.clock import Clock, RealClock
from vigil_emulator.database import Database
from vigil_emulator.errors import ApiError
from vigil_emulator.logging.agent import LineContext, entries_of_line
from vigil_emulator.logging.entries_list import LogListing
from vigil_emulator.logging.entry import decode
from vigil_emulator.logging.exports import Exports
from vigil_emulator.logging.placements import EntryStore
from vigil_emulator.logging.tail import LogTail
from vigil_emulator.logging.write import Batch, LogIngest, refused_entries
from vigil_emulator.metrics.create import TimeSeriesCreation
from vigil_emulator.metrics.descriptors import Descriptors
from vigil_emulator.metrics.objectives import ObjectiveSeries
from vigil_emulator.metrics.persistence import SeriesPersistence
from vigil_emulator.metrics.series import RETENTION, SeriesStore
from vigil_emulator.metrics.series_list import TimeSeriesListing
from vigil_emulator.probing import Probing
from vigil_emulator.promql.api import PrometheusApi
from vigil_emulator.pubsub import PubSub
from vigil_emulator.resources import ResourceStore, StorageError
from vigil_emulator.resources.dashboards import unnamed_fields
from vigil_emulator.times import DAY, SECOND, nanoseconds
from vigil_emulator.tracing import SpanStore
from vigil_emulator.tracing.store import RETENTION_DAYS

TICK = 0.1
"""Wall seconds between two looks at what is due, at most."""

_log = logging.getLogger(__name__)
_DASHBOARDS = "monitoring.dashboards"


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
        """`database` None keeps everything in memory, `exports` None no files of what sinks send elsewhere.

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
            evaluator=ConditionEvaluator(self.series, objectives),
            notify=self.notifier.enqueue,
            save=self._alerts.incident,
            now=self.now,
        )
        self.engine.restore(self._alerts.incidents(), min(self._alerts.last_evaluated(), self.now()))
        self.log_listing = LogListing(self._database, self.entries, resources)
        self.tail = LogTail(self.log_listing.selection, clock)
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
        self.series_listing = TimeSeriesListing(self.series, descriptors, objectives)
        self.creation = TimeSeriesCreation(self.series, descriptors, self._database, self._saved_series.save)
        self.prometheus = PrometheusApi(self.series, descriptors)
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
        """Return the clock's time in nanoseconds since 1970."""
        return nanoseconds(self._clock.now())

    # -- what is due ------------------------------------------------------------------------------------------------

    def step(self) -> None:
        """Evaluate every condition that is due at the clock's now; notifications are made, and sent by `deliver`."""
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
        """Evaluate, deliver and probe as time passes, until `stop`."""
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

    # -- what is written --------------------------------------------------------------------------------------------

    def write(self, request: JsonObject, *, batch: Batch | None = None) -> JsonObject:
        """Answer `entries.write`; a `batch` is an agent's, which it may send again."""
        try:
            answer = self.ingest.write(request, self.now(), batch=batch)
            if self._alerts.pending:  # a log-match condition's incident is as durable as its entry
                self._alerts.flush()
        except StorageError:
            self._recover()
            raise
        return answer

    def write_series(self, project: str, series: Sequence[JsonObject], *, any_type: bool = False) -> list[ApiError]:
        """Answer `timeSeries.create` for what the emulator measures itself: why some were not written.

        `any_type` lets Google's own metrics be written, as Google's uptime checks do.
        """
        try:
            return self.creation.create(project, series, self.now(), any_type=any_type)
        except StorageError:
            self._recover()
            raise

    def create_series(self, project: str, request: JsonObject) -> JsonObject:
        """Answer `timeSeries.create` as clients call it."""
        try:
            return self.creation.answer(project, request, self.now())
        except StorageError:
            self._recover()
            raise

    def _recover(self) -> None:
        """After a failed transaction: series as they were saved."""
        self._saved_series.load()
        self.ingest.reload()

    # -- statistics -------------------------------------------------------------------------------------------------

    def stats(self) -> JsonObject:
        """Return how many entries, points, spans, incidents and deliveries there are."""
        return {
            "entries": self.entries.count(),
            "points": self.series.points(),
            "spans": self.spans.count(),
            "incidents": len(self.engine.incidents),
            "deliveries": len(self.notifier.deliveries),
        }

    def incidents(self) -> list[JsonObject]:
        """Return incidents in the order of their opening."""
        found = sorted(
            self.engine.incidents.values(), key=lambda incident: (incident.opened, incident.policy, incident.series)
        )
        return [incident.listed() for incident in found]

    def deliveries(self) -> list[JsonObject]:
        """Return the deliveries in the order of their making."""
        return [delivery.listed() for delivery in self.notifier.deliveries]

    def queues(self) -> JsonObject:
        """Return what sinks and Pub/Sub channels sent outside Logging, by destination."""
        sent = {name: list(map(decode, queue)) for name, queue in self.ingest.queues.items()}
        return {name: json_list(list(queue)) for name, queue in {**sent, **self.notifier.queues}.items()}

    def problems(self) -> JsonObject:
        """Return what the emulator cannot evaluate and which checks it does not probe, with the reason."""
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
        """Take a container's lines as the agent would deliver them, and return how many entries they became.

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
        """Return the emulated time at which a wall time was, both in ns."""
        if isinstance(self._clock, RealClock):
            return written
        return self.now() - round(self._clock.passed((_wall_now() - written) / SECOND) * SECOND)


def _wall_now() -> int:
    return nanoseconds(RealClock().now())
