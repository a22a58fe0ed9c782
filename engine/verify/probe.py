"""Whether a notification was received: what ``fire`` waits for, beside the incident itself."""

from collections.abc import Callable
from typing import Final, Literal, TypeAlias, cast

from engine.verify.access import Access
from vigil_emulator.calls import JsonObject
from vigil_emulator.jsonvalues import text

State: TypeAlias = Literal["open", "closed"]
Received: TypeAlias = Callable[[str, State], str]
"""How it was received that an incident (by its resource name) opened or closed, in words; empty: not yet.

Raises ProbeError where it will not be received any more.
"""
LOST: Final = frozenset({"failed", "refused"})
DELIVERIES: Final = "vigil/v1/deliveries"


class ProbeError(Exception):
    """No notification will come: every attempt has failed. The message says how each ended."""


def delivery_log(access: Access) -> Received:
    """An emulator's log of deliveries: a notification counts once every channel has taken it or will not any more.

    That is an answer of success from a webhook, a mail server that has taken the message, or a message in a Pub/Sub
    topic's queue.
    """

    def received(incident: str, state: State) -> str:
        listed = cast("list[JsonObject]", access.get("reading the emulator's deliveries", DELIVERIES))
        ours = [one for one in listed if (text(one, "incident"), text(one, "event")) == (incident, state)]
        taken = sum(text(one, "status") == "delivered" for one in ours)
        lost = [f"{text(one, 'channel')}: {text(one, 'error')}" for one in ours if text(one, "status") in LOST]
        if not ours or taken + len(lost) < len(ours):
            return ""
        if not taken:
            raise ProbeError("; ".join(lost))
        return "; ".join([f"{taken} of {len(ours)} channels", *lost])

    return received
