"""The collector's configuration: derived from what is read, and fit for Managed Service for Prometheus."""

import dataclasses
import json
import re
import shutil
import subprocess
from pathlib import Path

import pytest

from vigil_apimodel.metrics import supabase, temporal_cloud, temporal_sdk
from vigil_components.collector import (
    Destination,
    SupabaseEndpoint,
    TemporalCloudEndpoint,
    TemporalWorkersEndpoint,
    collector_config,
    render,
    used_metrics,
)
from vigil_components.systems import (
    DatabaseLimits,
    VolumeLimits,
    WorkerLimits,
    cloud,
    database,
    logging_itself,
    workers,
)

TOOLS = Path(__file__).resolve().parents[3] / ".vigil" / "tools"
PROMTOOL = shutil.which("promtool", path=str(TOOLS)) or shutil.which("promtool")
COLLECTOR = shutil.which("otelcol", path=str(TOOLS))
DESTINATION = Destination(project="example-shop", location="europe-west1", namespace="staging")
SUPABASE = SupabaseEndpoint(project="abcdefghij", secret="supabase-metrics-key")
CLOUD = TemporalCloudEndpoint(namespaces=("shop.a1b2c",), secret="temporal-metrics-key")
WORKERS = TemporalWorkersEndpoint(targets=("127.0.0.1:9464",))


def jobs(*endpoints, metrics):
    config = collector_config(endpoints, metrics, DESTINATION)
    return {job["job_name"]: job for job in config["receivers"]["prometheus"]["config"]["scrape_configs"]}


def relabelled(job, labels):
    """The labels of a sample after the job's rules, as Prometheus applies them; None where it is dropped."""
    labels = dict(labels)
    for rule in job["metric_relabel_configs"]:
        if rule.get("action") == "labeldrop":
            labels = {name: value for name, value in labels.items() if not re.fullmatch(rule["regex"], name)}
            continue
        value = ";".join(labels.get(name, "") for name in rule["source_labels"])
        found = re.fullmatch(rule["regex"], value)
        if rule.get("action") == "keep":
            if not found:
                return None
        elif found:
            labels[rule["target_label"]] = found.group(1)
    return labels


def test_used_metrics_are_those_of_alerts_and_charts_and_of_no_event():
    used = used_metrics([database(DatabaseLimits())])
    names = {metric.type.split("/")[1] for metric in used}
    assert {"pg_up", "node_filesystem_avail_bytes", "node_filesystem_size_bytes", "node_load5"} <= names
    assert "physical_replication_lag_physical_replication_lag_seconds" not in names
    with_replicas = used_metrics([database(DatabaseLimits(replicas=True))])
    assert {one.type.split("/")[1] for one in with_replicas - used} == {
        "physical_replication_lag_physical_replication_lag_seconds"
    }
    assert not any(
        metric.type.startswith("logging.googleapis.com/user/") for metric in used_metrics([workers(WorkerLimits())])
    )


def test_only_what_is_read_is_kept():
    used = used_metrics([database(DatabaseLimits()), logging_itself(VolumeLimits())])
    job = jobs(SUPABASE, metrics=used)["supabase-abcdefghij"]
    kept = {
        metric.type.split("/")[1]
        for metric in supabase.METRICS
        if relabelled(job, {"__name__": metric.type.split("/")[1]}) is not None
    }
    assert kept == {metric.type.split("/")[1] for metric in used if metric in supabase.METRICS}
    assert relabelled(job, {"__name__": "pg_upside"}) is None


@pytest.mark.parametrize("name", ["http_server_duration_milliseconds_bucket", "http_server_duration_milliseconds_sum"])
def test_a_histogram_is_kept_with_all_its_samples(name):
    job = jobs(SUPABASE, metrics={supabase.get("http_server_duration_milliseconds")})["supabase-abcdefghij"]
    assert relabelled(job, {"__name__": name, "le": "5"}) == {"__name__": name, "le": "5"}


@pytest.mark.parametrize("name", ["temporal_request_failure", "temporal_request_failure_total"])
def test_a_counter_is_kept_with_and_without_its_suffix(name):
    metrics = {temporal_sdk.REQUEST_FAILURE.at(temporal_sdk.Route.SCRAPE)}
    assert relabelled(jobs(WORKERS, metrics=metrics)["temporal-workers"], {"__name__": name}) is not None


