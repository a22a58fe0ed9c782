"""The parts beside the API: database, Temporal server, workers, agents, model provider, services outside, drains."""

import asyncio
import contextlib
import signal
import sys
import time
from collections.abc import AsyncGenerator, Awaitable, Callable, Mapping
from dataclasses import dataclass, field
from pathlib import Path

import msgspec

from demo.stand_ins.database.exposition import PASSWORD
from demo.stand_ins.local_run import postgres
from demo.stand_ins.local_run.orders_database import Database
from demo.stand_ins.supabase import Supabase
from demo.stand_ins.switches import Switches
from demo.stand_ins.temporal import server as temporal
from demo.stand_ins.visitors import Visitors
from infra.names import SUPABASE_DRAIN, VERCEL_DRAIN
from vigil_cli.console import Progress
from vigil_cli.errors import CommandError
from vigil_cli.local.emulator import Emulator, LogSource
from vigil_cli.local.ports import HOST
from vigil_cli.local.processes import Account, Child, Crew
from vigil_cli.local.pump import Pump

DRAIN_SECRET = "local-drain-secret-local"  # noqa: S105 - guards nothing but a test on loopback
PSEUDONYM_KEY = "local-key-of-pseudonyms-local"
SECRETS = (("SUPABASE_LOCAL_KEY", PASSWORD),)
"""What the collector of the stack `local` presents, under the name that its configuration asks for."""
READY = 120.0
"""Wall seconds in which a part must answer, on a busy machine as well."""
BEAT = 60.0
"""Cloud seconds between two heartbeats."""


@dataclass(slots=True, kw_only=True)
class Part:
    """A process whose output goes to the emulator."""

    child: Child
    pump: Pump
    pumping: asyncio.Task[None]

    async def stop(self) -> None:
        """End the process and return when its last line is delivered."""
        await self.child.stop()
        await self.pumping


@dataclass(slots=True, kw_only=True)
class Addresses:
    """Addresses of the parts, known before they start, so that each part gets those of the others."""

    outside: str
    llm: str
    vercel_drain: str
    supabase_drain: str
    temporal: str
    """Empty where there is no Temporal server."""
    missing: str = ""
    """Why there is none."""
    binary: Path | None = None
    metrics: tuple[str, str] = ("", "")
    """HOST:PORT at which the SDK of workers and agents tells its metrics."""

    @property
    def of_http(self) -> dict[str, str]:
        """Of what answers over HTTP, by the name of its process."""
        drains = {VERCEL_DRAIN: self.vercel_drain, SUPABASE_DRAIN: self.supabase_drain}
        return {"outside": self.outside, "llm": self.llm, **drains}

    def config(self) -> tuple[tuple[str, str], ...]:
        """Settings of the stack beside its file, so that its collector's configuration names the parts of this run.

        No image of a collector is run here: the emulator scrapes in its place.
        """
        database = {"project": "local", "metricsUrl": self.outside}
        workers = {"scrape": self.metrics if self.temporal else ()}
        return (
            ("vigil:collectorImage", "none-is-run-locally"),
            ("vigil:database", msgspec.json.encode(database).decode()),
            ("vigil:workers", msgspec.json.encode(workers).decode()),
        )

    def variables(self, *, speed: float) -> dict[str, str]:
        """Return what the demo's processes read."""
        return {
            "OUTSIDE_URL": self.outside,
            "LLM_URL": self.llm,
            "TEMPORAL_ADDRESS": self.temporal,
            "HEARTBEAT_SECONDS": str(BEAT / speed),
            "VIGIL_PSEUDONYM_KEY": PSEUDONYM_KEY,
        }


async def addresses(progress: Progress) -> Addresses:
    """Return free ports for all parts, and the Temporal server where one can be had."""
    binary, missing = temporal.find(), ""
    if binary is None:
        progress.doing("building a Temporal server, once: about two minutes")
        try:
            binary = await asyncio.to_thread(temporal.build)
        except temporal.MissingServerError as error:
            missing = str(error).splitlines()[0]
            progress.done("No Temporal server: workers and agents are left out", details=missing)
    found = [f"{HOST}:{port}" for port in free_ports(7)]
    return Addresses(
        outside=f"http://{found[0]}",
        llm=f"http://{found[1]}",
        vercel_drain=f"http://{found[2]}",
        supabase_drain=f"http://{found[6]}",
        temporal="" if binary is None else found[3],
        missing=missing,
        binary=binary,
        metrics=(found[4], found[5]),
    )


@dataclass(frozen=True, slots=True, kw_only=True)
class Start:
    """How a part is started, and once more where it has ended."""

    command: tuple[str, ...]
    source: LogSource | None = None
    """Where its lines come from, for a part that writes some."""
    variables: Mapping[str, str] = field(default_factory=dict[str, str])
    account: Account | None = None
    ending: signal.Signals = signal.SIGTERM


