"""Sends the traffic of a story to the running demo, and reports which of the expected alerts opened."""

import asyncio
from datetime import datetime
from pathlib import Path
from typing import Literal

import msgspec

from demo.stand_ins.local_run.announcement import running_demo
from demo.stand_ins.local_run.system import PROJECT
from demo.stand_ins.local_run.unanswered import answering
from demo.stand_ins.stories.traffic import Running, TrafficStory, begun
from demo.stand_ins.switches import Switches
from vigil_cli.console import Progress
from vigil_cli.errors import CommandError, MissedDeadlineError, Sighting
from vigil_cli.local.discovery import running_emulator
from vigil_cli.local.emulator import Emulator

TO_OPEN = 30 * 60.0
"""Cloud seconds in which the alerts must open: the longest window is ten minutes, a missing heartbeat's forty."""
ALLOWANCE = 60.0
"""Wall seconds beyond them: a busy machine is no failure."""
POLL = 0.2


class ExpectedAlert(msgspec.Struct, frozen=True, kw_only=True, rename="camel"):
    """An expected alert: whether and when it opened, in cloud time."""

    alert: str
    policy: str
    dashboard: str
    state: Literal["OPEN", "CLOSED", "NONE"]
    incident: str = ""
    opened: datetime | None = None


class StoryResult(msgspec.Struct, frozen=True, kw_only=True, rename="camel"):
    """The result of a story."""

    story: str
    began: datetime
    """Cloud time, as `ended`."""
    ended: datetime
    wall_seconds: float
    alerts: tuple[ExpectedAlert, ...]


async def send(story: TrafficStory, folder: Path, progress: Progress, *, lasting: float | None) -> StoryResult:
    """Begin the story, wait until its alerts are open (or as long as `lasting`, in wall seconds), and end it.

    Raises CommandError where no demo runs or it lacks a part, MissedDeadlineError where an alert does not open.
    """
    url = running_emulator(folder)
    demo = running_demo(folder)
    story.check(demo)
    chosen = lasting if lasting is not None else story.lasting
    switches = Switches(api=demo.api, outside=demo.outside, llm=demo.llm)
    with progress.shown():
        async with Emulator(url) as emulator, switches:
            clock = await emulator.clock()
            within = chosen if chosen is not None else TO_OPEN / clock.speed + ALLOWANCE
            policies = [await _policy(emulator, alert) for alert in story.alerts]
            _expect(progress, story, url, chosen)
            running = Running(demo=demo, switches=switches, lasting=within)
            loop = asyncio.get_running_loop()
            started = loop.time()
            async with answering(demo.addresses, logs=folder / "logs"), begun(story, running):
                began = (await emulator.clock()).now
                progress.done("Begun", details=story.summary)
                found = await _awaited(emulator, story, policies, began, progress, within=within, whole=chosen)
            progress.done("Ended: all is well again")
            ended = (await emulator.clock()).now
            missing = [each.alert for each in found if each.state == "NONE"]
            if missing and chosen is None:
                seen = tuple(Sighting(each.alert, each.state) for each in found)
                raise MissedDeadlineError(" and ".join(missing), within=within, seen=seen, logs=str(folder / "logs"))
            return StoryResult(
                story=story.name,
                began=began,
                ended=ended,
                wall_seconds=round(loop.time() - started, 3),
                alerts=tuple(found),
            )


async def _policy(emulator: Emulator, alert: str) -> str:
    service, _, name = alert.partition("/")
    found = await emulator.policy(PROJECT, {"service": service, "alert": name})
    if found is None:
        raise CommandError(
            f"The deployed stack has no alert {alert}, which this story is about.",
            remedy="Declare it in infra/, or send another story: `python -m demo traffic --list`.",
        )
    return found


async def _awaited(
    emulator: Emulator,
    story: TrafficStory,
    policies: list[str],
    began: datetime,
    progress: Progress,
    *,
    within: float,
    whole: float | None,
) -> list[ExpectedAlert]:
    """The alerts, as soon as all are open; with `whole`, after that many wall seconds, whatever they are."""
    loop = asyncio.get_running_loop()
    deadline = loop.time() + within
    reported: set[str] = set()
    progress.doing(f"{story.name}: " + (f"{whole:g} s" if whole is not None else "until its alerts are open"))
    while True:
        found = await _opened(emulator, story, policies, began)
        for each in found:
            if each.state != "NONE" and each.alert not in reported:
                reported.add(each.alert)
                progress.done(f"{each.policy} opened", details=each.incident)
        over = loop.time() >= deadline
        if over or (whole is None and len(reported) == len(policies)):
            return found
        await asyncio.sleep(POLL)


async def _opened(emulator: Emulator, story: TrafficStory, policies: list[str], began: datetime) -> list[ExpectedAlert]:
    """How each alert is: an incident that was open when the story began counts, if it is open still."""
    incidents = await emulator.incidents()
    found: list[ExpectedAlert] = []
    for alert, policy in zip(story.alerts, policies, strict=True):
        dashboard = alert.partition("/")[0]
        of_it = [each for each in incidents if each.policy == policy]
        incident = next((each for each in reversed(of_it) if each.state == "OPEN" or each.open_time >= began), None)
        if incident is None:
            found.append(ExpectedAlert(alert=alert, policy=policy, dashboard=dashboard, state="NONE"))
        else:
            found.append(
                ExpectedAlert(
                    alert=alert,
                    policy=incident.policy_name,
                    dashboard=dashboard,
                    state=incident.state,
                    incident=incident.name.rpartition("/")[2],
                    opened=incident.open_time,
                )
            )
    return found


def _expect(progress: Progress, story: TrafficStory, url: str, chosen: float | None) -> None:
    progress.done(f"Story {story.name}", details=story.summary)
    shown = ", ".join(f"{service} (local)" for service in story.dashboards)
    progress.done(f"Look at the dashboard of {shown}", details=f"{story.look}; {url}/console/")
    alerts = " and ".join(story.alerts) or "none: this is how all is when it is well"
    progress.done(
        f"Alerts to expect: {alerts}", details="" if chosen is None else f"within {chosen:g} s, if it is enough"
    )
