"""One trouble for each part beside the API: from its cause to the received notification, and to the end of both.

They begin when the API works again, while its incident is still open: the errors leave a window of minutes first.
"""

import asyncio
import contextlib
from collections.abc import AsyncGenerator, Awaitable, Callable, Coroutine
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

import httpx
import msgspec

from demo.stand_ins.local_run.parts import Parts
from demo.stand_ins.local_run.postgres import NAME
from demo.stand_ins.stories.stage import Stage
from vigil_cli.local.emulator import Incident
from vigil_cli.local.receiver import Notification

TO_OPEN = 30 * 60.0
"""Cloud seconds in which an incident must open: the longest window is ten minutes."""
TO_CLOSE = 45 * 60.0
"""Cloud seconds in which it must close after the cause has ended: the window must empty first."""
TO_DELIVER = 5 * 60.0
ORDERS_EVERY = 0.5
"""Wall seconds between two orders that are fulfilled."""
PATIENCE = 70.0
"""Wall seconds that a customer waits for an answer: longer than the API does."""
ASKERS, SHORT = 6, 2.0
"""Customers that ask anew after so many wall seconds without an answer.

Patient ones would wait while the agent backs off, and there would be fewer calls than the alert wants to see.
"""
COOLING_OFF = 30.0
"""Wall seconds in which an order that is regretted may be cancelled."""
REGRETTED_AFTER = 2.0
"""Wall seconds from such an order to its end, and to the next one, at least."""
QUESTIONS = 3
"""Customers that ask the agent, one question after the other."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Trouble:
    """What goes wrong with a part, and the alert that must fire."""

    part: str
    alert: str
    cause: str
    begin: Callable[[Parts], Awaitable[None]]
    end: Callable[[Parts], Awaitable[None]]
    needs_temporal: bool = False
    harms_api: bool = False
    """Whether the API fails as well, so that it begins when the API's own incident is over."""


class PlayedTrouble(msgspec.Struct, frozen=True, kw_only=True, rename="camel"):
    """A trouble that came to its end; times are cloud seconds since the emulator was ready."""

    part: str
    cause: str
    policy: str
    incident: str
    began: float
    opened: float
    notified: float
    mended: float
    closed: float
    end_notified: float


async def _declining(parts: Parts) -> None:
    await parts.switches.around(payments="declining")


async def _accepting(parts: Parts) -> None:
    await parts.switches.around(payments="well")


async def _down(parts: Parts) -> None:
    if NAME in parts.children:
        await parts.children[NAME].stop()
    else:
        await parts.switches.around(database="down")


async def _database_well(parts: Parts) -> None:
    if NAME in parts.children:
        await parts.start_again(NAME)
    else:
        await parts.switches.around(database="well")


async def _limited(parts: Parts) -> None:
    await parts.switches.models(trouble="rate_limit")


async def _models_well(parts: Parts) -> None:
    await parts.switches.models()


async def _failing(parts: Parts) -> None:
    parts.visitors.failing = True


async def _frontend_well(parts: Parts) -> None:
    parts.visitors.failing = False


WORKERS = Trouble(
    part="workers",
    alert="workflow-failures",
    cause="The payment provider declines every card: workflows fail",
    begin=_declining,
    end=_accepting,
    needs_temporal=True,
)
AGENTS = Trouble(
    part="agents",
    alert="llm-rate-limit",
    cause="The model provider answers 429",
    begin=_limited,
    end=_models_well,
    needs_temporal=True,
)
DATABASE = Trouble(
    part="database",
    alert="database-down",
    cause="The database does not answer",
    begin=_down,
    end=_database_well,
    harms_api=True,
)
FRONTEND = Trouble(
    part="frontend",
    alert="frontend-errors",
    cause="Every other page of the frontend fails",
    begin=_failing,
    end=_frontend_well,
)
TROUBLES = (WORKERS, AGENTS, DATABASE, FRONTEND)


@dataclass(slots=True, kw_only=True)
class _Customers:
    """What customers do again and again; `every` is the pause between in wall seconds."""

    http: httpx.AsyncClient
    every: float
    under_way: set[asyncio.Task[httpx.Response]] = field(default_factory=set["asyncio.Task[httpx.Response]"])
    """Requests that are not answered yet: they outlive the task that sends them."""

    async def order(self) -> None:
        while True:
            await self._send("/orders", {"item": "compass", "quantity": 1})
            await asyncio.sleep(self.every)

    async def regret(self) -> None:
        while True:
            taken = await self._send("/orders", {"item": "anvil", "quantity": 1, "cooling_off": COOLING_OFF})
            await asyncio.sleep(REGRETTED_AFTER)
            if taken is not None and taken.is_success:
                with contextlib.suppress(httpx.HTTPError):
                    await self.http.delete(f"/orders/{taken.json()['id']}")
            await asyncio.sleep(max(self.every, REGRETTED_AFTER))

    async def ask(self) -> None:
        while True:
            await self._send("/questions", {"text": "Where is my compass?"})
            await asyncio.sleep(self.every)

    async def _send(self, path: str, body: dict[str, object]) -> httpx.Response | None:
        request = asyncio.create_task(self.http.post(path, json=body))
        self.under_way.add(request)
        request.add_done_callback(self.under_way.discard)
        with contextlib.suppress(httpx.HTTPError):
            return await asyncio.shield(request)
        return None


