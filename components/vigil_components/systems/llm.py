"""Language models and agents: errors, refusals, money, and calls that never came back."""

from dataclasses import dataclass
from typing import ClassVar

from vigil_components.arguments import Fraction, NotNegative, Positive, validated
from vigil_components.charts import Chart
from vigil_components.durations import days, minutes
from vigil_components.severity import AlertSeverity
from vigil_components.signals import count, quantile, rate, ratio, total, unanswered
from vigil_components.systems.part import Part
from vigil_components.watch import Watch
from vigil_telemetry.events.agent import ToolCallFailed
from vigil_telemetry.events.llm import LlmCallAttempted, LlmCallCompleted, LlmCallFailed


class LlmPart(Part):
    """Code that calls language models."""

    TYPE: ClassVar[str] = "vigil:llm:Calls"


@validated
@dataclass(frozen=True, kw_only=True)
class LlmLimits:
    """What calls of language models may do before somebody is notified."""

    error_ratio: Fraction = 0.1
    """Part of the attempts that may fail, between 0 and 1. Default: 10 %."""
    at_least: NotNegative = 20
    """Attempts before a part of them is judged: in ten minutes errors, in an hour lost calls; 0: one is enough.

    Default: 20.
    """
    dollars_a_day: Positive = 100
    """Dollars that a day may cost. Default: 100."""
    refusals: NotNegative = 20
    """Calls in ten minutes that a provider may refuse over its rate limit. Default: 20."""
    lost: Fraction = 0.2
    """Part of the attempts that may have no outcome, between 0 and 1. Default: 20 %."""


@validated
def calls(limits: LlmLimits) -> Watch:
    """Return what every caller of language models is watched for."""
    cost = total(LlmCallCompleted, "cost", window=days(1))
    lost = unanswered(
        LlmCallAttempted, outcomes=(LlmCallCompleted, LlmCallFailed), window=minutes(60), at_least=limits.at_least
    )
    return Watch(
        alerts=(
            ratio(LlmCallFailed, of=LlmCallAttempted, window=minutes(10), at_least=limits.at_least).alert(
                above=limits.error_ratio,
                lasting=minutes(2),
                name="llm-errors",
                severity=AlertSeverity.PAGE,
                summary="Calls to language models fail",
                runbook="llm-errors",
            ),
            count(LlmCallFailed, window=minutes(10), where={"error_type": "rate_limit"}).alert(
                above=limits.refusals,
                name="llm-rate-limit",
                severity=AlertSeverity.TICKET,
                summary="A provider refuses calls over its rate limit",
                runbook="llm-rate-limit",
            ),
            cost.alert(
                above=limits.dollars_a_day,
                name="llm-cost",
                severity=AlertSeverity.TICKET,
                summary="Language models cost more in a day than planned",
                runbook="llm-cost",
            ),
            lost.alert(
                above=limits.lost,
                lasting=minutes(5),
                name="llm-lost",
                severity=AlertSeverity.TICKET,
                summary="Calls to language models never come back",
                runbook="llm-lost",
            ),
        ),
        charts=(
            Chart(title="Attempts, by model", signals=(rate(LlmCallAttempted, by=("model",)),), plot="STACKED_AREA"),
            Chart(title="Failures, by class", signals=(rate(LlmCallFailed, by=("error_type",)),)),
            Chart(
                title="Latency: p50, p95", signals=tuple(quantile(q, LlmCallCompleted, "duration") for q in (0.5, 0.95))
            ),
            Chart(title="First token, p95", signals=(quantile(0.95, LlmCallCompleted, "first_token"),)),
            Chart(
                title="Tokens in an hour",
                signals=tuple(
                    total(LlmCallCompleted, measure, window=minutes(60))
                    for measure in ("input_tokens", "output_tokens")
                ),
            ),
            Chart(title="Cost in a day", signals=(cost,)),
            Chart(title="Tool calls that fail, by tool", signals=(rate(ToolCallFailed, by=("tool",)),)),
        ),
    )
