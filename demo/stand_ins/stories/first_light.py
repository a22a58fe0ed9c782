"""The first story: a dependency of the API fails, the alert on its errors is received, and so is its end."""

import asyncio
from dataclasses import dataclass
from datetime import datetime, timedelta

from demo.stand_ins.local_run.parts import Parts
from demo.stand_ins.stories.stage import Stage, Story
from vigil_cli.errors import CommandError
from vigil_cli.local.emulator import Incident
from vigil_cli.local.mailbox import Mail, State
from vigil_cli.local.receiver import Notification

ALERT = {"service": "api", "alert": "error-ratio"}
"""User labels of the policy that the story is about."""
HEALTHY = timedelta(minutes=3)
"""How long the healthy system is watched, at least: several evaluations of each policy."""
TO_OPEN = 20 * 60.0
"""Cloud seconds in which the incident must open: the policy's window and duration are about a third of it."""
TO_CLOSE = 40 * 60.0
"""Cloud seconds in which it must close after recovery: the errors must leave the policy's window first."""
TO_DELIVER = 5 * 60.0
"""Cloud seconds in which a notification must arrive."""


async def play(stage: Stage) -> None:
    """Play the whole story, and end the API at its end, so that all of its lines can be counted."""
    await recovered(stage, await broken(stage))
    await quiet(stage)


async def broken(stage: Stage) -> Incident:
    """Healthy, then failing until the alert is received; the API works again when this returns its incident."""
    policy = await stage.emulator.policy(stage.system.source.project, ALERT)
    if policy is None:
        raise CommandError(
            f"The stack declares no alert policy with the labels {dict(ALERT)}, which this story is about.",
            remedy="Declare it in infra/ (the alert `error-ratio` of the API), or play another story.",
        )
    await _healthy(stage, policy)
    incident = await _failing(stage, policy)
    await stage.system.trouble(begin=False)
    stage.mark("recoveryBegan", "The inventory service works again", at=await stage.now())
    stage.incident = incident.name
    return incident


async def _healthy(stage: Stage, policy: str) -> None:
    since = await stage.now()
    before = await stage.emulator.stats()
    stage.traffic.start()

    async def entries() -> int | None:
        return (await stage.emulator.stats()).entries - before.entries or None

    await stage.until("the first log entries in the emulator", entries, cloud_seconds=300)
    stage.mark("entriesIngested", "Log entries arrive", at=await stage.now())

    async def points() -> int | None:
        return (await stage.emulator.stats()).points - before.points or None

    await stage.until("the first points of a log-based metric", points, cloud_seconds=600)
    stage.mark("metricPoints", "The log-based metrics have points", at=await stage.now())

    async def calm() -> datetime | None:
        now = await stage.now()
        still_open = [each for each in await _incidents(stage, policy) if each.state == "OPEN"]
        return now if not still_open and now - since >= HEALTHY else None

    within = HEALTHY.total_seconds() + TO_CLOSE
    calm_since = await stage.until("no open incident of the healthy API's error ratio", calm, cloud_seconds=within)
    stage.mark("healthy", "The API is healthy", at=calm_since, details=stage.traffic.describe())


async def _failing(stage: Stage, policy: str) -> Incident:
    began = await stage.now()
    known = {each.name for each in await _incidents(stage, policy)}
    await stage.system.trouble(begin=True)
    stage.mark("failuresBegan", "The inventory service fails: requests end in 500", at=began)

    async def opened() -> Incident | None:
        return next((each for each in await _incidents(stage, policy) if each.name not in known), None)

    incident = await stage.until("an incident to open", opened, cloud_seconds=TO_OPEN)
    stage.mark(
        "incidentOpened",
        f"Incident opened: {incident.policy_name}",
        at=incident.open_time,
        wall=_first_received(stage, incident, "open"),
        details=_value(incident),
    )
    both = await _received(stage, incident, "open", f"the notification of {incident.policy_name}")
    stage.mark(
        "notificationReceived",
        "Notification received by webhook and by e-mail",
        at=await stage.at(both.last),
        wall=both.last,
        details=both.notification.incident.summary,
    )
    return incident