@contextlib.asynccontextmanager
async def customers(  # which kinds of them there are, and how they behave
    api: str,
    *,
    every: float = ORDERS_EVERY,
    askers: int = QUESTIONS,
    patience: float = PATIENCE,
    ordering: bool = True,
    regretting: bool = False,
) -> AsyncGenerator[None]:
    """Questions to the agent, until the block ends; orders to fulfil where `ordering`.

    Where `regretting`, there is also one who cancels each order while it can be cancelled: that needs workers.
    `every` and `patience` are wall seconds.
    The client waits for each answer up to `patience`, so that it queries a failing agent less and less often.
    A block that ends in order awaits the last answers: an API that has to stop would wait for them.
    """
    signed_in = {"authorization": "Bearer jane"}
    limits = httpx.Limits(max_keepalive_connections=0)
    async with httpx.AsyncClient(
        base_url=api, timeout=patience, trust_env=False, limits=limits, headers=signed_in
    ) as http:
        all_of_them = _Customers(http=http, every=every)
        doing = [all_of_them.order()] if ordering else []
        doing += [all_of_them.regret()] if regretting else []
        doing += [all_of_them.ask() for _ in range(askers)]
        tasks = [asyncio.create_task(each) for each in doing]
        try:
            yield
            for task in tasks:
                task.cancel()
            await asyncio.gather(*all_of_them.under_way, return_exceptions=True)
        finally:
            ending: list[asyncio.Task[Any]] = [*tasks, *all_of_them.under_way]
            for each in ending:
                each.cancel()
            await asyncio.gather(*ending, return_exceptions=True)


async def play_all(stage: Stage, parts: Parts, *, recovering: Coroutine[None, None, None]) -> list[PlayedTrouble]:
    """Play all troubles at once, while the API's own is awaited; those that harm the API come after it.

    Raises what kept one from its end, httpx.HTTPError where a part does not answer.
    """
    chosen = [each for each in TROUBLES if parts.addresses.temporal or not each.needs_temporal]
    api = asyncio.create_task(recovering)
    troubles = [asyncio.create_task(_through(stage, parts, each, api if each.harms_api else None)) for each in chosen]
    try:
        _, played = await asyncio.gather(api, asyncio.gather(*troubles))
        return list(played)
    finally:  # where one fails, the others must end too
        everything: list[asyncio.Task[Any]] = [api, *troubles]
        for each in everything:
            each.cancel()
        await asyncio.gather(*everything, return_exceptions=True)


async def _through(stage: Stage, parts: Parts, trouble: Trouble, after: asyncio.Task[None] | None) -> PlayedTrouble:
    """From the cause to the end of its alert. A trouble is mended as soon as its notification arrives.

    One that waited for the slowest of the others could end by itself before: callers back off from a provider that
    refuses them, until there are too few refusals for an alert.
    """
    await _until_data(stage, parts)
    if after is not None:
        await after
    known = {each.name for each in await stage.emulator.incidents()}
    began = await stage.now()
    await trouble.begin(parts)
    stage.mark(f"{trouble.part}.began", trouble.cause, at=began)
    incident, note = await _opened(stage, trouble, known)
    mended = await stage.now()
    await trouble.end(parts)
    stage.mark(f"{trouble.part}.mended", f"Mended: {trouble.part}", at=mended)
    return await _closed(stage, trouble, incident, note, began=began, mended=mended)


async def _until_data(stage: Stage, parts: Parts) -> None:
    async def scraped() -> bool | None:
        targets = (await stage.emulator.scraping()).targets
        database = any(each.up for each in targets if each.job.startswith("supabase-"))
        return (database and parts.visitors.delivered > 0) or None

    await stage.until("data of the database and the frontend", scraped, cloud_seconds=600)


async def _opened(stage: Stage, trouble: Trouble, known: set[str]) -> tuple[Incident, Notification]:
    policy = await stage.emulator.policy(stage.system.source.project, {"service": trouble.part, "alert": trouble.alert})

    async def look() -> Incident | None:
        found = await stage.emulator.incidents()
        return next((each for each in found if each.policy == policy and each.name not in known), None)

    incident = await stage.until(f"{trouble.part}: {trouble.alert} to open", look, cloud_seconds=TO_OPEN)
    note = await _received(stage, incident, "open")
    stage.mark(
        f"{trouble.part}.notified", f"Notification received: {incident.policy_name}", at=await stage.at(note.received)
    )
    return incident, note


async def _closed(
    stage: Stage, trouble: Trouble, incident: Incident, note: Notification, *, began: datetime, mended: datetime
) -> PlayedTrouble:
    async def look() -> Incident | None:
        found = await stage.emulator.incidents()
        return next((each for each in found if each.name == incident.name and each.state == "CLOSED"), None)

    ended = await stage.until(f"{incident.policy_name} to close", look, cloud_seconds=TO_CLOSE)
    last = await _received(stage, incident, "closed")
    stage.mark(
        f"{trouble.part}.over", f"Notification of the end: {incident.policy_name}", at=await stage.at(last.received)
    )

    def seconds(at: datetime) -> float:
        return round((at - stage.system.cloud_start).total_seconds(), 1)

    return PlayedTrouble(
        part=trouble.part,
        cause=trouble.cause,
        policy=incident.policy_name,
        incident=incident.name.rpartition("/")[2],
        began=seconds(began),
        opened=seconds(incident.open_time),
        notified=seconds(await stage.at(note.received)),
        mended=seconds(mended),
        closed=seconds(ended.close_time or await stage.now()),
        end_notified=seconds(await stage.at(last.received)),
    )


async def _received(stage: Stage, incident: Incident, state: str) -> Notification:
    key = incident.name.rpartition("/")[2]

    async def look() -> Notification | None:
        return stage.system.receiver.find(lambda each: each.incident_id == key and each.state == state)

    return await stage.until(f"the notification of {incident.policy_name}, {state}", look, cloud_seconds=TO_DELIVER)
