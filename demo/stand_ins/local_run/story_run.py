"""Plays a story on a freshly started local system, and reports the result."""

import asyncio
import time
from collections import Counter
from collections.abc import Callable
from dataclasses import replace
from datetime import datetime
from pathlib import Path

from msgspec import structs

from demo.stand_ins.local_run.orders_database import database
from demo.stand_ins.local_run.parts import SECRETS, addresses
from demo.stand_ins.local_run.summary import Letter, Step, Summary
from demo.stand_ins.local_run.system import PROJECT, LocalOptions, LocalSystem, local_system, whole_system
from demo.stand_ins.local_run.unanswered import answering
from demo.stand_ins.stories import Stage, Story
from demo.stand_ins.stories.first_light import broken, quiet, recovered
from demo.stand_ins.stories.troubles import ASKERS, SHORT, customers, play_all
from demo.stand_ins.traffic import Traffic
from vigil_cli.console import Progress
from vigil_cli.errors import CommandError
from vigil_cli.pictures import file_name
from vigil_runner.quantities import counted

LEAST = 20.0
"""Requests per wall second, at least: what a person takes for traffic."""
PICTURES = Path("build") / "pictures"
"""Where the dashboards of a story are drawn."""
PER_CLOUD_SECOND = 1 / 6
"""Requests per cloud second, at least: ratios of the alerts ask for 20 in 5 minutes, and this gives 50."""


async def play(
    story: Story, options: LocalOptions, progress: Progress, *, tell: Callable[[Summary], None], drawn: bool
) -> Summary:
    """Start the system, play the story to its end, and stop everything.

    `tell` gets the result as soon as it is known; with `drawn` the API's dashboard is drawn after that.
    Raises CommandError for whatever keeps it from its end.
    """
    with progress.shown():
        async with (
            local_system(options, progress) as system,
            Traffic(system.api_url, rate=max(LEAST, options.speed * PER_CLOUD_SECOND)) as traffic,
        ):
            stage = Stage(system=system, traffic=traffic, progress=progress, started=progress.started)
            async with answering({"api": system.api_url}, logs=system.crew.logs, crew=system.crew):
                await story.play(stage)
            summary = await _summary(story.name, options, stage)
            tell(summary)
            return structs.replace(summary, pictures=await _pictures(stage, "api") if drawn else "")


async def play_whole(
    options: LocalOptions, progress: Progress, *, tell: Callable[[Summary], None], drawn: bool
) -> Summary:
    """Play the API's story, and as soon as the API works again a trouble of each other part; stop everything.

    `tell` gets the result as soon as it is known; with `drawn` all dashboards are drawn after that. Raises
    CommandError for whatever keeps it from its end.
    """
    with progress.shown(), database(options.state, progress) as orders:
        at = await addresses(progress)
        variables = at.variables(speed=options.speed)
        options = replace(options, variables=tuple(variables.items()), config=at.config(), secrets=SECRETS)
        async with (
            whole_system(options, progress, at=at, database=orders) as (system, run),
            Traffic(system.api_url, rate=max(LEAST, options.speed * PER_CLOUD_SECOND)) as traffic,
        ):
            stage = Stage(system=system, traffic=traffic, progress=progress, started=progress.started)
            logs, crew = system.crew.logs, system.crew
            async with answering({"api": system.api_url, **at.of_http}, logs=logs, crew=crew):
                incident = await broken(stage)
                async with customers(system.api_url, askers=ASKERS, patience=SHORT, regretting=bool(at.temporal)):
                    troubles = await play_all(stage, run, recovering=recovered(stage, incident))
                    over = await stage.now()
                charts, _ = await asyncio.gather(_charts(system, over), quiet(stage, run))
                summary = structs.replace(
                    await _summary("whole", options, stage),
                    troubles=tuple(troubles),
                    charts=charts,
                    lines={"written": system.pump.read + run.read, "delivered": system.pump.delivered + run.delivered},
                    database=orders.description,
                    without=at.missing,
                )
            tell(summary)  # nothing writes any more: what is drawn now has two processors
            return structs.replace(summary, pictures=await _pictures(stage) if drawn else "")


async def _charts(system: LocalSystem, at: datetime) -> dict[str, str]:
    """How many of each dashboard's queries had data at a time of the cloud."""
    shares: dict[str, str] = {}
    for title, queries in sorted((await system.emulator.dashboards(PROJECT)).items()):
        found = [await system.emulator.answers(PROJECT, query, at=at) for query in queries]
        shares[title] = f"{sum(found)} of {len(found)}"
    return shares


async def _pictures(stage: Stage, beginning: str = "") -> str:
    """Draw the dashboards whose titles begin so, of the time of the story.

    Returns the folder, or why there are none: the story does not depend on them.
    """
    progress, emulator, began = stage.progress, stage.system.emulator, time.monotonic()
    progress.doing(f"drawing the dashboards into {PICTURES}")
    times = [each.time for each in stage.milestones if each.name != "linesCounted"]  # after that, parts are ended
    try:
        PICTURES.mkdir(parents=True, exist_ok=True)
        titles = [title for title in sorted(await emulator.dashboards(PROJECT)) if title.startswith(beginning)]
        drawn = await asyncio.gather(*(emulator.picture(title, since=times[0], until=times[-1]) for title in titles))
        for title, content in zip(titles, drawn, strict=True):
            (PICTURES / f"{file_name(title)}.png").write_bytes(content)
    except (CommandError, OSError) as problem:
        progress.done("The dashboards are not drawn", details=str(problem))
        return f"none: {problem}"
    progress.done(
        f"{counted(len(titles), 'dashboard')} drawn in {time.monotonic() - began:.1f} s",
        details=str(PICTURES),
    )
    return str(PICTURES)


async def _summary(story: str, options: LocalOptions, stage: Stage) -> Summary:
    system, traffic, progress = stage.system, stage.traffic, stage.progress
    stats = await system.emulator.stats()
    clock = await system.emulator.clock()
    also = {
        each.policy_name
        for each in await system.emulator.incidents()
        if each.name != stage.incident and each.open_time >= system.cloud_start
    }
    requests = Counter[str]()
    for status, count in sorted(traffic.statuses.items()):
        requests[f"{status // 100}xx"] += count
    return Summary(
        stack=options.stack,
        story=story,
        emulator=system.emulator.url,
        state=str(options.state),
        speed=clock.speed,
        resources=system.deployed,
        entries=stats.entries - system.initial.entries,
        points=stats.points - system.initial.points,
        lines={"written": system.pump.read, "delivered": system.pump.delivered},
        requests=dict(requests),
        milestones=tuple(
            Step(
                name=each.name,
                title=each.title,
                time=each.time.isoformat().replace("+00:00", "Z"),
                cloud_seconds=round(each.cloud_seconds, 3),
                wall_seconds=round(each.wall_seconds, 3),
                details=each.details,
            )
            for each in stage.milestones
        ),
        incident=(stage.incident or "").rpartition("/")[2],
        also_opened=tuple(sorted(also)),
        notifications=tuple(each.body for each in system.receiver.notifications),
        mails=tuple(Letter(to=each.to, subject=each.subject, text=each.text) for each in system.mailbox.mails),
        cloud_seconds=round((clock.now - system.cloud_start).total_seconds(), 3),
        wall_seconds=round(time.monotonic() - progress.started, 3),
    )