def test_a_counter_is_kept_by_the_name_that_it_has_at_its_endpoint():
    metrics = {temporal_sdk.STICKY_CACHE_TOTAL_FORCED_EVICTION.at(temporal_sdk.Route.SCRAPE)}
    job = jobs(WORKERS, metrics=metrics)["temporal-workers"]
    assert relabelled(job, {"__name__": "temporal_sticky_cache_total_forced_eviction"}) is not None
    assert relabelled(job, {"__name__": "temporal_sticky_cache_forced_eviction_total"}) is None


def test_reserved_labels_are_renamed_and_the_targets_own_stay():
    metrics = {temporal_sdk.NUM_POLLERS.at(temporal_sdk.Route.SCRAPE)}
    job = jobs(WORKERS, metrics=metrics)["temporal-workers"]
    sample = {
        "__name__": "temporal_num_pollers",
        "namespace": "shop",
        "location": "kitchen",
        "cluster": "c",
        "project_id": "p",
        "job": "temporal-workers",
        "instance": "127.0.0.1:9464",
        "poller_type": "workflow_task",
    }
    assert relabelled(job, sample) == {
        "__name__": "temporal_num_pollers",
        "exported_namespace": "shop",
        "exported_location": "kitchen",
        "exported_cluster": "c",
        "exported_project_id": "p",
        "job": "temporal-workers",
        "instance": "127.0.0.1:9464",
        "poller_type": "workflow_task",
    }
    assert job["honor_labels"] is False


def test_supabase_is_scraped_once_a_minute_with_basic_auth_from_the_environment():
    job = jobs(SUPABASE, metrics={supabase.get("pg_up")})["supabase-abcdefghij"]
    assert job["basic_auth"] == {"username": "service_role", "password": "${env:SUPABASE_ABCDEFGHIJ_KEY}"}
    assert (job["scheme"], job["metrics_path"], job["scrape_interval"]) == (
        "https",
        "/customer/v1/privileged/metrics",
        "60s",
    )
    assert job["static_configs"] == [{"targets": ["abcdefghij.supabase.co"]}]


def test_replicas_of_a_database_have_their_own_hosts():
    endpoint = SupabaseEndpoint(project="abc", secret="s", replicas=("abc-rr-eu-1",))
    targets = jobs(endpoint, metrics={supabase.get("pg_up")})["supabase-abc"]["static_configs"][0]["targets"]
    assert targets == ["abc.supabase.co", "abc-rr-eu-1.supabase.co"]


def test_temporal_cloud_is_scraped_for_the_metrics_that_are_read_with_its_own_times():
    used = used_metrics([cloud("shop.a1b2c")])
    job = jobs(CLOUD, metrics=used)["temporal-cloud"]
    assert job["honor_timestamps"] is True
    assert job["authorization"] == {"type": "Bearer", "credentials": "${env:TEMPORAL_CLOUD_KEY}"}
    assert job["params"] == {
        "metrics": sorted(metric.type.split("/")[1] for metric in used),
        "namespaces": ["shop.a1b2c"],
    }
    assert set(job["params"]["metrics"]) < {metric.type.split("/")[1] for metric in temporal_cloud.METRICS}
    assert job["scrape_interval"] == "30s"


def test_the_pipeline_names_the_place_and_does_not_batch():
    config = collector_config([SUPABASE], {supabase.get("pg_up")}, DESTINATION, memory_mib=1024)
    assert config["service"]["pipelines"]["metrics"] == {
        "receivers": ["prometheus"],
        "processors": ["memory_limiter", "resource"],
        "exporters": ["googlemanagedprometheus"],
    }
    place = {one["key"]: one["value"] for one in config["processors"]["resource"]["attributes"]}
    assert place == {"cluster": "vigil", "location": "europe-west1", "namespace": "staging"}
    assert config["processors"]["memory_limiter"]["limit_mib"] == 768
    assert config["exporters"]["googlemanagedprometheus"] == {
        "project": "example-shop",
        "metric": {"extra_metrics_config": {"enable_target_info": False, "enable_scope_info": False}},
    }


