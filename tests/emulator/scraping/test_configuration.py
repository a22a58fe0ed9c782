"""The collector's configuration is followed, or refused by the name of the field with what to do instead."""

import copy
import json

import pytest
import yaml

from vigil_apimodel.metrics import supabase, temporal_cloud, temporal_sdk
from vigil_components.collector import (
    Destination,
    SupabaseEndpoint,
    TemporalCloudEndpoint,
    TemporalWorkersEndpoint,
    collector_config,
    render,
)
from vigil_emulator.scraping.configuration import duration, load
from vigil_emulator.scraping.errors import ConfigurationError
from vigil_emulator.scraping.target import targets
from vigil_emulator.times import SECOND

PLAIN = {
    "receivers": {
        "prometheus": {"config": {"scrape_configs": [{"job_name": "a", "static_configs": [{"targets": ["h:1"]}]}]}}
    },
    "processors": {"memory_limiter": {"check_interval": "1s", "limit_mib": 100}, "resource": {"attributes": []}},
    "exporters": {
        "googlemanagedprometheus": {
            "project": "p",
            "metric": {"extra_metrics_config": {"enable_target_info": False, "enable_scope_info": False}},
        }
    },
    "service": {
        "pipelines": {
            "metrics": {
                "receivers": ["prometheus"],
                "processors": ["memory_limiter", "resource"],
                "exporters": ["googlemanagedprometheus"],
            }
        }
    },
}
KEYS = {"SUPABASE_ABC_KEY": "sb_secret: 'x' # $1", "TEMPORAL_CLOUD_KEY": "12345"}


def changed(path, value):
    """The plain configuration with a value at a path; None takes it away."""
    found = copy.deepcopy(PLAIN)
    part = found
    for key in path[:-1]:
        part = part[key] if isinstance(part, list) else part.setdefault(key, {})
    if value is None:
        del part[path[-1]]
    else:
        part[path[-1]] = value
    return yaml.safe_dump(found)


JOB = ("receivers", "prometheus", "config", "scrape_configs", 0)
PIPELINE = ("service", "pipelines", "metrics")
EXPORTER = ("exporters", "googlemanagedprometheus")


