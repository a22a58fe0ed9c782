"""What the calls inside an agent's run add up to."""

from __future__ import annotations

from contextvars import ContextVar

from vigil_telemetry.instrument.llm.answers import Usage


class Tally:
    """Tokens and dollars of the model calls below one place, those of places further in among them."""

    __slots__ = ("calls", "cost", "outer", "tokens")

    def __init__(self, outer: Tally | None) -> None:
        self.outer = outer
        self.calls = self.tokens = 0
        self.cost: float | None = None

    def add(self, usage: Usage | None, cost: float | None) -> None:
        """Add one more call."""
        self.calls += 1
        if usage is not None:
            self.tokens += usage.input + usage.output
        if cost is not None:
            self.cost = (self.cost or 0.0) + cost
        if self.outer is not None:
            self.outer.add(usage, cost)


tally_var: ContextVar[Tally | None] = ContextVar("vigil_llm_tally", default=None)
current_tally = tally_var.get
