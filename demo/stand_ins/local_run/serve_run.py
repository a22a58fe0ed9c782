"""Keeps the local system running, says how to use it, and shows notifications as they arrive."""

import asyncio
import contextlib
import os
import signal
from collections.abc import Generator
from dataclasses import dataclass, field, replace
from typing import NoReturn

from msgspec import structs
from rich.markup import escape

from demo.stand_ins.local_run.announcement import Demo, announced
from demo.stand_ins.local_run.orders_database import database
from demo.stand_ins.local_run.parts import SECRETS, Parts, addresses
from demo.stand_ins.local_run.story_run import PER_CLOUD_SECOND
from demo.stand_ins.local_run.system import PROJECT, LocalOptions, LocalSystem, local_system, whole_system
from demo.stand_ins.stories.troubles import ORDERS_EVERY, customers
from demo.stand_ins.traffic import Traffic
from vigil_cli.console import Progress
from vigil_cli.local import stack_config
from vigil_cli.local.keeper import ended

LEAST = 1.0
"""Requests per wall second, at least."""
QUESTIONS_EVERY = 30.0
"""Cloud seconds between two questions of a customer, at least: a model's limit is seen in minutes."""
AGAIN = signal.SIGUSR1
"""Asks `vigil serve` to start the parts that have ended."""
LOOK = 0.2
"""Wall seconds between two looks at whether everything still runs."""


async def serve_whole(options: LocalOptions, progress: Progress) -> int:
    """Run the API and all other parts until cancelled. Raises CommandError where the emulator or the API ends."""
    with progress.shown(), database(options.state, progress) as orders:
        at = await addresses(progress)
        options = replace(
            options,
            variables=tuple(at.variables(speed=options.speed).items()),
            config=at.config(),
            secrets=SECRETS,
            reached=True,
        )
        async with (
            whole_system(options, progress, at=at, database=orders) as (system, run),
            Traffic(system.api_url, rate=max(LEAST, options.speed * PER_CLOUD_SECOND)) as traffic,
            customers(
                system.api_url, every=max(ORDERS_EVERY, QUESTIONS_EVERY / options.speed), ordering=False,
                regretting=bool(at.temporal),
            ),
        ):  # fmt: skip
            traffic.start()
            demo = Demo(
                api=system.api_url,
                outside=at.outside,
                llm=at.llm,
                vercel_drain=at.vercel_drain,
                supabase_drain=at.supabase_drain,
                workers=_workers(run),
            )
            await _kept(options, progress, system, demo, run, database=orders.description)


async def serve_api(options: LocalOptions, progress: Progress) -> int:
    """Run the API alone until cancelled. Raises CommandError where a part of it ends by itself."""
    with progress.shown():
        async with (
            local_system(options, progress) as system,
            Traffic(system.api_url, rate=max(LEAST, options.speed * PER_CLOUD_SECOND)) as traffic,
        ):
            traffic.start()
            await _kept(options, progress, system, Demo(api=system.api_url), None)


async def _kept(
    options: LocalOptions, progress: Progress, system: LocalSystem, demo: Demo, run: Parts | None, *, database: str = ""
) -> NoReturn:
    """Tell what runs and how to use it, to people and to other commands, for as long as it does."""
    with (
        stack_config.kept(options.state, dict(system.config)),
        announced(options.state, demo) as announce,
        _restart_requests() as again,
    ):
        _tell(progress, system, database)
        progress.doing("running; Ctrl-C ends everything")
        reports = _Reports()
        while True:
            system.check()
            if run is not None:
                run.check()
                if again.is_set():
                    again.clear()
                    names = await run.start_again()
                    announce(structs.replace(demo, workers=_workers(run)))
                    progress.done(f"Started again: {', '.join(names) or 'nothing, since every part runs'}")
            _tell_what_happened(progress, system, run, reports)
            await asyncio.sleep(LOOK)


def _workers(run: Parts) -> int:
    """The process of the workers, 0 where they are left out."""
    child = run.children.get("workers")
    return 0 if child is None else child.pid


@contextlib.contextmanager
def _restart_requests() -> Generator[asyncio.Event]:
    """Set when somebody starts the ended parts again: first one sees the alert, then its end."""
    event, loop = asyncio.Event(), asyncio.get_running_loop()
    loop.add_signal_handler(AGAIN, event.set)
    try:
        yield event
    finally:
        loop.remove_signal_handler(AGAIN)


@dataclass(slots=True)
class _Reports:
    """What was reported already."""

    notifications: int = 0
    mails: int = 0
    over: set[int] = field(default_factory=set[int])
    """Processes that ended."""
    falls: int = 0
    """Of the emulator, after which all lines came through."""
    held: int = 0
    """Lines that waited for it at once."""


def _tell_what_happened(progress: Progress, system: LocalSystem, run: Parts | None, reports: _Reports) -> None:
    """Notifications, other parts that end (the rest continues without them), and lines that wait for the emulator."""
    for child in (run.children[name] for name in run.ended) if run is not None else ():
        if child.pid not in reports.over:
            reports.over.add(child.pid)
            remedy = f"to start it again: kill -{AGAIN.name[3:]} {os.getpid()}"
            progress.done(
                f"{child.name} ended ({ended(child.process.returncode or 0)}); the rest continues",
                details=f"its errors are in {child.log}; {remedy}",
            )
    if system.keeper.falls > reports.falls:
        waiting = sum(pump.waiting for pump in (system.pump, *(run.pumps if run is not None else ())))
        reports.held = max(reports.held, waiting)
        if not waiting and not system.keeper.away:
            progress.done("All log lines are delivered", details=f"up to {reports.held} had to wait")
            reports.falls, reports.held = system.keeper.falls, 0
    for each in system.receiver.notifications[reports.notifications :]:
        reports.notifications += 1
        progress.done(
            f"Notification: {each.incident.policy_name} is {each.incident.state}", details=each.incident.summary
        )
    for mail in system.mailbox.mails[reports.mails :]:
        reports.mails += 1
        progress.done(f"E-mail to {mail.to}", details=mail.subject)


def _tell(progress: Progress, system: LocalSystem, database: str) -> None:
    emulator, api = system.emulator.url, system.api_url
    query = f'{{"resourceNames": ["projects/{PROJECT}"], "filter": "severity>=ERROR", "pageSize": 1}}'
    lines = (
        ("Demo API", f"{api}/docs"),
        *([("Database", database)] if database else []),
        ("Emulator", f"{emulator} (Cloud Logging and Cloud Monitoring, project {PROJECT})"),
        ("Pages", f"{emulator}/console/ (dashboards, logs, incidents)"),
        ("Webhook", system.receiver.url),
        ("Mail server", f"{system.mailbox.address} (keeps what it is sent)"),
        ("Logs", str(system.crew.logs)),
        ("", ""),
        ("Stories", "python -m demo traffic --list"),
        ("Make it fail", f"curl -X POST {api}/_demo/trouble"),
        ("Mend it", f"curl -X DELETE {api}/_demo/trouble"),
        ("In a shell", 'eval "$(vigil env)"'),
        ("Incidents", f"curl {emulator}/vigil/v1/incidents"),
        ("Errors", f"curl {emulator}/v2/entries:list -H 'content-type: application/json' -d '{query}'"),
    )
    progress.console.print()
    for name, value in lines:
        progress.console.print(f"[bold]{name:<14}[/]{escape(value)}", soft_wrap=True)
    progress.console.print()
