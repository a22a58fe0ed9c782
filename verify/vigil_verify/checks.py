"""The looks of a verification: metrics, log buckets, sinks, channels, uptime checks, policies, and logged events."""

import re
from collections import Counter
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from typing import Any, Final, cast

from google.api_core import exceptions
from google.cloud import monitoring_v3
from google.protobuf.timestamp_pb2 import Timestamp

from vigil_apimodel.json_values import JsonObject, child, text
from vigil_runner.access import PAGE, Access
from vigil_telemetry import catalog
from vigil_telemetry.foreign import EVENT as FOREIGN
from vigil_telemetry.reserved import RESERVED
from vigil_verify.declared import Declared
from vigil_verify.findings import Finding
from vigil_verify.traffic import Traffic, measured

_EXTRACTED: Final = re.compile(r"EXTRACT\((.*)\)")
USER: Final = "logging.googleapis.com/user/"
EARLIER: Final = timedelta(days=42)
"""How far back is looked for the last point of what has none now; Monitoring keeps six weeks."""
SETTLING: Final = timedelta(minutes=2)
"""How long entries may take until they are listed and counted."""
ENTRIES: Final = 5000
"""Entries of the window that are held against the catalog, the newest."""


class Look:
    """One project at one time.

    `now` is the project's own, since an emulator's clock may run fast; `window` is how far back is looked.
    """

    def __init__(self, access: Access, declared: Declared, *, now: datetime, window: timedelta) -> None:
        self.access = access
        self.declared = declared
        self.now = now
        self.window = window
        self.traffic: tuple[Traffic, ...] = ()
        """The events that were logged, once they were looked at."""
        self.queried: dict[tuple[str, timedelta], bool] = {}
        """PromQL queries that ran already, with whether each had data."""
        self._last_points: dict[tuple[str, timedelta], datetime | None] = {}

    # -- series -----------------------------------------------------------------------------------------------------

    def last_point(self, filter_text: str, back: timedelta) -> datetime | None:
        """Return when the newest point ended of any series that a filter selects, within `back`; None without a point.

        Each query is sent once.
        """
        key = (filter_text, back)
        if key not in self._last_points:
            self._last_points[key] = self._last_point(filter_text, back)
        return self._last_points[key]

    def _last_point(self, filter_text: str, back: timedelta) -> datetime | None:
        request = monitoring_v3.ListTimeSeriesRequest(
            name=self.access.name,
            filter=filter_text,
            interval=monitoring_v3.TimeInterval(
                start_time=_stamp(self.now - back), end_time=_stamp(self.now + timedelta(minutes=1))
            ),
            view=monitoring_v3.ListTimeSeriesRequest.TimeSeriesView.FULL,
            page_size=PAGE,
        )

        def call() -> datetime | None:
            try:
                found = self.access.metrics.list_time_series(request=request, timeout=self.access.timeout)
            except exceptions.NotFound:  # Monitoring has never seen a point of the metric
                return None
            ends = [point.interval.end_time for series in found for point in series.points if _worth(point)]
            return max((datetime.fromtimestamp(end.timestamp(), UTC) for end in ends), default=None)

        return self.access.ask(f"reading series of {filter_text}", call)

    def since(self, filter_text: str) -> str:
        """Return since when a filter has selected nothing, in words."""
        found = self.last_point(filter_text, EARLIER)
        if found is not None:
            return f"none since {found:%Y-%m-%d %H:%M} UTC"
        return "none in the six weeks that Monitoring keeps"

    # -- metrics ----------------------------------------------------------------------------------------------------

    def metrics(self) -> Iterator[Finding]:
        """Check that each log-based metric is there, counts what is declared, and has points if there are entries."""
        there = {
            metric.name: metric
            for metric in self.access.ask(
                "listing log-based metrics", lambda: list(self.access.logs.list_metrics(page_size=PAGE))
            )
        }
        for name, inputs in self.declared.metrics.items():
            yield self._metric(name, inputs, there.get(name))

    def _metric(self, name: str, inputs: JsonObject, deployed: object | None) -> Finding:
        if deployed is None:
            return Finding("metric", name, "failed", "it is declared, and not deployed")
        wanted, actual = text(inputs, "filter"), str(getattr(deployed, "filter_", ""))
        differs = "" if wanted == actual else f"; its filter is not as declared: {actual}"
        kind = f'metric.type="{USER}{name}"'
        last = self.last_point(kind, self.window)
        measured = _EXTRACTED.fullmatch(text(inputs, "valueExtractor"))
        entries = self._entries(f"{wanted} AND {measured[1]}:*" if measured else wanted, 1)
        if last is not None and not differs:
            return Finding("metric", name, "ok", f"points until {last:%H:%M} UTC")
        if entries and not differs and (made := self._made_after(name, entries)):
            return Finding("metric", name, "idle", f"the entries that match it came before it was made, at {made}")
        if entries:
            return Finding(
                "metric", name, "failed", f"entries match what it is to count, and it has no points{differs}"
            )
        if differs:
            return Finding("metric", name, "failed", differs.removeprefix("; "))
        return Finding("metric", name, "idle", f"no entry matches it now; points: {self.since(kind)}")

    def _made_after(self, name: str, entries: list[object]) -> str:
        """When a metric was made (or last changed), where that was after the entries came: it counts from then on."""
        made = datetime.fromisoformat(text(self.access.log_metric(name), "updateTime"))
        came = [getattr(entry, "received_timestamp", None) for entry in entries]
        before = all(isinstance(when, datetime) and when < made for when in came)
        return f"{made:%H:%M} UTC" if before else ""

    def _entries(self, filter_text: str, limit: int) -> list[object]:
        """The newest entries of the window; those of the last two minutes may not be counted yet."""
        start, end = self.now - self.window, self.now - SETTLING
        within = f'({filter_text}) AND timestamp>="{_text(start)}" AND timestamp<"{_text(end)}"'
        return self.access.ask(
            "listing entries",
            lambda: list(
                self.access.logs.list_entries(
                    filter_=within, order_by="timestamp desc", max_results=limit, page_size=min(limit, PAGE)
                )
            ),
        )

    # -- buckets and sinks --------------------------------------------------------------------------------------------

    def buckets(self) -> Iterator[Finding]:
        """Check that each log bucket is there and ACTIVE.

        A bucket that was deleted takes entries for seven more days, and is then gone with all of them.
        """
        for inputs in self.declared.buckets:
            name, location = text(inputs, "bucketId"), text(inputs, "location")
            project = text(inputs, "project").removeprefix("projects/") or self.access.project
            bucket = self.access.log_bucket(project, location, name)
            if bucket is None:
                yield Finding("log bucket", name, "failed", "it is declared, and not deployed")
            elif (state := text(bucket, "lifecycleState")) == "DELETE_REQUESTED":
                undelete = f"gcloud logging buckets undelete {name} --location={location} --project={project}"
                yield Finding(
                    "log bucket", name, "failed",
                    "it is DELETE_REQUESTED: seven days after its deletion it is gone, with all entries. "
                    f"Remedy: {undelete}",
                )  # fmt: skip
            elif state != "ACTIVE":
                yield Finding("log bucket", name, "failed", f"it is {state or 'in no state'}, not ACTIVE")
            else:
                yield Finding("log bucket", name, "ok", "ACTIVE")

    def sinks(self) -> Iterator[Finding]:
        """Check that each sink is there as declared, and delivers without errors."""
        there = {
            sink.name: sink
            for sink in self.access.ask("listing sinks", lambda: list(self.access.logs.list_sinks(page_size=PAGE)))
        }
        for name, inputs in self.declared.sinks.items():
            deployed = there.get(name)
            if deployed is None:
                yield Finding("sink", name, "failed", "it is declared, and not deployed")
                continue
            errors = self.last_point(
                f'metric.type="logging.googleapis.com/exports/error_count" AND resource.type="logging_sink" '
                f'AND resource.labels.name="{name}"',
                self.window,
            )
            wanted, actual = text(inputs, "destination"), str(deployed.destination)
            differs = "" if _same_place(wanted, actual) else f"it delivers to {actual}, not to {wanted}"
            filtered = "" if text(inputs, "filter") == str(deployed.filter_ or "") else "its filter is not as declared"
            failing = f"entries could not be delivered, the last at {errors:%H:%M} UTC" if errors else ""
            wrong = "; ".join(one for one in (failing, differs, filtered) if one)
            yield Finding("sink", name, "failed" if wrong else "ok", wrong or "it delivers without errors")

    # -- channels and uptime ----------------------------------------------------------------------------------------

    def channels(self) -> Iterator[Finding]:
        """Check that each channel is there, enabled, and verified where its kind has to be."""
        listed = self.access.ask(
            "listing notification channels",
            lambda: list(
                self.access.channels.list_notification_channels(
                    request={"name": self.access.name, "page_size": PAGE}, timeout=self.access.timeout
                )
            ),
        )
        there = {str(channel.display_name): channel for channel in listed}
        for name in self.declared.channels:
            channel = there.get(name)
            if channel is None:
                yield Finding("channel", name, "failed", "it is declared, and not deployed")
            elif channel.verification_status.name == "UNVERIFIED":
                yield Finding("channel", name, "failed", "it is UNVERIFIED: nothing is sent to it")
            elif not channel.enabled:
                yield Finding("channel", name, "failed", "it is disabled: nothing is sent to it")
            elif (kind := text(self.declared.channels[name], "type")) != channel.type_:
                yield Finding("channel", name, "failed", f"it is of type {channel.type_}, not {kind}")
            else:
                yield Finding("channel", name, "ok", f"{channel.type_}, enabled")

    def uptime(self) -> Iterator[Finding]:
        """Check that each uptime check is there and passes."""
        if not self.declared.uptime:
            return
        listed = self.access.ask(
            "listing uptime checks",
            lambda: list(
                self.access.uptime.list_uptime_check_configs(
                    request={"parent": self.access.name, "page_size": PAGE}, timeout=self.access.timeout
                )
            ),
        )
        there = {str(config.display_name): config for config in listed}
        for name in self.declared.uptime:
            config = there.get(name)
            if config is None:
                yield Finding("uptime check", name, "failed", "it is declared, and not deployed")
                continue
            identifier = str(config.name).rpartition("/")[2]
            yield self._passes(name, identifier)

    def _passes(self, name: str, identifier: str) -> Finding:
        request = monitoring_v3.ListTimeSeriesRequest(
            name=self.access.name,
            filter='metric.type="monitoring.googleapis.com/uptime_check/check_passed" '
            f'AND metric.labels.check_id="{identifier}"',
            interval=monitoring_v3.TimeInterval(
                start_time=_stamp(self.now - self.window), end_time=_stamp(self.now + timedelta(minutes=1))
            ),
            page_size=PAGE,
        )

        def call() -> list[Any]:
            try:
                return list(self.access.metrics.list_time_series(request=request, timeout=self.access.timeout))
            except exceptions.NotFound:
                return []

        series = self.access.ask("reading an uptime check's results", call)
        if not series:
            return Finding("uptime check", name, "idle", "no result in the window: nobody has checked")
        failing = sorted(
            dict(one.metric.labels).get("checker_location", "?") for one in series if not one.points[0].value.bool_value
        )
        if len(failing) * 2 > len(series):
            return Finding("uptime check", name, "failed", f"it fails from {', '.join(failing)}")
        return Finding(
            "uptime check", name, "ok", f"it passes from {len(series) - len(failing)} of {len(series)} places"
        )

    # -- policies and events ----------------------------------------------------------------------------------------

    def policies(self) -> Iterator[Finding]:
        """Check that each alert policy is there and enabled."""
        path = f"v3/{self.access.name}/alertPolicies"
        there = {text(one, "displayName"): one for one in self.access.pages("listing policies", path, "alertPolicies")}
        for name in self.declared.policies:
            policy = there.get(name)
            if policy is None:
                yield Finding("policy", name, "failed", "it is declared, and not deployed")
            elif policy.get("enabled") is False:
                yield Finding("policy", name, "failed", "it is disabled")
            else:
                yield Finding("policy", name, "ok", "deployed and enabled")

    def incidents(self) -> Iterator[Finding]:
        """Yield the incidents that are open now, which are no failure of the observability."""
        path = f"v3/{self.access.name}/alerts"
        for alert in self.access.pages("listing incidents", path, "alerts", {"filter": 'state="OPEN"'}):
            name = text(child(alert, "policy"), "displayName")
            yield Finding("incident", name, "ok", f"open since {text(alert, 'openTime')}")

    def events(self) -> Iterator[Finding]:
        """Check that the catalog knows each event of the window, and its fields."""
        known = {schema.name: schema for schema in catalog()}
        seen: Counter[str] = Counter()
        strange: dict[str, set[str]] = {}
        entries = self._entries("jsonPayload.event:*", ENTRIES)
        self.traffic = measured(entries, self.now - self.window, self.now - SETTLING, most=ENTRIES)
        for entry in entries:
            fields = cast("dict[str, object]", getattr(entry, "payload", None) or {})
            name = str(fields.get("event"))
            seen[name] += 1
            if name in known:
                declared = {one.name for one in known[name].fields}
                strange.setdefault(name, set()).update(set(fields) - declared - RESERVED)
        for name, count in sorted(seen.items()):
            if name == FOREIGN:
                yield Finding("event", name, "ok", f"{count} lines that libraries wrote by themselves")
            elif name not in known:
                yield Finding("event", name, "failed", f"{count} entries, and the catalog has no such event")
            elif strange.get(name):
                shown = ", ".join(sorted(strange[name]))
                yield Finding("event", name, "failed", f"{count} entries with fields that it does not declare: {shown}")
            else:
                yield Finding("event", name, "ok", f"{count} entries")
        if not seen:
            yield Finding("event", "all", "idle", "no entry of the window is an event: nobody writes, or not to here")


def _worth(point: Any) -> bool:  # noqa: ANN401 - a point of the clients, which have no types
    """Whether a point says something: a counter that only repeats zeros does not, a gauge may be zero."""
    value, interval = point.value, point.interval
    if interval.start_time == interval.end_time:
        return True
    return bool(value.int64_value or value.double_value or value.bool_value or value.distribution_value.count)


def _same_place(wanted: str, actual: str) -> bool:
    return not wanted or wanted == actual


def _stamp(when: datetime) -> Timestamp:
    stamp = Timestamp()
    stamp.FromDatetime(when)
    return stamp


def _text(when: datetime) -> str:
    return when.strftime("%Y-%m-%dT%H:%M:%SZ")
