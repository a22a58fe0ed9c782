"""Deliveries: notifications on their way, retried with growing pauses, and the log of how each went.

No secret of a channel (its token, its password, the query of its address) is in a delivery, in its error or in the
process's log. Deliveries that were pending when the process ended are taken up again.
"""

import asyncio
import logging
import smtplib
from collections import deque
from collections.abc import Callable, Iterable, Sequence
from contextvars import ContextVar
from dataclasses import dataclass, fields
from email.message import EmailMessage
from typing import cast
from urllib.parse import urlsplit

import httpx

from vigil_apimodel.json_values import JsonObject, flag, text, text_map
from vigil_emulator.alerting.channels import (
    NotificationSettings,
    NotSendableError,
    check_host,
    mail_of,
    post_of,
)
from vigil_emulator.alerting.incidents import Incident
from vigil_emulator.loopback import is_loopback
from vigil_emulator.resources import ResourceStore
from vigil_emulator.resources.projects import number_of
from vigil_emulator.times import SECOND, format_time

PAUSES = (10, 30, 60, 120, 300)
"""Seconds of the emulator's clock before the second and each further attempt."""
PENDING, DELIVERED, FAILED, REFUSED = "pending", "delivered", "failed", "refused"
QUEUE_LIMIT = 10_000


@dataclass(slots=True, kw_only=True)
class Delivery:
    """One notification to one channel."""

    identifier: str
    incident: str
    event: str
    """`open` or `closed`."""
    channel: str
    payload: JsonObject
    time: int
    """When the last attempt was made (or it was enqueued), ns."""
    due: int
    attempts: int = 0
    status: str = PENDING
    error: str = ""

    def saved(self) -> JsonObject:
        """Return the delivery as the database keeps it."""
        return {item.name: getattr(self, item.name) for item in fields(self)}

    @classmethod
    def loaded(cls, body: JsonObject) -> "Delivery":
        """Return the delivery of a row of the database."""
        return cls(**cast("dict[str, str]", body))  # type: ignore[arg-type] # what saved() wrote

    def listed(self) -> JsonObject:
        """Return the delivery in the emulator's own form."""
        body: JsonObject = {
            "incident": self.incident,
            "event": self.event,
            "channel": self.channel,
            "attempts": self.attempts,
            "status": self.status,
            "time": format_time(self.time),
        }
        if self.error:
            body["error"] = self.error
        return body


_sending: ContextVar[bool] = ContextVar("_sending", default=False)
for _name in ("httpx", "httpcore.connection", "httpcore.http11"):
    # these log the addresses that they contact, and a channel's address may hold its token
    logging.getLogger(_name).addFilter(lambda _record: not _sending.get())


