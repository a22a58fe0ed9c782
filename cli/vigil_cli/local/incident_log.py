"""What an emulator's alerts do, line by line: incidents that open and close, and notifications that leave."""

from dataclasses import dataclass, field

from vigil_cli.console import Progress
from vigil_cli.local.emulator import Emulator
from vigil_cli.local.mailbox import Mailbox

PENDING = "pending"
"""Status of a notification that is still on its way."""


@dataclass(slots=True, kw_only=True)
class IncidentLog:
    """Prints each incident, delivery and e-mail once."""

    emulator: Emulator
    mailbox: Mailbox
    progress: Progress
    _open: set[str] = field(default_factory=set[str])
    _closed: set[str] = field(default_factory=set[str])
    _delivered: set[tuple[str, str, str]] = field(default_factory=set[tuple[str, str, str]])
    _mails: int = 0

    async def start(self) -> None:
        """Pass over what the state folder holds of earlier runs."""
        for incident in await self.emulator.incidents():
            self._open.add(incident.name)
            if incident.state == "CLOSED":
                self._closed.add(incident.name)
        self._delivered = {(one.incident, one.event, one.channel) for one in await self.emulator.deliveries()}

    async def report(self) -> None:
        """Print what is new since the last call."""
        for incident in sorted(await self.emulator.incidents(), key=lambda one: one.open_time):
            if incident.name not in self._open:
                self._open.add(incident.name)
                compared = (
                    f"{incident.value:g} against the threshold {incident.threshold:g}"
                    if (incident.value is not None and incident.threshold is not None)
                    else incident.condition
                )
                self.progress.done(f"Incident opened: {incident.policy_name}", details=compared)
            if incident.state == "CLOSED" and incident.name not in self._closed:
                self._closed.add(incident.name)
                self.progress.done(f"Incident closed: {incident.policy_name}")
        for delivery in await self.emulator.deliveries():
            key = (delivery.incident, delivery.event, delivery.channel)
            if delivery.status != PENDING and key not in self._delivered:
                self._delivered.add(key)
                self.progress.done(
                    f"Notification ({delivery.event}): {delivery.status}", details=delivery.channel.rpartition("/")[2]
                )
        for mail in self.mailbox.mails[self._mails :]:
            self._mails += 1
            self.progress.done(f"E-mail to {mail.to}", details=mail.subject)
