"""Raw resources: JSON of any origin beside typed components, with the same checks and the same secrets."""

import asyncio
import contextlib
import copy
import json
from collections.abc import Iterator
from pathlib import Path

import pulumi
import pytest

from vigil_apimodel import tokens
from vigil_components import (
    DefinitionError,
    Email,
    NotificationChannel,
    NotificationChannelArgs,
    RawDashboard,
    RawDashboardArgs,
    RawPolicy,
    RawPolicyArgs,
    RawResource,
    RawResourceArgs,
    RuleViolationError,
)
from vigil_components.testing import Recorded, record

P = "example-shop"
POLICY = {
    "name": "projects/example-shop/alertPolicies/17",
    "creationRecord": {"mutateTime": "2026-01-01T00:00:00Z"},
    "displayName": "Too many errors",
    "combiner": "OR",
    "notificationChannels": ["${ONCALL}"],
    "alertStrategy": {
        "autoClose": "1800s",
        "notificationChannelStrategy": [{"notificationChannelNames": ["${ONCALL}"], "renotifyInterval": "1800s"}],
    },
    "conditions": [
        {
            "name": "projects/example-shop/alertPolicies/17/conditions/3",
            "displayName": "error rate",
            "conditionThreshold": {
                "filter": 'resource.type="cloud_run_revision" AND metric.type="run.googleapis.com/request_count"',
                "comparison": "COMPARISON_GT",
                "thresholdValue": 5,
                "duration": "300s",
                "aggregations": [{"alignmentPeriod": "60s", "perSeriesAligner": "ALIGN_RATE"}],
            },
        }
    ],
}
PLAIN = {key: value for key, value in POLICY.items() if key not in ("notificationChannels", "alertStrategy")}
BOARD = {
    "name": "projects/1/dashboards/2",
    "etag": "e",
    "displayName": "Shop",
    "gridLayout": {"widgets": [{"title": "Read me", "text": {"content": "hello", "format": "MARKDOWN"}}]},
}


@pytest.fixture(autouse=True)
def _loop() -> Iterator[None]:
    """Set an event loop for Outputs that a test makes outside a program, whatever ran before."""
    with contextlib.closing(asyncio.new_event_loop()) as loop:
        asyncio.set_event_loop(loop)
        yield
        asyncio.set_event_loop(None)


def policy(definition: object, **more: object) -> Recorded:
    return record(lambda: RawPolicy("errors", RawPolicyArgs(project=P, definition=definition, **more)))


def resource(definition: object, **more: object) -> Recorded:
    return record(lambda: RawResource("one", RawResourceArgs(project=P, definition=definition, **more)))


def test_a_policy_is_deployed_without_what_the_server_sets_and_with_the_channels_of_the_program():
    def program() -> None:
        args = NotificationChannelArgs(project=P, display_name="on call", channel=Email(address="a@example.com"))
        channel = NotificationChannel("oncall", args)
        RawPolicy(
            "errors", RawPolicyArgs(project=P, definition=POLICY, values={"ONCALL": channel.channel_name}, team="shop")
        )

    run = record(program)
    inputs = run.one(tokens.ALERT_POLICY).inputs
    name = (run.one(tokens.CHANNEL).outputs or {})["name"]
    assert inputs["notificationChannels"] == [name]
    assert inputs["alertStrategy"] == {
        "autoClose": "1800s",
        "notificationChannelStrategies": [{"notificationChannelNames": [name], "renotifyInterval": "1800s"}],
    }
    assert set(inputs) == {
        *("project", "displayName", "combiner", "conditions"),
        *("notificationChannels", "alertStrategy"),
    }
    assert "name" not in inputs["conditions"][0]
    component = run.one("vigil:raw:RawPolicy")
    assert component.inputs == {"title": "Too many errors", "team": "shop", "service": "", "tests": ""}


def test_a_file_is_read_from_the_program_s_folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.chdir(tmp_path)
    (tmp_path / "errors.json").write_text(json.dumps(PLAIN))
    assert policy("errors.json").one(tokens.ALERT_POLICY).inputs["displayName"] == "Too many errors"
    assert policy(Path("errors.json")).one(tokens.ALERT_POLICY).inputs["combiner"] == "OR"
    (tmp_path / "protos.json").write_text(json.dumps(PLAIN).replace("displayName", "display_name"))
    assert policy("protos.json").one(tokens.ALERT_POLICY).inputs["displayName"] == "Too many errors"


