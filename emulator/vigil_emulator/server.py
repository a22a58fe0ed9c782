"""The emulator, put together: store, control plane, data plane, and the application that serves them."""

from collections.abc import AsyncGenerator, Awaitable, Mapping, Sequence
from contextlib import asynccontextmanager
from pathlib import Path
from urllib.parse import parse_qs

from vigil_apimodel.json_values import JsonObject, JsonValue, text
from vigil_emulator import annotations, data_methods, own_endpoints
from vigil_emulator.alerting.channels import NotificationSettings
from vigil_emulator.clock import FASTEST, Clock, RealClock, ScaledClock
from vigil_emulator.console import mount
from vigil_emulator.dataplane import DataPlane
from vigil_emulator.errors import ApiError
from vigil_emulator.metrics.descriptors import Descriptors
from vigil_emulator.otlp.handler import LateOtlp
from vigil_emulator.resources.channels import Channels, made_by_hand
from vigil_emulator.resources.collection import Context
from vigil_emulator.resources.projects import Projects
from vigil_emulator.resources.registry import control_plane
from vigil_emulator.resources.store import ResourceStore
from vigil_emulator.rest.api import Api
from vigil_emulator.rest.asgi import App, Drop, OwnHandler, json_body
from vigil_emulator.rest.faults import Faults
from vigil_emulator.rest.quotas import Quotas
from vigil_emulator.rest.request import Request
from vigil_emulator.scraping import ScrapeSettings, Scraping
from vigil_emulator.times import format_time, nanoseconds


