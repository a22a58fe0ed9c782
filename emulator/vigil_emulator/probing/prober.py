"""Probes all checks of the store for as long as the emulator runs, on its clock."""

import asyncio
import logging
from contextlib import suppress
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Final

from vigil_apimodel.json_values import JsonObject, flag, json_list, text
from vigil_emulator.clock import Clock, sleep_until
from vigil_emulator.errors import ApiError
from vigil_emulator.metrics.recorder import Write, save
from vigil_emulator.probing.check import Check, check_of, period_of
from vigil_emulator.probing.errors import NotProbedError
from vigil_emulator.probing.points import series_of
from vigil_emulator.probing.probe import Manners, ask
from vigil_emulator.resources import ResourceStore
from vigil_emulator.resources.projects import project_of
from vigil_emulator.times import SECOND, format_time, nanoseconds

KIND: Final = "monitoring.uptimeCheckConfigs"
AT_ONCE: Final = 16
"""Probes of one check that may be under way: a timeout is of the wall, and a clock that runs fast does not wait."""

_log = logging.getLogger(__name__)


@dataclass(slots=True, kw_only=True)
class _Probed:
    """A check of the store, and how it goes."""

    name: str
    body: JsonObject
    check: Check | None = None
    state: str = "waiting"
    """Or passed, failed, not probed, disabled."""
    reason: str = ""
    """Why it failed or is not probed."""
    error: str = ""
    """Of the emulator's own: what kept a result from being written."""
    probes: int = 0
    failures: int = 0
    left_out: int = 0
    """Because too many were under way."""
    points: int = 0
    refused: int = 0
    last: int = 0
    due: datetime | None = None
    pacing: asyncio.Task[None] | None = None
    under_way: set[asyncio.Task[None]] = field(default_factory=set["asyncio.Task[None]"])

    async def end(self) -> None:
        tasks = [*self.under_way, *([self.pacing] if self.pacing else [])]
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)
        self.pacing = None


class Probing:
    """Follows the store: what it holds is probed, and when a check changes, what it says then."""

    def __init__(self, store: ResourceStore, *, clock: Clock, write: Write, anywhere: bool = False) -> None:
        """`anywhere` allows other machines."""
        self._store = store
        self._clock = clock
        self._write = write
        self._manners = Manners(anywhere=anywhere)
        self._probed: dict[str, _Probed] = {}
        self._following: asyncio.Task[None] | None = None
        self._changed = asyncio.Event()
        self._loop: asyncio.AbstractEventLoop | None = None
        store.subscribe(self._notice)

    async def start(self) -> None:
        """Probe until `stop`; each check at once, and then on its period."""
        if self._following is None:
            self._loop = asyncio.get_running_loop()
            await self.look()
            self._following = asyncio.create_task(self._follow())

    async def stop(self) -> None:
        """End all probes."""
        self._loop = None
        if self._following is not None:
            self._following.cancel()
            with suppress(asyncio.CancelledError):
                await self._following
            self._following = None
        await asyncio.gather(*(one.end() for one in self._probed.values()))

    async def look(self) -> None:
        """Follow what has changed in the store: other checks go on as they were."""
        names = self._store.names(KIND)
        for name in self._probed.keys() - set(names):
            await self._probed.pop(name).end()
        for name in names:
            body = self._store.get(KIND, name)
            known = self._probed.get(name)
            if body is None or (known is not None and known.body == body):
                continue
            if known is not None:
                await known.end()
            self._probed[name] = self._begin(name, body)

    async def probe_all(self) -> None:
        """Probe every check once, now; `look` must have found some."""
        await asyncio.gather(*(self._once(one, one.check) for one in self._probed.values() if one.check is not None))

    def status(self) -> JsonObject:
        """Return how probing goes, in all and by check."""
        found = list(self._probed.values())
        return {
            "probes": sum(one.probes for one in found),
            "failures": sum(one.failures for one in found),
            "points": sum(one.points for one in found),
            "refused": sum(one.refused for one in found),
            "checks": json_list([_status(one) for one in found]),
        }

    def problems(self) -> dict[str, str]:
        """Return the checks that are not probed, and those whose results are not written, with the reason."""
        return {
            one.name: f"not probed: {one.reason}" if one.state == "not probed" else one.error
            for one in self._probed.values()
            if one.state == "not probed" or one.error
        }

    def _notice(self, kind: str, name: str, body: JsonObject | None) -> None:
        """A change of the store, in whichever thread it was made."""
        del name, body
        loop = self._loop
        if kind == KIND and loop is not None:
            with suppress(RuntimeError):  # the loop has ended in the meantime
                loop.call_soon_threadsafe(self._changed.set)

    async def _follow(self) -> None:
        while True:
            await self._changed.wait()
            self._changed.clear()
            await self.look()

    def _begin(self, name: str, body: JsonObject) -> _Probed:
        one = _Probed(name=name, body=body)
        if flag(body, "disabled"):
            one.state = "disabled"
            return one
        try:
            one.check = check_of(name, body)
        except (NotProbedError, ApiError, ValueError) as error:
            self._leave(one, str(error))
            return one
        if self._loop is not None:
            one.pacing = asyncio.create_task(self._again(one, one.check))
        return one

    async def _again(self, one: _Probed, check: Check) -> None:
        while True:
            one.due = self._clock.now() + timedelta(seconds=check.period / SECOND)
            if len(one.under_way) < AT_ONCE:
                task = asyncio.create_task(self._once(one, check))
                one.under_way.add(task)
                task.add_done_callback(one.under_way.discard)
            else:
                one.left_out += 1
            await sleep_until(self._clock, one.due)

    async def _once(self, one: _Probed, check: Check) -> None:
        one.last = nanoseconds(self._clock.now())
        one.error = ""
        try:
            outcome = await ask(check, self._manners)
            one.probes += 1
            one.failures += not outcome.passed
            before, one.state, one.reason = one.state, "passed" if outcome.passed else "failed", outcome.reason
            if one.state == "failed" and before != "failed":
                _log.warning("the probe of %s fails: %s", check.request.shown, one.reason)
            series = series_of(check, outcome, nanoseconds(self._clock.now()))
            save(self._write, project_of(one.name), series, one)
        except NotProbedError as error:
            self._leave(one, str(error))
        except Exception as error:  # noqa: BLE001 - what one answer does must not end the probing
            one.state, one.reason = "not probed", f"the emulator failed at it: {type(error).__name__}: {error}"
            _log.exception("probing %s failed", check.request.shown)

    @staticmethod
    def _leave(one: _Probed, reason: str) -> None:
        if one.state != "not probed":
            _log.warning("%s is not probed: %s", one.name, reason)
        one.state, one.reason = "not probed", reason


def _status(one: _Probed) -> JsonObject:
    return {
        "name": one.name,
        "displayName": text(one.body, "displayName"),
        **({"url": one.check.request.shown} if one.check else {}),
        "period": f"{period_of(one.body) / SECOND:g}s",
        "state": one.state,
        "probes": one.probes,
        "failures": one.failures,
        "leftOut": one.left_out,
        "points": one.points,
        "refused": one.refused,
        **({"reason": one.reason} if one.reason else {}),
        **({"last": format_time(one.last)} if one.last else {}),
        **({"next": format_time(nanoseconds(one.due))} if one.pacing and one.due else {}),
        **({"error": one.error} if one.error else {}),
    }
