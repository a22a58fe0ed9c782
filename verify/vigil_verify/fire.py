"""Causing an alert on purpose: marked synthetic events, until its incident opens; then nothing, until it closes."""

import time
from collections.abc import Callable, Iterator
from contextlib import nullcontext
from dataclasses import dataclass
from typing import Final, Literal, TypeAlias

from vigil_apimodel.json_values import JsonObject, child, text
from vigil_proofs.documents import Emission, ProvenAlert
from vigil_proofs.lines import Library
from vigil_proofs.written import written
from vigil_runner.access import Access
from vigil_runner.errors import EngineError
from vigil_verify.probe import OpenIncident, Probe, ProbeError, State

MARK: Final = "vigil-synthetic"
"""The label of every synthetic entry: to find them, and to leave them out of what people count."""
BATCH: Final = 500
"""Entries that one request writes."""
AFTERWARDS: Final = 60
"""Minutes that an alert may take to close, beside what it takes to open."""
WRITER: Final = "roles/logging.logWriter on the project"

Stage: TypeAlias = Literal["began", "opened", "notified", "ended", "end notified"]
"""What comes about, in this order; the two of the notification only where there is a probe."""


class FireError(EngineError):
    """An alert that cannot be caused so, or not now: nothing was written."""


class MissedError(FireError):
    """What the events were to cause did not come about in time."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Moment:
    """Something that came about, so many wall seconds after the start; `what` says it in words."""

    moment: Stage
    what: str
    seconds: float


@dataclass(frozen=True, slots=True, kw_only=True)
class Fire:
    """How an alert is caused.

    `probe` receives notifications. With None, it does not wait for them.
    `grace` is how many wall seconds each thing may come later than the emulated time that it may take. `now`,
    `sleep` are the wall's clock.
    """

    access: Access
    alert: ProvenAlert
    environment: str
    probe: Probe | None = None
    grace: float = 60.0
    now: Callable[[], float] = time.monotonic
    sleep: Callable[[float], None] = time.sleep

    def run(self) -> Iterator[Moment]:
        """Cause it, and report each moment as it comes. Raises FireError (MissedError), ProbeError, AccessError."""
        alert = self.alert
        if alert.proof is None or not alert.proof.fires.emissions or alert.proof.fires.then_silent:
            raise FireError(
                f"{alert.name} cannot be caused by events: what it watches is written by others, or is their absence. "
                "Remedy: choose an alert over events"
            )
        if self._open():
            raise FireError(f"{alert.name} is open already. Remedy: wait until it has closed, or look at its cause")
        with self.probe or nullcontext():
            yield from self._caused(alert.proof.fires.emissions, alert.proof.opens_within)

    def _caused(self, emissions: tuple[Emission, ...], opens_within: int) -> Iterator[Moment]:
        began = self.now()

        def came(moment: Stage, what: str) -> Moment:
            return Moment(moment=moment, what=what, seconds=round(self.now() - began, 1))

        yield Moment(moment="began", what=f"events of {self.alert.service} began", seconds=0.0)
        opened = self._until("opened", opens_within, feeding=emissions)
        yield came("opened", f"incident opened ({', '.join(one.name for one in opened)})")
        if self.probe is not None:
            how = self._notified(self.probe, opened, "open", opens_within)
            yield came("notified", f"notification received ({how})")
        patience = opens_within + AFTERWARDS
        self._wait("closed", lambda: not self._open(), patience)
        yield came("ended", "incident closed")
        if self.probe is not None:
            how = self._notified(self.probe, opened, "closed", patience)
            yield came("end notified", f"recovery received ({how})")

    def _until(self, stage: str, limit: float, *, feeding: tuple[Emission, ...]) -> list[OpenIncident]:
        """Write events at the proof's rate until there are incidents: these."""
        owed = dict.fromkeys(range(len(feeding)), 0.0)
        library = Library(project=self.access.project, environment=self.environment, level="DEBUG")
        for passed in self._minutes(stage, limit):
            if found := self._open():
                return sorted((OpenIncident.of(one) for one in found), key=lambda one: one.name)
            for index, emission in enumerate(feeding):
                owed[index] += emission.per_minute * passed
                count = int(owed[index])
                owed[index] -= count
                self._write(library, emission, count)
        raise AssertionError("the minutes end with an error")

    def _minutes(
        self, stage: str, limit: float, *, received_so_far: Callable[[], str] | None = None
    ) -> Iterator[float]:
        """Yield again and again how many of the project's minutes passed since the last time.

        An emulator may change its speed meanwhile: it stands at the wall's while `vigil serve` starts a process.
        Raises MissedError after `limit` minutes and the grace.
        """
        began = last = self.now()
        passed = 0.0
        while True:
            now, (_, speed) = self.now(), self.access.clock()
            step, last = (now - last) * speed / 60, now
            passed += step
            if passed > limit + self.grace * speed / 60:
                seen = f": {received_so_far()}" if received_so_far else ""
                raise MissedError(f"{self.alert.name} was not {stage} within {now - began:.0f} s of wall time{seen}")
            yield step
            self.sleep(min(5.0, 60 / speed / 4))

    def _write(self, library: Library, emission: Emission, count: int) -> None:
        with library.in_force():
            entries = written(emission).entries(library, self.alert.origin, 0)
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
            self.access.ask("writing synthetic entries", batch.commit, role=WRITER)

    def _open(self) -> list[JsonObject]:
        path = f"v3/{self.access.name}/alerts"
        found = self.access.pages("listing incidents", path, "alerts", {"filter": 'state="OPEN"'})
        return [one for one in found if text(child(one, "policy"), "displayName") == self._title()]

    def _title(self) -> str:
        return str(self.alert.policy_inputs["displayName"])

    def _notified(self, probe: Probe, incidents: list[OpenIncident], state: State, limit: float) -> str:
        """Wait until it is received that one of the incidents opened or closed; how, in words."""
        how = ""

        def notified() -> bool:
            nonlocal how
            how = next((words for one in incidents if (words := probe.received(one, state))), "")
            return bool(how)

        change = "opening" if state == "open" else "recovery"
        try:
            self._wait(f"notified of its {change}", notified, limit, received_so_far=probe.received_so_far)
        except ProbeError as error:
            raise MissedError(
                f"{self.alert.name}: nobody was notified of its {change}: {error}. Remedy: look at these channels"
            ) from error
        return how

    def _wait(
        self, stage: str, done: Callable[[], bool], limit: float, *, received_so_far: Callable[[], str] | None = None
    ) -> None:
        for _ in self._minutes(stage, limit, received_so_far=received_so_far):
            if done():
                return


def _resource(body: JsonObject) -> object:
    from google.cloud.logging import Resource  # noqa: PLC0415 - the clients are loaded where they are used

    labels = {name: str(value) for name, value in child(body, "labels").items()}
    return Resource(type=text(body, "type"), labels=labels)