class Emulator:
    """Both APIs in one process. `app` is an ASGI application; Call `start` before its use and `stop` after.

    Without `state` everything is in memory. The folder is not locked here; `vigil_emulator.process` does that.
    """

    def __init__(
        self,
        *,
        state: Path | None = None,
        clock: Clock | None = None,
        projects: tuple[str, ...] = (),
        token: str | None = None,
        visibility_seconds: float = 600.0,
        quotas: bool = False,
        notifications: NotificationSettings | None = None,
        scrape: ScrapeSettings | None = None,
        drop: Drop | None = None,
    ) -> None:
        """Opens the databases. Raises StorageError if they cannot be used."""
        self.clock = clock or RealClock()
        self.store = ResourceStore(state / "resources.db" if state else None)
        self.context = Context(
            store=self.store,
            clock=self.clock,
            projects=Projects(self.store),
            visibility_seconds=visibility_seconds,
        )
        for project in projects:
            self.context.projects.ensure(f"projects/{project}")
        self.data = DataPlane(
            resources=self.store,
            clock=self.clock,
            database=state / "emulator.db" if state else None,
            notifications=notifications,
            exports=state / "exports" if state else None,
        )
        self.scraping = scrape and Scraping(
            scrape, clock=self.clock, write=self._write_scraped, onto_clock=self.data.onto_clock
        )
        self.faults = Faults()
        self.api = Api(
            self.context,
            control_plane(self.context, Descriptors(self.store, self.data.series)),
            data_methods.handlers(self.data),
            Quotas() if quotas else None,
        )
        self.console = mount(data=self.data, store=self.store, projects=self.context.projects, clock=self.clock)
        self.otlp = LateOtlp(self.data, self.context.projects.ensure, mapped=bool(self.clock.speed))
        self.app = App(
            api=self.api,
            own=self._own(),
            faults=self.faults,
            token=token,
            drop=drop,
            pages=self.console,
            otlp=self.otlp,
        )

    async def start(self) -> None:
        """Begin to evaluate and probe what is due as time passes, and to scrape where that is set."""
        await self.data.start()
        if self.scraping is not None:
            await self.scraping.start()

    async def stop(self) -> None:
        """End evaluation and close the databases."""
        if self.scraping is not None:
            await self.scraping.stop()
        await self.console.close()
        await self.data.stop()
        self.store.close()

    @asynccontextmanager
    async def running(self) -> AsyncGenerator["Emulator"]:
        """Start before a block, and stop after it."""
        await self.start()
        try:
            yield self
        finally:
            await self.stop()

    def health(self) -> JsonObject:
        """Return `ok`, or `degraded` with the reason why writes fail."""
        if self.store.failure is not None:
            return {"status": "degraded", "reason": f"writes fail: {self.store.failure}"}
        return {"status": "ok"}

    def _write_scraped(self, project: str, series: Sequence[JsonObject]) -> list[ApiError]:
        self.context.projects.ensure(f"projects/{project}")
        return self.data.write_series(project, series)

    def _scraped(self) -> JsonObject:
        if self.scraping is None:
            return {"targets": []}
        return self.scraping.status()

    def _own(self) -> Mapping[tuple[str, str], OwnHandler]:
        own = own_endpoints.endpoints(self.data)
        agent = own["POST", "/vigil/v1/agent"]

        def take_lines(request: Request) -> JsonObject | Awaitable[JsonValue]:
            for project in parse_qs(request.query).get("project", ()):
                self.context.projects.ensure(f"projects/{project}")
            return agent(request)

        return {
            **own,
            ("POST", "/vigil/v1/agent"): take_lines,
            ("GET", "/"): self._index,
            ("GET", "/vigil/v1/health"): lambda _request: self.health(),
            ("GET", "/vigil/v1/clock"): lambda _request: self._clock(),
            ("POST", "/vigil/v1/clock"): lambda request: self._run_clock(json_body(request)),
            ("GET", "/vigil/v1/scraping"): lambda _request: self._scraped(),
            ("GET", "/vigil/v1/faults"): lambda _request: self.faults.list(),
            ("POST", "/vigil/v1/faults"): lambda request: self.faults.add(json_body(request)),
            ("DELETE", "/vigil/v1/faults"): lambda _request: self.faults.clear(),
            ("POST", "/vigil/v1/annotations"): lambda request: annotations.take(self.store, json_body(request)),
            ("POST", "/vigil/v1/channels"): lambda request: self._channel_made_by_hand(json_body(request)),
        }

    def _channel_made_by_hand(self, body: JsonObject) -> JsonObject:
        """Keep a stand-in under its name, unless there is a channel of that name."""
        channel = made_by_hand(body)
        name = text(channel, "name")
        self.context.projects.ensure("/".join(name.split("/")[:2]))
        with self.store.transaction():
            if self.store.get(Channels.kind, name) is None:
                self.store.put(Channels.kind, name, channel)
        return self.store.get(Channels.kind, name) or channel

    def _clock(self) -> JsonObject:
        return {"now": format_time(nanoseconds(self.clock.now())), "speed": self.clock.speed}

    def _run_clock(self, body: JsonObject) -> JsonObject:
        speed = body.get("speed")
        if isinstance(speed, bool) or not isinstance(speed, int | float) or not 0 < speed <= FASTEST:
            raise ApiError(
                "INVALID_ARGUMENT", f'speed must be a number above 0 and up to {FASTEST:,.0f}, as {{"speed": 60}}.'
            )
        if not isinstance(self.clock, ScaledClock):
            raise ApiError(
                "FAILED_PRECONDITION",
                "This clock's speed is fixed. Start the emulator with a --speed other than 1 to change it later.",
            )
        self.clock.run(speed)
        return self._clock()

    @staticmethod
    def _index(_request: Request) -> JsonObject:
        return {
            "logging": "/v2/...: Cloud Logging API v2",
            "monitoring": "/v3/..., /v1/...: Cloud Monitoring API v3, v1 (dashboards, PromQL)",
            "trace": "/v1/projects/P/traces: Cloud Trace API v1",
            "telemetry": "/v1/{logs,metrics,traces}: OTLP over HTTP, as the Telemetry API takes it",
            "pubsub": "/v1/projects/P/subscriptions/...: what channels and sinks publish, pulled",
            "console": "/console/: dashboards, logs, traces and incidents, in a browser",
            "emulator": "/vigil/v1/{health,clock,stats,incidents,deliveries,queues,problems,probing,scraping,faults}",
        }
