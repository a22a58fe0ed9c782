"""Causing an alert on purpose: marked synthetic events, until its incident opens; then nothing, until it closes."""

import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Final

from engine.errors import EngineError
from engine.proofs.documents import Emission, ProvenAlert
from engine.proofs.lines import Library
from engine.proofs.samples import sample
from engine.verify.access import Access
from engine.verify.probe import ProbeError, Received, State
from vigil_emulator.calls import JsonObject
from vigil_emulator.jsonvalues import child, text

MARK: Final = "vigil-synthetic"
"""The label of every synthetic entry: to find them, and to leave them out of what people count."""
BATCH: Final = 500
"""Entries that one request writes."""


class FireError(EngineError):
    """An alert that cannot be caused so, or that did not do what it must in time."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Moment:
    """Something that came about, so many wall seconds after the start."""

    what: str
    seconds: float


@dataclass(frozen=True, slots=True, kw_only=True)
class Fire:
    """How an alert is caused. ``speed`` is how many of its seconds pass in one of the wall's (1 but for an emulator).

    ``received`` tells of notifications, and is None where there is no probe: then they are not waited for.
    ``now``, ``sleep`` are the wall's clock.
    """

    access: Access
    alert: ProvenAlert
    environment: str
    speed: float = 1.0
    received: Received | None = None
    now: Callable[[], float] = time.monotonic
    sleep: Callable[[float], None] = time.sleep

    def run(self) -> Iterator[Moment]:
        """Cause it, and tell of each moment as it comes. Raises FireError, AccessError."""
        alert = self.alert
        if alert.proof is None or not alert.proof.fires.emissions or alert.proof.fires.then_silent:
            raise FireError(
                f"{alert.name} cannot be caused by events: what it watches is written by others, or is their absence. "
                "Remedy: choose an alert over events"
            )
        began = self.now()
        standing = {text(one, "name") for one in self._open()}
        if standing:
            raise FireError(f"{alert.name} is open already. Remedy: wait until it has closed, or look at its cause")
        yield Moment(what="events began", seconds=0.0)
        limit = alert.proof.opens_within * 60 / self.speed + 60
        opened = self._until("opened", began, limit, feeding=alert.proof.fires.emissions)
        yield Moment(what="incident opened", seconds=self.now() - began)
        if self.received is not None:
            how = self._notified(opened, "open", began, limit + 60)
            yield Moment(what=f"notification received ({how})", seconds=self.now() - began)
        ceased = self.now()
        self._wait("closed", lambda: not self._open(), ceased, self._patience())
        yield Moment(what="incident closed", seconds=self.now() - began)
        if self.received is not None:
            how = self._notified(opened, "closed", ceased, self._patience() + 60)
            yield Moment(what=f"recovery received ({how})", seconds=self.now() - began)

    def _patience(self) -> float:
        assert self.alert.proof is not None  # noqa: S101 - run has looked
        return (self.alert.proof.opens_within + 60) * 60 / self.speed + 60

    def _until(self, what: str, began: float, limit: float, *, feeding: tuple[Emission, ...]) -> set[str]:
        """Write events at the proof's rate until there are incidents; their names."""
        pause = min(5.0, 60 / self.speed / 4)
        owed = dict.fromkeys(range(len(feeding)), 0.0)
        last = began
        library = Library(project=self.access.project, environment=self.environment, level="DEBUG")
        while not (found := self._open()):
            now = self.now()
            if now - began > limit:
                raise FireError(f"{self.alert.name} was not {what} within {limit:.0f} s of wall time")
            passed, last = (now - last) * self.speed / 60, now
            for index, emission in enumerate(feeding):
                owed[index] += emission.per_minute * passed
                count = int(owed[index])
                owed[index] -= count
                self._write(library, emission, count)
            self.sleep(pause)
        return {text(one, "name") for one in found}

    def _write(self, library: Library, emission: Emission, count: int) -> None:
        with library.in_force():
            entries = library.entries(sample(emission.event, emission.fields), self.alert.origin, 0)
        log = self.access.logs.logger(self.alert.origin.log)
        for start in range(0, count, BATCH):
            batch = log.batch()
            for _ in range(start, min(start + BATCH, count)):
                for entry in entries:
                    resource = child(entry, "resource")
                    batch.log_struct(
                        child(entry, "jsonPayload"),
                        severity=text(entry, "severity", "DEFAULT"),
                        labels={MARK: "true"},
                        resource=_resource(resource),
                    )
            self.access.ask("writing synthetic entries", batch.commit)

    def _open(self) -> list[JsonObject]:
        path = f"v3/{self.access.name}/alerts"
        found = self.access.pages("listing incidents", path, "alerts", {"filter": 'state="OPEN"'})
        return [one for one in found if text(child(one, "policy"), "displayName") == self._title()]

    def _title(self) -> str:
        return str(self.alert.policy_inputs["displayName"])

    def _notified(self, incidents: set[str], state: State, began: float, limit: float) -> str:
        """Wait until it is received that one of the incidents opened or closed; how, in words."""
        received, how = self.received, ""

        def told() -> bool:
            nonlocal how
            assert received is not None  # noqa: S101 - the caller has looked
            how = next((words for name in sorted(incidents) if (words := received(name, state))), "")
            return bool(how)

        what = "opening" if state == "open" else "recovery"
        try:
            self._wait(f"notified of its {what}", told, began, limit)
        except ProbeError as error:
            raise FireError(
                f"{self.alert.name}: nobody was notified of its {what}: {error}. Remedy: look at these channels"
            ) from error
        return how

    def _wait(self, what: str, done: Callable[[], bool], began: float, limit: float) -> None:
        while not done():
            if self.now() - began > limit:
                raise FireError(f"{self.alert.name} was not {what} within {limit:.0f} s of wall time")
            self.sleep(min(5.0, 60 / self.speed / 4))


def _resource(body: JsonObject) -> object:
    from google.cloud.logging import Resource  # noqa: PLC0415 - the clients are loaded where they are used

    labels = {name: str(value) for name, value in child(body, "labels").items()}
    return Resource(type=text(body, "type"), labels=labels)