class Notifier:
    """Sends notifications when they are due."""

    def __init__(
        self,
        *,
        resources: ResourceStore,
        settings: NotificationSettings,
        save: Callable[[Delivery], None],
        now: Callable[[], int],
        publish: Callable[[str, JsonObject], None],
    ) -> None:
        """`publish` takes what a Pub/Sub channel tells, with its topic."""
        self._resources = resources
        self._settings = settings
        self._save = save
        self._now = now
        self._publish = publish
        self._clients: dict[bool, httpx.AsyncClient] = {}
        self._underway: set[str] = set()
        self.deliveries: list[Delivery] = []
        self.queues: dict[str, deque[JsonObject]] = {}
        """What Pub/Sub channels would have published, by topic."""

    def restore(self, deliveries: Iterable[Delivery]) -> None:
        """Take up what an earlier process left."""
        self.deliveries.extend(sorted(deliveries, key=lambda delivery: delivery.identifier))

    def enqueue(self, incident: Incident, event: str, channels: Sequence[str]) -> None:
        """Add a delivery of the event for each channel."""
        number = int(number_of(incident.project)) if number_of(incident.project).isdecimal() else 0
        payload = incident.notification(number=number)
        now = self._now()
        for channel in channels:
            delivery = Delivery(
                identifier=f"{len(self.deliveries) + 1:09d}",
                incident=incident.name,
                event=event,
                channel=channel,
                payload=payload,
                time=now,
                due=now,
            )
            self.deliveries.append(delivery)
            self._save(delivery)

    def next_due(self) -> int | None:
        """Return when the next attempt is due, ns."""
        return min((delivery.due for delivery in self.deliveries if delivery.status == PENDING), default=None)

    async def deliver(self) -> int:
        """Make the attempts that are due now, side by side; returns how many were made."""
        now = self._now()
        due = [
            delivery
            for delivery in self.deliveries
            if delivery.status == PENDING and delivery.due <= now and delivery.identifier not in self._underway
        ]
        # one incident's notifications stay in order: its closing waits for its opening
        first: dict[tuple[str, str], Delivery] = {}
        for delivery in self.deliveries:
            if delivery.status == PENDING:
                first.setdefault((delivery.incident, delivery.channel), delivery)
        due = [delivery for delivery in due if first[delivery.incident, delivery.channel] is delivery]
        await asyncio.gather(*(self._attempt(delivery) for delivery in due))
        return len(due)

    async def close(self) -> None:
        """Release the connections to receivers."""
        clients, self._clients = list(self._clients.values()), {}
        for client in clients:
            await client.aclose()

    async def _attempt(self, delivery: Delivery) -> None:
        self._underway.add(delivery.identifier)
        _sending.set(True)  # in the task of this attempt only: gather gives each its own context
        delivery.attempts += 1
        try:
            await self._send(delivery)
        except NotSendableError as error:
            delivery.status, delivery.error = REFUSED, str(error)
        except (httpx.HTTPError, httpx.InvalidURL, OSError, smtplib.SMTPException) as error:
            # the exception's text may hold the address with its token: only its class is kept
            self._failed(delivery, type(error).__name__)
        except Exception as error:  # noqa: BLE001 - what cannot be written, such as a line break in an address, never will
            delivery.status, delivery.error = FAILED, type(error).__name__
        else:
            if delivery.status == PENDING and not delivery.error:
                delivery.status = DELIVERED
        finally:
            self._underway.discard(delivery.identifier)
        delivery.time = self._now()
        self._save(delivery)

    def _failed(self, delivery: Delivery, reason: str) -> None:
        delivery.error = reason
        if delivery.attempts >= self._settings.attempts:
            delivery.status = FAILED
            return
        pause = PAUSES[min(delivery.attempts, len(PAUSES)) - 1]
        delivery.due = self._now() + pause * SECOND

    async def _send(self, delivery: Delivery) -> None:
        channel = self._resources.get("monitoring.notificationChannels", delivery.channel)
        if channel is None:
            raise NotSendableError("there is no such channel")
        if not flag(channel, "enabled", default=True):
            raise NotSendableError("the channel is disabled")
        kind, labels = text(channel, "type"), text_map(channel, "labels")
        delivery.error = ""
        if kind == "pubsub":
            topic = labels.get("topic", "")
            self.queues.setdefault(topic, deque(maxlen=QUEUE_LIMIT)).append(delivery.payload)
            self._publish(topic, delivery.payload)
        elif kind == "email":
            await self._mail(mail_of(labels, delivery.payload, self._settings))
        else:
            post = post_of(kind, labels, delivery.payload, self._settings)
            auth = httpx.BasicAuth(*post.auth) if post.auth else httpx.USE_CLIENT_DEFAULT
            response = await self._http(post.url).post(post.url, json=post.body, auth=auth)
            if not response.is_success:
                self._failed(delivery, f"HTTP {response.status_code}")

    async def _mail(self, message: EmailMessage) -> None:
        if self._settings.smtp is None:
            raise NotSendableError("no mail server is set")
        host, port = self._settings.smtp
        check_host(host, self._settings)
        await asyncio.to_thread(_hand_over, host, port, message, self._settings.timeout)

    def _http(self, url: str) -> httpx.AsyncClient:
        """A client for the address; certificates, which take a moment to read, are read for https only."""
        secure = urlsplit(url).scheme != "http"
        if secure not in self._clients:
            self._clients[secure] = httpx.AsyncClient(
                timeout=self._settings.timeout,
                trust_env=False,
                verify=secure,
                headers={"user-agent": "Google-Alerts"},
            )
        return self._clients[secure]


def _hand_over(host: str, port: int, message: EmailMessage, timeout: float) -> None:
    # without a name for itself the library asks the network for one
    name = "localhost" if is_loopback(host) else None
    with smtplib.SMTP(host, port, local_hostname=name, timeout=timeout) as server:
        server.send_message(message)