async def recovered(stage: Stage, incident: Incident) -> None:
    """Wait until the incident is closed and its end is received."""

    async def closed() -> Incident | None:
        each = next((each for each in await stage.emulator.incidents() if each.name == incident.name), None)
        return each if each is not None and each.state == "CLOSED" else None

    ended = await stage.until("the incident to close", closed, cloud_seconds=TO_CLOSE)
    stage.mark(
        "incidentClosed",
        f"Incident closed: {ended.policy_name}",
        at=ended.close_time or await stage.now(),
        wall=_first_received(stage, incident, "closed"),
    )
    both = await _received(stage, incident, "closed", f"the notification that {incident.policy_name} is over")
    stage.mark(
        "recoveryReceived",
        "Notification of the end received by webhook and by e-mail",
        at=await stage.at(both.last),
        wall=both.last,
        details=both.mail.subject,
    )


async def quiet(stage: Stage, parts: Parts | None = None) -> None:
    """End traffic and API, and the other `parts`, so that all have written their last line; count that each arrived.

    The API ends first: what its last requests wait for, the parts do.
    """
    await stage.traffic.stop()
    pump = stage.system.pump
    stopping = asyncio.create_task(stage.system.stop_api())

    async def stopped() -> bool | None:
        if not stopping.done():
            return None
        stopping.result()  # raises what kept the last lines from arriving
        return True

    try:
        await stage.until("the API's last log line in the emulator", stopped, cloud_seconds=10 * 60)
    finally:
        stopping.cancel()
    others = 0
    if parts is not None:
        await parts.stop()
        others = parts.read

    async def counted() -> int | None:
        entries = (await stage.emulator.stats()).entries - stage.system.initial.entries
        return entries if entries >= pump.read + others else None

    entries = await stage.until(f"entries for all {pump.read + others} lines", counted, cloud_seconds=5 * 60)
    title = "Every line of the API is an entry" if parts is None else "Every line is an entry"
    stage.mark(
        "linesCounted",
        title,
        at=await stage.now(),
        details=f"{entries} entries",
    )


async def _incidents(stage: Stage, policy: str) -> list[Incident]:
    """Those of the story's policy: others may notice the same trouble, at their own pace."""
    return [each for each in await stage.emulator.incidents() if each.policy == policy]


@dataclass(frozen=True, slots=True, kw_only=True)
class _Both:
    """The notifications of one change of an incident, by webhook and by e-mail."""

    notification: Notification
    mail: Mail

    @property
    def last(self) -> float:
        """When the later of the two came."""
        return max(self.notification.received, self.mail.received)


async def _received(stage: Stage, incident: Incident, state: State, awaited: str) -> _Both:
    async def hook() -> Notification | None:
        return _find(stage, incident, state)

    async def mail() -> Mail | None:
        return stage.system.mailbox.find(_key(incident), state)

    return _Both(
        notification=await stage.until(awaited, hook, cloud_seconds=TO_DELIVER),
        mail=await stage.until(f"{awaited} by e-mail", mail, cloud_seconds=TO_DELIVER),
    )


def _find(stage: Stage, incident: Incident, state: State) -> Notification | None:
    key = _key(incident)
    return stage.system.receiver.find(lambda each: each.incident_id == key and each.state == state)


def _key(incident: Incident) -> str:
    """The incident's id, as notifications have it."""
    return incident.name.rpartition("/")[2]


def _first_received(stage: Stage, incident: Incident, state: State) -> float | None:
    """When the first notification came, where it came before the query for the incident."""
    found = _find(stage, incident, state)
    mail = stage.system.mailbox.find(_key(incident), state)
    return min((each.received for each in (found, mail) if each is not None), default=None)


def _value(incident: Incident) -> str:
    if incident.value is None or incident.threshold is None:
        return ""
    return f"{incident.value:.3g} against a threshold of {incident.threshold:.3g}"


FIRST_LIGHT = Story(
    name="first-light",
    summary="The inventory service behind the API fails; the alert on the API's errors is received, and so is its end.",
    play=play,
)
