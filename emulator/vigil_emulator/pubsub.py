"""Subscriptions of Pub/Sub, as far as somebody needs them who waits for what channels and sinks publish.

A topic is there as soon as something names it. A subscription holds what is published from its creation on, in memory;
what is pulled and not acknowledged comes again after its deadline. Shapes and paths are those of Google's discovery
document (pubsub v1); how long an empty pull waits, Google does not say.
"""

import asyncio
import base64
import json
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Final

from vigil_apimodel.json_values import JsonObject, child, flag, json_list, text, texts
from vigil_emulator.calls import Call, Handler
from vigil_emulator.errors import ApiError, invalid_argument
from vigil_emulator.times import format_time

BACKLOG: Final = 10_000
"""Messages that a subscription holds; the oldest go first."""
WAIT: Final = 5.0
"""Wall seconds that a pull waits for a message, where there is none."""
DEADLINE: Final = 10
"""Wall seconds in which a message must be acknowledged, unless the subscription says otherwise (pubsub v1)."""
_KIND: Final = "pubsub.projects.subscriptions"


@dataclass(slots=True)
class _Subscription:
    """`messages` are those not acknowledged, by id; `leased` says until when (wall) one is with a client."""

    body: JsonObject
    deadline: float
    messages: dict[str, JsonObject] = field(default_factory=dict[str, JsonObject])
    leased: dict[str, float] = field(default_factory=dict[str, float])
    arrived: asyncio.Event = field(default_factory=asyncio.Event)

    def take(self, most: int, now: float) -> list[JsonObject]:
        free = [name for name in self.messages if self.leased.get(name, 0.0) <= now][:most]
        self.leased.update(dict.fromkeys(free, now + self.deadline))
        return [{"ackId": name, "message": self.messages[name]} for name in free]


class PubSub:
    """All subscriptions of an emulator. `now` is its time in ns; deadlines are the wall's, as clients are."""

    def __init__(self, now: Callable[[], int], *, wall: Callable[[], float] = time.monotonic) -> None:
        self._now = now
        self._wall = wall
        self._subscriptions: dict[str, _Subscription] = {}
        self._published = 0

    def publish(self, topic: str, body: JsonObject) -> None:
        """Put a document into every subscription of a topic (`projects/P/topics/T`)."""
        self._published += 1
        listening = [one for one in self._subscriptions.values() if text(one.body, "topic") == topic]
        if not listening:  # without a subscription nothing is encoded: a sink may send every entry here
            return
        identifier = str(self._published)
        message: JsonObject = {
            "data": base64.b64encode(json.dumps(body, ensure_ascii=False).encode()).decode(),
            "messageId": identifier,
            "publishTime": format_time(self._now()),
        }
        for subscription in listening:
            subscription.messages[identifier] = message
            if len(subscription.messages) > BACKLOG:
                oldest = next(iter(subscription.messages))
                del subscription.messages[oldest]
            subscription.arrived.set()

    def handlers(self) -> Mapping[str, Handler]:
        """Return the methods of the discovery document that are implemented here, by id."""
        return {
            f"{_KIND}.create": self._create,
            f"{_KIND}.get": lambda call: dict(self._named(call.path["subscription"]).body),
            f"{_KIND}.list": self._list,
            f"{_KIND}.delete": self._delete,
            f"{_KIND}.pull": self._pull,
            f"{_KIND}.acknowledge": self._acknowledge,
        }

    def _named(self, name: str) -> _Subscription:
        found = self._subscriptions.get(name)
        if found is None:
            raise ApiError("NOT_FOUND", f"Resource not found (resource={name.rpartition('/')[2]}).")
        return found

    def _create(self, call: Call) -> JsonObject:
        name, topic = call.path["name"], text(call.body, "topic")
        if name in self._subscriptions:
            raise ApiError("ALREADY_EXISTS", f"Resource already exists in the project (resource={name}).")
        if not topic:
            raise invalid_argument("You have not specified a topic in the request.")
        if child(call.body, "pushConfig"):
            raise ApiError("UNIMPLEMENTED", "The emulator's subscriptions are pulled: leave pushConfig out.")
        seconds = call.body.get("ackDeadlineSeconds")
        deadline = seconds if isinstance(seconds, int) and seconds else DEADLINE
        body: JsonObject = {
            "name": name,
            "topic": topic,
            "pushConfig": {},
            "ackDeadlineSeconds": deadline,
            "state": "ACTIVE",
        }
        self._subscriptions[name] = _Subscription(body, float(deadline))
        return dict(body)

    def _list(self, call: Call) -> JsonObject:
        there = [dict(one.body) for name, one in self._subscriptions.items() if name.startswith(call.path["project"])]
        return {"subscriptions": json_list(there)} if there else {}

    def _delete(self, call: Call) -> JsonObject:
        name = call.path["subscription"]
        self._named(name)
        del self._subscriptions[name]
        return {}

    async def _pull(self, call: Call) -> JsonObject:
        subscription = self._named(call.path["subscription"])
        most = call.body.get("maxMessages")
        if not isinstance(most, int) or most < 1:
            raise invalid_argument("The value for max_messages must be greater than zero.")
        end = self._wall() + (0.0 if flag(call.body, "returnImmediately", default=False) else WAIT)
        while True:
            subscription.arrived.clear()
            now = self._wall()
            taken = subscription.take(most, now)
            if taken or now >= end:
                return {"receivedMessages": json_list(taken)} if taken else {}
            again = min((until for until in subscription.leased.values() if until > now), default=end)
            try:
                async with asyncio.timeout(min(again, end) - now):
                    await subscription.arrived.wait()
            except TimeoutError:
                continue

    def _acknowledge(self, call: Call) -> JsonObject:
        subscription = self._named(call.path["subscription"])
        for name in texts(call.body, "ackIds"):
            subscription.messages.pop(name, None)
            subscription.leased.pop(name, None)
        return {}