@pytest.mark.parametrize(
    ("text", "message"),
    [
        (None, "errors.json cannot be read: No such file or directory. Paths are relative to the program's folder."),
        ("{", "errors.json, line 1: this is not JSON"),
        ('{"a": 1,\n"a": 2}', "errors.json, line 2: the key 'a' stands here again. Keep one of them."),
        ("[" * 100_000, "errors.json: it is nested too deep to be read."),
        ("[{}, {}]", "errors.json holds a list of 2, not one resource."),
        ("3", "errors.json holds int, not one resource."),
        (
            json.dumps({"conditions": [{"displayName": "a", "display_name": "b"}]}),
            "conditions[0].display_name is the same field as displayName beside it. Remove one of them.",
        ),
        ("{}", "the definition is not a policy: it is not recognised."),
        (json.dumps(BOARD), "the definition is not a policy: it looks like a dashboard. Use RawResource"),
    ],
)
def test_a_file_that_is_no_policy_is_refused_by_name(
    text: str | None, message: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
):
    monkeypatch.chdir(tmp_path)
    if text is not None:
        (tmp_path / "errors.json").write_text(text)
    with pytest.raises(DefinitionError) as error:
        policy("errors.json")
    assert "errors (errors.json): " in str(error.value)
    assert message in str(error.value)


def test_a_placeholder_needs_a_value_and_a_value_a_placeholder():
    with pytest.raises(
        DefinitionError, match=r"notificationChannels\[0\]: there is no value 'ONCALL'; did you mean 'ONCAL'"
    ):
        policy(POLICY, values={"ONCAL": "x"})
    with pytest.raises(DefinitionError, match="values has TICKETS, which the definition does not use"):
        policy(PLAIN, values={"TICKETS": "x"})


def test_a_placeholder_stands_anywhere_in_a_text_and_can_be_escaped():
    content = {"content": "in ${PLACE}: $${HOME} of ${metric.label.x}, ${PLACE}"}
    run = policy({**PLAIN, "documentation": content}, values={"PLACE": pulumi.Output.from_input("europe")})
    written = run.one(tokens.ALERT_POLICY).inputs["documentation"]["content"]
    assert written == "in europe: ${HOME} of ${metric.label.x}, europe"


def test_what_google_refuses_is_refused_here_with_the_file_named_and_a_rule_can_be_accepted():
    broken = copy.deepcopy(PLAIN)
    broken["conditions"][0]["conditionThreshold"]["duration"] = "30s"
    with pytest.raises(RuleViolationError, match="errors breaks a rule") as error:
        policy(broken)
    rule = error.value.violations[0].rule
    assert policy(broken, accept=[rule]).one(tokens.ALERT_POLICY)
    with pytest.raises(ValueError, match="there is no rule 'policy-durations'"):
        policy(broken, accept=["policy-durations"])


def test_an_unknown_field_is_refused_with_the_nearest_known_one():
    with pytest.raises(DefinitionError, match="a policy has no field 'combinr'; did you mean 'combiner'"):
        policy({**PLAIN, "combinr": "AND"})


def test_two_raw_policies_may_have_one_condition_since_a_project_may():
    def program() -> None:
        for name in ("a", "b"):
            RawPolicy(name, RawPolicyArgs(project=P, definition=PLAIN))

    assert len(record(program).of_type(tokens.ALERT_POLICY)) == 2


def test_a_dashboard_is_deployed_in_its_canonical_form_and_with_a_digest_on_request():
    def program(digest: bool) -> None:
        RawDashboard("shop", RawDashboardArgs(project=P, definition=BOARD, digest=digest))

    plain, stamped = (
        json.loads(record(lambda d=digest: program(d)).one(tokens.DASHBOARD).inputs["dashboardJson"])
        for digest in (False, True)
    )
    assert set(plain) == {"displayName", "gridLayout"}
    assert len(stamped["labels"]["vigil-digest"]) == 12
    assert {**plain, "labels": stamped["labels"]} == stamped


