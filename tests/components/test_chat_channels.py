"""Slack and Google Chat as channels that the stack makes: the labels that Monitoring wants, no secret in clear."""

import pytest

from vigil_components import (
    AlertSeverity,
    Email,
    GoogleChat,
    MonitoringContext,
    PagerDuty,
    Routing,
    RoutingArgs,
    Slack,
    Team,
)
from vigil_components.testing import record

CHANNEL = "gcp:monitoring/notificationChannel:NotificationChannel"


def program() -> None:
    team = Team(
        name="shop",
        channels={
            AlertSeverity.PAGE: [PagerDuty(service_key="key-1")],
            AlertSeverity.TICKET: [
                Slack(channel="#shop-alerts", team="Shop Inc", token="xoxb-1"),
                GoogleChat(space="spaces/AAAA"),
            ],
        },
    )
    routing = Routing("routing", RoutingArgs(project="p", environment="prod", pages=True, teams=[team]))
    MonitoringContext(project="p", environment="prod", routing=routing, runbooks_url="https://example.com")


def test_each_kind_has_the_labels_of_its_descriptor_and_its_own_severity() -> None:
    run = record(program, project="p", preview=False)
    made = {one.inputs["displayName"]: one for one in run.registrations if one.type == CHANNEL}
    slack = made["shop ticket by Slack (prod)"]
    assert (slack.inputs["type"], slack.inputs["labels"]) == (
        "slack",
        {"channel_name": "#shop-alerts", "team": "Shop Inc"},
    )
    assert slack.inputs["sensitiveLabels"]["authTokenWoVersion"] == "1"
    assert slack.secret_paths, "the token is a secret"
    chat = made["shop ticket by Google Chat (prod)"]
    assert (chat.inputs["type"], chat.inputs["labels"]) == ("google_chat", {"space": "spaces/AAAA"})
    assert made["shop page by PagerDuty (prod)"].inputs["type"] == "pagerduty"


@pytest.mark.parametrize(
    ("make", "message"),
    [
        (lambda: Slack(channel="shop", team="t", token="x"), "give the channel with its '#'"),
        (lambda: GoogleChat(space="AAAA"), "give the space's resource name"),
    ],
)
def test_a_wrong_name_says_what_to_give(make, message: str) -> None:
    with pytest.raises(ValueError, match=message):
        make()


def test_a_secret_token_is_in_no_text() -> None:
    assert "xoxb-1" not in repr(Slack(channel="#a", team="t", token="xoxb-1"))
    assert "key-1" not in repr(PagerDuty(service_key="key-1"))


def test_of_these_only_pagerduty_wakes_people() -> None:
    kinds = (Email, Slack, GoogleChat, PagerDuty)
    assert [kind for kind in kinds if kind.wakes] == [PagerDuty]
