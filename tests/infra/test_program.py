"""The program itself, run as Pulumi runs it, for every stack, in preview and in update."""

import json
import runpy
from functools import cache
from pathlib import Path

import pytest
import yaml

from infra.settings import schema
from vigil_apimodel import lql
from vigil_components.testing import Recorded, record

ROOT = Path(__file__).resolve().parents[2]
STACKS = ["local", "staging", "prod"]


@cache
def deployed(stack: str, *, preview: bool = False, **overrides: object) -> Recorded:
    config = yaml.safe_load((ROOT / f"Pulumi.{stack}.yaml").read_text())["config"]
    config |= {f"vigil:{key}": "a-secret-value" for key, declared in schema().items() if declared.get("secret")}
    config |= {f"vigil:{key}": value for key, value in overrides.items()}
    return record(
        lambda: runpy.run_path(str(ROOT / "infra"), run_name="__main__"), stack=stack, preview=preview, config=config
    )


@pytest.mark.parametrize("preview", [False, True], ids=["update", "preview"])
@pytest.mark.parametrize("stack", STACKS)
def test_every_stack_deploys_the_api_s_monitoring(stack: str, preview: bool):
    counts = deployed(stack, preview=preview).counts()
    assert counts["gcp:logging/projectBucketConfig:ProjectBucketConfig"] == 1
    assert counts["gcp:logging/projectSink:ProjectSink"] == 1
    assert counts["gcp:monitoring/alertPolicy:AlertPolicy"] >= 1
    assert counts["gcp:monitoring/dashboard:Dashboard"] >= 1
    assert counts["gcp:logging/metric:Metric"] >= 3


def test_stacks_differ_in_retention_threshold_level_and_channels():
    seen = {}
    for stack in STACKS:
        run = deployed(stack)
        bucket = run.one("gcp:logging/projectBucketConfig:ProjectBucketConfig")
        policy = run.one("gcp:monitoring/alertPolicy:AlertPolicy", "vigil-api-error-ratio-policy").inputs
        query = policy["conditions"][0]["conditionPrometheusQueryLanguage"]["query"]
        seen[stack] = (
            bucket.inputs["retentionDays"],
            float(query.split(" > ")[1].split(" and ")[0]),
            run.one("gcp:logging/projectSink:ProjectSink").inputs["filter"].split("severity>=")[1].strip('"'),
            sorted(one.inputs["type"] for one in run.of_type("gcp:monitoring/notificationChannel:NotificationChannel")),
        )
    assert seen == {
        "local": (7, 0.05, "DEBUG", ["webhook_basicauth"]),
        "staging": (30, 0.05, "DEBUG", ["email", "email"]),
        "prod": (90, 0.02, "INFO", ["email", "email", "pagerduty", "webhook_tokenauth"]),
    }


def test_what_holds_data_is_protected_in_prod_alone():
    bucket = "gcp:logging/projectBucketConfig:ProjectBucketConfig"
    owner = "vigil:logs:LogBucket"
    assert deployed("prod").one(owner).options.protect is True
    assert deployed("prod").one(bucket).options.protect is not False
    assert not deployed("staging").one(owner).options.protect


@pytest.mark.parametrize("stack", STACKS)
def test_no_secret_stands_in_clear_in_anything_that_is_registered(stack: str):
    run = deployed(stack)
    for registration in run.registrations:
        text = json.dumps(registration.inputs, default=str)
        if "a-secret-value" in text:
            assert registration.type == "gcp:monitoring/notificationChannel:NotificationChannel"
            assert registration.secret_paths


@pytest.mark.parametrize("stack", STACKS)
def test_every_alert_has_a_runbook_page_and_every_page_an_alert(stack: str):
    named = {alert.inputs["runbook"] for alert in deployed(stack).of_type("vigil:alerts:Alert")}
    pages = {page.stem for page in (ROOT / "docs" / "runbooks").glob("*.md")}
    assert named == pages


@pytest.mark.parametrize("stack", STACKS)
def test_every_query_over_log_lines_parses(stack: str):
    run = deployed(stack)
    for metric in run.of_type("gcp:logging/metric:Metric"):
        lql.parse(metric.inputs["filter"])
    lql.parse(run.one("gcp:logging/projectSink:ProjectSink").inputs["filter"])


def test_local_has_the_policy_of_staging():
    def policy(stack: str) -> object:
        return (
            deployed(stack)
            .one("gcp:monitoring/alertPolicy:AlertPolicy", "vigil-api-error-ratio-policy")
            .inputs["conditions"]
        )

    assert policy("local") == policy("staging")


def test_outputs_say_where_to_look():
    exports = deployed("staging").exports
    assert str(exports["apiDashboard"]).startswith("https://console.cloud.google.com/monitoring/dashboards/builder/")