def test_a_dashboard_takes_outputs_too():
    board = {**BOARD, "displayName": "Shop of ${ENV}"}
    args = {"definition": board, "values": {"ENV": pulumi.Output.from_input("prod")}}
    run = record(lambda: RawDashboard("shop", RawDashboardArgs(project=P, **args)))
    assert json.loads(run.one(tokens.DASHBOARD).inputs["dashboardJson"])["displayName"] == "Shop of prod"


def test_a_dashboard_registers_its_outline_unless_a_part_of_it_is_an_output():
    """What an output holds may be secret or unknown, so that nothing of it is written beside the document."""
    plain = record(lambda: RawDashboard("shop", RawDashboardArgs(project=P, definition=BOARD)))
    assert str(plain.one(RawDashboard.TYPE).inputs["tiles"]).startswith("Read me (text, ")

    def program() -> None:
        values = {"ENV": pulumi.Output.secret("prod")}
        board = {**BOARD, "displayName": "${ENV}"}
        RawDashboard("shop", RawDashboardArgs(project=P, definition=board, values=values))

    assert set(record(program).one(RawDashboard.TYPE).inputs) == {"title"}


@pytest.mark.parametrize(
    ("definition", "token", "expected"),
    [
        (
            {"name": "errors", "filter": "severity>=ERROR", "resourceName": "projects/p/metrics/errors"},
            tokens.LOG_METRIC,
            {"name": "errors", "filter": "severity>=ERROR", "project": P},
        ),
        (
            {"name": "all", "destination": "storage.googleapis.com/b", "writerIdentity": "serviceAccount:x@y"},
            tokens.PROJECT_SINK,
            {"name": "all", "destination": "storage.googleapis.com/b", "uniqueWriterIdentity": True, "project": P},
        ),
        (
            {"name": "projects/p/locations/eu/buckets/b", "retentionDays": 5, "analyticsEnabled": True},
            tokens.PROJECT_BUCKET,
            {"bucketId": "b", "location": "eu", "retentionDays": 5, "enableAnalytics": True, "project": P},
        ),
        (
            {
                "name": "projects/1/services/shop/serviceLevelObjectives/fast",
                "goal": 0.99,
                "rollingPeriod": "2419200s",
                "serviceLevelIndicator": {"basicSli": {"availability": {}}},
            },
            tokens.SLO,
            {
                "service": "shop",
                "sloId": "fast",
                "goal": 0.99,
                "rollingPeriodDays": 28,
                "basicSli": {"availability": {"enabled": True}},
                "project": P,
            },
        ),
        (
            {
                "name": "projects/p/locations/global/savedQueries/errors",
                "displayName": "Errors",
                "visibility": "SHARED",
                "loggingQuery": {"filter": "severity>=ERROR"},
            },
            tokens.SAVED_QUERY,
            {
                "name": "errors",
                "parent": "projects/p",
                "location": "global",
                "displayName": "Errors",
                "visibility": "SHARED",
                "loggingQuery": {"filter": "severity>=ERROR"},
            },
        ),
    ],
    ids=["metric", "sink", "bucket", "slo", "saved query"],
)
def test_other_kinds_are_recognised_by_their_content(definition, token, expected):
    assert resource(definition).one(token).inputs == expected


def test_a_secret_is_kept_as_one_and_a_masked_one_is_refused():
    slack = {"type": "slack", "displayName": "#shop", "labels": {"channel_name": "#shop", "auth_token": "${TOKEN}"}}
    channel = resource(slack, values={"TOKEN": "xoxb-planted"}).one(tokens.CHANNEL)
    assert channel.inputs["labels"] == {"channel_name": "#shop"}
    assert "sensitiveLabels.authToken" in channel.secret_paths or "sensitiveLabels" in channel.secret_paths
    masked = {**slack, "labels": {"channel_name": "#shop", "auth_token": "******"}}
    with pytest.raises(DefinitionError, match=r"sensitiveLabels\.authToken is a secret that the server masked"):
        resource(masked)


def test_an_output_in_a_definition_is_refused_with_the_way_to_give_it():
    with pytest.raises(DefinitionError, match="a definition is plain JSON, which has no Output"):
        policy({**PLAIN, "notificationChannels": [pulumi.Output.from_input("x")]})
