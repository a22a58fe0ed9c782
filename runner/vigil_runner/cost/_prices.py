"""What Google charges for logs, metrics and alerts: one table, with its date, links, regions and free amounts.

Google changes prices, and regions may differ: the table says when each price was read and where it stands.
"""

from dataclasses import dataclass
from typing import Final

from vigil_runner.cost._range import NOTHING, Range

READ: Final = "2026-11-30"
"""When the table was last held against published pages."""
_OBSERVABILITY: Final = "https://cloud.google.com/products/observability/pricing"


@dataclass(frozen=True, slots=True)
class Step:
    """The price of what is above an amount, until the next step."""

    above: float
    """Amount a month, in the price's unit."""
    low: float
    """Dollars a unit."""
    high: float
    """The same, where published pages disagree."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Price:
    """One line of the table."""

    key: str
    what: str
    unit: str
    steps: tuple[Step, ...]
    """The first one begins above what is free."""
    free_per: str = ""
    """What the free amount is given to: a project, or a billing account with all its projects."""
    regions: str = "all regions alike"
    link: str = _OBSERVABILITY
    note: str = ""

    @property
    def free(self) -> float:
        """The amount a month that costs nothing."""
        return self.steps[0].above

    def of(self, quantity: Range) -> Range:
        """Return what a month's quantity costs, in dollars."""
        return Range(self._of(quantity.low, 0), self._of(quantity.high, 1))

    def _of(self, quantity: float, bound: int) -> float:
        cost = 0.0
        for place, step in enumerate(self.steps):
            end = self.steps[place + 1].above if place + 1 < len(self.steps) else quantity
            cost += max(0.0, min(quantity, end) - step.above) * (step.low, step.high)[bound]
        return cost

    def shown(self) -> str:
        """Return the price in words, such as `$0.50 per GiB above 50`."""
        amounts: list[str] = []
        for step in self.steps:
            amount = dollars(Range(step.low, step.high), fine=True)
            amounts.append(f"{amount} per {self.unit}" if not amounts else amount)
            if step.above:
                amounts[-1] += f" above {step.above:,.0f}"
        return ", ".join(amounts)


def _steps(*bounds: tuple[float, float] | tuple[float, float, float]) -> tuple[Step, ...]:
    """Return steps of (above, dollars), or of (above, low, high) where published pages disagree."""
    return tuple(Step(one[0], one[1], one[-1]) for one in bounds)


def _run(key: str, part: str, unit: str, low: float, high: float, *, free: str) -> Price:
    """Return a price of Cloud Run, from a worker pool in tier 1 to a service in tier 2."""
    return Price(
        key=key,
        what=f"Cloud Run, {part} of an instance that is always there",
        unit=unit,
        steps=_steps((0, low, high)),
        regions="tier 1, worker pools, to tier 2, services",
        link="https://cloud.google.com/run/pricing",
        note=f"Services have {free} a month free per billing account, which is not taken off.",
    )


PRICES: Final = {
    one.key: one
    for one in (
        Price(
            key="log-storage",
            what="Log entries written to a log bucket, the first 30 days of keeping them included",
            unit="GiB",
            steps=_steps((50, 0.50)),
            free_per="project",
            note="An entry that two buckets keep is paid twice. `_Required` is free.",
        ),
        Price(
            key="log-retention",
            what="Log entries kept longer than 30 days",
            unit="GiB a month",
            steps=_steps((0, 0.01)),
        ),
        Price(
            key="metric-bytes",
            what="Log-based and custom metrics: 8 bytes a point of a number, 80 of a distribution",
            unit="MiB",
            steps=_steps((150, 0.258), (100_000, 0.151), (250_000, 0.061)),
            free_per="billing account",
        ),
        Price(
            key="prometheus-samples",
            what="Samples in Managed Service for Prometheus, which the collector writes",
            unit="million samples",
            steps=_steps((0, 0.06), (50_000, 0.048), (250_000, 0.036), (500_000, 0.024)),
        ),
        Price(
            key="alert-conditions",
            what="Conditions of alert policies",
            unit="condition",
            steps=_steps((0, 0.10, 1.50)),
            note="Older pages say $1.50, later ones $0.10. Google has put off the first bill more than once.",
        ),
        Price(
            key="alert-points",
            what="Points that the queries of alert conditions return",
            unit="million points",
            steps=_steps((0, 0.35)),
            link="https://docs.cloud.google.com/monitoring/alerts/cost-control",
            note="Of PromQL each clause with a metric counts. A log-match condition returns none.",
        ),
        Price(
            key="uptime-runs",
            what="Runs of uptime checks, one for each place that checks",
            unit="thousand runs",
            steps=_steps((1_000, 0.30)),
            free_per="project",
        ),
        _run("run-cpu", "processors", "vCPU second", 0.000_011_244, 0.000_021_6, free="240,000 vCPU seconds"),
        _run("run-memory", "memory", "GiB second", 0.000_001_235, 0.000_002_4, free="450,000 GiB seconds"),
    )
}
"""All prices by key, in US dollars, before discounts and taxes."""

_SMALL: Final = 0.01


def dollars(amount: Range, *, fine: bool = False, sign: bool = False) -> str:
    """Return an amount as people write it: `$12.30`, or `$2 to $15.40`. `fine` keeps parts of a cent."""
    low, high = (_dollars(one, fine=fine, sign=sign) for one in (amount.low, amount.high))
    return low if low == high else f"{low} to {high}"


def _dollars(amount: float, *, fine: bool, sign: bool) -> str:
    mark = "-" if amount < 0 and round(amount, 2) else "+" if sign and round(amount, 2) else ""
    size = abs(amount)
    if fine and 0 < size < _SMALL:
        return f"{mark}${size:.9f}".rstrip("0")
    return f"{mark}${size:,.3f}".removesuffix("0") if fine else f"{mark}${size:,.2f}"


__all__ = ["NOTHING", "PRICES", "READ", "Price", "Step", "dollars"]
