"""The whole local system, running: emulator, deployed stack, receivers, demo API and its log on the way."""

import asyncio
import contextlib
import socket
import sys
import time
from collections.abc import AsyncGenerator, Awaitable, Callable, Mapping
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Any

import httpx
import msgspec

from demo.stand_ins.local_run.orders_database import Database
from demo.stand_ins.local_run.parts import Addresses, Parts, parts, receiver_of_spans
from demo.stand_ins.local_run.platform_metrics import measure
from demo.stand_ins.switches import Switches
from vigil_cli.console import Progress
from vigil_cli.errors import CommandError, ProcessEndedError
from vigil_cli.local.deployment import Deployed, deploy
from vigil_cli.local.emulator import Emulator, LogSource, Stats
from vigil_cli.local.folder import state_folder
from vigil_cli.local.keeper import Keeper
from vigil_cli.local.mailbox import Mailbox
from vigil_cli.local.ports import HOST, listen, port_of
from vigil_cli.local.processes import Child, Crew
from vigil_cli.local.pump import Pump
from vigil_cli.local.receiver import Receiver
from vigil_cli.local.session import EmulatorOptions, running_emulator

PROJECT = "vigil-local"
"""The Google Cloud project that the local system pretends to be in; the stack file names the same."""
START = 120.0
"""Wall seconds in which a process must say that it is ready, on a busy machine as well."""
FIRST_SCRAPE = 10.0
"""Wall seconds to wait for a first scrape at most: what hangs is what an alert is for."""
HEALTH = "/healthz"
"""Where the API says that it is well; such requests are not counted."""
LOCATION = "europe-west1"
RECEIVER_NAME = "vigil"
"""What the stack's webhook channel presents: `username` of the team's channel in Pulumi.local.yaml."""
RECEIVER_PASSWORD = "local-only"  # noqa: S105 - guards nothing but a test on loopback
"""And `vigil:webhookPassword` there."""
API_LOG = LogSource(
    project=PROJECT,
    log="run.googleapis.com%2Fstdout",
    resource="cloud_run_revision",
    labels=(
        ("project_id", PROJECT),
        ("location", LOCATION),
        ("service_name", "api"),
        ("revision_name", "api-00001"),
        ("configuration_name", "api"),
    ),
)
"""The API's standard output as Cloud Run's agent labels it."""
UNHURRIED = {"p95Seconds": 20, "objectiveSeconds": 20}
"""What the local stack allows a request in seconds: one machine runs every process, and how busy it is says nothing of
the API. Google Cloud's stacks keep the limits of their files.
"""
Before = Callable[[Crew], Awaitable[Mapping[str, str]]]
"""Starts what must be there before the API; what it returns goes into the API's environment."""
Beside = Callable[[Crew, Emulator, str, asyncio.Event], contextlib.AbstractAsyncContextManager[None]]
"""Starts the parts beside the API, whose address it gets; it delivers their lines once the event, deployment, has come.
"""


@dataclass(frozen=True, slots=True, kw_only=True)
class LocalOptions:
    """What a person may choose about the local system."""

    command: str
    """The command as it was typed, for whoever finds the state folder locked."""
    stack: str
    state: Path
    speed: float
    port: int
    receiver_port: int
    variables: tuple[tuple[str, str], ...] = ()
    """Settings of the API that name other parts."""
    config: tuple[tuple[str, str], ...] = ()
    """Settings of the stack that name them."""
    secrets: tuple[tuple[str, str], ...] = ()
    """What the collector's configuration finds in the environment."""
    spans: bool = False
    """Whether API, workers and agents send spans to the emulator."""
    reached: bool = False
    """Whether the stack has an uptime check of the API, whose address is another in each run."""


