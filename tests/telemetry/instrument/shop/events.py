"""Events of the shop's workers: a separate module, so that it may pass through the sandbox."""

from __future__ import annotations

from vigil_telemetry import Event, Identifier


class Stepped(Event, tag="shop.stepped"):
    """Code under test came to a step."""

    step: Identifier[str]
