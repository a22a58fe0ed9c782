"""A billing budget that notifies the owning team: what Google Cloud may cost in a month.

Google counts the costs itself, some times a day, and keeps no metric of them. So there is no alert policy, no chart and
nothing to play in the emulator: `Budget` registers what decides, and `crossed` says which of its thresholds a cost
crosses. https://docs.cloud.google.com/billing/docs/how-to/budgets
"""

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Annotated, TypeAlias

import pulumi
from pulumi_gcp import billing

from vigil_components.arguments import (
    LabelValue,
    Name,
    PositiveCount,
    ResourceName,
    joined,
    refuse_twice,
    validated,
)
from vigil_components.context import MonitoringContext
from vigil_components.severity import AlertSeverity
from vigil_telemetry.arguments import Constraint, matching

MAX_CHANNELS = 5
"""Monitoring channels of a budget, which are e-mail channels (`AllUpdatesRule.monitoring_notification_channels`)."""

BillingAccount: TypeAlias = Annotated[
    str, matching(r"[0-9A-F]{6}-[0-9A-F]{6}-[0-9A-F]{6}", "give the id of the account, such as '012345-6789AB-CDEF01'")
]
Currency: TypeAlias = Annotated[
    str, matching(r"[A-Z]{3}", "give the account's currency by its three letters, such as 'EUR'")
]
Part: TypeAlias = Annotated[
    float, Constraint(lambda value: 0 < value <= 10, "give a part of the amount, such as 0.9 for 90 %")  # noqa: PLR2004 - ten times the amount
]


@validated
@dataclass(frozen=True, kw_only=True)
class BudgetArgs:
    """What a project may cost in a calendar month."""

    context: MonitoringContext
    """Project that is budgeted, and who is notified."""
    billing_account: BillingAccount
    """Id of the billing account that pays for the project."""
    team: LabelValue
    """Name of the team that is notified, by its channels for tickets. A budget takes e-mail channels alone."""
    amount: PositiveCount
    """What a month may cost, in whole units of the currency."""
    currency: Currency
    """Currency of the billing account; Google refuses another."""
    spent: Sequence[Part] = (0.5, 0.9, 1.0)
    """Parts of the amount at which the spent money notifies. Default: half, 90 % and all, as Google proposes."""
    forecast: Sequence[Part] = field(default_factory=lambda: (1.0,))
    """Parts of the amount at which the forecast for the month notifies. Default: all, which leaves time to act."""
    title: Name = "Cost of a month"
    """Name in the console. Default: `Cost of a month`."""

    def __post_init__(self) -> None:
        """Refuse a budget that never notifies, and a threshold twice. Raises ValueError."""
        if not self.spent and not self.forecast:
            raise ValueError(
                "spent and forecast are both empty; give a part at which somebody is notified, such as 0.9"
            )
        refuse_twice("spent", [str(one) for one in self.spent])
        refuse_twice("forecast", [str(one) for one in self.forecast])

    @validated
    def crossed(self, cost: float, *, forecast: float | None = None) -> tuple[float, ...]:
        """Return the parts of `spent` that a cost reaches, then those of `forecast` that the forecast reaches."""
        expected = cost if forecast is None else forecast
        return (
            *(one for one in self.spent if cost >= one * self.amount),
            *(one for one in self.forecast if expected >= one * self.amount),
        )


class Budget(pulumi.ComponentResource):
    """A billing budget. Its notifications have no link to a runbook; `google-cloud/budget` says what to do."""

    TYPE = "vigil:budget:Budget"

    @validated
    def __init__(self, name: ResourceName, args: BudgetArgs, opts: pulumi.ResourceOptions | None = None) -> None:
        """Register the budget. Raises ValueError for a team with more than five channels for tickets."""
        channels = args.context.routing.channels(args.team, AlertSeverity.TICKET)
        if len(channels) > MAX_CHANNELS:
            raise ValueError(
                f"{name}: team {args.team!r} has {len(channels)} channels for tickets, a budget takes {MAX_CHANNELS}; "
                "name a team with fewer"
            )
        super().__init__(self.TYPE, name, {"team": args.team, "amount": args.amount, "currency": args.currency}, opts)
        self.budget = billing.Budget(
            f"{name}-budget", budget_args(args, channels), opts=pulumi.ResourceOptions(parent=self)
        )
        self.register_outputs({"budget": self.budget.name})


def budget_args(args: BudgetArgs, channels: Sequence[pulumi.Input[str]]) -> "billing.BudgetArgs":
    """Return the budget's arguments."""
    bases = [("CURRENT_SPEND", args.spent), ("FORECASTED_SPEND", args.forecast)]
    return billing.BudgetArgs(
        billing_account=args.billing_account,
        display_name=args.title,
        amount=billing.BudgetAmountArgs(
            specified_amount=billing.BudgetAmountSpecifiedAmountArgs(
                currency_code=args.currency, units=str(args.amount)
            )
        ),
        budget_filter=billing.BudgetBudgetFilterArgs(
            projects=[joined("projects/", args.context.project)], calendar_period="MONTH"
        ),
        threshold_rules=[
            billing.BudgetThresholdRuleArgs(threshold_percent=part, spend_basis=basis)
            for basis, parts in bases
            for part in parts
        ],
        all_updates_rule=billing.BudgetAllUpdatesRuleArgs(
            monitoring_notification_channels=list(channels), disable_default_iam_recipients=bool(channels)
        ),
    )
