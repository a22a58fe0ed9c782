"""A billing budget notifies the owning team at parts of its amount."""

import pytest

from vigil_components import (
    AlertSeverity,
    Budget,
    BudgetArgs,
    Email,
    MonitoringContext,
    Routing,
    RoutingArgs,
    Team,
)
from vigil_components.testing import record


def budget(**changed: object) -> BudgetArgs:
    team = Team(name="shop", channels={AlertSeverity.TICKET: (Email(address="shop@example.com"),)})
    routing = Routing("r", RoutingArgs(project="example-shop", environment="prod", pages=False, teams=[team]))
    context = MonitoringContext(
        project="example-shop", environment="prod", routing=routing, runbooks_url="https://shop.example"
    )
    given = {"billing_account": "012345-6789AB-CDEF01", "team": "shop", "amount": 1000, "currency": "EUR"}
    return BudgetArgs(context=context, **(given | changed))


def test_a_budget_counts_the_project_and_notifies_the_team_s_channels() -> None:
    made = record(lambda: Budget("cost", budget())).one("gcp:billing/budget:Budget").inputs
    assert made["amount"] == {"specifiedAmount": {"currencyCode": "EUR", "units": "1000"}}
    assert made["budgetFilter"] == {"projects": ["projects/example-shop"], "calendarPeriod": "MONTH"}
    assert [(one["spendBasis"], one["thresholdPercent"]) for one in made["thresholdRules"]] == [
        ("CURRENT_SPEND", 0.5),
        ("CURRENT_SPEND", 0.9),
        ("CURRENT_SPEND", 1.0),
        ("FORECASTED_SPEND", 1.0),
    ]
    rule = made["allUpdatesRule"]
    assert (len(rule["monitoringNotificationChannels"]), rule["disableDefaultIamRecipients"]) == (1, True)


def test_a_threshold_notifies_from_its_part_on_and_not_just_below() -> None:
    seen = []
    record(lambda: seen.append(budget()))
    (args,) = seen
    assert args.crossed(499.99) == ()
    assert args.crossed(500) == (0.5,)
    assert args.crossed(899, forecast=999) == (0.5,)
    assert args.crossed(600, forecast=1000) == (0.5, 1.0)
    assert args.crossed(1200) == (0.5, 0.9, 1.0, 1.0)


@pytest.mark.parametrize(
    ("changed", "message"),
    [
        ({"billing_account": "shop"}, "billing_account is 'shop'; give the id of the account"),
        ({"currency": "euro"}, "currency is 'euro'; give the account's currency by its three letters"),
        ({"spent": (), "forecast": ()}, "spent and forecast are both empty"),
        ({"spent": (0.5, 0.5)}, "spent has 0.5 more than once"),
    ],
)
def test_what_google_would_refuse_is_an_error_of_the_program(changed: dict[str, object], message: str) -> None:
    with pytest.raises(ValueError, match=message):
        record(lambda: Budget("cost", budget(**changed)))