def test_what_the_stack_generates_is_followed_whole():
    endpoints = [
        SupabaseEndpoint(project="abc", secret="s", replicas=("abc-rr",)),
        TemporalCloudEndpoint(namespaces=("shop.a1",), secret="t"),
        TemporalWorkersEndpoint(targets=("127.0.0.1:9464",)),
    ]
    metrics = {*supabase.METRICS, *temporal_cloud.METRICS, *temporal_sdk.METRICS}
    place = Destination(project="p", location="europe-west1", namespace="prod", endpoint="127.0.0.1:1")
    found = load(render(collector_config(endpoints, metrics, place)), KEYS)
    assert found.project == "p"
    assert [(one.key, one.value) for one in found.attributes] == [
        ("cluster", "vigil"),
        ("location", "europe-west1"),
        ("namespace", "prod"),
    ]
    database, cloud, workers = found.jobs
    assert database.basic_auth.password == KEYS["SUPABASE_ABC_KEY"]
    assert cloud.authorization.credentials == "12345"
    assert (cloud.honor_timestamps, workers.honor_timestamps) == (True, False)
    assert [(job.interval // SECOND, job.timeout // SECOND) for job in found.jobs] == [(60, 30), (30, 30), (30, 10)]
    assert [one.url for one in targets(database)] == [
        f"https://{host}.supabase.co/customer/v1/privileged/metrics" for host in ("abc", "abc-rr")
    ]
    assert "namespaces=shop.a1" in targets(cloud)[0].query


def test_references_are_read_from_the_environment_and_from_files(tmp_path):
    (tmp_path / "key").write_text("from a file\n")
    auth = {"username": "${env:WHO:-nobody}", "password": f"<${{file:{tmp_path}/key}}> $$1 ${{HOW}}"}
    found = load(changed((*JOB, "basic_auth"), auth), {"HOW": "so"}).jobs[0].basic_auth
    assert (found.username, found.password) == ("nobody", "<from a file> $1 so")


def test_targets_are_relabelled_and_get_their_labels():
    rules = [
        {"source_labels": ["__address__"], "regex": "drop.*", "action": "drop"},
        {"source_labels": ["__address__"], "regex": "(.*):.*", "target_label": "instance"},
        {"source_labels": ["team"], "target_label": "__param_team"},
    ]
    text = changed(
        JOB,
        {
            "job_name": "a",
            "params": {"x": ["1", "2"]},
            "static_configs": [{"targets": ["h:1", "drop:1"], "labels": {"team": "t"}}, {"targets": ["[::1]:2"]}],
            "relabel_configs": rules,
        },
    )
    first, second = targets(load(text, {}).jobs[0])
    assert (first.url, first.query, first.labels) == (
        "http://h:1/metrics", "x=1&x=2&team=t", {"instance": "h", "job": "a", "team": "t"},
    )  # fmt: skip
    assert (second.host, second.labels["instance"]) == ("::1", "[::1]")


def test_globals_are_defaults():
    text = changed(("receivers", "prometheus", "config", "global"), {"scrape_interval": "15s", "scrape_timeout": "2s"})
    job = load(text, {}).jobs[0]
    assert (job.interval, job.timeout) == (15 * SECOND, 2 * SECOND)


@pytest.mark.parametrize(
    ("text", "seconds"), [("30s", 30), ("1m", 60), ("1h30m", 5400), ("1500ms", 1.5), ("2d", 172_800), ("0s", 0)]
)
def test_durations_are_prometheus_own(text, seconds):
    assert duration(text) == seconds * SECOND


@pytest.mark.parametrize(
    ("path", "value", "message"),
    [
        ((*JOB, "kubernetes_sd_configs"), [{}], "receivers.prometheus.config.scrape_configs[0].kubernetes_sd_configs is not followed by the emulator, and ignoring it would change what is scraped; leave it out"),
        ((*JOB, "metric_relabel_configs"), [{"action": "hashmod", "target_label": "x"}], "scrape_configs[0].metric_relabel_configs[0].action is 'hashmod', which is not followed here; use one of replace, keep"),
        ((*JOB, "relabel_configs"), [{"modulus": 3}], "scrape_configs[0].relabel_configs[0].modulus is not followed"),
        ((*JOB, "scrape_interval"), "often", "scrape_configs[0].scrape_interval: 'often' is no duration; write it as 30s"),
        ((*JOB, "scrape_interval"), "0s", "scrape_configs[0].scrape_interval is 0: give at least 1s"),
        ((*JOB, "scrape_timeout"), "2m", "scrape_configs[0].scrape_timeout is longer than scrape_interval; make it shorter"),
        ((*JOB, "scheme"), "ftp", "scrape_configs[0].scheme: invalid enum value 'ftp'; mend it"),
        ((*JOB, "job_name"), None, "scrape_configs[0]: object missing required field `job_name`; mend it"),
        ((*JOB, "basic_auth"), {"password": "${env:GONE}"}, "scrape_configs[0].basic_auth.password: the environment variable GONE is not set; set it, or write ${env:GONE:-}"),
        ((*JOB, "basic_auth"), {"password": "${file:/no/such}"}, "basic_auth.password: the file /no/such cannot be read (No such file or directory); mend it, or its path"),
        ((*JOB, "basic_auth"), {"password": "${vault:x}"}, "basic_auth.password: ${vault:x} is read neither from the environment nor from a file"),
        ((*PIPELINE, "processors"), ["filter/x"], "service.pipelines.metrics.processors has filter/x, which the emulator does not follow; keep metrics and rename labels by metric_relabel_configs instead"),
        ((*PIPELINE, "processors"), ["batch"], "processors.batch is missing: a pipeline names it"),
        ((*PIPELINE, "receivers"), ["otlp"], "service.pipelines.metrics.receivers is otlp; the emulator takes one prometheus there"),
        ((*PIPELINE, "exporters"), [], "service.pipelines.metrics.exporters is empty; the emulator takes one googlemanagedprometheus there"),
        (("service", "pipelines", "metrics/2"), {"receivers": []}, "service.pipelines has 2 metrics pipelines; the emulator runs exactly one"),
        (EXPORTER, None, "exporters.googlemanagedprometheus is missing: a pipeline names it; add it, or take it out there"),
        ((*EXPORTER, "project"), "", "exporters.googlemanagedprometheus.project is missing: name the project"),
        ((*EXPORTER, "extra_metrics_config"), {}, "exporters.googlemanagedprometheus.extra_metrics_config is not followed"),
        ((*EXPORTER, "metric"), {}, "metric.extra_metrics_config.enable_target_info is on, its default"),
        ((*EXPORTER, "metric", "resource_filters"), [], "exporters.googlemanagedprometheus.metric.resource_filters is not followed"),
        (("processors", "resource", "attributes"), [{"key": "a", "action": "hash"}], "processors.resource.attributes[0].action: invalid enum value 'hash'"),
        (("receivers", "prometheus", "config", "scrape_configs"), [], "receivers.prometheus.config.scrape_configs is empty: give at least one job"),
        (("connectors",), {}, "connectors is not followed"),
    ],
)  # fmt: skip
def test_what_cannot_be_followed_is_refused_with_the_field_and_the_remedy(path, value, message):
    with pytest.raises(ConfigurationError) as error:
        load(changed(path, value), {})
    assert message in str(error.value)


def batched(**fields):
    """The plain configuration with a batch processor, of a job that is scraped every half minute."""
    found = yaml.safe_load(changed((*JOB, "scrape_interval"), "30s"))
    found["processors"]["batch"] = fields
    found["service"]["pipelines"]["metrics"]["processors"].append("batch")
    return yaml.safe_dump(found)


@pytest.mark.parametrize(
    "fields", [{}, {"timeout": "5s", "send_batch_size": 200, "send_batch_max_size": 200}, {"timeout": "0s"}]
)
def test_batches_of_one_scrape_change_nothing(fields):
    assert load(batched(**fields), {}) == load(changed((*JOB, "scrape_interval"), "30s"), {})


@pytest.mark.parametrize(
    ("fields", "message"),
    [
        ({"timeout": "30s"}, "processors.batch.timeout is 30s, but job a is scraped every 30s: two points of one series in a request are refused; make it shorter"),
        ({"timeout": "soon"}, "processors.batch.timeout: 'soon' is no duration"),
        ({"metadata_keys": ["x"]}, "processors.batch.metadata_keys is not followed"),
    ],
)  # fmt: skip
def test_batches_of_several_scrapes_are_refused(fields, message):
    with pytest.raises(ConfigurationError) as error:
        load(batched(**fields), {})
    assert message in str(error.value)


def test_no_secret_is_in_an_error():
    text = changed(
        JOB,
        {
            "job_name": "a",
            "basic_auth": {"password": "${env:KEY}", "username": "u"},
            "oauth2": {"client_secret": "${env:KEY}"},
        },
    )
    with pytest.raises(ConfigurationError) as error:
        load(text, {"KEY": "hidden"})
    assert "hidden" not in str(error.value)


@pytest.mark.parametrize("text", ["a: [", "- 1", "", json.dumps({"service": 3})])
def test_what_is_no_configuration_is_refused(text):
    with pytest.raises(ConfigurationError, match="mend"):
        load(text, {})