def test_on_one_machine_it_writes_to_a_stand_in_without_tls():
    local = Destination(project="vigil-local", location="europe-west1", namespace="local", endpoint="127.0.0.1:9000")
    exporter = collector_config([WORKERS], temporal_sdk.METRICS, local)["exporters"]["googlemanagedprometheus"]
    assert exporter["metric"].items() >= {"endpoint": "127.0.0.1:9000", "use_insecure": True}.items()


def test_the_text_is_stable_and_holds_no_dollar_but_of_the_environment():
    config = collector_config([SUPABASE, CLOUD], {supabase.get("pg_up"), *temporal_cloud.METRICS}, DESTINATION)
    text = render(config)
    assert json.loads(text) == config
    assert text == render(
        collector_config([SUPABASE, CLOUD], {*temporal_cloud.METRICS, supabase.get("pg_up")}, DESTINATION)
    )
    assert set(re.findall(r"\$[^\"]*", text)) == {"${env:SUPABASE_ABCDEFGHIJ_KEY}", "${env:TEMPORAL_CLOUD_KEY}"}


@pytest.mark.parametrize(
    ("make", "message"),
    [
        (lambda: collector_config([], set(), DESTINATION), "scrapes nothing"),
        (lambda: collector_config([SUPABASE], {temporal_cloud.METRICS[0]}, DESTINATION), "no alert or chart reads"),
        (lambda: collector_config([SUPABASE, SUPABASE], supabase.METRICS, DESTINATION), "more than one endpoint"),
        (lambda: SupabaseEndpoint(project="https://x", secret="s"), "REFERENCE.supabase.co"),
        (lambda: SupabaseEndpoint(project="x", secret="s", hosts=("http://x",)), "is no host"),
        (lambda: SupabaseEndpoint(project="x", secret="s", scheme="ftp"), "give 'https'"),
        (lambda: TemporalCloudEndpoint(namespaces=(), secret="s"), "namespaces is empty"),
        (lambda: TemporalCloudEndpoint(namespaces=("a",), secret="s", interval_seconds=10), "180 requests an hour"),
        (lambda: TemporalWorkersEndpoint(targets=()), "targets is empty"),
    ],
)
def test_mistakes_are_refused_with_the_field_and_the_remedy(make, message):
    with pytest.raises(ValueError, match=re.escape(message)):
        make()


@pytest.mark.skipif(PROMTOOL is None, reason="promtool is not built here: make tools")
def test_prometheus_itself_accepts_the_scrape_configs(tmp_path):
    watches = [database(DatabaseLimits(replicas=True)), cloud("shop.a1b2c"), workers(WorkerLimits())]
    config = collector_config([SUPABASE, CLOUD, WORKERS], used_metrics(watches), DESTINATION)
    path = tmp_path / "prometheus.yml"
    path.write_text(json.dumps(config["receivers"]["prometheus"]["config"]))
    run = subprocess.run([PROMTOOL, "check", "config", path], capture_output=True, text=True, check=False)
    assert run.returncode == 0, run.stderr


@pytest.mark.skipif(COLLECTOR is None, reason="no OpenTelemetry Collector is built here: make collector")
@pytest.mark.parametrize("endpoint", ["", "127.0.0.1:9000"])
def test_a_real_collector_accepts_the_configuration(tmp_path, endpoint):
    watches = [database(DatabaseLimits(replicas=True)), cloud("shop.a1b2c"), workers(WorkerLimits())]
    destination = dataclasses.replace(DESTINATION, endpoint=endpoint)
    config = collector_config([SUPABASE, CLOUD, WORKERS], used_metrics(watches), destination)
    path = tmp_path / "collector.yaml"
    path.write_text(render(config))
    keys = {"SUPABASE_ABCDEFGHIJ_KEY": "a", "TEMPORAL_CLOUD_KEY": "b"}
    run = subprocess.run(
        [COLLECTOR, "validate", "--config", path], capture_output=True, text=True, check=False, env=keys
    )
    assert run.returncode == 0, run.stderr