@dataclass(slots=True, kw_only=True)
class Parts:
    """Handles of the parts that run beside the API."""

    crew: Crew
    emulator: Emulator
    addresses: Addresses
    visitors: Visitors
    supabase: Supabase
    switches: Switches
    deployed: asyncio.Event
    """Set once the stack is deployed: a metric counts only the lines that come after it was made."""
    running: dict[str, Part] = field(default_factory=dict[str, Part])
    children: dict[str, Child] = field(default_factory=dict[str, Child])
    past: list[Part] = field(default_factory=list[Part])
    """Parts that ended and were started again."""
    _starts: dict[str, Start] = field(default_factory=dict[str, Start])

    @property
    def pumps(self) -> list[Pump]:
        """The ways of the parts' lines, of past ones too."""
        return [part.pump for part in (*self.past, *self.running.values())]

    @property
    def read(self) -> int:
        """Lines that the parts wrote."""
        return sum(pump.read for pump in self.pumps)

    @property
    def delivered(self) -> int:
        """Lines of theirs that became entries."""
        return sum(pump.delivered for pump in self.pumps)

    @property
    def ended(self) -> list[str]:
        """Parts that ended by themselves."""
        return [
            name for name, child in self.children.items() if child.process.returncode is not None and not child.stopping
        ]

    def check(self) -> None:
        """Raise what ended the way of a part's lines: who lost lines must not look well."""
        over = [part for part in self.running.values() if not part.child.stopping]
        for part in (*self.past, *over):
            if part.pumping.done():
                part.pumping.result()

    async def start(self, name: str, how: Start) -> Child:
        """Start a part. Raises CommandError where that is not possible."""
        again = name in self.children
        child = await self.crew.start(
            name, how.command, piped=how.source is not None, essential=False, again=again, variables=how.variables,
            account=how.account, ending=how.ending,
        )  # fmt: skip
        self._starts[name], self.children[name] = how, child
        if (source := how.source) is not None:
            pump = Pump(
                child.stdout,
                lambda lines, batch: self.emulator.send(source, lines, batch),
                copy=self.crew.logs / f"{name}.jsonl",
                again=again,
            )
            self.running[name] = Part(child=child, pump=pump, pumping=asyncio.create_task(self.once_deployed(pump.run)))
        return child

    async def once_deployed(self, work: Callable[[], Awaitable[None]]) -> None:
        """Do the work when the stack is deployed.

        Customers come no earlier: to an alert their first lines, and a wait, would look like traffic that stopped.
        """
        await self.deployed.wait()
        await work()

    def take(self, name: str, child: Child, how: Start) -> None:
        """Have a process that runs already among the parts."""
        self._starts[name], self.children[name] = how, child

    async def start_again(self, *names: str) -> list[str]:
        """Start these parts, or each that ended by itself, at their addresses; returns their names.

        Raises as `start`.
        """
        chosen = list(names) or self.ended
        for name in chosen:
            await self.children[name].stop()  # whatever it left in its group
            if name in self.running:
                self.past.append(self.running[name])  # its last lines may be on their way still
            await self.start(name, self._starts[name])
        return chosen

    async def stop(self) -> None:
        """End the parts that write, and return when their last lines are delivered."""
        await asyncio.gather(*(part.stop() for part in self.running.values()))