@dataclass(slots=True, kw_only=True)
class LocalSystem:
    """Handles of the running parts."""

    crew: Crew
    keeper: Keeper
    emulator: Emulator
    cloud_start: datetime
    """What time it was in the cloud when the emulator was ready."""
    initial: Stats
    """What the emulator held then, of earlier runs."""
    config: tuple[tuple[str, str], ...]
    """Settings of the stack beside its file."""
    deployed: Deployed
    receiver: Receiver
    mailbox: Mailbox
    api: Child
    api_url: str
    pump: Pump
    pumping: asyncio.Task[None]
    source: LogSource = API_LOG

    def check(self) -> None:
        """Raise what ended a part of the system that should still run."""
        self.crew.check()
        if self.pumping.done() and not self.api.stopping:
            self.pumping.result()
            raise ProcessEndedError(
                "The demo API closed its standard output.", remedy=f"Its errors are in {self.api.log}."
            )

    async def trouble(self, *, begin: bool) -> None:
        """Make the API's inventory service fail, or work again.

        Raises httpx.HTTPError where the API does not answer.
        """
        async with Switches(api=self.api_url) as switches:
            await switches.inventory(failing=begin)

    async def stop_api(self) -> None:
        """End the API and return when its last line is delivered."""
        await self.api.stop()
        await self.pumping


def emulator_options(options: LocalOptions, mail: str = "") -> EmulatorOptions:
    """Return how the demo's emulator is started; `mail` is the server that takes its e-mails."""
    return EmulatorOptions(
        command=options.command,
        state=options.state,
        project=PROJECT,
        speed=options.speed,
        port=options.port,
        mail=mail,
        variables=dict(options.secrets),
    )


@contextlib.asynccontextmanager
async def local_system(
    options: LocalOptions, progress: Progress, *, before: Before | None = None, beside: Beside | None = None
) -> AsyncGenerator[LocalSystem]:
    """Start everything, the API when `before` is done; inside the block it runs, after it nothing does.

    The stack is deployed while the parts start, and the clock runs at the wall's speed until everything has begun: an
    alert on silence waits from its deployment on, and a part that takes seconds to start must not count as silent for
    minutes.

    Raises CommandError before anything is started where the folder, the disk or a port cannot be used, and after
    everything has ended again where a part does not come up.
    """
    async with contextlib.AsyncExitStack() as stack:
        stack.enter_context(state_folder(options.state, command=options.command))
        receiving = listen(options.receiver_port, purpose="the webhook receiver", option="--receiver-port")
        receiver = await stack.enter_async_context(
            Receiver(receiving, username=RECEIVER_NAME, password=RECEIVER_PASSWORD)
        )
        mailbox = await stack.enter_async_context(Mailbox(listen(0, purpose="the mail server", option="--port")))
        crew, keeper, emulator = await stack.enter_async_context(
            running_emulator(emulator_options(options, mailbox.address), progress)
        )
        cloud_start = (await emulator.clock()).now
        initial = await emulator.stats()

        async with keeper.in_real_time():
            # the socket is the API's from now on: no other process can take its port before it starts
            listener = stack.enter_context(listen(0, purpose="the demo API", option="--port"))
            api_url = f"http://{HOST}:{port_of(listener)}"
            limits = {**UNHURRIED, "url": f"{api_url}{HEALTH}"} if options.reached else UNHURRIED
            config = (*options.config, ("vigil:api", msgspec.json.encode(limits).decode()))
            deploying = asyncio.create_task(
                deploy(
                    crew,
                    stack=options.stack,
                    emulator=emulator.url,
                    state=options.state,
                    config=(("vigil:webhookUrl", receiver.url), ("vigil:webhookPassword", receiver.password), *config),
                )
            )
            stack.push_async_callback(_end, deploying)
            more: Mapping[str, str] = {} if before is None else await before(crew)
            traced = receiver_of_spans(emulator.url) if options.spans else {}
            api = await _start_api(crew, listener, {**dict(options.variables), **more, **traced})
            is_deployed = asyncio.Event()
            if beside is not None:
                await stack.enter_async_context(beside(crew, emulator, api_url, is_deployed))
            progress.doing("deploying the stack, starting the demo API")
            deployed = await deploying
            progress.done(f"Stack {options.stack} deployed", details=deployed.describe())
            is_deployed.set()
            # only now: a metric counts the lines that come after it was made, and the first ones report the start
            pump = Pump(
                api.stdout, lambda lines, batch: emulator.send(API_LOG, lines, batch), copy=crew.logs / "api.jsonl"
            )
            pumping = asyncio.create_task(pump.run())
            stack.push_async_callback(_end_pump, api, pumping)
            await _answers(crew, api_url)
            if beside is not None:
                await _scraped(emulator)
            progress.done("Demo API ready", details=api_url)
        measuring = asyncio.create_task(measure(emulator, API_LOG, api.pid, speed=options.speed))
        stack.push_async_callback(_end, measuring)
        yield LocalSystem(
            crew=crew,
            keeper=keeper,
            emulator=emulator,
            cloud_start=cloud_start,
            initial=initial,
            config=config,
            deployed=deployed,
            receiver=receiver,
            mailbox=mailbox,
            api=api,
            api_url=api_url,
            pump=pump,
            pumping=pumping,
        )


