"""Service level objectives over events, and the burn-rate alerts that guard their error budgets.

The windows and budgets are those of the SRE Workbook, chapter 5 (https://sre.google/workbook/alerting-on-slos/): page
where 2 % of the budget goes in an hour or 5 % in six, open a ticket where 10 % goes in a day or in three. A condition
holds only while the long window and a short one (a twelfth of it) both burn too fast, so it resets soon after recovery.
"""

from dataclasses import dataclass
from datetime import timedelta
from decimal import Decimal

from pulumi_gcp import monitoring

from vigil_components.conditions import AlertSpec, rule_name
from vigil_components.durations import api_duration, days, hours, minutes, promql_duration, spoken, whole_seconds
from vigil_components.metrics import MetricSpec
from vigil_components.proofs import NEAR_MISS, Case, Emission, Proof
from vigil_components.severity import Alarm
from vigil_components.sources import Source
from vigil_telemetry import Event, schema_of

MAX_GOAL = Decimal("0.9999")
"""Highest goal that the API takes (https://docs.cloud.google.com/monitoring/api/ref_v3/rest/v3/services.serviceLevelObjectives)."""

SHORT_PART = 12
"""The short window is this part of the long one (SRE Workbook, "Multiwindow, Multi-Burn-Rate Alerts")."""


@dataclass(frozen=True, kw_only=True)
class BurnWindow:
    """A part of the error budget that may not be gone within ``long``."""

    budget: Decimal
    long: timedelta

    @property
    def short(self) -> timedelta:
        """The window that must burn as fast for the alert to hold."""
        return self.long / SHORT_PART

    def rate(self, period: timedelta) -> Decimal:
        """How many times faster than evenly over ``period`` the budget burns: 14.4 for 2 % of 30 days in an hour."""
        return self.budget * Decimal(whole_seconds(period)) / Decimal(whole_seconds(self.long))


PAGE_WINDOWS = (
    BurnWindow(budget=Decimal("0.02"), long=hours(1)),
    BurnWindow(budget=Decimal("0.05"), long=hours(6)),
)
TICKET_WINDOWS = (
    BurnWindow(budget=Decimal("0.10"), long=days(1)),
    BurnWindow(budget=Decimal("0.10"), long=days(3)),
)


@dataclass(frozen=True, kw_only=True)
class Slo:
    """An availability objective: at least ``goal`` of the events ``total`` are not ``bad``, over ``period``.

    ``goal`` is an exact decimal between 0 and 0.9999. ``period`` is whole days, at most 30. ``at_least`` is how many
    events the long window must hold before its burn rate means anything.
    """

    name: str
    bad: type[Event]
    total: type[Event]
    goal: Decimal
    period: timedelta = days(28)
    at_least: int = 100

    def __post_init__(self) -> None:
        """Refuse what the API refuses, and a goal so low that an alert could never fire."""
        if not 0 < self.goal <= MAX_GOAL:
            raise ValueError(
                f"SLO {self.name!r}: goal is {self.goal}; the API takes more than 0 and at most {MAX_GOAL} (99.99 %)"
            )
        if self.period % days(1) or not days(1) <= self.period <= days(30):
            raise ValueError(f"SLO {self.name!r}: period is {self.period}; the API takes whole days, 1 to 30")
        fastest = max(window.rate(self.period) for window in PAGE_WINDOWS)
        if fastest * self.budget >= 1:
            raise ValueError(
                f"SLO {self.name!r}: with a goal of {self.goal} the fast burn alert needs {fastest * self.budget:.0%} "
                f"of all events to be bad, so it can never open. Raise the goal above {1 - 1 / fastest:.4f}"
            )

    @property
    def budget(self) -> Decimal:
        """The part of the events that may be bad."""
        return 1 - self.goal

    def metrics(self, source: Source) -> tuple[MetricSpec, MetricSpec]:
        """The counters of bad events and of all."""
        return MetricSpec(source=source, event=self.bad), MetricSpec(source=source, event=self.total)

    def error_ratio(self, source: Source, window: timedelta) -> str:
        """PromQL: the part of the events in ``window`` that were bad."""
        bad, total = (spec.selector() for spec in self.metrics(source))
        range_ = promql_duration(window)
        return f"sum(rate({bad}[{range_}])) / sum(rate({total}[{range_}]))"

    def budget_left(self, source: Source) -> str:
        """PromQL: the part of the error budget that is left, 1 at the start, below 0 once it is overspent."""
        return f"1 - ({self.error_ratio(source, self.period)}) / {plain(self.budget)}"

    def alerts(self, *, runbook: str) -> tuple[AlertSpec, AlertSpec]:
        """A page for a fast burn and a ticket for a slow one."""
        return (
            AlertSpec(
                name=f"{self.name}-burns-fast",
                condition=BurnRate(slo=self, windows=PAGE_WINDOWS),
                severity=Alarm.PAGE,
                summary=f"The error budget of {self.name} is burning fast",
                runbook=runbook,
            ),
            AlertSpec(
                name=f"{self.name}-burns-slowly",
                condition=BurnRate(slo=self, windows=TICKET_WINDOWS),
                severity=Alarm.TICKET,
                summary=f"The error budget of {self.name} will not last",
                runbook=runbook,
            ),
        )