@contextlib.asynccontextmanager
async def parts(  # what each of them gets from the run
    crew: Crew,
    emulator: Emulator,
    at: Addresses,
    *,
    database: Database,
    project: str,
    api: str,
    deployed: asyncio.Event,
    speed: float,
    spans: bool,
    progress: Progress,
) -> AsyncGenerator[Parts]:
    """Start the parts, beside the `database` that has begun; inside the block they run, after it none does.

    Their lines are delivered from the moment that `deployed` is set. With `spans`, workers and agents send theirs
    to the emulator.
    """
    variables = {
        **at.variables(speed=speed),
        "API_URL": api,
        "GOOGLE_CLOUD_PROJECT": project,
        "VIGIL_ENVIRONMENT": "local",
        "VERCEL_DRAIN_SECRET": DRAIN_SECRET,
        "VERCEL_WEBHOOK_SECRET": DRAIN_SECRET,
        "SUPABASE_DRAIN_SECRET": DRAIN_SECRET,
    }
    run = Parts(
        crew=crew,
        emulator=emulator,
        addresses=at,
        visitors=Visitors(at.vercel_drain, DRAIN_SECRET),
        supabase=Supabase(at.supabase_drain, DRAIN_SECRET, outside=at.outside),
        switches=Switches(api=api, outside=at.outside, llm=at.llm),
        deployed=deployed,
    )
    traced = receiver_of_spans(emulator.url) if spans else {}
    beside: list[asyncio.Task[None]] = []

    def module(
        *arguments: str, source: LogSource | None = None, environment: Mapping[str, str] | None = None, **more: str
    ) -> Start:
        command = (sys.executable, "-m", *arguments)
        return Start(command=command, source=source, variables={**variables, **(environment or {}), **more})

    try:
        progress.doing("starting the other parts")
        if database.cluster is not None and database.child is not None:
            cluster = database.cluster
            server = Start(command=cluster.command, account=cluster.account, ending=postgres.ENDING)
            run.take(postgres.NAME, database.child, server)
        await run.start(
            "outside",
            module("demo.stand_ins.dependencies", "--port", _port(at.outside), environment=database.variables),
        )
        await run.start("llm", module("demo.stand_ins.llm", "--port", _port(at.llm)))
        for name, kind in ((VERCEL_DRAIN, "vercel"), (SUPABASE_DRAIN, "supabase")):
            receiver = ("vigil_drains", "--kind", kind, "--port", _port(at.of_http[name]))
            await run.start(name, module(*receiver, source=_revision(project, name), K_SERVICE=name))
        if at.binary is not None:
            await _start_temporal(run, at.binary)
            for name, code, metrics in zip(
                ("workers", "agents"), ("demo.shop.worker", "demo.shop.agent"), at.metrics, strict=True
            ):
                await run.start(
                    name, module(code, source=_pool(project, name), environment=traced, METRICS_ADDRESS=metrics)
                )
        for name, address in at.of_http.items():
            await _listening(address.removeprefix("http://"), crew, run.children[name])
        beside += [asyncio.create_task(run.once_deployed(one.run)) for one in (run.visitors, run.supabase)]
        progress.done("The other parts run", details=", ".join(run.children))
        async with run.switches:
            yield run
    finally:
        for part in run.running.values():
            part.child.kill()
        tasks = [*beside, *(part.pumping for part in (*run.past, *run.running.values()))]
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)


async def _start_temporal(run: Parts, binary: Path) -> None:
    address = run.addresses.temporal
    server = await run.start("temporal", Start(command=_server(binary, address)))
    try:
        await _listening(address, run.crew, server)
    except CommandError as error:
        broken = temporal.BrokenServerError(binary, server.tail())
        raise CommandError(f"{error.message[:-1]}: {broken}.", remedy=error.remedy) from error


def receiver_of_spans(url: str) -> dict[str, str]:
    """Return what has a process send its spans there every second; one machine runs all, so that an answer may take."""
    return {
        "OTEL_EXPORTER_OTLP_ENDPOINT": url,
        "OTEL_BSP_SCHEDULE_DELAY": "1000",
        "OTEL_EXPORTER_OTLP_TIMEOUT": "60",
    }


def free_ports(number: int) -> list[int]:
    """Return the ports that nobody has now, each another."""
    found: set[int] = set()
    while len(found) < number:
        found.add(temporal.free_port())
    return list(found)


def _port(url: str) -> str:
    return url.rpartition(":")[2]


def _server(binary: Path, address: str) -> tuple[str, ...]:
    ports = [address.rpartition(":")[2], str(free_ports(1)[0])]
    return (
        str(binary), "server", "start-dev", "--headless", "--ip", HOST, "--port", ports[0], "--http-port", ports[1],
        "--log-level", "error",
    )  # fmt: skip


def _pool(project: str, name: str) -> LogSource:
    labels = {"project_id": project, "location": "europe-west1", "worker_pool_name": name, "revision_name": f"{name}-1"}
    return _source(project, "cloud_run_worker_pool", labels)


def _revision(project: str, name: str) -> LogSource:
    labels = {"service_name": name, "revision_name": f"{name}-00001", "configuration_name": name}
    return _source(project, "cloud_run_revision", {"project_id": project, "location": "europe-west1", **labels})


def _source(project: str, resource: str, labels: Mapping[str, str]) -> LogSource:
    return LogSource(
        project=project, log="run.googleapis.com%2Fstdout", resource=resource, labels=tuple(labels.items())
    )


async def _listening(address: str, crew: Crew, child: Child) -> None:
    host, _, port = address.rpartition(":")
    deadline = time.monotonic() + READY
    while True:
        crew.check()
        try:
            _, writer = await asyncio.open_connection(host, int(port))
        except OSError as error:
            if time.monotonic() > deadline or child.process.returncode is not None:
                raise CommandError(
                    f"Nothing answers at {address}, where {child.name} should.",
                    remedy=f"The logs of all processes are in {crew.logs}.",
                ) from error
            await asyncio.sleep(0.05)
        else:
            writer.close()
            return