@contextlib.asynccontextmanager
async def whole_system(
    options: LocalOptions, progress: Progress, *, at: Addresses, database: Database
) -> AsyncGenerator[tuple[LocalSystem, Parts]]:
    """Start everything as `local_system` does, with the `database` before the API and the other parts beside it."""
    running: list[Parts] = []

    @contextlib.asynccontextmanager
    async def beside(crew: Crew, emulator: Emulator, api: str, deployed: asyncio.Event) -> AsyncGenerator[None]:
        async with parts(
            crew, emulator, at, database=database, project=PROJECT, api=api, deployed=deployed, speed=options.speed,
            spans=options.spans, progress=progress,
        ) as run:  # fmt: skip
            running.append(run)
            yield

    async with local_system(options, progress, before=database.begin, beside=beside) as system:
        yield system, running[0]


async def _start_api(crew: Crew, listener: socket.socket, more: dict[str, str]) -> Child:
    """Start the API, and hand the socket over to it."""
    with listener:
        command = [sys.executable, "-m", "demo.shop.api", "--fd", str(listener.fileno())]
        variables = {"GOOGLE_CLOUD_PROJECT": PROJECT, "VIGIL_ENVIRONMENT": "local", **more}
        return await crew.start("api", command, piped=True, files=(listener.fileno(),), variables=variables)


async def _answers(crew: Crew, url: str) -> None:
    deadline = time.monotonic() + START
    async with httpx.AsyncClient(base_url=url, timeout=START, trust_env=False) as http:
        while True:
            crew.check()
            try:
                (await http.get(HEALTH)).raise_for_status()
            except httpx.HTTPError as problem:
                if time.monotonic() > deadline:
                    raise CommandError(
                        f"The demo API at {url} is not healthy: {type(problem).__name__} {problem}".rstrip() + ".",
                        remedy=f"The logs of all processes are in {crew.logs}.",
                    ) from problem
                await asyncio.sleep(0.05)
            else:
                return


async def _scraped(emulator: Emulator) -> None:
    """Wait until each endpoint of the stack's collector was scraped once."""
    deadline = time.monotonic() + FIRST_SCRAPE
    while time.monotonic() < deadline:
        targets = (await emulator.scraping()).targets
        if targets and all(target.up is not None for target in targets):
            return
        await asyncio.sleep(0.05)


async def _end(task: asyncio.Task[Any]) -> None:
    task.cancel()
    await asyncio.gather(task, return_exceptions=True)  # its own failure must not hide why the run ended


async def _end_pump(api: Child, pumping: asyncio.Task[None]) -> None:
    api.kill()
    pumping.cancel()
    await asyncio.gather(pumping, return_exceptions=True)
