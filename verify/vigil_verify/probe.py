"""Whether a notification was received: what `fire` waits for, beside the incident itself.

A probe is used as a context manager: on entering it finds out whether it can receive anything at all, before
anybody is notified.
"""

import json
from abc import ABC, abstractmethod
from dataclasses import dataclass
from typing import Final, Literal, Self, TypeAlias, cast

from vigil_apimodel.json_values import JsonObject, JsonValue, child, text
from vigil_emulator.numerals import number
from vigil_emulator.times import SECOND, parse_time
from vigil_runner.access import Access
from vigil_runner.errors import EngineError

State: TypeAlias = Literal["open", "closed"]
LOST: Final = frozenset({"failed", "refused"})
DELIVERIES: Final = "vigil/v1/deliveries"
SAME_START: Final = 60.0
"""Seconds by which a notification's `started_at` and its incident's `openTime` may differ."""


class ProbeError(EngineError):
    """No notification will come, or the probe cannot receive one. The message says why."""


@dataclass(frozen=True, slots=True, kw_only=True)
class OpenIncident:
    """An incident that was found open: its resource name, its policy's display name, when it opened (s since 1970)."""

    name: str
    policy: str
    at: float

    @classmethod
    def of(cls, alert: JsonObject) -> "OpenIncident":
        """Return the incident of the API's `Alert`."""
        return cls(
            name=text(alert, "name"),
            policy=text(child(alert, "policy"), "displayName"),
            at=parse_time(text(alert, "openTime")) / SECOND,
        )


class Probe(ABC):
    """What receives notifications."""

    def __enter__(self) -> Self:
        """Find out whether it can. Raises ProbeError, AccessError."""
        return self

    def __exit__(self, *_: object) -> None:
        """Let go of what it holds."""
        return

    @abstractmethod
    def received(self, incident: OpenIncident, state: State) -> str:
        """Return how the opening or end of an incident was received, in words; empty while it was not.

        Raises ProbeError where it will not be received any more, AccessError.
        """

    @abstractmethod
    def received_so_far(self) -> str:
        """Return what was received so far, in words, for the message at a time-out."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Notification:
    """What identifies a notification of Cloud Monitoring, by webhook or Pub/Sub (schema version 1.2)."""

    incident: str
    policy: str
    state: str
    started: float

    @classmethod
    def read(cls, body: bytes | str) -> "Notification | None":
        """Return the notification of a JSON document; None where it is something else."""
        try:
            document = cast("JsonValue", json.loads(body))
        except ValueError:
            return None
        incident = child(document, "incident") if isinstance(document, dict) else {}
        started = incident.get("started_at")
        if not text(incident, "incident_id") or not text(incident, "state"):
            return None
        return cls(
            incident=text(incident, "incident_id"),
            policy=text(incident, "policy_name"),
            state=text(incident, "state"),
            started=number(incident, "started_at") if isinstance(started, int | float) else 0.0,
        )

    def tells_of(self, incident: OpenIncident, state: State) -> bool:
        """Return whether the notification is about this incident, by its id, or by its policy and when it began."""
        ours = self.incident == incident.name.rpartition("/")[2]
        same = self.policy == incident.policy and abs(self.started - incident.at) <= SAME_START
        return self.state == state and (ours or same)


@dataclass(frozen=True, slots=True)
class DeliveryLog(Probe):
    """An emulator's log of deliveries: a notification counts once every channel has taken it or has given up.

    Taken means an answer of success from a webhook, a mail server that has taken the message, or a message in a Pub/Sub
    topic's queue.
    """

    access: Access

    def received(self, incident: OpenIncident, state: State) -> str:
        """Do as `Probe` says."""
        ours = [one for one in self._listed() if (text(one, "incident"), text(one, "event")) == (incident.name, state)]
        taken = sum(text(one, "status") == "delivered" for one in ours)
        lost = [f"{text(one, 'channel')}: {text(one, 'error')}" for one in ours if text(one, "status") in LOST]
        if not ours or taken + len(lost) < len(ours):
            return ""
        if not taken:
            raise ProbeError("; ".join(lost))
        return "; ".join([f"{taken} of {len(ours)} channels", *lost])

    def received_so_far(self) -> str:
        """Do as `Probe` says."""
        return f"the emulator has sent {len(self._listed())} notifications so far"

    def _listed(self) -> list[JsonObject]:
        return cast("list[JsonObject]", self.access.get("reading the emulator's deliveries", DELIVERIES))
