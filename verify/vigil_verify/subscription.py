"""A Pub/Sub subscription as probe: the topic that a notification channel publishes to, pulled."""

import base64
import re
from dataclasses import dataclass, field
from typing import Final, Self

from vigil_apimodel.json_values import JsonObject, child, children, text
from vigil_runner.access import PUBSUB, Access, AccessError
from vigil_verify.probe import Notification, OpenIncident, Probe, ProbeError, State

NAME: Final = re.compile(r"projects/[^/\s]+/subscriptions/[^/\s]+")
ROLE: Final = "roles/pubsub.subscriber on the subscription"
MOST: Final = 100
"""Messages in one pull."""
PATIENCE: Final = 10.0
"""Wall seconds that a pull may stay open; Google holds one without messages for longer, and that is no failure."""


@dataclass(slots=True)
class Subscription(Probe):
    """Everything that comes is read and acknowledged: the subscription must be the probe's own.

    `access` is that of the project; the subscription may be another project's.
    """

    access: Access
    name: str
    found: list[Notification] = field(default_factory=list[Notification])
    others: int = 0
    """Messages that were no notification."""

    def __post_init__(self) -> None:
        """Raises ProbeError where `name` is none."""
        if not NAME.fullmatch(self.name):
            raise ProbeError(
                f"{self.name!r} names no subscription. Remedy: write it in full, projects/PROJECT/subscriptions/NAME"
            )

    def __enter__(self) -> Self:
        """Pull once: whether it may be pulled is known before anybody is notified. It waits for no message."""
        self._pull(at_once=True)
        return self

    def received(self, incident: OpenIncident, state: State) -> str:
        """Do as `Probe` says."""
        if not self._has(incident, state):
            self._pull()
        return f"Pub/Sub, {self.name}" if self._has(incident, state) else ""

    def received_so_far(self) -> str:
        """Do as `Probe` says."""
        strange = f", and {self.others} other messages" if self.others else ""
        return f"{self.name} gave {len(self.found)} notifications so far{strange}, none of this"

    def _has(self, incident: OpenIncident, state: State) -> bool:
        return any(one.tells_of(incident, state) for one in self.found)

    def _pull(self, *, at_once: bool = False) -> None:
        body: JsonObject = {"maxMessages": MOST, **({"returnImmediately": True} if at_once else {})}
        try:
            answer = self.access.post(
                f"pulling {self.name}", f"v1/{self.name}:pull", body, role=ROLE, at=PUBSUB, within=PATIENCE
            )
        except AccessError as error:
            if error.kind == "timeout":
                return
            raise
        received = children(answer, "receivedMessages")
        for one in received:
            notification = Notification.read(base64.b64decode(text(child(one, "message"), "data")))
            if notification is None:
                self.others += 1
            else:
                self.found.append(notification)
        if received:
            acknowledged = [text(one, "ackId") for one in received]
            self.access.post(
                f"acknowledging what {self.name} gave", f"v1/{self.name}:acknowledge", {"ackIds": list(acknowledged)},
                role=ROLE, at=PUBSUB,
            )  # fmt: skip