def availability(
    *, bad: type[Event], total: type[Event], goal: str, name: str = "availability", period: timedelta = days(28)
) -> Slo:
    """An SLO by a goal as people write it: ``"99.5%"`` or ``"0.995"``. Raises ValueError for any other text."""
    text = goal.strip()
    try:
        value = Decimal(text.removesuffix("%").strip())
    except ArithmeticError:
        raise ValueError(f"goal is {goal!r}; write it as '99.5%' or '0.995'") from None
    return Slo(name=name, bad=bad, total=total, goal=value / 100 if text.endswith("%") else value, period=period)


def plain(value: Decimal) -> str:
    """A decimal without exponent and without trailing zeros: ``0.005``, ``13.44``."""
    text = f"{value:.12f}".rstrip("0").rstrip(".")
    return text or "0"


@dataclass(frozen=True, kw_only=True)
class BurnRate:
    """The condition that the error budget burns too fast in one of several pairs of windows."""

    slo: Slo
    windows: tuple[BurnWindow, ...]

    @property
    def matches_logs(self) -> bool:
        """It reads metrics."""
        return False

    @property
    def lasting(self) -> timedelta:
        """None: the windows themselves say how long."""
        return minutes(0)

    @property
    def title(self) -> str:
        """For example ``availability burns 13.44 times too fast over 1 hour, or 5.6 times over 6 hours``."""
        parts = [
            f"{plain(window.rate(self.slo.period))} times {'too fast ' if not index else ''}over {spoken(window.long)}"
            for index, window in enumerate(self.windows)
        ]
        return f"{self.slo.name} burns {', or '.join(parts)}"

    @property
    def event(self) -> type[Event]:
        """The SLO's bad event."""
        return self.slo.bad

    def metrics(self, source: Source) -> tuple[MetricSpec, ...]:
        """The SLO's counters."""
        return self.slo.metrics(source)

    def threshold(self, window: BurnWindow) -> Decimal:
        """The part of the events that may be bad in ``window`` and its short twin."""
        return window.rate(self.slo.period) * self.slo.budget

    def promql(self, source: Source) -> str:
        """Either pair of windows, each guarded against too little traffic in its long window."""
        total = self.slo.metrics(source)[1].selector()
        pairs: list[str] = []
        for window in self.windows:
            limit = plain(self.threshold(window))
            pairs.append(
                f"(({self.slo.error_ratio(source, window.long)}) > {limit}"
                f" and ({self.slo.error_ratio(source, window.short)}) > {limit}"
                f" and sum(increase({total}[{promql_duration(window.long)}])) >= {self.slo.at_least})"
            )
        return " or ".join(pairs)

    def args(self, source: Source, alert: str) -> monitoring.AlertPolicyConditionArgs:
        """A PromQL condition: the native burn-rate selector looks back at most 24 hours, which three days are not."""
        return monitoring.AlertPolicyConditionArgs(
            display_name=alert,
            condition_prometheus_query_language=monitoring.AlertPolicyConditionConditionPrometheusQueryLanguageArgs(
                query=self.promql(source),
                duration=api_duration(self.lasting),
                evaluation_interval="60s",
                alert_rule=rule_name(alert),
                rule_group=source.service,
                disable_metric_validation=True,
            ),
        )

    def proof(self) -> Proof:
        """Traffic of which half as much again as the first window allows is bad, and some just within the mildest."""
        window = self.windows[0]
        mildest = min(self.threshold(one) for one in self.windows)
        per_minute = max(4.0 * self.slo.at_least / (window.long / minutes(1)), float(4 / mildest), 10.0)

        def case(part: float, lasting: timedelta) -> Case:
            return Case(
                emissions=(
                    Emission(event=self.slo.total, per_minute=per_minute),
                    Emission(event=self.slo.bad, per_minute=per_minute * part),
                ),
                lasting=lasting,
            )

        fast = float(self.threshold(window))
        lasting = window.long + minutes(10)
        return Proof(
            fires=case(min(fast * 1.5, (1 + fast) / 2), lasting),
            stays_silent=case(float(mildest) * NEAR_MISS, lasting),
            opens_within=window.long + minutes(2),
        )


def service_filters(slo: Slo, source: Source) -> tuple[str, str]:
    """The Monitoring filters of an SLO's bad and of all events."""

    def one(spec: MetricSpec) -> str:
        return f'metric.type="{spec.type}" resource.type="{source.resource_type}"'

    bad, total = slo.metrics(source)
    return one(bad), one(total)


def describe(slo: Slo) -> str:
    """The objective in words, for titles: ``99.5 % of http.request.completed without http.request.failed, 28 days``."""
    percent = plain(slo.goal * 100)
    return f"{percent} % of {schema_of(slo.total).name} without {schema_of(slo.bad).name}, {spoken(slo.period)}"
