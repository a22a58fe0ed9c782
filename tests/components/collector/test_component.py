"""The collector's deployment: one instance, least privilege, secrets by name only."""

import json

import pytest

from vigil_apimodel.metrics import supabase, temporal_cloud
from vigil_components.collector import MetricsCollector, MetricsCollectorArgs, SupabaseEndpoint, TemporalCloudEndpoint
from vigil_components.testing import record
from vigil_runner.wire.registry import wire_for

ARGS = MetricsCollectorArgs(
    project="example-shop",
    location="europe-west1",
    environment="staging",
    image="europe-docker.pkg.dev/example/otelcol:1",
    endpoints=(
        SupabaseEndpoint(project="abcdefghij", secret="supabase-metrics-key"),
        TemporalCloudEndpoint(namespaces=("shop.a1b2c",), secret="temporal-metrics-key"),
    ),
    metrics=frozenset({supabase.get("pg_up"), temporal_cloud.get("workflow_failed_count")}),
)


def run(preview=False):
    return record(lambda: MetricsCollector("collector", ARGS), preview=preview)


@pytest.mark.parametrize("preview", [False, True])
def test_one_instance_with_an_identity_that_writes_metrics_and_reads_two_secrets(preview):
    recorded = run(preview)
    recorded.check(
        counts={
            "vigil:collector:MetricsCollector": 1,
            "gcp:serviceaccount/account:Account": 1,
            "gcp:projects/iAMMember:IAMMember": 1,
            "gcp:secretmanager/secretIamMember:SecretIamMember": 2,
            "gcp:cloudrunv2/workerPool:WorkerPool": 1,
        },
        values={
            "gcp:projects/iAMMember:IAMMember::collector-metric-writer": {"role": "roles/monitoring.metricWriter"},
            "gcp:secretmanager/secretIamMember:SecretIamMember::collector-reads-supabase-metrics-key": {
                "secretId": "supabase-metrics-key",
                "role": "roles/secretmanager.secretAccessor",
            },
            "gcp:cloudrunv2/workerPool:WorkerPool::collector-pool": {
                "name": "metrics-collector",
                "scaling": {"scalingMode": "MANUAL", "manualInstanceCount": 1},
            },
        },
    )
    parent = recorded.one("vigil:collector:MetricsCollector")
    assert len(recorded.children(parent)) == 5
    assert parent.inputs["metrics"] == [
        "prometheus.googleapis.com/pg_up/gauge",
        "prometheus.googleapis.com/temporal_cloud_v1_workflow_failed_count/gauge",
    ]


def test_credentials_come_from_secret_manager_and_the_configuration_from_the_environment():
    pool = run().one("gcp:cloudrunv2/workerPool:WorkerPool")
    container = pool.inputs["template"]["containers"][0]
    config, supabase_key, temporal_key = container["envs"]
    assert container["args"] == ["--config=env:OTELCOL_CONFIG"]
    assert config["name"] == "OTELCOL_CONFIG"
    assert "${env:SUPABASE_ABCDEFGHIJ_KEY}" in config["value"]
    assert "example-shop" in json.dumps(json.loads(config["value"])["exporters"])
    assert supabase_key == {
        "name": "SUPABASE_ABCDEFGHIJ_KEY",
        "valueSource": {"secretKeyRef": {"secret": "supabase-metrics-key", "version": "latest"}},
    }
    assert temporal_key["name"] == "TEMPORAL_CLOUD_KEY"
    assert "volumes" not in pool.inputs["template"]


def test_the_pool_waits_for_its_permissions():
    recorded = run()
    pool = recorded.one("gcp:cloudrunv2/workerPool:WorkerPool")
    grants = {
        one.urn
        for one in recorded.registrations
        if one.type in ("gcp:projects/iAMMember:IAMMember", "gcp:secretmanager/secretIamMember:SecretIamMember")
    }
    assert grants <= set(pool.options.depends_on)
    assert len(grants) == 3


def test_every_type_is_known_to_the_local_engine():
    for one in run().registrations:
        if one.custom:
            assert wire_for(one.type) is None


@pytest.mark.parametrize(
    ("changed", "message"),
    [({"image": ""}, "vigil:collectorImage"), ({"pool": "short"}, "6 to 30")],
)
def test_mistakes_are_refused_with_what_to_do(changed, message):
    fields = {name: getattr(ARGS, name) for name in ARGS.__dataclass_fields__}
    with pytest.raises(ValueError, match=message):
        MetricsCollectorArgs(**(fields | changed))
