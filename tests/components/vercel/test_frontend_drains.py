"""A frontend's drains, webhook and alert rule: each switchable, secrets staying secret."""

import subprocess
import sys

import pulumi
import pytest

from vigil_components.testing import SyntheticMocks, record
from vigil_components.vercel import Drain, DrainArgs, FrontendDrains, FrontendDrainsArgs
from vigil_runner.wire.registry import wire_for

SECRET = "0123456789abcdef0123456789abcdef"
LOG_DRAIN = "vercel:index/logDrain:LogDrain"
WEBHOOK = "vercel:index/webhook:Webhook"
ALERT_RULE = "vercel:index/alertRule:AlertRule"
DRAIN = "pulumi-python:dynamic/vercel:Drain"
VERSION = "gcp:secretmanager/secretVersion:SecretVersion"


class Providers(SyntheticMocks):
    """Vercel makes the webhook's secret."""

    def new_resource(self, args):
        identifier, outputs = super().new_resource(args)
        return identifier, outputs | ({"secret": "made-by-vercel"} if args.typ == WEBHOOK else {})


def run(preview=False, **changed):
    given = {
        "project": "example-shop",
        "environment": "prod",
        "team": "team_abc",
        "project_id": "prj_1",
        "receiver": "https://drains.example",
        "signing_secret": SECRET,
        "signing_secret_id": "projects/1/secrets/vercel-drain-secret",
        "webhook_secret_id": "projects/1/secrets/vercel-webhook-secret",
    }
    return record(
        lambda: FrontendDrains("frontend", FrontendDrainsArgs(**(given | changed))), preview=preview, mocks=Providers()
    )


@pytest.mark.parametrize("preview", [False, True])
def test_by_default_logs_and_deployments(preview):
    recorded = run(preview)
    recorded.check(
        counts={LOG_DRAIN: 1, WEBHOOK: 1, ALERT_RULE: 0, DRAIN: 0, VERSION: 2},
        values={
            f"{LOG_DRAIN}::frontend-logs": {
                "endpoint": "https://drains.example/vercel/logs",
                "teamId": "team_abc",
                "projectIds": ["prj_1"],
                "environments": ["production"],
                "deliveryFormat": "ndjson",
            },
            f"{WEBHOOK}::frontend-deployments": {"endpoint": "https://drains.example/vercel/deployments"},
        },
    )
    assert "deployment.error" in recorded.one(WEBHOOK).inputs["events"]
    assert len(recorded.children(recorded.one("vigil:vercel:FrontendDrains"))) == 4


@pytest.mark.parametrize("preview", [False, True])
def test_every_part_can_be_switched_on_and_off(preview):
    everything = run(preview, anomalies=True, web_analytics=True, speed_insights=True, log_sampling=0.5)
    everything.check(counts={LOG_DRAIN: 1, WEBHOOK: 1, ALERT_RULE: 1, DRAIN: 2, VERSION: 2})
    assert {one.inputs["schema"]: one.inputs["endpoint"] for one in everything.of_type(DRAIN)} == {
        "analytics": "https://drains.example/vercel/analytics",
        "speed_insights": "https://drains.example/vercel/speed-insights",
    }
    assert everything.one(LOG_DRAIN).inputs["samplingRate"] == 0.5
    nothing = run(preview, logs=False, deployments=False)
    assert nothing.counts() == {"vigil:vercel:FrontendDrains": 1}


def test_vercels_own_alert_is_about_this_project_and_errors():
    rule = run(anomalies=True).one(ALERT_RULE).inputs
    assert rule["ruleScope"] == {"type": "include", "projectIds": ["prj_1"]}
    assert rule["triggers"][0] == {"type": "error_anomaly", "filter": "statusGroup:5xx"}
    assert rule["notificationSettings"] == {"enableTeamOwnerNotifications": True}


def test_secrets_stay_secret_and_are_known_to_the_receiver_before_the_first_delivery():
    recorded = run(web_analytics=True)
    assert any("secret" in path for path in recorded.one(LOG_DRAIN).secret_paths)
    assert any("secret" in path for path in recorded.one(DRAIN).secret_paths)
    signing = recorded.one(VERSION, "frontend-signing-secret")
    webhook = recorded.one(VERSION, "frontend-webhook-secret")
    assert (signing.inputs["secretDataWo"], webhook.inputs["secretDataWo"]) == (SECRET, "made-by-vercel")
    assert any("secretDataWo" in path for path in webhook.secret_paths)
    assert "secretData" not in signing.inputs
    assert signing.urn in recorded.one(LOG_DRAIN).options.depends_on
    assert signing.urn in recorded.one(DRAIN).options.depends_on
    assert SECRET not in repr(
        FrontendDrainsArgs(
            project="p",
            environment="e",
            team="t",
            project_id="prj_1",
            receiver="r",
            signing_secret=SECRET,
            signing_secret_id="s",
            webhook_secret_id="w",
        )
    )


def test_another_secret_makes_another_version():
    def mark(secret):
        recorded = run(signing_secret=secret)
        return recorded.one(VERSION, "frontend-signing-secret").inputs["secretDataWoVersion"]

    assert mark(SECRET) == mark(SECRET)
    assert mark(SECRET) != mark(SECRET[::-1])


def test_every_type_is_known_to_the_local_engine():
    recorded = run(anomalies=True, web_analytics=True, speed_insights=True)
    assert all(wire_for(one.type) is None for one in recorded.registrations if one.custom)


def test_a_drain_whose_inputs_are_outputs_is_registered():
    def program():
        args = DrainArgs(
            name="d",
            schema="speed_insights",
            team="acme",
            project_ids=("prj_1",),
            endpoint=pulumi.Output.from_input("https://x.example/y"),
            secret=pulumi.Output.secret(SECRET),
        )
        Drain("d", args)

    inputs = record(program).one(DRAIN).inputs
    assert (inputs["endpoint"], inputs["secret"]) == ("https://x.example/y", SECRET)


@pytest.mark.parametrize(
    ("changed", "message"),
    [
        ({"team": ""}, "team is ''; give a text that is not empty"),
        ({"project_id": "shop"}, "prj_"),
        ({"log_sampling": 0}, "more than 0"),
        ({"environments": ()}, "at least one"),
        ({"signing_secret": "short", "web_analytics": True}, "openssl rand"),
    ],
)
def test_mistakes_are_refused_with_what_to_do(changed, message):
    with pytest.raises(ValueError, match=message):
        run(**changed)


def test_the_other_components_do_not_need_vercels_provider():
    code = "import sys, vigil_components, vigil_components.collector; sys.exit('pulumiverse_vercel' in sys.modules)"
    assert subprocess.run([sys.executable, "-c", code], check=False).returncode == 0
