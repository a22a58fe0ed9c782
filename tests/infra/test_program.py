"""The program itself, run as Pulumi runs it, for every stack, in preview and in update."""

import json
import re
import runpy
import subprocess
import sys
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
def deployed(stack: str, preview: bool = False) -> Recorded:
    """The program's run, once for each process: tests only read it."""
    config = yaml.safe_load((ROOT / f"Pulumi.{stack}.yaml").read_text())["config"]
    config |= {f"vigil:{key}": "a-secret-value" for key, declared in schema().items() if declared.get("secret")}
    return record(
        lambda: runpy.run_path(str(ROOT / "infra"), run_name="__main__"), stack=stack, preview=preview, config=config
    )


def test_only_the_parts_of_the_provider_that_a_stack_uses_are_imported():
    """The SDK imports them when they are used, so an annotation that is evaluated would import one in vain."""
    unused = ("billing", "cloudrunv2", "secretmanager", "serviceaccount")
    code = f"import sys, infra.system; print([one for one in {unused} if f'pulumi_gcp.{{one}}.outputs' in sys.modules])"
    ran = subprocess.run([sys.executable, "-c", code], cwd=ROOT, capture_output=True, text=True, check=True)
    assert ran.stdout == "[]\n"


@pytest.mark.parametrize("preview", [False, True], ids=["update", "preview"])
@pytest.mark.parametrize("stack", STACKS)
def test_every_stack_deploys_the_api_s_monitoring(stack: str, preview: bool):
    counts = (deployed(stack, preview) if preview else deployed(stack)).counts()
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
            set(re.findall(r'severity>="(\w+)"', run.one("gcp:logging/projectSink:ProjectSink").inputs["filter"])),
            sorted(one.inputs["type"] for one in run.of_type("gcp:monitoring/notificationChannel:NotificationChannel")),
        )
    assert seen == {
        "local": (7, 0.05, {"DEBUG"}, ["email", "webhook_basicauth"]),
        "staging": (30, 0.05, {"DEBUG"}, ["email", "email"]),
        "prod": (90, 0.02, {"INFO"}, ["email", "email", "pagerduty", "webhook_tokenauth"]),
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


def test_every_alert_has_a_runbook_page_and_every_page_an_alert():
    stacks = [*(deployed(stack) for stack in STACKS), all_on()]
    named = {alert.inputs["runbook"] for run in stacks for alert in run.of_type("vigil:alerts:Alert")}
    runbooks = ROOT / "docs" / "runbooks"
    own = {one for one in named if not one.startswith("google-cloud/")}
    assert own == {page.stem for page in runbooks.glob("*.md")}
    assert {one for one in named - own if not (runbooks / f"{one}.md").is_file()} == set()
    assert {"google-cloud/run-memory", "google-cloud/audit-key"} <= named


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


ALL_ON = {
    "collectorImage": "europe-docker.pkg.dev/example/collector:1",
    "drainsImage": "europe-docker.pkg.dev/example/drains:1",
    "frontend": {"project": "shop", "vercelTeam": "team_1", "vercelProject": "prj_1", "webAnalytics": True},
}


def test_collector_and_drains_are_off_until_their_images_are_configured_and_the_log_says_so():
    run = deployed("prod")
    assert not {"vigil:collector:MetricsCollector", "vigil:drains:DrainService"} & set(run.counts())
    messages = " ".join(str(one) for one in run.diagnostics.infos)
    assert "pulumi config set vigil:collectorImage IMAGE --stack prod" in messages
    assert "pulumi config set vigil:drainsImage IMAGE --stack prod" in messages


def test_with_images_they_run_with_least_privilege():
    run = all_on()
    pool = run.one("gcp:cloudrunv2/workerPool:WorkerPool").inputs
    assert pool["scaling"]["manualInstanceCount"] == 1
    assert run.counts()["vigil:drains:DrainService"] == 2
    assert run.counts()["vigil:vercel:FrontendDrains"] == 1
    roles = {one.inputs["role"] for one in run.registrations if one.type.lower().endswith("iammember")}
    assert roles == {"roles/monitoring.metricWriter", "roles/secretmanager.secretAccessor", "roles/run.invoker"}
    assert "absent_over_time" in unseen(run)


def unseen(run: Recorded) -> str:
    """The query of the alert that no figures of the database arrive."""
    policy = run.one("gcp:monitoring/alertPolicy:AlertPolicy", "vigil-database-database-unseen-policy").inputs
    return policy["conditions"][0]["conditionPrometheusQueryLanguage"]["query"]


@pytest.mark.parametrize("stack", ["local", "prod"])
def test_without_the_collector_metrics_that_stop_are_reported_and_not_that_there_never_were_any(stack):
    query = unseen(deployed(stack))
    assert "pg_up[1d] offset 2m" in query
    assert "absent_over_time" not in query


def switched_on(**more: object) -> Recorded:
    config = yaml.safe_load((ROOT / "Pulumi.prod.yaml").read_text())["config"]
    config |= {
        f"vigil:{key}": "a-secret-value-of-32-characters-or-more" for key, one in schema().items() if one.get("secret")
    }
    config |= {f"vigil:{key}": value for key, value in (ALL_ON | more).items()}
    return record(lambda: runpy.run_path(str(ROOT / "infra"), run_name="__main__"), stack="prod", config=config)


@cache
def all_on() -> Recorded:
    """The run with all parts, once for each process: tests only read it."""
    return switched_on()


def test_the_collector_keeps_the_metrics_that_alerts_and_charts_read():
    run = all_on()
    environment = run.one("gcp:cloudrunv2/workerPool:WorkerPool").inputs["template"]["containers"][0]["envs"]
    config = next(one["value"] for one in environment if one["name"] == "OTELCOL_CONFIG")
    for name in ("pg_up", "temporal_cloud_v1_approximate_backlog_count"):
        assert name in config
    assert "node_netstat" not in config


def test_of_the_platform_s_own_request_log_only_errors_and_refusals_are_kept():
    run = deployed("staging")
    sink = run.one("gcp:logging/projectSink:ProjectSink").inputs
    default = run.one("gcp:logging/projectExclusion:ProjectExclusion").inputs
    (exclusion,) = sink["exclusions"]
    assert exclusion["filter"] == default["filter"]
    assert lql.parse(default["filter"]) == lql.parse(
        'log_id("run.googleapis.com/requests") AND httpRequest.status<500 AND NOT textPayload:"no available instance"'
    )


def test_the_collector_gets_workers_that_it_reaches_and_a_stand_in_for_the_database():
    run = switched_on(
        workers={"scrape": ["10.0.0.5:9464", "10.0.0.6:9464"]},
        database={"project": "abc", "metricsUrl": "http://127.0.0.1:8200"},
    )
    configuration = json.loads(run.one("vigil:collector:MetricsCollector").inputs["configuration"])
    jobs = {one["job_name"]: one for one in configuration["receivers"]["prometheus"]["config"]["scrape_configs"]}
    assert jobs["temporal-workers"]["static_configs"] == [{"targets": ["10.0.0.5:9464", "10.0.0.6:9464"]}]
    database = jobs["supabase-abc"]
    assert (database["scheme"], database["static_configs"]) == ("http", [{"targets": ["127.0.0.1:8200"]}])


def test_read_replicas_are_scraped_at_their_own_hosts_and_their_lag_is_watched():
    run = switched_on(database={"project": "abc", "replicas": ["abc-rr-eu-west-1-aaaaa", "abc-rr-us-east-1-bbbbb"]})
    configuration = json.loads(run.one("vigil:collector:MetricsCollector").inputs["configuration"])
    (job,) = [
        one
        for one in configuration["receivers"]["prometheus"]["config"]["scrape_configs"]
        if one["job_name"] == "supabase-abc"
    ]
    assert job["static_configs"] == [
        {"targets": ["abc.supabase.co", "abc-rr-eu-west-1-aaaaa.supabase.co", "abc-rr-us-east-1-bbbbb.supabase.co"]}
    ]
    (keep,) = [rule for rule in job["metric_relabel_configs"] if rule.get("action") == "keep"]
    assert "physical_replication_lag_physical_replication_lag_seconds" in keep["regex"]
    policies = {one.name for one in run.registrations if one.type == "gcp:monitoring/alertPolicy:AlertPolicy"}
    assert "vigil-database-database-replication-policy" in policies


@pytest.mark.parametrize("replicas", [True, ["https://abc.supabase.co"], "abc-rr-1"])
def test_what_names_no_replica_is_refused_by_its_field(replicas: object):
    with pytest.raises(Exception, match="replicas"):
        switched_on(database={"project": "abc", "replicas": replicas})


PROJECTS = {"database": {"project": "abc"}, "frontend": {"project": "shop"}}
PARTS = ("api", "workers", "agents", "database", "frontend")
ALWAYS_ON = {
    "audit",
    "logging",
    "overview",
}


@pytest.mark.parametrize("off", [*((part,) for part in PARTS), ("workers", "agents"), PARTS])
def test_every_part_can_be_switched_off_and_leaves_nothing(off: tuple[str, ...]):
    run = switched_on(**{part: {"enabled": False} | PROJECTS.get(part, {}) for part in off})
    dashboards = {name.removesuffix("Dashboard") for name in run.exports if name.endswith("Dashboard")}
    assert dashboards == {*ALWAYS_ON, *PARTS} - set(off)
    for part in off:
        assert not [one.name for one in run.registrations if one.name.startswith(f"vigil-{part}-")]
    endpoints = run.counts().get("vigil:collector:MetricsCollector", 0)
    assert endpoints == (0 if {"workers", "database"} <= set(off) else 1)
    assert run.counts().get("vigil:drains:DrainService", 0) == 2 - len({"database", "frontend"} & set(off))
    assert run.counts().get("gcp:monitoring/uptimeCheckConfig:UptimeCheckConfig", 0) == ("api" not in off)


def test_a_renamed_metric_is_replaced_so_that_the_old_one_does_not_stay_behind():
    metrics = deployed("staging").of_type("gcp:logging/metric:Metric")
    assert metrics
    wanted = ("name", "metricDescriptor.metricKind", "metricDescriptor.valueType")
    assert {one.options.replace_on_changes for one in metrics} == {wanted}
